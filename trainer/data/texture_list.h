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
using Draw = LitSurface (*)(const Grid&, Random&);

// textures_built.cpp
LitSurface bricks(const Grid&, Random&);
LitSurface cobblestone(const Grid&, Random&);
LitSurface tiles(const Grid&, Random&);
LitSurface shingles(const Grid&, Random&);
LitSurface planks(const Grid&, Random&);
LitSurface rust(const Grid&, Random&);
LitSurface brushed_metal(const Grid&, Random&);

// textures_stone.cpp
LitSurface marble(const Grid&, Random&);
LitSurface granite(const Grid&, Random&);
LitSurface cliff(const Grid&, Random&);
LitSurface gravel(const Grid&, Random&);
LitSurface sand(const Grid&, Random&);
LitSurface cracked_earth(const Grid&, Random&);

// textures_elements.cpp
LitSurface ice(const Grid&, Random&);
LitSurface lava(const Grid&, Random&);
LitSurface water(const Grid&, Random&);
LitSurface clouds(const Grid&, Random&);

// textures_plants.cpp
LitSurface wood(const Grid&, Random&);
LitSurface grass(const Grid&, Random&);
LitSurface moss(const Grid&, Random&);
LitSurface leaves(const Grid&, Random&);

// textures_soft.cpp
LitSurface weave(const Grid&, Random&);
LitSurface knit(const Grid&, Random&);
LitSurface leather(const Grid&, Random&);
LitSurface scales(const Grid&, Random&);

}  // namespace gan
