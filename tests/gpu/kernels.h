#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __CUDACC__
#define GAN_BOTH_SIDES __host__ __device__
#else
#define GAN_BOTH_SIDES
#endif

namespace gan {

/// The level, of 256, that a pixel of a frame has: what both sides of the bridge compare.
GAN_BOTH_SIDES inline uint32_t level_of(uint64_t frame, uint64_t pixel) {
    return static_cast<uint32_t>((frame * 2654435761u + pixel * 40503u) >> 7) & 255u;
}

/// What a level at a place adds to a frame's checksum; places count, so that moved pixels are found.
GAN_BOTH_SIDES inline uint64_t share_of(uint32_t level, uint64_t pixel) {
    return level * (2 * pixel + 1);
}

/// Writes a frame of `count` numbers, levels as [-1, 1], and adds each one's share to `*checksum`, which is
/// the device's memory. In the order of `stream` (a cudaStream_t).
void write_frame(float* values, size_t count, uint64_t frame, uint64_t* checksum, void* stream);

/// Keeps the stream busy for about so many milliseconds.
void keep_busy(int milliseconds, void* stream);

}  // namespace gan
