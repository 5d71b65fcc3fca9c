#include "tests/encode.h"

#include "runtime/base/error.h"

#include <archive.h>
#include <archive_entry.h>
#include <png.h>
#include <webp/encode.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <span>

#include <jpeglib.h>

namespace gan {

Bytes encode_jpeg(const Picture8& picture, const JpegOptions& options) {
    jpeg_error_mgr errors{};
    jpeg_compress_struct jpeg{};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    unsigned char* data = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &data, &size);
    jpeg.image_width = static_cast<JDIMENSION>(picture.width);
    jpeg.image_height = static_cast<JDIMENSION>(picture.height);
    jpeg.input_components = picture.channels;
    jpeg.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : picture.channels == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, options.quality, TRUE);
    if (options.progressive) jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    if (options.orientation != 0) {
        const auto way = static_cast<char>(options.orientation);
        const std::string little{"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 24};
        const std::string big{"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01", 24};
        const std::string exif = options.big_endian ? big + std::string{'\0', way, '\0', '\0'}
                                                    : little + std::string{way, '\0', '\0', '\0'};
        jpeg_write_marker(&jpeg, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(exif.data()),
                          static_cast<unsigned>(exif.size()));
    }
    while (jpeg.next_scanline < jpeg.image_height) {
        auto* row = const_cast<JSAMPROW>(picture.row(static_cast<int>(jpeg.next_scanline)));
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    const auto bytes = std::as_bytes(std::span(data, size));
    Bytes result(bytes.begin(), bytes.end());
    std::free(data);
    return result;
}

Bytes encode_png(int width, int height, std::vector<uint8_t> rows, const PngOptions& options) {
    Bytes file;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(
        png, &file,
        [](png_structp writer, png_bytep data, size_t size) {
            auto& bytes = *static_cast<Bytes*>(png_get_io_ptr(writer));
            const auto more = std::as_bytes(std::span(data, size));
            bytes.insert(bytes.end(), more.begin(), more.end());
        },
        nullptr);
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), options.depth,
                 options.colour_type, options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (!options.palette.empty())
        png_set_PLTE(png, info, reinterpret_cast<png_const_colorp>(options.palette.data()),
                     static_cast<int>(options.palette.size() / 3));
    if (!options.alpha.empty())
        png_set_tRNS(png, info, options.alpha.data(), static_cast<int>(options.alpha.size()), nullptr);
    png_write_info(png, info);
    std::vector<png_bytep> pointers;
    for (int y = 0; y < height; ++y)
        pointers.push_back(rows.data() + rows.size() / static_cast<size_t>(height) * static_cast<size_t>(y));
    png_write_image(png, pointers.data());
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);
    return file;
}

Bytes encode_webp(const Picture8& picture) {
    uint8_t* data = nullptr;
    const auto encode = picture.channels == 4 ? WebPEncodeLosslessRGBA : WebPEncodeLosslessRGB;
    const size_t size =
        encode(picture.pixels.data(), picture.width, picture.height, picture.width * picture.channels, &data);
    const auto bytes = std::as_bytes(std::span(data, size));
    Bytes result(bytes.begin(), bytes.end());
    WebPFree(data);
    return result;
}

Bytes bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

void write_file(const std::filesystem::path& path, const Bytes& bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void write_tar(const std::filesystem::path& path, const std::vector<std::pair<std::string, Bytes>>& files,
               bool compressed) {
    std::filesystem::create_directories(path.parent_path());
    archive* tar = archive_write_new();
    archive_write_set_format_pax_restricted(tar);
    if (compressed) archive_write_add_filter_gzip(tar);
    if (archive_write_open_filename(tar, path.c_str()) != ARCHIVE_OK)
        throw Error("{}", archive_error_string(tar));
    for (const auto& [name, bytes] : files) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
        archive_write_header(tar, entry);
        archive_write_data(tar, bytes.data(), bytes.size());
        archive_entry_free(entry);
    }
    archive_write_close(tar);
    archive_write_free(tar);
}

Picture8 smooth_picture(int width, int height, int channels, int seed) {
    Picture8 picture{width, height, channels, {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c)
                picture.pixels.push_back(
                    static_cast<uint8_t>(128 + 100 * std::sin(0.1 * x + 0.07 * y + 1.3 * seed) *
                                                   std::cos(0.05 * y * (c + 1) + seed)));
    return picture;
}

}  // namespace gan
