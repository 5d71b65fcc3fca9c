#include "runtime/model/winograd_kernels.h"

namespace gan {
namespace {

constexpr int lanes = 8;
constexpr int block_rows = 6;
#include "runtime/model/winograd_kernels.inc"

}  // namespace

const WinogradKernels winograd_avx2 = {tiles, product};

}  // namespace gan
