#include "trainer/recipe/augment.h"

#include "trainer/libtorch.h"

#include <gtest/gtest.h>

#include <array>

namespace gan {
namespace {

at::Tensor pictures() {
    torch::manual_seed(3);
    return at::rand({6, 3, 16, 16}) * 2 - 1;
}

at::Tensor changed(const at::Tensor& x, const Augmentation& how, int64_t step = 1, int batch = 0) {
    return augmented(x, how, 7, step, batch);
}

TEST(Augment, NothingAskedForChangesNothing) {
    const at::Tensor x = pictures();
    EXPECT_TRUE(changed(x, {}).is_same(x));
}

TEST(Augment, IsAFunctionOfSeedStepAndBatch) {
    const at::Tensor x = pictures();
    for (const Augmentation& how : {Augmentation{.colour = true}, Augmentation{.translation = true},
                                    Augmentation{.cutout = true}, Augmentation{.roll = true}}) {
        EXPECT_TRUE(changed(x, how).equal(changed(x, how)));
        EXPECT_FALSE(changed(x, how).equal(changed(x, how, 2)));
        EXPECT_FALSE(changed(x, how).equal(changed(x, how, 1, 1)));
    }
}

// A picture that tiles shows the same, rolled: by offsets of its own, of which every one occurs.
TEST(Augment, APictureIsRolledAroundItsEdges) {
    const at::Tensor x = pictures();
    std::array<int, 16> rows{}, columns{};
    for (int64_t step = 1; step <= 40; ++step) {
        const at::Tensor y = changed(x, {.roll = true}, step);
        for (int64_t n = 0; n < x.size(0); ++n) {
            int found = 0;
            for (int64_t dy = 0; dy < 16; ++dy)
                for (int64_t dx = 0; dx < 16; ++dx)
                    if (at::roll(x[n], {dy, dx}, {1, 2}).equal(y[n])) {
                        ++found;
                        ++rows.at(static_cast<size_t>(dy));
                        ++columns.at(static_cast<size_t>(dx));
                    }
            ASSERT_EQ(found, 1) << "picture " << n << " of step " << step;
        }
    }
    // 240 offsets of 16: fifteen each; that one is never drawn has the chance of 2e-7.
    for (size_t i = 0; i < 16; ++i) {
        EXPECT_GT(rows.at(i), 0) << i;
        EXPECT_GT(columns.at(i), 0) << i;
    }
}

// The generator learns through it: a roll's gradient is the gradient, rolled back.
TEST(Augment, GradientsFindTheirWayBackThroughARoll) {
    const at::Tensor weight = at::rand({6, 3, 16, 16});
    at::Tensor x = pictures().requires_grad_(true);
    (changed(x, {.roll = true}) * changed(weight, {.roll = true})).sum().backward();
    EXPECT_TRUE(x.grad().equal(weight));
}

TEST(Augment, TranslationBringsZerosInAndMovesByAnEighthAtMost) {
    const at::Tensor x = pictures();
    bool moved = false;
    for (int64_t step = 1; step <= 10; ++step) {
        const at::Tensor y = changed(x, {.translation = true}, step);
        for (int64_t n = 0; n < x.size(0); ++n) {
            int found = 0;
            for (int64_t dy = -2; dy <= 2; ++dy)
                for (int64_t dx = -2; dx <= 2; ++dx) {
                    const at::Tensor wide = at::constant_pad_nd(x[n], {2, 2, 2, 2});
                    if (!wide.narrow(1, 2 + dy, 16).narrow(2, 2 + dx, 16).equal(y[n])) continue;
                    ++found;
                    moved |= dy != 0 || dx != 0;
                }
            EXPECT_EQ(found, 1);
        }
    }
    EXPECT_TRUE(moved);
}

TEST(Augment, CutoutBlanksABoxOfHalfASideAndNothingElse) {
    const at::Tensor x = pictures() + 2;  // nowhere zero
    const at::Tensor y = changed(x, {.cutout = true});
    const at::Tensor gone = y == 0;
    EXPECT_TRUE(at::where(gone, x, y).equal(x));
    for (int64_t n = 0; n < x.size(0); ++n) {
        const int64_t rows = gone[n][0].any(1).sum().item<int64_t>(),
                      columns = gone[n][0].any(0).sum().item<int64_t>();
        // The box may lie across an edge, with half of it outside.
        EXPECT_GE(rows, 4);
        EXPECT_LE(rows, 8);
        EXPECT_EQ(gone[n][0].sum().item<int64_t>(), rows * columns);
        EXPECT_TRUE(gone[n][0].equal(gone[n][1]));
    }
}

TEST(Augment, ColoursMoveWithinTheirBoundsAndPatternsStay) {
    const at::Tensor x = pictures();
    const at::Tensor y = changed(x, {.colour = true});
    const at::Tensor of_x = x.mean({1}), of_y = y.mean({1});  // brightness
    for (int64_t n = 0; n < x.size(0); ++n) {
        EXPECT_LE((of_y[n].mean() - of_x[n].mean()).abs().item<double>(), 0.5 + 1e-5);
        const double contrast = (of_y[n].std() / of_x[n].std()).item<double>();
        EXPECT_GE(contrast, 0.5 - 1e-5);
        EXPECT_LE(contrast, 1.5 + 1e-5);
        const double spread =
            (of_y[n] - of_y[n].mean() - contrast * (of_x[n] - of_x[n].mean())).abs().max().item<double>();
        EXPECT_LT(spread, 1e-5);
    }
}

}  // namespace
}  // namespace gan
