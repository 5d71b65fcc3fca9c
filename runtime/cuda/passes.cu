#include "runtime/cuda/passes.h"

#include "runtime/base/error.h"
#include "runtime/torch/pass_pixel.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

// One thread a place and V channels: neighbouring threads read and write neighbouring numbers. Bound by
// memory: every pass reads and writes each of its maps once. The formulas are pass_pixel.h's, which are
// tested on the processor; that they hold here as well, and how fast they are, tests/gpu/check shows: not
// done yet.

namespace gan {

template <>
inline constexpr float largest_number<__half> = 65504;

namespace {

constexpr unsigned threads = 256;  // a block

/// What a thread works on, from its number.
struct Item {
    int n;
    int row;
    int column;
    int channel;
};

__device__ Item item_of(unsigned number, unsigned rows, unsigned columns, unsigned blocks, int channels) {
    const unsigned place = number / blocks;
    const unsigned line = place / columns;
    return {static_cast<int>(line / rows), static_cast<int>(line % rows), static_cast<int>(place % columns),
            static_cast<int>(number % blocks) * channels};
}

template <class T, int V, PassResult Kind>
__global__ void __launch_bounds__(threads) pass_kernel(const __grid_constant__ MapPass pass, unsigned rows,
                                                       unsigned columns, unsigned blocks, unsigned count) {
    const unsigned number = blockIdx.x * threads + threadIdx.x;
    if (number >= count) return;
    const Item item = item_of(number, rows, columns, blocks, V);
    if constexpr (Kind == PassResult::Planar)
        planar_pixel<T>(pass, item.n, item.row, item.column);
    else if constexpr (Kind == PassResult::Differences)
        difference_pixel<T, V>(pass, item.n, item.row, item.column, item.channel, item.channel + V);
    else
        map_pixel<T, V>(pass, item.n, item.row, item.column, item.channel, item.channel + V);
}

template <class T, int V, PassResult Kind>
void launch(const MapPass& pass, cudaStream_t stream) {
    const PassGrid grid = grid_of(pass);
    const int blocks = Kind == PassResult::Planar ? 1 : pass.channels / V;
    const uint64_t count = static_cast<uint64_t>(pass.pictures) * static_cast<uint64_t>(grid.rows) *
                           static_cast<uint64_t>(grid.columns) * static_cast<uint64_t>(blocks);
    if (count >= uint64_t{1} << 31)
        throw Error("{} pictures of {}x{} at a time are too many for CUDA", pass.pictures, pass.width,
                    pass.height);
    pass_kernel<T, V, Kind><<<static_cast<unsigned>((count + threads - 1) / threads), threads, 0, stream>>>(
        pass, static_cast<unsigned>(grid.rows), static_cast<unsigned>(grid.columns),
        static_cast<unsigned>(blocks), static_cast<unsigned>(count));
    if (const cudaError_t result = cudaGetLastError(); result != cudaSuccess)
        throw Error("CUDA cannot run a pass over a map: {}", cudaGetErrorString(result));
}

template <class T, int V>
void launch_kind(const MapPass& pass, cudaStream_t stream) {
    if (pass.result == PassResult::Planar)
        launch<T, 1, PassResult::Planar>(pass, stream);
    else if (pass.result == PassResult::Differences)
        launch<T, V, PassResult::Differences>(pass, stream);
    else
        launch<T, V, PassResult::Map>(pass, stream);
}

template <class T>
void launch_numbers(const MapPass& pass, cudaStream_t stream) {
    if (goes_by_eights(pass))
        launch_kind<T, 8>(pass, stream);
    else
        launch_kind<T, 1>(pass, stream);
}

}  // namespace

void run_on_gpu(const MapPass& pass, void* stream) {
    const auto queue = static_cast<cudaStream_t>(stream);
    switch (pass.numbers) {
        case PassNumbers::F32:
            return launch_numbers<float>(pass, queue);
        case PassNumbers::BF16:
            return launch_numbers<__nv_bfloat16>(pass, queue);
        case PassNumbers::F16:
            return launch_numbers<__half>(pass, queue);
    }
}

}  // namespace gan
