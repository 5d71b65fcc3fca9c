#include "runtime/model/winograd.h"

#include "runtime/model/fold.h"
#include "runtime/model/winograd_kernels.h"

#include <gtest/gtest.h>
#include <oneapi/tbb/task_arena.h>

#include <cmath>
#include <random>

namespace gan {
namespace {

std::vector<float> random_floats(size_t count, uint32_t seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> result(count);
    for (float& x : result) x = uniform(generator);
    return result;
}

struct ConvolutionCase {
    WinogradForm form;
    int in, out, height, width, pictures;
    bool wrap_y, wrap_x, modulated, residual;
    UpConvForm stored = UpConvForm::Plain;

    bool upsamples() const { return form >= WinogradForm::Up1; }
    size_t pixels() const { return static_cast<size_t>(pictures) * height * width; }
    size_t out_pixels() const { return pixels() * (upsamples() ? 4 : 1); }
};

struct Problem {
    explicit Problem(const ConvolutionCase& c)
        : shape(c),
          input(random_floats(c.pixels() * c.in, 1)),
          scale(random_floats(static_cast<size_t>(c.pictures) * c.in, 2)),
          shift(random_floats(scale.size(), 3)),
          residual(random_floats(c.out_pixels() / 4 * c.out, 4)),
          taps(random_floats(static_cast<size_t>(c.out) * c.in * 9, 5)),
          bias(random_floats(static_cast<size_t>(c.out), 6)) {}

    Op op() const {
        Op op{.kind = shape.upsamples() ? OpKind::UpConv : OpKind::Conv,
              .inputs = {0},
              .channels = shape.out,
              .kernel = 3,
              .form = shape.stored,
              .weight = taps,
              .bias = bias};
        if (shape.stored == UpConvForm::Transposed) op.weight = transposed_taps(taps, shape.out, shape.in);
        if (shape.stored == UpConvForm::Differences)
            op.weight = difference_weights(taps, shape.out, shape.in);
        return op;
    }

    std::vector<float> run(const WinogradKernels& kernels, int threads = 2, int repeats = 1) const {
        oneapi::tbb::task_arena arena(threads);
        std::vector<float> output(shape.out_pixels() * shape.out, NAN);
        arena.execute([&] {
            const WinogradConv conv(op(), shape.in, shape.form, kernels);
            WinogradScratch scratch;
            conv.reserve(shape.pictures, shape.height, shape.width, scratch);
            for (int i = 0; i < repeats; ++i)
                conv.run({.pictures = shape.pictures,
                          .height = shape.height,
                          .width = shape.width,
                          .input = input.data(),
                          .scale = shape.modulated ? scale.data() : nullptr,
                          .shift = shape.modulated ? shift.data() : nullptr,
                          .wrap_y = shape.wrap_y,
                          .wrap_x = shape.wrap_x,
                          .residual = shape.residual ? residual.data() : nullptr,
                          .output = output.data()},
                         scratch);
        });
        return output;
    }

    /// The definition, in float64.
    std::vector<double> expected() const {
        const ConvolutionCase& c = shape;
        const int factor = c.upsamples() ? 2 : 1;
        const int height = c.height * factor;
        const int width = c.width * factor;
        const auto pixel = [&](int n, int y, int x, int i) -> double {
            if (c.wrap_y) y = (y + height) % height;
            if (c.wrap_x) x = (x + width) % width;
            if (y < 0 || y >= height || x < 0 || x >= width) return 0;
            const size_t place = (static_cast<size_t>(n) * c.height + y / factor) * c.width + x / factor;
            const double v = input[place * c.in + i];
            const size_t channel = static_cast<size_t>(n) * c.in + i;
            return c.modulated ? std::max(0.0, double(scale[channel]) * v + shift[channel]) : v;
        };
        std::vector<double> result(c.out_pixels() * c.out);
        for (int n = 0; n < c.pictures; ++n)
            for (int y = 0; y < height; ++y)
                for (int x = 0; x < width; ++x)
                    for (int o = 0; o < c.out; ++o) {
                        double sum = bias[o];
                        for (int i = 0; i < c.in; ++i)
                            for (int t = 0; t < 9; ++t)
                                sum += pixel(n, y + t / 3 - 1, x + t % 3 - 1, i) *
                                       taps[(static_cast<size_t>(o) * c.in + i) * 9 + t];
                        const size_t half =
                            (static_cast<size_t>(n) * (height / 2) + y / 2) * (width / 2) + x / 2;
                        if (c.residual) sum += residual[half * c.out + o];
                        result[((static_cast<size_t>(n) * height + y) * width + x) * c.out + o] = sum;
                    }
        return result;
    }

