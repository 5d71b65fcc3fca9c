#include "runtime/abi/frame.h"

#include "nodes/output.h"
#include "runtime/abi/failure.h"
#include "runtime/abi/half.h"
#include "runtime/base/pixel.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace gan {
namespace {

constexpr size_t numbers = 4;  // of a pixel of the host's

size_t number_size(uint32_t format) {
    return format == GAN_RGBA8 ? 1 : format == GAN_RGBA16F ? 2 : 4;
}

// IEC 61966-2-1
float linear_of(float shown) {
    return shown <= 0.04045f ? shown / 12.92f : std::pow((shown + 0.055f) / 1.055f, 2.4f);
}

float shown_of(float light) {
    return light <= 0.0031308f ? light * 12.92f : 1.055f * std::pow(light, 1 / 2.4f) - 0.055f;
}

/// Calls `put(row, x, number, value)` for all four numbers of every pixel.
template <class Picture, class Value, class Put>
void each_number(const Picture& picture, const gan_frame& frame, Value alpha, const Put& put) {
    const int channels = picture.channels;
    const auto* pixel = picture.pixels.data();
    for (int y = 0; y < picture.height; ++y) {
        std::byte* row = static_cast<std::byte*>(frame.pixels) + y * frame.stride;
        for (int x = 0; x < picture.width; ++x, pixel += channels) {
            const size_t at = static_cast<size_t>(x) * numbers;
            for (size_t c = 0; c < 3; ++c) put(row, at + c, pixel[channels < 3 ? 0 : c]);
            put(row, at + 3, channels == 4 ? pixel[3] : channels == 2 ? pixel[1] : alpha);
        }
    }
}

template <class Number>
Number& number_at(std::byte* row, size_t at) {
    return reinterpret_cast<Number*>(row)[at];
}

float read_number(const gan_frame& frame, const std::byte* row, size_t at) {
    switch (frame.format) {
        case GAN_RGBA8:
            return static_cast<float>(static_cast<uint8_t>(row[at])) / 255;
        case GAN_RGBA16F:
            return float_of_half(reinterpret_cast<const uint16_t*>(row)[at]);
        default:
            return reinterpret_cast<const float*>(row)[at];
    }
}

}  // namespace

void check_frame(const gan_frame& frame) {
    const auto wrong = [](const std::string& what) {
        throw Failure(GAN_ERROR_ARGUMENT, "the frame: {}", what);
    };
    if (frame.pixels == nullptr) wrong("pixels is null");
    if (frame.format > GAN_RGBA32F) wrong(fmt::format("there is no format {}", frame.format));
    if (frame.encoding > GAN_LINEAR) wrong(fmt::format("there is no encoding {}", frame.encoding));
    if (frame.width < 1 || frame.height < 1 || frame.width > max_side || frame.height > max_side)
        wrong(
            fmt::format("{}x{} is out of range: 1 to {} pixels a side", frame.width, frame.height, max_side));
    const size_t size = number_size(frame.format);
    const auto least = static_cast<int64_t>(frame.width * numbers * size);
    constexpr int64_t most = int64_t{1} << 32;
    if (frame.stride < least || frame.stride > most)
        wrong(fmt::format("a stride of {} bytes is out of range: a row has {}", frame.stride, least));
    if (reinterpret_cast<uintptr_t>(frame.pixels) % size != 0 ||
        frame.stride % static_cast<int64_t>(size) != 0)
        wrong(fmt::format("pixels and stride must be multiples of the {} bytes of a number", size));
}

void write_frame(const Image& image, const gan_frame& frame) {
    const Size size{static_cast<int>(frame.width), static_cast<int>(frame.height), image.wrap_x,
                    image.wrap_y};
    const bool linear = frame.encoding == GAN_LINEAR && !is_data(image);
    if (frame.format == GAN_RGBA8 && !linear) {
        const Picture8 picture = to_picture(float_picture(image), size);
        each_number(picture, frame, uint8_t{255},
                    [](std::byte* row, size_t at, uint8_t value) { number_at<uint8_t>(row, at) = value; });
        return;
    }
    const FloatPicture picture = resized(float_picture(image), size);
    each_number(picture, frame, 1.0f, [&](std::byte* row, size_t at, float value) {
        if (linear && at % numbers != 3) value = linear_of(value);
        if (frame.format == GAN_RGBA8)
            number_at<uint8_t>(row, at) = quantised<uint8_t>(value);
        else if (frame.format == GAN_RGBA16F)
            number_at<uint16_t>(row, at) = half_of(value);
        else
            number_at<float>(row, at) = value;
    });
}

ImageRef read_frame(const gan_frame& frame) {
    const ImageInfo info{.width = static_cast<int>(frame.width),
                         .height = static_cast<int>(frame.height),
                         .channels = static_cast<int>(numbers),
                         .encoding = frame.format == GAN_RGBA8 ? Encoding::Srgb8 : Encoding::Srgb32f};
    std::vector<float> pixels(size_t{frame.width} * frame.height * numbers);
    float* pixel = pixels.data();
    for (uint32_t y = 0; y < frame.height; ++y) {
        const std::byte* row = static_cast<const std::byte*>(frame.pixels) + y * frame.stride;
        for (size_t at = 0; at < frame.width * numbers; ++at) {
            float value = read_number(frame, row, at);
            if (frame.encoding == GAN_LINEAR && at % numbers != 3) value = shown_of(value);
            *pixel++ = value > 0 ? std::min(value, 1.0f) : 0;  // NaN, too
        }
    }
    return std::make_shared<Image>(info, std::move(pixels));
}

}  // namespace gan
