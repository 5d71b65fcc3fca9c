// Passes on the processor against their plain twin of LibTorch's operations. The same formulas, compiled by
// nvcc, are held against the same twin by tests/gpu/check.

#include "runtime/torch/processor_passes.h"
#include "tests/pass_cases.h"

#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

namespace gan {
namespace {

class Passes : public testing::TestWithParam<at::ScalarType> {};

// Results are rounded once to the type: half a step, where the twin rounds nothing; a little more where
// float32 itself rounds otherwise.
TEST_P(Passes, AgreeWithLibTorchsOperations) {
    const c10::InferenceMode no_gradients;
    for (const PassCase& it : pass_cases(GetParam()))
        EXPECT_LE(difference_from_twin(it, at::kCPU, run_on_processor), 1.1) << text_of(it);
}

INSTANTIATE_TEST_SUITE_P(Types, Passes, testing::Values(at::kFloat, at::kBFloat16, at::kHalf),
                         [](const auto& test) { return at::toString(test.param); });

TEST(Passes, GiveTheSameNumbersWithAnyNumberOfThreads) {
    const c10::InferenceMode no_gradients;
    const PassCase large{.channels = 64,
                         .height = 64,
                         .width = 64,
                         .source = PassSource::Terms,
                         .keeps = true,
                         .result = PassResult::Differences};
    const PassMemory memory(large, at::kCPU);
    const int before = at::get_num_threads();
    at::set_num_threads(1);
    run_on_processor(memory.pass);
    std::vector<at::Tensor> alone;
    for (const at::Tensor& map : memory.results()) alone.push_back(map.clone());
    at::set_num_threads(3);
    run_on_processor(memory.pass);
    at::set_num_threads(before);
    for (size_t i = 0; i < alone.size(); ++i) EXPECT_TRUE(alone[i].equal(memory.results()[i])) << i;
}

}  // namespace
}  // namespace gan
