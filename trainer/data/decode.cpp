#include "trainer/data/decode.h"

#include "runtime/base/error.h"
#include "runtime/base/pixel.h"

#include <png.h>
#include <webp/decode.h>

#include <csetjmp>
#include <cstdio>  // which jpeglib.h needs

#include <jpeglib.h>

#include <jerror.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace gan {
namespace {

using Bytes = std::span<const std::byte>;

const unsigned char* data_of(Bytes bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool starts_with(Bytes file, std::string_view text, size_t at = 0) {
    return file.size() >= at + text.size() && std::memcmp(file.data() + at, text.data(), text.size()) == 0;
}

Picture8 blank(uint64_t width, uint64_t height, int channels, const std::string& name) {
    if (width == 0 || height == 0 || width > max_side || height > max_side)
        throw Error("{}: has {}x{} pixels; a side of 1 to {} is read", name, width, height, max_side);
    Picture8 picture{static_cast<int>(width), static_cast<int>(height), channels, {}};
    picture.pixels.resize(width * height * static_cast<size_t>(channels));
    return picture;
}

// JPEG ------------------------------------------------------------------------------------------------------

/// libjpeg's errors must not return; they jump to the call in Jpeg below that they happened in.
struct JpegErrors {
    jpeg_error_mgr manager;  // first: libjpeg hands a pointer to it back
    std::jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void fail(j_common_ptr jpeg) {
    auto* errors = reinterpret_cast<JpegErrors*>(jpeg->err);
    errors->manager.format_message(jpeg, errors->message);
    std::longjmp(errors->jump, 1);
}

/// libjpeg fills missing pixels with grey and warns; what has lost some is no picture to learn from.
void warn(j_common_ptr jpeg, int level) {
    const int code = jpeg->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
                      code == JWRN_ARITH_BAD_CODE || code == JWRN_MUST_RESYNC))
        fail(jpeg);
}

/// A file of some kilobytes may hold thousands of scans of a huge picture; libjpeg-turbo's own fuzzers stop
/// at 500, and encoders write about ten.
void limit_scans(j_common_ptr jpeg) {
    if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= 500) return;
    auto* errors = reinterpret_cast<JpegErrors*>(jpeg->err);
    std::snprintf(errors->message, sizeof errors->message, "more than 500 scans");
    std::longjmp(errors->jump, 1);
}

/// A reader whose functions keep no objects while libjpeg may jump out of them.
struct Jpeg {
    jpeg_decompress_struct jpeg{};
    jpeg_progress_mgr progress{};
    JpegErrors errors{};

    Jpeg() {
        jpeg.err = jpeg_std_error(&errors.manager);
        errors.manager.error_exit = fail;
        errors.manager.emit_message = warn;
        progress.progress_monitor = limit_scans;
    }
    ~Jpeg() { jpeg_destroy_decompress(&jpeg); }
    Jpeg(const Jpeg&) = delete;
    Jpeg& operator=(const Jpeg&) = delete;

    bool read_header(const unsigned char* data, size_t size) {
        if (setjmp(errors.jump) != 0) return false;
        jpeg_create_decompress(&jpeg);
        jpeg.progress = &progress;
        jpeg_mem_src(&jpeg, data, static_cast<unsigned long>(size));
        jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xffff);
        jpeg_read_header(&jpeg, TRUE);
        jpeg.out_color_space = jpeg.num_components == 1   ? JCS_GRAYSCALE
                               : jpeg.num_components == 4 ? JCS_CMYK
                                                          : JCS_RGB;
        jpeg_calc_output_dimensions(&jpeg);
        return true;
    }
    bool read_pixels(unsigned char* pixels) {
        if (setjmp(errors.jump) != 0) return false;
        jpeg_start_decompress(&jpeg);
        while (jpeg.output_scanline < jpeg.output_height) {
            JSAMPROW row = pixels + static_cast<size_t>(jpeg.output_scanline) * jpeg.output_width *
                                        static_cast<size_t>(jpeg.output_components);
            jpeg_read_scanlines(&jpeg, &row, 1);
        }
        return true;
    }
};

/// Tag 0x0112 of the first image file directory (EXIF 2.3, section 4.6.4); 1, upright, without one.
int orientation(Bytes exif) {
    if (!starts_with(exif, std::string_view("Exif\0\0", 6))) return 1;
    const Bytes tiff = exif.subspan(6);
    const bool big = starts_with(tiff, "MM");
    if (!big && !starts_with(tiff, "II")) return 1;
    const auto number = [&](size_t at, size_t size) -> size_t {
        size_t value = 0;
        for (size_t i = 0; i < size && at + i < tiff.size(); ++i)
            value |= std::to_integer<size_t>(tiff[at + i]) << 8 * (big ? size - 1 - i : i);
        return value;  // 0 beyond the end
    };
    const size_t directory = number(4, 4);
    for (size_t entry = 0; entry < number(directory, 2); ++entry) {
        const size_t at = directory + 2 + 12 * entry;
        if (number(at, 2) == 0x0112) {
            const size_t value = number(at + 8, 2);
            return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
        }
    }
    return 1;
}

