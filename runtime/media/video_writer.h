#pragma once

#include "runtime/base/rational.h"

#include <filesystem>
#include <span>
#include <string>

namespace gan {

enum class VideoCodec { H264, Hevc, ProRes, Vp9, Gif, Ffv1 };

struct VideoOptions {
    std::filesystem::path path;
    std::string muxer;  // FFmpeg's name: "mp4", "mov", "matroska", "webm", "gif"
    VideoCodec codec = VideoCodec::H264;
    int width = 0;  // pixels; even, but of Gif and Ffv1
    int height = 0;
    Rational fps{60};
};

/// One video file, written frame by frame. The same frames give the same bytes on one machine. Every function
/// throws Error. [one thread at a time]
///
/// YUV is BT.709 in the range of television, and tagged so. Ffv1 keeps 8-bit RGB exactly; ProRes gets 16 bits
/// a channel and keeps 10.
class VideoWriter {
public:
    /// Without finish(), nothing is left under the file's name.
    virtual ~VideoWriter() = default;
    /// The next frame: (height, width, 3), sRGB-encoded, in [0, 1].
    virtual void write(std::span<const float> rgb) = 0;
    /// Ends the file and gives it its name; at least one frame was written.
    virtual void finish() = 0;
};

/// The module's one symbol, `gan_open_video`: starts a file, which the caller owns.
using OpenVideo = VideoWriter*(const VideoOptions&);

}  // namespace gan
