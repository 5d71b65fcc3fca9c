#include "runtime/torch/processor_passes.h"

#include "runtime/torch/pass_pixel.h"

#include <ATen/Parallel.h>
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>

namespace gan {

template <>
inline constexpr float largest_number<c10::Half> = 65504;

namespace {

constexpr int64_t numbers_a_thread = 1 << 15;  // fewer are not worth a thread's start

template <class T, int V>
void run_blocks(const MapPass& pass) {
    const PassGrid grid = grid_of(pass);
    const int64_t rows = static_cast<int64_t>(pass.pictures) * grid.rows;
    const int64_t row_size = static_cast<int64_t>(grid.columns) * pass.channels;
    at::parallel_for(0, rows, std::max<int64_t>(1, numbers_a_thread / row_size),
                     [&](int64_t begin, int64_t end) {
                         for (int64_t row = begin; row < end; ++row) {
                             const int n = static_cast<int>(row / grid.rows);
                             const int y = static_cast<int>(row % grid.rows);
                             for (int x = 0; x < grid.columns; ++x) {
                                 if (pass.result == PassResult::Planar)
                                     planar_pixel<T>(pass, n, y, x);
                                 else if (pass.result == PassResult::Differences)
                                     difference_pixel<T, V>(pass, n, y, x, 0, pass.channels);
                                 else
                                     map_pixel<T, V>(pass, n, y, x, 0, pass.channels);
                             }
                         }
                     });
}

template <class T>
void run_numbers(const MapPass& pass) {
    if (goes_by_eights(pass))
        run_blocks<T, 8>(pass);
    else
        run_blocks<T, 1>(pass);
}

}  // namespace

void run_on_processor(const MapPass& pass) {
    switch (pass.numbers) {
        case PassNumbers::F32:
            return run_numbers<float>(pass);
        case PassNumbers::BF16:
            return run_numbers<c10::BFloat16>(pass);
        case PassNumbers::F16:
            return run_numbers<c10::Half>(pass);
    }
}

}  // namespace gan
