#pragma once

#include "runtime/cli/frame_sink.h"
#include "runtime/media/video_writer.h"

#include <string>

namespace gan {

/// What a name and --codec ask for.
struct VideoFormat {
    std::string muxer;  // FFmpeg's name
    VideoCodec codec = VideoCodec::H264;
};

/// Throws Error when the name has no ending that is known, or its container does not hold the codec. `codec`:
/// one of h264, hevc, prores, vp9, gif and ffv1, or nothing for the container's own.
VideoFormat video_format(const std::string& out, const std::string& codec);
std::string name_of(VideoCodec codec);

/// Loads gan_media, from beside the program.
std::unique_ptr<FrameSink> open_video_sink(const SinkOptions& options);

}  // namespace gan
