#pragma once

#include "trainer/data/cells.h"
#include "trainer/data/material.h"

namespace gan {

/// A material's picture is its surface under its light; both are drawn from `random`, never from the grid.
/// One draw a statement or declarator: C++ leaves the order within an expression to the compiler.
struct Sample {
    Surface surface;
    Light light;
};
using Draw = Sample (*)(const Grid&, Random&);

// textures_built.cpp
Sample bricks(const Grid&, Random&);
Sample cobblestone(const Grid&, Random&);
Sample tiles(const Grid&, Random&);
Sample shingles(const Grid&, Random&);
Sample planks(const Grid&, Random&);
Sample rust(const Grid&, Random&);
Sample brushed_metal(const Grid&, Random&);

// textures_stone.cpp
Sample marble(const Grid&, Random&);
Sample granite(const Grid&, Random&);
Sample cliff(const Grid&, Random&);
Sample gravel(const Grid&, Random&);
Sample sand(const Grid&, Random&);
Sample cracked_earth(const Grid&, Random&);

// textures_elements.cpp
Sample ice(const Grid&, Random&);
Sample lava(const Grid&, Random&);
Sample water(const Grid&, Random&);
Sample clouds(const Grid&, Random&);

// textures_plants.cpp
Sample wood(const Grid&, Random&);
Sample grass(const Grid&, Random&);
Sample moss(const Grid&, Random&);
Sample leaves(const Grid&, Random&);

// textures_soft.cpp
Sample weave(const Grid&, Random&);
Sample knit(const Grid&, Random&);
Sample leather(const Grid&, Random&);
Sample scales(const Grid&, Random&);

}  // namespace gan
