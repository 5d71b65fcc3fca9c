#include "runtime/model/winograd_kernels.h"

namespace gan {
namespace {

constexpr int lanes = 16;
constexpr int block_rows = 12;
#include "runtime/model/winograd_kernels.inc"

}  // namespace

const WinogradKernels winograd_avx512 = {tiles, product};

}  // namespace gan
