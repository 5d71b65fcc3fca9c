#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "shaders/shaders.h"

#include <algorithm>

namespace gan {
namespace {

/// A plane of columns x rows copies, shrunk to the size of one. Up to `most_taps` copies a side every pixel
/// is the mean of exactly the pixels that fall on it, columns x rows of them; beyond, of as many taps between
/// them.
class Tile final : public Node {
    static constexpr int most_taps = 8;  // a side

    /// As shaders/tile.comp has them.
    struct Constants {
        int32_t copies[2];
        int32_t taps[2];
        float stride[2];  // from tap to tap, pixels of the picture
        float shift;      // of every second row, pixels of the picture
        int32_t mirror;
    };

public:
    Input<ImageRef> in{*this, "image", "The picture"};
    Number columns{
        *this, "columns", "Copies beside each other", {.value = 2, .min = 1, .max = 64, .whole = true}};
    Number rows{*this, "rows", "Copies above each other", {.value = 2, .min = 1, .max = 64, .whole = true}};
    Number offset{*this,
                  "offset",
                  "Of every second row to the left, in copies; 0.5: as bricks lie",
                  {.value = 0, .min = 0, .max = 1}};
    Toggle mirror{*this, "mirror",
                  "Every second copy is mirrored, so that they join where the picture does not tile", false};
    Output<ImageRef> out{*this, "image", "The copies, in a picture of the same size"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::tile}); }
    void process(const Tick& tick) override {
        const Image& picture = **in;
        const auto n = static_cast<int>(columns.whole());
        const auto m = static_cast<int>(rows.whole());
        const int taps[] = {std::min(n, most_taps), std::min(m, most_taps)};
        const Constants constants{.copies = {n, m},
                                  .taps = {taps[0], taps[1]},
                                  .stride = {static_cast<float>(static_cast<double>(n) / taps[0]),
                                             static_cast<float>(static_cast<double>(m) / taps[1])},
                                  .shift = static_cast<float>(offset * picture.width),
                                  .mirror = mirror ? 1 : 0};
        out = draw(tick, shaders::tile, {*in}, result(picture, n, m), constants);
    }

private:
    /// Mirrored copies join everywhere, an even number of them around the edge as well. Bricks go on around
    /// it when their rows are even.
    ImageInfo result(const Image& picture, int n, int m) const {
        ImageInfo info = result_like(picture);
        const bool bricks = offset > 0.0 && m > 1;
        info.wrap_x = mirror ? n % 2 == 0 || (picture.wrap_x && !bricks) : picture.wrap_x;
        info.wrap_y = ((mirror && m % 2 == 0) || picture.wrap_y) && (!bricks || m % 2 == 0);
        return info;
    }
};

}  // namespace

NodeType tile() {
    NodeType type = node_type<Tile>("image.tile", "Tile", "Repeats a picture beside and above itself");
    type.aliases = {"repeat", "copies", "grid", "brick", "mosaic", "mirror", "pattern"};
    return type;
}

}  // namespace gan
