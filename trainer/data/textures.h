#pragma once

#include "runtime/picture/picture.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace gan {

/// A kind of material that texture() draws.
struct TextureClass {
    std::string_view name;         // lower case, distinct: what a game artist calls it
    std::string_view description;  // a sentence: what is seen, and what differs from seed to seed
};

/// In the order of their indices, which never change: the labels of the bundled data set. [any thread]
std::span<const TextureClass> texture_classes();

/// A square picture of material `texture`, an index into texture_classes(): sRGB-encoded RGB that tiles in
/// both axes, so the right edge continues at the left and the lower at the upper.
///
/// A function of (texture, seed, side) alone, the same to the bit on every machine with IEEE arithmetic, if
/// compiled without contraction to fused multiply-add (-ffp-contract=off) and without -ffast-math. A seed is
/// a material sample: its scale, colours, wear and light stay the same at every side, and detail finer than
/// a pixel is left out. Takes 1 to 5 ms at 64 pixels a side, and in proportion to their number. Throws Error
/// unless 0 <= texture < texture_classes().size() and side is 8 to 2048. [any thread]
Picture8 texture(int texture, uint64_t seed, int side);

}  // namespace gan
