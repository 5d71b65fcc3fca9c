#pragma once

#include "trainer/data/cells.h"
#include "trainer/data/material.h"

namespace gan {

/// A material's picture is its surface under its light; both are drawn from `random`, never from the grid.
/// One draw a statement or declarator: C++ leaves the order within an expression to the compiler.
struct LitSurface {
    Surface surface;
    Light light;
};
using Draw = LitSurface (*)(const Grid&, SplitMix&);

// textures_built.cpp
LitSurface bricks(const Grid&, SplitMix&);
LitSurface cobblestone(const Grid&, SplitMix&);
LitSurface tiles(const Grid&, SplitMix&);
LitSurface shingles(const Grid&, SplitMix&);
LitSurface planks(const Grid&, SplitMix&);
LitSurface rust(const Grid&, SplitMix&);
LitSurface brushed_metal(const Grid&, SplitMix&);

// textures_stone.cpp
LitSurface marble(const Grid&, SplitMix&);
LitSurface granite(const Grid&, SplitMix&);
LitSurface cliff(const Grid&, SplitMix&);
LitSurface gravel(const Grid&, SplitMix&);
LitSurface sand(const Grid&, SplitMix&);
LitSurface cracked_earth(const Grid&, SplitMix&);

// textures_elements.cpp
LitSurface ice(const Grid&, SplitMix&);
LitSurface lava(const Grid&, SplitMix&);
LitSurface water(const Grid&, SplitMix&);
LitSurface clouds(const Grid&, SplitMix&);

// textures_plants.cpp
LitSurface wood(const Grid&, SplitMix&);
LitSurface grass(const Grid&, SplitMix&);
LitSurface moss(const Grid&, SplitMix&);
LitSurface leaves(const Grid&, SplitMix&);

// textures_soft.cpp
LitSurface weave(const Grid&, SplitMix&);
LitSurface knit(const Grid&, SplitMix&);
LitSurface leather(const Grid&, SplitMix&);
LitSurface scales(const Grid&, SplitMix&);

}  // namespace gan