/// Upright, from the eight ways of EXIF: 2, 3, 7 and 8 run from the right, 3, 4, 6 and 7 from below, and 5 to
/// 8 store columns as rows.
Picture8 upright(Picture8 from, int way) {
    if (way == 1) return from;
    const bool right = way == 2 || way == 3 || way == 7 || way == 8;
    const bool below = way == 3 || way == 4 || way == 6 || way == 7;
    Picture8 to = from;
    if (way >= 5) std::swap(to.width, to.height);
    const auto channels = static_cast<size_t>(from.channels);
    for (int y = 0; y < to.height; ++y)
        for (int x = 0; x < to.width; ++x) {
            auto [u, v] = way >= 5 ? std::pair{y, x} : std::pair{x, y};
            if (right) u = from.width - 1 - u;
            if (below) v = from.height - 1 - v;
            std::copy_n(from.row(v) + static_cast<size_t>(u) * channels, channels,
                        to.row(y) + static_cast<size_t>(x) * channels);
        }
    return to;
}

uint8_t product(int a, int b) {
    return static_cast<uint8_t>((a * b + 127) / 255);
}

/// Adobe stores ink turned around: 255 is none.
Picture8 from_cmyk(const Picture8& cmyk, bool inverted) {
    Picture8 rgb{cmyk.width, cmyk.height, 3, {}};
    rgb.pixels.resize(cmyk.pixels.size() / 4 * 3);
    const int turned = inverted ? 0 : 255;
    for (size_t i = 0; i < rgb.pixels.size(); ++i) {
        const uint8_t* ink = &cmyk.pixels[i / 3 * 4];
        rgb.pixels[i] = product(ink[i % 3] ^ turned, ink[3] ^ turned);
    }
    return rgb;
}

Picture8 decode_jpeg(Bytes file, const std::string& name) {
    Jpeg reader;
    const auto broken = [&] {
        return Error("{}: is not a JPEG that can be read ({})", name, reader.errors.message);
    };
    if (!reader.read_header(data_of(file), file.size())) throw broken();
    const auto& jpeg = reader.jpeg;
    Picture8 picture = blank(jpeg.output_width, jpeg.output_height, jpeg.output_components, name);
    int way = 1;
    for (const jpeg_marker_struct* marker = jpeg.marker_list; marker != nullptr && way == 1;
         marker = marker->next)
        way = orientation(std::as_bytes(std::span(marker->data, marker->data_length)));
    if (!reader.read_pixels(picture.pixels.data())) throw broken();
    if (picture.channels == 4) picture = from_cmyk(picture, jpeg.saw_Adobe_marker != 0);
    return upright(std::move(picture), way);
}

// PNG and WebP ----------------------------------------------------------------------------------------------

Picture8 decode_png(Bytes file, const std::string& name) {
    struct Image : png_image {
        Image() : png_image{} { version = PNG_IMAGE_VERSION; }
        ~Image() { png_image_free(this); }
    } image;
    const auto broken = [&] { return Error("{}: is not a PNG that can be read ({})", name, image.message); };
    if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) throw broken();
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // or 16 bits would be taken for linear light
    const bool alpha = (image.format & PNG_FORMAT_FLAG_ALPHA) != 0;
    const bool colour = (image.format & PNG_FORMAT_FLAG_COLOR) != 0;
    image.format = alpha ? PNG_FORMAT_RGBA : colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    Picture8 picture = blank(image.width, image.height, alpha ? 4 : colour ? 3 : 1, name);
    if (png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr) == 0) throw broken();
    return picture;
}

Picture8 decode_webp(Bytes file, const std::string& name) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(data_of(file), file.size(), &features) != VP8_STATUS_OK)
        throw Error("{}: is not a WebP that can be read", name);
    if (features.has_animation != 0)
        throw Error("{}: is an animated WebP; save its frames as pictures", name);
    Picture8 picture = blank(static_cast<uint64_t>(features.width), static_cast<uint64_t>(features.height),
                             features.has_alpha != 0 ? 4 : 3, name);
    const auto into = features.has_alpha != 0 ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
    if (into(data_of(file), file.size(), picture.pixels.data(), picture.pixels.size(),
             picture.width * picture.channels) == nullptr)
        throw Error("{}: is a WebP that is damaged or cut off", name);
    return picture;
}

}  // namespace

Picture8 decode(Bytes file, const std::string& name) {
    if (file.empty()) throw Error("{}: is empty", name);
    if (starts_with(file, "\xff\xd8\xff")) return decode_jpeg(file, name);
    if (starts_with(file, "\x89PNG\r\n\x1a\n")) return decode_png(file, name);
    if (starts_with(file, "RIFF") && starts_with(file, "WEBP", 8)) return decode_webp(file, name);
    throw Error("{}: is no JPEG, PNG or WebP", name);
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
