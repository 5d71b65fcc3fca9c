#include "trainer/data/textures.h"

#include "runtime/base/error.h"
#include "trainer/data/texture_list.h"

#include <array>

namespace gan {
namespace {

struct Entry {
    TextureClass about;
    Draw draw;
};

constexpr Entry entries[] = {
    {{"bricks", "A brick wall: bond, size, colour, mortar, wear."}, bricks},
    {{"cobblestone", "Rounded paving stones: size, regularity, colour, moss or earth between them."},
     cobblestone},
    {{"tiles", "Glazed tiles: size, one colour, a chequerboard or a motif, straight or diagonal, grout."},
     tiles},
    {{"roof shingles", "Overlapping slates or clay shingles: size, straight or rounded, colour, age."},
     shingles},
    {{"planks", "Boards side by side: width, joints, colour, grain, nails, direction."}, planks},
    {{"wood grain", "A sawn face: growth rings, knots, colour, direction."}, wood},
    {{"marble", "Polished stone with veins: ground and vein colour, density, turbulence."}, marble},
    {{"granite", "Polished grains of three minerals: colours, size, shares."}, granite},
    {{"cliff", "Weathered strata: thickness, tilt, colour, cracks."}, cliff},
    {{"gravel", "Loose pebbles of two sizes: colours, size, roundness."}, gravel},
    {{"sand", "Wind ripples: direction, wavelength, colour, unevenness."}, sand},
    {{"cracked earth", "Dried mud: size of the plates, width of the cracks, curl, colour."}, cracked_earth},
    {{"grass", "Blades from above: length, lean, colour, dry ones."}, grass},
    {{"moss", "Cushions over stone or soil: size, cover, colour."}, moss},
    {{"leaves", "Fallen leaves: season, size, width."}, leaves},
    {{"ice", "Frozen water: depth, cracks, frost."}, ice},
    {{"lava", "Crust over melt: size of the plates, heat, flow."}, lava},
    {{"water", "A pool with the light of its waves: colour, size, brightness."}, water},
    {{"clouds", "Sky: cover, size, hour of the day."}, clouds},
    {{"rust", "Painted iron that corrodes: paint, extent, streaks, flakes."}, rust},
    {{"brushed metal", "Metal with fine parallel scratches: alloy, direction, highlight."}, brushed_metal},
    {{"weave", "Cloth of two sets of threads: plain, twill or basket, plain or plaid, colours."}, weave},
    {{"knit", "Knitted wool: size of the stitch, colours, stripes."}, knit},
    {{"leather", "Grained hide: grain, colour, creases, shine."}, leather},
    {{"scales", "A reptile's skin: size, shape, colours, markings."}, scales},
};
constexpr int count = static_cast<int>(std::size(entries));

constexpr std::array<TextureClass, count> classes = [] {
    std::array<TextureClass, count> result;
    for (int i = 0; i < count; ++i) result[i] = entries[i].about;
    return result;
}();

/// Along each axis of a pixel. From 257 on memory counts for more than the finest steps: 2048 take 0.2 GB.
int samples(int side) {
    return side <= 32 ? 4 : side <= 256 ? 2 : 1;
}

}  // namespace

std::span<const TextureClass> texture_classes() {
    return classes;
}

Picture8 texture(int texture, uint64_t seed, int side) {
    constexpr int least = 8, most = 2048;
    if (texture < 0 || texture >= count)
        throw Error("there is no texture {}; they are numbered 0 to {}", texture, count - 1);
    if (side < least || side > most)
        throw Error("a texture of {} pixels a side cannot be made; {} to {} can", side, least, most);
    const Grid grid{.n = side * samples(side), .finest = 0.5f * static_cast<float>(side)};
    SplitMix random(scattered(scattered(seed) + static_cast<uint64_t>(texture)));
    const LitSurface sample = entries[texture].draw(grid, random);
    return lit(sample.surface, sample.light, side);
}

}  // namespace gan
