#pragma once

#include "runtime/base/rational.h"
#include "runtime/cli/sheet.h"
#include "runtime/graph/value.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gan {

struct SinkOptions {
    std::string out;           // picture.png, frames_%05d.png or a video's name
    std::optional<Size> size;  // else as the first frame
    std::string codec;         // of a video: "" is the container's default
    Depth depth;               // of PNG files
    Rational fps{60};
    std::string patch;    // its text: PNG files carry it
    bool resume = false;  // keep the frames of a sequence that are there
    std::function<void(const std::string&)> note = [](const std::string&) {};  // what a person should know
};

/// Where frames go: a picture, a sequence of pictures, a video. Every function throws Error. [one thread]
class FrameSink {
public:
    /// Without finish(), no unfinished file is left; the whole pictures of a sequence are.
    virtual ~FrameSink() = default;
    /// Whether a frame is there already and need not be made again.
    virtual bool has(int64_t) { return false; }
    /// Takes the next frame; their numbers rise.
    virtual void write(int64_t frame, const ImageRef& image) = 0;
    /// After the last frame, or earlier, to keep those that are written.
    virtual void finish() {}
};

/// What `out` asks for, known before there is a frame.
struct SinkKind {
    enum { Still, Sequence, Video } form = Still;
    std::string codec;  // of a video
};

/// Throws Error in one sentence when the options do not go together.
SinkKind kind_of(const SinkOptions& options);

std::unique_ptr<FrameSink> open_sink(const SinkOptions& options);

}  // namespace gan
