#include "runtime/cli/frame_sink.h"

#include "nodes/output.h"
#include "nodes/patches.h"
#include "runtime/base/error.h"
#include "runtime/cli/video_sink.h"
#include "runtime/picture/png.h"
#include "runtime/picture/read_picture.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <utility>
#include <variant>

namespace gan {
namespace {

namespace fs = std::filesystem;

bool numbered(const std::string& out) {
    return out.find('%') != std::string::npos;
}

/// PNG files: one, or one a frame.
class PictureSink final : public FrameSink {
public:
    explicit PictureSink(SinkOptions options) : options_(std::move(options)) {}

    bool has(int64_t frame) override {
        if (!options_.resume) return false;
        if (!asked_ || asked_->first != frame) asked_ = {frame, kept(frame).has_value()};
        return asked_->second;
    }

    void write(int64_t frame, const ImageRef& image) override {
        if (!options_.size) options_.size = {image->width, image->height};
        options_.size->wrap_x = image->wrap_x;
        options_.size->wrap_y = image->wrap_y;
        asked_.reset();  // before the first frame, the size may not have been known
        const std::string name = numbered_name(options_.out, frame);
        const AnyPicture picture = to_picture(float_picture(*image), *options_.size, options_.depth);
        const auto there = options_.resume ? kept(frame) : std::nullopt;
        if (!there)
            write_png(name, picture, {{patch_key, options_.patch}, {"Software", "Ganymede"}});
        else if (*there != picture)
            throw Error(
                "--resume: {} is not the picture that comes now (another --fps, --dither or --output, or another "
                "model under the same name?); remove it, or render without --resume",
                name);
    }

private:
    /// The picture that is there, whole, of this patch, and of the size and depth that are known to be asked
    /// for.
    std::optional<AnyPicture> kept(int64_t frame) const {
        const std::string name = numbered_name(options_.out, frame);
        if (!fs::exists(name)) return std::nullopt;
        AnyPicture there;
        std::map<std::string, std::string> texts;
        try {
            texts = read_png_texts(name);
            there = read_picture(name);
        } catch (const Error&) {
            return std::nullopt;
        }
        const auto patch = texts.find(patch_key);
        if (patch == texts.end() || patch->second != options_.patch)
            throw Error(
                "--resume: {} is of another patch, or of other settings of it; remove it, or render without "
                "--resume",
                name);
        const auto fits = [&](const auto& picture) {
            return !options_.size ||
                   (options_.size->width == picture.width && options_.size->height == picture.height);
        };
        if (std::holds_alternative<Picture16>(there) != (options_.depth.bits == 16) ||
            !std::visit(fits, there))
            return std::nullopt;
        return there;
    }

    SinkOptions options_;
    std::optional<std::pair<int64_t, bool>> asked_;  // what has() said last
};

}  // namespace

SinkKind kind_of(const SinkOptions& options) {
    const auto extension = fs::path(options.out).extension();
    const bool sequence = numbered(options.out);
    if (extension != ".png") {
        const VideoFormat format = video_format(options.out, options.codec);
        if (sequence)
            throw Error("--out {}: a video is one file; leave the number of the frame out", options.out);
        if (options.resume) throw Error("--resume is for frames_%05d.png; a video is written from its start");
        if (options.depth.bits != 8)
            throw Error("--bits {} is for PNG files; a video's codec says how many it has",
                        options.depth.bits);
        if (options.depth.dither) throw Error("--dither is for PNG files, not for videos");
        return {SinkKind::Video, name_of(format.codec)};
    }
    if (!options.codec.empty()) throw Error("--codec {} is for videos, not for PNG files", options.codec);
    if (options.resume && !sequence)
        throw Error("--resume is for frames_%05d.png; {} is one picture", options.out);
    if (options.depth.dither && options.depth.bits != 8)
        throw Error("--dither is for 8 bits; {} need none", options.depth.bits);
    numbered_name(options.out, 0);
    return {sequence ? SinkKind::Sequence : SinkKind::Still, {}};
}

std::unique_ptr<FrameSink> open_sink(const SinkOptions& options) {
    if (kind_of(options).form == SinkKind::Video) return open_video_sink(options);
    return std::make_unique<PictureSink>(options);
}

}  // namespace gan
