#pragma once

#include "runtime/cli/frame_sink.h"

namespace gan {

/// Writes pictures to stdout for the program that reads it, all of one size: `options.size`, or the first's.
///   y4m    YUV4MPEG2, 4:4:4 of 8 bits, BT.601 in limited range, which is what readers take it for
///   rgba   four bytes a pixel and nothing else
/// Throws Error when stdout is a terminal or `form` is neither; write() throws Interrupted when the reader
/// has gone.
std::unique_ptr<FrameSink> open_pipe_sink(const std::string& form, const SinkOptions& options);

}  // namespace gan
