// The CUDA engine: that its pictures are right, the same whenever they are asked for, wherever they are
// written, and that it holds no more memory than it should.

#include "runtime/cuda/passes.h"
#include "runtime/model/latent.h"
#include "runtime/torch/torch_program.h"
#include "tests/gpu/cuda_engine.h"

#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <thread>

namespace gan {
namespace {

class CudaEngineShapes : public testing::TestWithParam<Shape> {};

// TF32, which keeps ten bits, would be a hundred times beyond the tolerances of float32.
TEST_P(CudaEngineShapes, AgreeWithTheInterpreterInF32) {
    expect_exact_pictures(open_on_gpu, GetParam(), 8);
}

INSTANTIATE_TEST_SUITE_P(All, CudaEngineShapes,
                         testing::Combine(testing::Values(Family::BigGan, Family::BigGanDeep),
                                          testing::Values(32, 64, 128, 256)),
                         name_of_shape);

TEST(CudaEngine, KnowsEveryFormOfUpsamplingConvolution) {
    expect_every_form_of_upsampling(open_on_gpu);
}
TEST(CudaEngine, KnowsEveryActivation) {
    expect_every_activation(open_on_gpu);
}
TEST(CudaEngine, MakesGreyAndTransparentPictures) {
    expect_grey_and_transparent_pictures(open_on_gpu);
}
TEST(CudaEngine, AttentionOverALargeMapIsAttention) {
    expect_attention_over_a_large_map(open_on_gpu);
}
TEST(CudaEngine, MemoryIsFlatInSteadyState) {
    expect_flat_memory(open_on_gpu);
}

TEST(CudaEngine, HalvesAreAsGoodAsTheirBits) {
    expect_halves_as_good_as_their_bits(open_on_gpu, Precision::F16);
    expect_halves_as_good_as_their_bits(open_on_gpu, Precision::BF16);
}

TEST(CudaEngine, TheSameRequestGivesTheSameBytes) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64, 16), 24);
    for (const Precision precision : {Precision::F32, Precision::F16}) {
        const auto engine = open_on_gpu(checkpoint, {.precision = precision, .batch = 9});
        const auto batch = picture_of(*engine, {}, 5, 9);
        for (size_t n = 0; n < 9; ++n) EXPECT_EQ(picture_of(*engine, {}, 5 + n), part(batch, n, 9));
        for (int i = 0; i < 50; ++i) EXPECT_EQ(picture_of(*engine, {}, 5, 9), batch);
        EXPECT_EQ(picture_of(*open_on_gpu(checkpoint, {.precision = precision}), {}, 5, 9), batch);
        // tests/gpu/check runs this twice and compares: another process gives the same.
        uint64_t sum = 0;
        for (const float x : batch) sum = sum * 31 + std::bit_cast<uint32_t>(x);
        std::printf("bytes of nine pictures in %s: %016llx\n", std::string(name_of(precision)).c_str(),
                    static_cast<unsigned long long>(sum));
    }
}

// What is asked of CUDA one by one, without a recording.
TEST(CudaEngine, TheRecordingGivesWhatItsOperationsGive) {
    const c10::InferenceMode no_gradients;
    const auto program = std::make_shared<const Program>(
        lower(random_checkpoint(small_config(Family::BigGanDeep, 64, 16), 40)));
    const auto backend = open_cuda_backend(program, {.precision = Precision::F16});
    const Variant variant{.wrap_x = true, .grid_x = 2};
    const auto base = normal_latent(1, variant.cells() * program->base_input).z;
    const auto modulation = normal_latent(2, 2 * program->modulation.channels).z;
    const size_t size = 3 * static_cast<size_t>(variant.cells() * program->resolution * program->resolution);
    std::vector<float> recorded(size);
    backend->compile(variant, 1)->infer(base, modulation, recorded);

    const auto options = at::TensorOptions(at::kCUDA).dtype(at::kHalf);
    TorchProgram eager(
        program, std::make_shared<TorchWeights>(*program, options), variant, 1,
        [](const MapPass& pass) { run_on_gpu(pass, c10::cuda::getCurrentCUDAStream().stream()); }, false);
    const auto on_gpu = [](const std::vector<float>& values) {
        return at::from_blob(const_cast<float*>(values.data()), {static_cast<int64_t>(values.size())},
                             at::kFloat)
            .to(at::kCUDA);
    };
    at::globalContext().setDeterministicCuDNN(true);
    at::globalContext().setBenchmarkCuDNN(false);
    const DeviceFloats picture(size);
    auto where = reinterpret_cast<int64_t>(picture.span().data());
    const at::Tensor address = at::from_blob(&where, {1}, at::kLong).to(at::kCUDA);
    const at::Tensor scales = on_gpu(modulation);
    eager.run(on_gpu(base).view({variant.cells(), program->base_input}), scales.const_data_ptr<float>(),
              static_cast<float* const*>(address.data_ptr()));
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    EXPECT_EQ(picture.values(), recorded);
}

