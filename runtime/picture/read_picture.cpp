#include "runtime/picture/read_picture.h"

#include "runtime/base/error.h"
#include "runtime/base/pixel.h"
#include "runtime/picture/png.h"

#include <webp/decode.h>

#include <csetjmp>
#include <cstdio>  // which jpeglib.h needs

#include <jpeglib.h>

#include <jerror.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

namespace gan {
namespace {

constexpr uintmax_t most_bytes = uintmax_t{2} << 30;  // of a file: 16384x16384 in RGBA of 16 bits

const unsigned char* data_of(std::span<const std::byte> bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool starts_with(std::span<const std::byte> file, std::string_view text, size_t at = 0) {
    return file.size() >= at + text.size() && std::memcmp(file.data() + at, text.data(), text.size()) == 0;
}

Picture8 blank(uint64_t width, uint64_t height, int channels, const std::string& name) {
    if (width == 0 || height == 0 || width > max_side || height > max_side)
        throw Error("{}: has {}x{} pixels; a side of 1 to {} is read", name, width, height, max_side);
    Picture8 picture{static_cast<int>(width), static_cast<int>(height), channels, {}};
    picture.pixels.resize(width * height * static_cast<size_t>(channels));
    return picture;
}

/// libjpeg's errors must not return; they jump to the call in Jpeg below that they happened in.
struct JpegErrors {
    jpeg_error_mgr manager;  // first: libjpeg hands a pointer to it back
    std::jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void fail_jpeg(j_common_ptr jpeg) {
    auto* errors = reinterpret_cast<JpegErrors*>(jpeg->err);
    errors->manager.format_message(jpeg, errors->message);
    std::longjmp(errors->jump, 1);
}

/// libjpeg fills missing pixels with grey and warns; a picture that has lost some is damaged.
void warn_jpeg(j_common_ptr jpeg, int level) {
    const int code = jpeg->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
                      code == JWRN_ARITH_BAD_CODE || code == JWRN_MUST_RESYNC))
        fail_jpeg(jpeg);
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
        errors.manager.error_exit = fail_jpeg;
        errors.manager.emit_message = warn_jpeg;
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
int orientation(std::span<const std::byte> exif) {
    if (!starts_with(exif, std::string_view("Exif\0\0", 6))) return 1;
    const std::span<const std::byte> tiff = exif.subspan(6);
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

Picture8 decode_jpeg(std::span<const std::byte> file, const std::string& name) {
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

Picture8 decode_webp(std::span<const std::byte> file, const std::string& name) {
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

/// The whole file, as long as it is when it is read: a mapped one that shrinks would kill the program.
std::vector<std::byte> bytes_in(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw Error("{}: is not there", path.string());
    if (!fs::is_regular_file(path, ignored)) throw Error("{}: is not a regular file", path.string());
    const uintmax_t size = fs::file_size(path, ignored);
    if (size > most_bytes)
        throw Error("{}: is {} bytes long; at most {} are read", path.string(), size, most_bytes);
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error("{}: cannot be opened", path.string());
    std::vector<std::byte> bytes(size);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<size_t>(file.gcount()));
    return bytes;
}

}  // namespace

AnyPicture decode_picture(std::span<const std::byte> file, const std::string& name, bool data) {
    if (file.empty()) throw Error("{}: is empty", name);
    if (starts_with(file, "\xff\xd8\xff")) return decode_jpeg(file, name);
    if (starts_with(file, "\x89PNG\r\n\x1a\n")) return decode_png(file, name, data);
    if (starts_with(file, "RIFF") && starts_with(file, "WEBP", 8)) return decode_webp(file, name);
    throw Error("{}: is no JPEG, PNG or WebP", name);
}

AnyPicture read_picture(const std::filesystem::path& path, bool data) {
    return decode_picture(bytes_in(path), path.string(), data);
}

}  // namespace gan
