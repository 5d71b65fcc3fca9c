// Our own kernels against LibTorch's operations on the GPU: that they agree, and what they save. They exist
// because a map is then read and written once; the bandwidth of a plain copy is the measure.

#include "runtime/cuda/passes.h"
#include "tests/gpu/gpu_time.h"
#include "tests/pass_cases.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAStream.h>
#include <gtest/gtest.h>

#include <cstdio>

namespace gan {
namespace {

void run_pass(const MapPass& pass) {
    run_on_gpu(pass, c10::cuda::getCurrentCUDAStream().stream());
}

class CudaPasses : public testing::TestWithParam<at::ScalarType> {};

TEST_P(CudaPasses, AgreeWithLibTorchsOperations) {
    const c10::InferenceMode no_gradients;
    for (const PassCase& it : pass_cases(GetParam()))
        EXPECT_LE(difference_from_twin(it, at::kCUDA, run_pass), 1.1) << text_of(it);
}

INSTANTIATE_TEST_SUITE_P(Types, CudaPasses, testing::Values(at::kFloat, at::kBFloat16, at::kHalf),
                         [](const auto& test) { return at::toString(test.param); });

/// LibTorch's own operations for the same, in the maps' type: what there would be without our kernels.
class PlainPath {
public:
    explicit PlainPath(const PassMemory& memory) : memory_(memory) {
        const int64_t n = memory.it.pictures, c = memory.it.channels;
        const auto row = [&](int64_t first) {
            return memory.modulation.narrow(1, first, c).view({n, c, 1, 1}).to(memory.it.type);
        };
        scale_ = row(1);
        shift_ = row(c + 3);
        main_ = memory.sources[0].permute({0, 3, 1, 2});
        if (memory.it.shortcut) shortcut_ = memory.shortcut_source.permute({0, 3, 1, 2});
    }

    void run() const {
        if (memory_.it.result == PassResult::Planar) {
            at::tanh(main_.narrow(1, 0, memory_.pass.planar_channels)).to(at::kFloat).contiguous();
            return;
        }
        at::Tensor value = main_;
        if (shortcut_.defined())
            value = value + at::upsample_nearest2d(shortcut_, {memory_.it.height, memory_.it.width});
        at::relu(at::addcmul(shift_, value, scale_));
    }

private:
    const PassMemory& memory_;
    at::Tensor scale_, shift_, main_, shortcut_;
};

TEST(CudaPassSpeed, AgainstLibTorchsOperations) {
    const c10::InferenceMode no_gradients;
    const PassCase base{.type = at::kHalf, .channels = 192, .pictures = 16, .height = 64, .width = 64};
    struct Kind {
        const char* name;
        PassCase it;
        bool compared;
    };
    std::vector<Kind> kinds{{"affine, ReLU", base, true}};
    PassCase it = base;
    it.wrap_x = it.wrap_y = true;
    kinds.push_back({"affine, ReLU, circular border", it, false});
    it = base;
    it.source = PassSource::Phases;
    kinds.push_back({"phases, affine, ReLU", it, false});
    it.source = PassSource::Terms;
    kinds.push_back({"terms, affine, ReLU", it, false});
    it = base;
    it.shortcut = it.keeps = true;
    kinds.push_back({"add upsampled, keep, affine, ReLU", it, true});
    it.result = PassResult::Differences;
    kinds.push_back({"add upsampled, keep, affine, ReLU, differences", it, false});
    it = base;
    it.affine = false;
    it.result = PassResult::Planar;
    kinds.push_back({"tanh, planar", it, true});

    const at::Tensor from = at::empty({1 << 27}, at::TensorOptions(at::kCUDA).dtype(at::kHalf));
    const at::Tensor to = at::empty({1 << 27}, from.options());
    const double copied = gpu_ms(20, [&] { to.copy_(from); });
    std::printf("a copy: %.0f GB/s\n", 2.0 * static_cast<double>(from.nbytes()) / copied / 1e6);
    for (const Kind& kind : kinds) {
        const PassMemory memory(kind.it, at::kCUDA);
        const double own = gpu_ms(50, [&] { run_pass(memory.pass); });
        std::printf("%-48s %7.3f ms, %5.0f GB/s", kind.name, own,
                    static_cast<double>(memory.bytes()) / own / 1e6);
        if (kind.compared) {
            const PlainPath plain(memory);
            std::printf("; LibTorch's operations %7.3f ms", gpu_ms(50, [&] { plain.run(); }));
        }
        std::printf("\n");
    }
}

}  // namespace
}  // namespace gan
