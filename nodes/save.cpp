#include "nodes/builtin.h"
#include "nodes/worker.h"
#include "runtime/base/error.h"
#include "runtime/picture/png.h"

#include <algorithm>
#include <filesystem>
#include <mutex>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr size_t queue = 8;  // pictures that may wait for the disk

enum class When { EveryChange, OnTrigger, Never };
enum class Bits { Eight, Sixteen };

void write(const fs::path& path, const Image& image, const Depth& depth) {
    write_png(path,
              to_picture({.width = image.width,
                          .height = image.height,
                          .channels = image.channels,
                          .pixels = image.pixels(),
                          .data = is_data(image)},
                         {image.width, image.height, image.wrap_x, image.wrap_y}, depth),
              {{"Software", "Ganymede"}}, OnInterrupt::Finish);
}

/// Writes on a thread of its own; live, the player goes on, and pictures that the disk cannot keep up with
/// are lost and counted.
class ImageSave final : public Node {
public:
    Input<ImageRef> in{*this, "image", "The picture to save"};
    TextParam path{*this, "path", "PNG file in the patch's folder; %05d is the number of the tick",
                   "saved_%05d.png", true};
    Choice<When> when{
        *this, "when", "Which pictures are saved", {"every change", "on trigger", "never"}, When::OnTrigger};
    Choice<Bits> bits{*this, "bits", "Of each sample", {"8", "16"}, Bits::Eight};
    Toggle dither{*this, "dither", "Rounds 8 bits by a fixed pattern, so that smooth colours show no bands",
                  false};
    Number trigger{*this, "trigger", "Saves when it rises above one half", {.value = 0, .min = 0, .max = 1}};
    Output<std::string> status{*this, "status", "What was saved and what was lost, or why it could not be"};

    void process(const Tick& tick) override {
        if (due()) {
            const fs::path file = fs::path(tick.folder) / name_of(tick);
            saved_ = *in;
            const Depth depth{bits == Bits::Sixteen ? 16 : 8, dither};
            if (!worker_.post([this, file, image = *in, depth] { save(file, *image, depth); }, queue))
                ++lost_;
            if (!tick.live) worker_.wait();
        }
        if (!worker_.idle()) run_again();
        report();
    }

private:
    bool due() {
        const bool high = trigger > 0.5;
        const bool rose = high && !high_;
        high_ = high;
        return when == When::EveryChange ? *in != saved_ : when == When::OnTrigger && rose;
    }

    /// A patch may be a stranger's: it writes pictures, and only beside itself.
    std::string name_of(const Tick& tick) const {
        const std::string name = numbered_name(*path, tick.index);
        const fs::path inside = fs::path(name).lexically_normal();
        if (inside.is_absolute() || inside.empty() || *inside.begin() == "..")
            throw Error("'{}' is outside of the patch's folder; name a file in it", name);
        // Folders may hold links to others.
        std::error_code ignored;
        const fs::path home =
            fs::weakly_canonical(tick.folder.empty() ? "." : fs::path(tick.folder), ignored);
        const fs::path there = fs::weakly_canonical(home / inside, ignored);
        if (std::mismatch(home.begin(), home.end(), there.begin(), there.end()).first != home.end())
            throw Error("'{}' is outside of the patch's folder; name a file in it", name);
        if (inside.extension() != ".png")
            throw Error("'{}': only PNG pictures can be written, such as saved_%05d.png", name);
        return name;
    }

    void save(const fs::path& file, const Image& image, const Depth& depth) {
        std::string failure;
        try {
            write(file, image, depth);
        } catch (const std::exception& error) {
            failure = error.what();
        }
        const std::lock_guard lock(mutex_);
        if (failure.empty()) ++written_;
        failure_ = std::move(failure);
    }

    void report() {
        const std::lock_guard lock(mutex_);
        if (!failure_.empty()) throw Error("{}", failure_);
        std::string text = written_ == 0 ? "nothing is saved yet" : fmt::format("{} saved", written_);
        if (lost_ > 0) text += fmt::format(", {} lost: they come faster than they can be written", lost_);
        status = std::move(text);
    }

    ImageRef saved_;  // the last that was posted
    bool high_ = false;
    int64_t lost_ = 0;

    std::mutex mutex_;
    int64_t written_ = 0;
    std::string failure_;  // of the last one

    Worker worker_;  // ends before what its jobs use
};

}  // namespace

NodeType image_save() {
    NodeType type = node_type<ImageSave>("image.save", "Save", "Writes pictures to files", {.sink = true});
    type.aliases = {"write", "export", "png", "snapshot", "record"};
    return type;
}

}  // namespace gan
