#include "trainer/data/decode.h"

#include "runtime/picture/read_picture.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gan {
namespace {

uint8_t product(int a, int b) {
    return static_cast<uint8_t>((a * b + 127) / 255);
}

}  // namespace

Picture8 decode(std::span<const std::byte> file, const std::string& name) {
    AnyPicture any = decode_picture(file, name);
    if (auto* bytes = std::get_if<Picture8>(&any)) return std::move(*bytes);
    const auto& wide = std::get<Picture16>(any);
    Picture8 picture{wide.width, wide.height, wide.channels, {}};
    picture.pixels.resize(wide.pixels.size());
    std::transform(wide.pixels.begin(), wide.pixels.end(), picture.pixels.begin(),
                   [](uint32_t v) { return static_cast<uint8_t>((v * 255 + 32767) / 65535); });
    return picture;
}

Picture8 with_channels(Picture8 from, int channels) {
    if (from.channels == channels) return from;
    Picture8 to{from.width, from.height, channels, {}};
    const size_t count = static_cast<size_t>(from.width) * static_cast<size_t>(from.height);
    to.pixels.resize(count * static_cast<size_t>(channels));
    for (size_t i = 0; i < count; ++i) {
        const uint8_t* in = &from.pixels[i * static_cast<size_t>(from.channels)];
        uint8_t* out = &to.pixels[i * static_cast<size_t>(channels)];
        std::array<uint8_t, 4> rgba{in[0], in[0], in[0], 255};
        std::copy_n(in, from.channels, rgba.begin());
        if (channels < 4)  // over white: 255 - (255 - c) * a is white where a is 0
            for (size_t c = 0; c < 3; ++c)
                rgba[c] = static_cast<uint8_t>(255 - product(255 - rgba[c], rgba[3]));
        if (channels == 1)
            rgba[0] = static_cast<uint8_t>((299 * rgba[0] + 587 * rgba[1] + 114 * rgba[2] + 500) / 1000);
        std::copy_n(rgba.begin(), channels, out);
    }
    return to;
}

Picture8 square_picture(const Picture8& picture, int resolution, int channels) {
    const int side = std::min(picture.width, picture.height);
    Picture8 square{side, side, picture.channels, {}};
    const auto length = static_cast<size_t>(side) * static_cast<size_t>(picture.channels);
    square.pixels.reserve(length * static_cast<size_t>(side));
    for (int y = 0; y < side; ++y) {
        const uint8_t* row =
            picture.row((picture.height - side) / 2 + y) +
            static_cast<size_t>((picture.width - side) / 2) * static_cast<size_t>(picture.channels);
        square.pixels.insert(square.pixels.end(), row, row + length);
    }
    square = with_channels(std::move(square), channels);
    if (side == resolution) return square;
    FloatPicture values{side, side, channels, {}};
    values.pixels.resize(square.pixels.size());
    std::transform(square.pixels.begin(), square.pixels.end(), values.pixels.begin(),
                   [](uint8_t value) { return static_cast<float>(value) / 255; });
    return to_picture(std::move(values), {resolution, resolution});
}

}  // namespace gan
