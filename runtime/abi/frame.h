#pragma once

#include "runtime/abi/gan.h"
#include "runtime/graph/value.h"

namespace gan {

/// Throws Failure with GAN_ERROR_ARGUMENT when it cannot be written to or read from.
void check_frame(const gan_frame& frame);

/// Writes a picture into a host's memory, at the frame's size. Throws Error. [any thread]
void write_frame(const Image& image, const gan_frame& frame);

/// A picture of what is in a host's memory. [any thread]
ImageRef read_frame(const gan_frame& frame);

}  // namespace gan