TEST(CudaEngine, WritesIntoTheGpusMemoryInTheOrderOfItsStream) {
    const auto engine = open_on_gpu(random_checkpoint(small_config(Family::BigGan, 128, 16), 41),
                                    {.precision = Precision::F16});
    const auto expected = picture_of(*engine, {}, 1);
    const DeviceFloats picture(expected.size());
    const PictureRequest order(*engine, {}, 1, 1);
    for (int i = 0; i < 10; ++i) {  // more than there are slots for inputs
        engine->run(order.request, picture.span());
        ASSERT_EQ(cudaStreamSynchronize(static_cast<cudaStream_t>(engine->stream())), cudaSuccess);
        EXPECT_EQ(picture.values(), expected);
    }
}

TEST(CudaEngine, SeveralNetworksPlayAtOnce) {
    std::vector<std::thread> players;
    for (const uint64_t seed : {1, 2, 3, 4})
        players.emplace_back([seed] {
            const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64, 16), seed);
            std::vector<float> first;
            for (int round = 0; round < 3; ++round) {  // one opens and closes while others record and play
                const auto engine = open_on_gpu(checkpoint, {.precision = Precision::F16});
                if (first.empty()) first = picture_of(*engine);
                for (int i = 0; i < 70; ++i) EXPECT_EQ(picture_of(*engine), first);
            }
        });
    for (std::thread& player : players) player.join();
}

// In f32 attention is matrix products, whose workspaces must not be those of the shape that is being tried.
// 64 MB: what one more recording would hold, or its workspace alone; fifteen that leaked would be many times
// that.
TEST(CudaEngine, PlaysOnWhileAnotherShapeIsPrepared) {
    for (const Precision precision : {Precision::F16, Precision::F32}) {
        const auto engine = open_on_gpu(random_checkpoint(small_config(Family::BigGan, 64, 16), 42),
                                        {.precision = precision, .max_variants = 2});
        const auto first = picture_of(*engine);
        size_t before = 0;
        for (int round = 0; round < 6; ++round) {
            for (const Variant& other :
                 {Variant{.wrap_x = true}, Variant{.wrap_y = true}, Variant{.grid_x = 2}}) {
                const auto ready = engine->prepare(other);
                while (ready.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
                    EXPECT_EQ(picture_of(*engine), first) << name_of(precision);
                ready.get();
            }
            if (round == 0) before = gpu_bytes();
        }
        EXPECT_LT(static_cast<double>(gpu_bytes()) - static_cast<double>(before), 64e6) << name_of(precision);
    }
}

// 1.3 times the weights as they lie on the GPU, and what a picture needs on its way: a residual block holds
// about eight maps of the largest size at a time. 160 MB: kernels and workspaces of cuBLAS and cuDNN.
TEST(CudaEngine, HoldsLittleMoreThanItsWeights) {
    picture_of(*open_on_gpu(random_checkpoint(small_config(Family::BigGan, 32, 8), 1),
                            {.precision = Precision::F16}));  // the context and the libraries
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 128, 96), 43);
    const size_t before = gpu_bytes();
    const auto engine = open_on_gpu(checkpoint, {.precision = Precision::F16});
    picture_of(*engine);
    const auto grown = static_cast<double>(gpu_bytes()) - static_cast<double>(before);
    const Program& program = engine->program();
    double weights = 0, largest = 0;
    const auto sizes = map_sizes(program);
    for (size_t i = 0; i < program.ops.size(); ++i) {
        const Op& op = program.ops[i];
        weights += 2.0 * static_cast<double>(op.weight.size() + op.out_weight.size());
        largest = std::max(largest, 2.0 * op.channels * sizes[i] * sizes[i]);
    }
    std::printf("BigGAN-128 ch 96, f16: %.0f MB of weights, %.0f MB on the GPU\n", weights / 1e6,
                grown / 1e6);
    EXPECT_LT(grown, 1.3 * weights + 8 * largest + 160e6);
    for (int i = 0; i < 1000; ++i) picture_of(*engine);
    EXPECT_LT(static_cast<double>(gpu_bytes()) - static_cast<double>(before) - grown, 1e6) << "while playing";
}

TEST(CudaEngine, AHundredEnginesLeaveNothingBehind) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 64, 16), 44);
    const auto open = [&] { picture_of(*open_on_gpu(checkpoint, {.precision = Precision::F16})); };
    for (int i = 0; i < 5; ++i) open();
    const size_t before = gpu_bytes();
    for (int i = 0; i < 100; ++i) open();
    EXPECT_LT(static_cast<double>(gpu_bytes()) - static_cast<double>(before), 32e6);
}

TEST(CudaEngine, SaysWhatItIs) {
    const auto engine = open_on_gpu(random_checkpoint(small_config(Family::BigGan, 32, 8), 45));
    std::printf("%s\n", engine->description().c_str());
    EXPECT_EQ(engine->description().find("LibTorch 2."), 0u);
    EXPECT_NE(engine->stream(), nullptr);
    EXPECT_EQ(engine->device(), 0);
    const auto chosen = open_backend_on(
        this_machine(),
        std::make_shared<Program>(lower(random_checkpoint(small_config(Family::BigGan, 32, 8), 45))),
        {.engine = EngineKind::Cuda});
    EXPECT_EQ(chosen->description(), engine->description()) << "with a GPU, nothing takes its place";
    EXPECT_EQ(chosen->note, "");
}

}  // namespace
}  // namespace gan
