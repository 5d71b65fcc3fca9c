#pragma once

#include "trainer/data/noise.h"

namespace gan {

/// What a sample finds in a set of scattered points. Lengths are in cells.
struct Cell {
    uint64_t hash;  // names the nearest point
    float near;     // to the nearest point
    float edge;     // to the border with the next point's cell
    float dx, dy;   // from the nearest point to the sample
};

struct CellForm {
    bool staggered = false;  // rows are shifted by half a cell in turn; their number must be even
    bool rounded = false;    // corners are: `edge` is a little less everywhere, and has no creases
};

/// One point in each cell of a lattice and what lies nearest: Worley 1996, A Cellular Texture Basis
/// Function. The distance to the border is exact among the twelve points around (Quilez, Voronoi edges).
class Cells {
public:
    /// `jitter` 0 leaves points at the centres, 1 anywhere in their cells.
    Cells(uint64_t key, Lattice lattice, float jitter, const CellForm& form = {});
    Cell at(float u, float v) const;

private:
    static constexpr int pad = 2;
    Lattice lattice_;
    CellForm form_;
    float shift_u_, shift_v_;     // of the lattice, so that the picture's border is none of its lines
    std::vector<float> x_, y_;    // (y + 2 pad, x + 2 pad), repeated around the border
    std::vector<uint64_t> hash_;  // the same
};

}  // namespace gan