    ConvolutionCase shape;
    std::vector<float> input, scale, shift, residual, taps, bias;
};

std::vector<const WinogradKernels*> kernels_of_this_processor() {
    std::vector<const WinogradKernels*> result;
    if (winograd_kernels() != nullptr) result.push_back(&winograd_avx2);
    if (winograd_kernels() == &winograd_avx512) result.push_back(&winograd_avx512);
    return result;
}

constexpr WinogradForm all_forms[] = {WinogradForm::F2, WinogradForm::F4, WinogradForm::Up1,
                                      WinogradForm::Up2};

class Winograd : public testing::Test {
protected:
    void SetUp() override {
        if (kernels_of_this_processor().empty())
            GTEST_SKIP()
                << "this processor has no AVX2: neither kernel runs here, OpenVINO's own convolutions do";
    }
};

// A sum of 9 in products of numbers up to 2, in float32; F(4, 3) passes through numbers up to 100 times
// larger than its result (the rows of its transforms), the others up to 4 times.
double tolerance(const ConvolutionCase& c) {
    const double terms = std::sqrt(9.0 * c.in);
    return (c.form == WinogradForm::F4 ? 100 : 8) * terms * 6e-8;
}

void expect_close(const ConvolutionCase& c) {
    const Problem problem(c);
    const auto expected = problem.expected();
    for (const WinogradKernels* kernels : kernels_of_this_processor()) {
        const auto found = problem.run(*kernels);
        double worst = 0;
        for (size_t i = 0; i < expected.size(); ++i)
            worst = std::max(worst, std::isnan(found[i]) ? INFINITY : std::abs(found[i] - expected[i]));
        EXPECT_LT(worst, tolerance(c)) << "form " << static_cast<int>(c.form) << ", " << c.in << " to "
                                       << c.out << (kernels == &winograd_avx2 ? ", AVX2" : ", AVX-512");
    }
}

TEST_F(Winograd, AgreesWithTheDefinition) {
    for (WinogradForm form : all_forms)
        for (bool wraps : {false, true}) {
            expect_close({form, 48, 64, 8, 8, 1, wraps, false, true, true});
            expect_close({form, 16, 33, 4, 12, 2, false, wraps, false, false});
            expect_close({form, 3, 5, 8, 4, 3, wraps, wraps, true, false});
            expect_close({form, 20, 3, 4, 4, 1, wraps, wraps, false, true});
        }
}

TEST_F(Winograd, TakesWeightsInEveryFormTheyAreLoweredTo) {
    for (WinogradForm form : {WinogradForm::Up1, WinogradForm::Up2})
        for (UpConvForm stored : {UpConvForm::Plain, UpConvForm::Transposed, UpConvForm::Differences})
            expect_close({form, 12, 20, 4, 8, 1, true, false, true, false, stored});
}

// Lavin and Gray 2015, table of section 4: 16 products for 4 pixels, 36 for 16; and 9 for 4, 25 for 16.
TEST_F(Winograd, CountsItsProducts) {
    const auto a_pixel = [](WinogradForm form) {
        const Problem problem({form, 16, 16, 8, 8, 1, false, false, false, false});
        return WinogradConv(problem.op(), 16, form, *winograd_kernels()).macs(8) /
               problem.shape.out_pixels() / 256;
    };
    EXPECT_EQ(a_pixel(WinogradForm::F2), 4);
    EXPECT_EQ(a_pixel(WinogradForm::F4), 2.25);
    EXPECT_EQ(a_pixel(WinogradForm::Up1), 2.25);
    EXPECT_EQ(a_pixel(WinogradForm::Up2), 1.5625);
}

// More tiles than are done at once, and rows of a product that fill no block.
TEST_F(Winograd, CutsLargeMapsIntoRounds) {
    expect_close({WinogradForm::F4, 8, 260, 60, 64, 1, false, false, true, true});
    expect_close({WinogradForm::Up2, 8, 260, 60, 36, 1, false, false, true, false});
}

TEST_F(Winograd, GivesTheSameBytesOnAnyNumberOfThreadsAndInAnyBatch) {
    for (WinogradForm form : all_forms)
        for (const WinogradKernels* kernels : kernels_of_this_processor()) {
            const Problem batch({form, 40, 24, 8, 12, 3, false, true, true, true});
            const auto all = batch.run(*kernels, 4, 2);
            EXPECT_EQ(all, batch.run(*kernels, 1));
            Problem alone = batch;
            alone.shape.pictures = 1;
            const size_t size = all.size() / 3;
            EXPECT_EQ(alone.run(*kernels), std::vector<float>(all.begin(), all.begin() + size));
        }
}

}  // namespace
}  // namespace gan
