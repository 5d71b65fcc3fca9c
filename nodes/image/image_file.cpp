#include "nodes/builtin.h"
#include "runtime/base/error.h"
#include "runtime/picture/read_picture.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <limits>
#include <new>

namespace gan {
namespace {

/// Reads off the player's thread. A file that changes is read again; while that goes on, or when it fails,
/// the picture that was there stays.
class ImageFileNode final : public Node {
public:
    enum class Meaning { Picture, Data };

    TextParam path{*this, "path", "PNG, JPEG or WebP file, from the patch's folder", {}, true, true};
    Choice<Meaning> is{*this,
                       "is",
                       "Data are taken as they are, never as colours",
                       {"a picture", "data (heights, normals, masks)"},
                       Meaning::Picture,
                       true};
    Toggle tiles_x{*this, "tiles x", "The picture tiles from left to right", false, true};
    Toggle tiles_y{*this, "tiles y", "The picture tiles from top to bottom", false, true};
    Output<ImageRef> out{*this, "image", "The picture"};
    Output<std::string> status{*this, "status", "What was read, or why it could not be"};

    void process(const Tick& tick) override {
        if ((*path).empty()) throw Error("no picture is chosen; set 'path'");
        const Wish wish{std::filesystem::path(tick.folder) / *path, is == Meaning::Data, tiles_x, tiles_y};
        if (tick.live) run_again();
        while (changed(wish, tick.live) || reading_.valid()) {
            const bool begins = !reading_.valid();
            if (begins) {
                wish_ = wish;
                stamp_ = seen_ = stamp_of(wish.path);
                reading_ = std::async(std::launch::async, [wish] { return read(wish); });
            }
            if (tick.live &&
                (begins || reading_.wait_for(std::chrono::seconds(0)) != std::future_status::ready))
                break;
            finish();
        }
        if (found_.image == nullptr)
            throw Error("{}", problem_.empty() ? *path + " is being read" : problem_);
        out = found_.image;
        status = problem_.empty() ? found_.description : problem_;
    }

private:
    using Time = std::chrono::steady_clock::time_point;

    struct Wish {
        std::filesystem::path path;
        bool data = false;
        bool tiles_x = false;
        bool tiles_y = false;
        bool operator==(const Wish&) const = default;
    };

    struct Found {
        ImageRef image;
        std::string description;
    };

    /// What tells one state of a file from another without reading it.
    struct Stamp {
        std::filesystem::file_time_type time{};
        uintmax_t size = 0;
        bool operator==(const Stamp&) const = default;
    };

    static Stamp stamp_of(const std::filesystem::path& path) {
        std::error_code ignored;
        return {std::filesystem::last_write_time(path, ignored), std::filesystem::file_size(path, ignored)};
    }

    /// Whether another file is wanted, or the file is another than was read. Live, it is looked at four times
    /// a second, and read when it was the same twice: it may be being written.
    bool changed(const Wish& wish, bool live) {
        if (wish != wish_) return true;
        const Time now = std::chrono::steady_clock::now();
        if (live && now - looked_ < std::chrono::milliseconds(250)) return false;
        looked_ = now;
        const Stamp stamp = stamp_of(wish.path);
        const bool settled = !live || stamp == seen_;
        seen_ = stamp;
        return settled && stamp != stamp_;
    }

    void finish() {
        try {
            found_ = reading_.get();
            problem_.clear();
        } catch (const std::exception& failure) {
            problem_ = failure.what();
        }
    }

    static Found read(const Wish& wish) {
        try {
            return std::visit([&](const auto& picture) { return found(wish, picture); },
                              read_picture(wish.path, wish.data));
        } catch (const std::bad_alloc&) {
            throw Error("{}: there is not enough memory for this picture", wish.path.string());
        }
    }

    template <class Sample>
    static Found found(const Wish& wish, const PictureOf<Sample>& picture) {
        constexpr double most = std::numeric_limits<Sample>::max();
        constexpr int bits = std::numeric_limits<Sample>::digits;
        std::vector<float> pixels(picture.pixels.size());
        std::transform(picture.pixels.begin(), picture.pixels.end(), pixels.begin(),
                       [](Sample sample) { return static_cast<float>(sample / most); });
        const ImageInfo info{.width = picture.width,
                             .height = picture.height,
                             .channels = picture.channels,
                             .encoding = wish.data   ? Encoding::Data32f
                                         : bits == 8 ? Encoding::Srgb8
                                                     : Encoding::Srgb32f,
                             .wrap_x = wish.tiles_x,
                             .wrap_y = wish.tiles_y};
        return {std::make_shared<Image>(info, std::move(pixels)),
                fmt::format("{}: {}x{} pixels, {} channel{}, {} bits", wish.path.filename().string(),
                            picture.width, picture.height, picture.channels, picture.channels == 1 ? "" : "s",
                            bits)};
    }

    Wish wish_;    // that was read, or is being
    Stamp stamp_;  // of the file when it was read
    Stamp seen_;   // when it was last looked at
    Time looked_;  // when that was
    std::future<Found> reading_;
    Found found_;
    std::string problem_;
};

}  // namespace

NodeType image_file() {
    NodeType type = node_type<ImageFileNode>("image.file", "Image File", "A picture from a file");
    type.aliases = {"load", "open", "read",  "import",  "png",      "jpeg",
                    "jpg",  "webp", "photo", "texture", "heightmap"};
    return type;
}

}  // namespace gan
