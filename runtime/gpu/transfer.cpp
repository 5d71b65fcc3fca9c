#include "runtime/gpu/transfer.h"

#include "shaders/shaders.h"

#include <algorithm>
#include <cstring>

namespace gan {
namespace {

constexpr size_t band_bytes = size_t{32} << 20;  // GPUs bind 128 MB at least; this bounds host memory as well

/// As shaders/pack.comp and unpack.comp have them.
struct TransferConstants {
    PassHeader header;
    int32_t channels = 0;
    int32_t colours = 0;
    int32_t rows_before = 0;
};

/// Rows that are transferred together.
struct Band {
    int first = 0;
    int rows = 0;
    size_t offset = 0;  // floats of the picture
    size_t floats = 0;
};

template <class Each>
void in_bands(const ImageInfo& info, const Each& each) {
    const size_t row = static_cast<size_t>(info.width) * static_cast<size_t>(info.channels);
    const int most = std::max(1, static_cast<int>(band_bytes / (row * sizeof(float))));
    for (int first = 0; first < info.height; first += most) {
        const int rows = std::min(most, info.height - first);
        each(Band{first, rows, static_cast<size_t>(first) * row, static_cast<size_t>(rows) * row});
    }
}

TransferConstants constants_of(const ImageInfo& info, const Band& band) {
    return {.header = {.width = info.width, .height = band.first + band.rows, .first_row = band.first},
            .channels = info.channels,
            .colours = is_data(info) ? 0 : 1,
            .rows_before = band.first};
}

}  // namespace

TextureRef upload(Device& device, const ImageInfo& info, std::span<const float> pixels) {
    TextureRef texture = device.texture(info.width, info.height, format_of(info));
    in_bands(info, [&](const Band& band) {
        auto buffer = device.host_buffer(band.floats * sizeof(float));
        std::memcpy(buffer->data, pixels.data() + band.offset, band.floats * sizeof(float));
        device.count_host_copy(band.floats * sizeof(float));
        const TransferConstants constants = constants_of(info, band);
        device.run({.shader = shaders::unpack,
                    .output = texture,
                    .buffer = buffer.get(),
                    .constants = std::as_bytes(std::span(&constants, 1)),
                    .width = info.width,
                    .height = band.rows});
        device.release(std::move(buffer));
    });
    return texture;
}

std::vector<float> download(const TextureRef& texture, const ImageInfo& info) {
    Device& device = *texture->device;
    std::vector<float> pixels(static_cast<size_t>(info.width) * static_cast<size_t>(info.height) *
                              static_cast<size_t>(info.channels));
    in_bands(info, [&](const Band& band) {
        auto buffer = device.host_buffer(band.floats * sizeof(float));
        const TransferConstants constants = constants_of(info, band);
        device.run({.shader = shaders::pack,
                    .inputs = {&texture, 1},
                    .buffer = buffer.get(),
                    .constants = std::as_bytes(std::span(&constants, 1)),
                    .width = info.width,
                    .height = band.rows});
        device.wait(device.flush());
        std::memcpy(pixels.data() + band.offset, buffer->data, band.floats * sizeof(float));
        device.count_host_copy(band.floats * sizeof(float));
        device.release(std::move(buffer));
    });
    return pixels;
}

}  // namespace gan
