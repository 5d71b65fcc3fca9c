#include "runtime/picture/png.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/pixel.h"

#include <png.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace gan {
namespace {

/// libpng reports errors through a function that must not return; ours throws, which is safe because
/// libpng is asked for one call at a time and its structures are freed by the guards below.
[[noreturn]] void fail(png_structp png, png_const_charp message) {
    const auto* path = static_cast<const std::string*>(png_get_error_ptr(png));
    throw Error("{}: is not a PNG that can be read or written ({})", *path, message);
}
void ignore(png_structp, png_const_charp) {}

struct Writer {
    png_structp png;
    png_infop info;
    explicit Writer(std::string& path)
        : png(png_create_write_struct(PNG_LIBPNG_VER_STRING, &path, fail, ignore)),
          info(png_create_info_struct(png)) {}
    ~Writer() { png_destroy_write_struct(&png, &info); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
};

/// Reads from memory, up to the pixels; text chunks stand before them in what we write.
struct Reader {
    std::span<const std::byte> rest;
    png_structp png;
    png_infop info;
    Reader(std::span<const std::byte> file, std::string& path)
        : rest(file),
          png(png_create_read_struct(PNG_LIBPNG_VER_STRING, &path, fail, ignore)),
          info(png_create_info_struct(png)) {}
    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void read_info(const std::string& path) {
        if (rest.size() < 8 || png_sig_cmp(reinterpret_cast<png_const_bytep>(rest.data()), 0, 8) != 0)
            throw Error("{}: is not a PNG", path);
        png_set_read_fn(png, &rest, [](png_structp reader, png_bytep data, size_t size) {
            auto& bytes = *static_cast<std::span<const std::byte>*>(png_get_io_ptr(reader));
            if (size > bytes.size()) png_error(reader, "it is cut off");
            std::memcpy(data, bytes.data(), size);
            bytes = bytes.subspan(size);
        });
        png_set_chunk_malloc_max(png, 64 << 20);  // patches are that long at the most
        png_read_info(png, info);
    }
    std::map<std::string, std::string> texts() const {
        png_textp chunks = nullptr;
        int count = 0;
        png_get_text(png, info, &chunks, &count);
        std::map<std::string, std::string> result;
        for (int i = 0; i < count; ++i) result.emplace(chunks[i].key, chunks[i].text);
        return result;
    }
};

/// PNG has the high byte of 16 bits first.
template <class Sample>
constexpr bool swaps = sizeof(Sample) == 2 && std::endian::native == std::endian::little;

template <class Sample>
void write_picture(const std::filesystem::path& path, const PictureOf<Sample>& picture,
                   const std::map<std::string, std::string>& texts, OnInterrupt on_interrupt) {
    std::vector<std::byte> file;
    std::string name = path.string();
    Writer writer(name);
    png_set_write_fn(
        writer.png, &file,
        [](png_structp png, png_bytep data, size_t size) {
            auto& bytes = *static_cast<std::vector<std::byte>*>(png_get_io_ptr(png));
            const auto* from = reinterpret_cast<const std::byte*>(data);
            bytes.insert(bytes.end(), from, from + size);
        },
        nullptr);
    const int type = picture.channels == 1   ? PNG_COLOR_TYPE_GRAY
                     : picture.channels == 3 ? PNG_COLOR_TYPE_RGB
                                             : PNG_COLOR_TYPE_RGB_ALPHA;
    png_set_IHDR(writer.png, writer.info, static_cast<png_uint_32>(picture.width),
                 static_cast<png_uint_32>(picture.height), 8 * sizeof(Sample), type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(writer.png, writer.info, PNG_sRGB_INTENT_PERCEPTUAL);
    std::vector<png_text> chunks;
    for (const auto& [key, value] : texts) {
        png_text chunk{};
        chunk.compression = PNG_ITXT_COMPRESSION_NONE;  // UTF-8
        chunk.key = const_cast<char*>(key.c_str());
        chunk.text = const_cast<char*>(value.c_str());
        chunks.push_back(chunk);
    }
    if (!chunks.empty())
        png_set_text(writer.png, writer.info, chunks.data(), static_cast<int>(chunks.size()));
    png_write_info(writer.png, writer.info);
    if (swaps<Sample>) png_set_swap(writer.png);
    for (int y = 0; y < picture.height; ++y)
        png_write_row(writer.png, reinterpret_cast<png_const_bytep>(picture.row(y)));
    png_write_end(writer.png, nullptr);

    AtomicFile output(path, on_interrupt);
    output.write(file);
    output.commit();
}

/// The pixels of a file whose header was read.
template <class Sample>
PictureOf<Sample> read_pixels(Reader& reader, int width, int height) {
    if (swaps<Sample>) png_set_swap(reader.png);
    png_set_interlace_handling(reader.png);
    png_read_update_info(reader.png, reader.info);
    PictureOf<Sample> picture{width, height, png_get_channels(reader.png, reader.info), {}};
    picture.pixels.resize(static_cast<size_t>(width) * height * picture.channels);
    std::vector<png_bytep> rows;
    for (int y = 0; y < height; ++y) rows.push_back(reinterpret_cast<png_bytep>(picture.row(y)));
    png_read_image(reader.png, rows.data());
    png_read_end(reader.png, nullptr);
    return picture;
}

/// What a file keeps as light^gamma becomes sRGB-encoded (IEC 61966-2-1); alpha stays.
template <class Sample>
void encode_srgb(PictureOf<Sample>& picture, double gamma) {
    constexpr double most = std::numeric_limits<Sample>::max();
    std::vector<Sample> table(std::numeric_limits<Sample>::max() + size_t{1});
    for (size_t i = 0; i < table.size(); ++i) {
        const double light = std::pow(static_cast<double>(i) / most, 1 / gamma);
        const double srgb = light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
        table[i] = static_cast<Sample>(srgb * most + 0.5);
    }
    const auto channels = static_cast<size_t>(picture.channels);
    for (size_t i = 0; i < picture.pixels.size(); ++i)
        if (i % channels != 3) picture.pixels[i] = table[picture.pixels[i]];
}

}  // namespace

void write_png(const std::filesystem::path& path, const Picture8& picture,
               const std::map<std::string, std::string>& texts, OnInterrupt on_interrupt) {
    write_picture(path, picture, texts, on_interrupt);
}

void write_png(const std::filesystem::path& path, const AnyPicture& picture,
               const std::map<std::string, std::string>& texts, OnInterrupt on_interrupt) {
    std::visit([&](const auto& any) { write_picture(path, any, texts, on_interrupt); }, picture);
}

AnyPicture decode_png(std::span<const std::byte> file, const std::string& name, bool data) {
    std::string path = name;
    Reader reader(file, path);
    // Texts are not wanted, and some kilobytes of them may unpack to gigabytes.
    static constexpr char texts[] = "tEXt\0zTXt\0iTXt";
    png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, reinterpret_cast<png_const_bytep>(texts),
                                3);
    reader.read_info(name);
    const png_uint_32 width = png_get_image_width(reader.png, reader.info);
    const png_uint_32 height = png_get_image_height(reader.png, reader.info);
    // A damaged header may ask for terabytes.
    if (width > max_side || height > max_side)
        throw Error("{}: has {}x{} pixels; a side of 1 to {} is read", name, width, height, max_side);
    const bool grey = (png_get_color_type(reader.png, reader.info) & PNG_COLOR_MASK_COLOR) == 0;
    const bool alpha = (png_get_color_type(reader.png, reader.info) & PNG_COLOR_MASK_ALPHA) != 0 ||
                       png_get_valid(reader.png, reader.info, PNG_INFO_tRNS) != 0;
    double gamma = 0;
    const bool named = png_get_gAMA(reader.png, reader.info, &gamma) != 0;
    png_set_expand(reader.png);  // palettes, a transparent colour, less than 8 bits
    if (grey && alpha) png_set_gray_to_rgb(reader.png);
    const auto read = [&]<class Sample>(Sample) {
        auto picture = read_pixels<Sample>(reader, static_cast<int>(width), static_cast<int>(height));
        // Within 5 % of 1 / 2.2, as for libpng, sRGB is meant.
        if (named && !data && std::abs(2.2 * gamma - 1) > 0.05) encode_srgb(picture, gamma);
        return AnyPicture(std::move(picture));
    };
    return png_get_bit_depth(reader.png, reader.info) == 16 ? read(uint16_t{}) : read(uint8_t{});
}

TaggedPicture read_png(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    std::string name = path.string();
    AnyPicture picture = decode_png(file->bytes(), name);
    if (!std::holds_alternative<Picture8>(picture)) throw Error("{}: is not a PNG of 8 bits", name);
    Reader reader(file->bytes(), name);
    reader.read_info(name);
    return {.picture = std::get<Picture8>(std::move(picture)), .texts = reader.texts()};
}

std::string numbered_name(const std::string& pattern, int64_t number) {
    const auto percent = pattern.find('%');
    if (percent == std::string::npos) return pattern;
    const auto end = pattern.find('d', percent);
    const std::string digits = end == std::string::npos ? "" : pattern.substr(percent + 1, end - percent - 1);
    if (digits.size() < 2 || digits.size() > 3 || digits[0] != '0' ||
        digits.find_first_not_of("0123456789") != std::string::npos)
        throw Error("{}: the number is written %05d", pattern);
    return fmt::format("{}{:0{}}{}", pattern.substr(0, percent), number, std::stoi(digits),
                       pattern.substr(end + 1));
}

std::map<std::string, std::string> read_png_texts(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    std::string name = path.string();
    Reader reader(file->bytes(), name);
    reader.read_info(name);
    return reader.texts();
}

}  // namespace gan
