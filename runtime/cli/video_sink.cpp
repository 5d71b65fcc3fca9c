#include "runtime/cli/video_sink.h"

#include "nodes/output.h"
#include "runtime/base/error.h"
#include "runtime/base/module.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr std::array codec_names{"h264", "hevc", "prores", "vp9", "gif", "ffv1"};  // as VideoCodec counts

struct Container {
    const char* extension;
    const char* muxer;
    std::vector<VideoCodec> codecs;  // the first is what it holds unless told
};
const std::array containers{
    Container{".mp4", "mp4", {VideoCodec::H264, VideoCodec::Hevc}},
    Container{".mov", "mov", {VideoCodec::ProRes, VideoCodec::H264, VideoCodec::Hevc}},
    Container{".mkv", "matroska", {VideoCodec::H264, VideoCodec::Hevc, VideoCodec::Vp9, VideoCodec::Ffv1}},
    Container{".webm", "webm", {VideoCodec::Vp9}},
    Container{".gif", "gif", {VideoCodec::Gif}},
};

OpenVideo* load_media() {
    return reinterpret_cast<OpenVideo*>(
        module_function("gan_media.so", "gan_open_video", "videos are written by"));
}

/// Grey becomes three channels; alpha is left out.
std::vector<float> rgb_of(const FloatPicture& picture) {
    if (picture.channels == 3) return picture.pixels;
    const auto channels = static_cast<size_t>(picture.channels);
    std::vector<float> rgb(picture.pixels.size() / channels * 3);
    for (size_t i = 0; i < rgb.size(); ++i)
        rgb[i] = picture.pixels[i / 3 * channels + (channels < 3 ? 0 : i % 3)];
    return rgb;
}

/// Encodes on the caller's thread: engine and encoder have threads of their own, and with a queue between
/// them two busy cores took longer (120 frames of 512x512, medians of three: H.264 5.1 s and not 4.4,
/// ProRes 10.5 s and not 7.1).
class VideoSink final : public FrameSink {
public:
    explicit VideoSink(const SinkOptions& options)
        : options_(options), format_(video_format(options.out, options.codec)), open_(load_media()) {
        if (format_.codec != VideoCodec::Gif) return;
        if (options.fps.value() > 100)
            throw Error("{}: a GIF shows at most 100 frames a second; add --fps 50", options.out);
        if (options.fps.value() > 50)
            options.note(
                "browsers slow GIFs of more than 50 frames a second down; --fps 50 plays as it should");
    }

    void write(int64_t, const ImageRef& image) override {
        if (writer_ == nullptr) start(*image);
        size_.wrap_x = image->wrap_x;
        size_.wrap_y = image->wrap_y;
        writer_->write(rgb_of(resized(float_picture(*image), size_)));
    }

    void finish() override {
        if (writer_ != nullptr) writer_->finish();
    }

private:
    void start(const Image& image) {
        size_ = options_.size.value_or(Size{image.width, image.height});
        if (format_.codec != VideoCodec::Gif && format_.codec != VideoCodec::Ffv1 &&
            (size_.width % 2 != 0 || size_.height % 2 != 0)) {
            const Size odd = std::exchange(
                size_, {.width = size_.width + size_.width % 2, .height = size_.height + size_.height % 2});
            options_.note(fmt::format("{} needs even sizes: {}x{} becomes {}x{}", name_of(format_.codec),
                                      odd.width, odd.height, size_.width, size_.height));
        }
        writer_.reset(open_({.path = options_.out,
                             .muxer = format_.muxer,
                             .codec = format_.codec,
                             .width = size_.width,
                             .height = size_.height,
                             .fps = options_.fps}));
    }

    SinkOptions options_;
    VideoFormat format_;
    OpenVideo* open_;
    Size size_;
    std::unique_ptr<VideoWriter> writer_;
};

}  // namespace

std::string name_of(VideoCodec codec) {
    return codec_names[static_cast<size_t>(codec)];
}

VideoFormat video_format(const std::string& out, const std::string& codec) {
    const auto container = std::find_if(
        containers.begin(), containers.end(),
        [ending = fs::path(out).extension()](const Container& c) { return ending == c.extension; });
    if (container == containers.end())
        throw Error("--out {}: write .png, .mp4, .mov, .mkv, .webm or .gif", out);
    if (codec.empty()) return {container->muxer, container->codecs.front()};
    std::vector<std::string> held;
    for (const VideoCodec one : container->codecs) {
        if (name_of(one) == codec) return {container->muxer, one};
        held.push_back(name_of(one));
    }
    throw Error("--codec {} does not go into {} files, which hold {}", codec, container->extension,
                fmt::join(held, ", "));
}

std::unique_ptr<FrameSink> open_video_sink(const SinkOptions& options) {
    return std::make_unique<VideoSink>(options);
}

}  // namespace gan
