#include "runtime/model/lower.h"
#include "runtime/base/error.h"
#include "runtime/model/latent.h"
#include "tests/interpreter.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

InterpreterInput input_for(const Checkpoint& checkpoint, const Variant& variant = {}, double psi = 0.5) {
    return {.z = normal_latent(11, checkpoint.config.dim_z).z,
            .conditioning = {.classes = {{1, 1.0f}}},
            .psi = psi,
            .variant = variant};
}

// Float64 rounding in sums of up to some thousand terms of size 1: 1e-11.
TEST(Lower, AllThreeFormsOfUpsamplingGiveOnePicture) {
    for (Family family : {Family::BigGan, Family::BigGanDeep})
        for (const Variant& variant :
             {Variant{}, Variant{.wrap_x = true}, Variant{.wrap_x = true, .wrap_y = true, .grid_x = 2}}) {
            const Checkpoint checkpoint = random_checkpoint(small_config(family, 32, 2), 3);
            const auto input = input_for(checkpoint, variant);
            const auto plain =
                interpret(lower<double>(checkpoint, {.form = UpConvForm::Plain}), input).picture.values;
            EXPECT_GT(max_abs(plain), 0.01);
            for (UpConvForm form : {UpConvForm::Transposed, UpConvForm::Differences})
                EXPECT_LT(
                    max_difference(interpret(lower<double>(checkpoint, {.form = form}), input).picture.values,
                                   plain),
                    1e-11);
        }
}

TEST(Lower, CountsTheWorkOfThePublishedNetwork) {
    BigGanConfig config = small_config(Family::BigGan, 128, 96);
    config.shared_dim = 128;
    config.dim_z = 120;
    config.classes = 10;
    const Checkpoint checkpoint = random_checkpoint(config, 1);
    // The reference sheet: 21.12 GMAC as published, 13.31 with transposed convolutions and moved shortcuts.
    EXPECT_NEAR(lower(checkpoint, {.form = UpConvForm::Transposed}).macs() / 1e9, 13.3075, 0.02);
    const double differences = lower(checkpoint, {.form = UpConvForm::Differences}).macs() / 1e9;
    EXPECT_NEAR(differences, 13.3075 - 12.2305 * 16 / 36 + 12.2305 * 9 / 36, 0.02);
}

TEST(Lower, NamesATensorThatIsMissingOrMisshapen) {
    Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 3);
    checkpoint.tensors.erase("blocks.1.0.conv2.weight");
    EXPECT_THAT([&] { lower(checkpoint); }, ThrowsMessage<Error>(HasSubstr("blocks.1.0.conv2.weight")));
    checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 3);
    checkpoint.tensors["linear.bias"] = make_tensor(std::vector<float>(3), {3});
    EXPECT_THAT([&] { lower(checkpoint); }, ThrowsMessage<Error>(HasSubstr("(3)")));
}

TEST(Lower, RefusesWeightsThatAreNotFinite) {
    for (const char* name : {"linear.weight", "blocks.0.0.bn1.stored_var", "output_layer.0.gain",
                             "blocks.2.0.conv_sc.u0", "shared.weight"}) {
        Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 3);
        auto values = checkpoint.tensors.at(name).to<float>();
        values[values.size() / 2] = NAN;
        checkpoint.tensors[name] = make_tensor(values, checkpoint.tensors.at(name).shape);
        EXPECT_THAT([&] { lower(checkpoint); }, ThrowsMessage<Error>(HasSubstr(name))) << name;
    }
}

TEST(Lower, RefusesALayerWithoutASpectralNorm) {
    Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 3);
    const auto& u = checkpoint.tensors.at("linear.u0");
    checkpoint.tensors["linear.u0"] =
        make_tensor(std::vector<float>(static_cast<size_t>(u.count()), 0.0f), u.shape);
    EXPECT_THAT([&] { lower(checkpoint); }, ThrowsMessage<Error>(HasSubstr("linear")));
}

// -- statistics as a table over psi -------------------------------------------------------------------

Checkpoint with_table() {
    BigGanConfig config = small_config(Family::BigGan, 32);
    config.stats_psi = {0.1, 0.35, 0.5, 1.0, untruncated_psi};
    return random_checkpoint(config, 4);
}

TEST(Statistics, AreTheLinearInterpolantOfTheTable) {
    const auto modulation = lower<double>(with_table()).modulation;
    for (double psi : {0.0, 0.1, 0.2, 0.35, 0.49, 0.77, 1.0, 1.05, 1.1369, 2.0}) {
        const auto at = statistics_at(modulation, psi);
        const double clamped = std::clamp(psi, 0.1, untruncated_psi);
        EXPECT_NEAR(modulation.psi[static_cast<size_t>(at.row0)] * (1 - at.weight) +
                        modulation.psi[static_cast<size_t>(at.row1)] * at.weight,
                    clamped, 1e-12);
        EXPECT_LE(at.row1 - at.row0, 1);
    }
}

// The interpolant is continuous, so that approaching a knot from either side gives one picture: 1e-4 is
// far above what a step of 1e-7 in psi does to it.
TEST(Statistics, PicturesHaveNoJumpAtAKnot) {
    const Checkpoint checkpoint = with_table();
    const auto program = lower<double>(checkpoint);
    for (double knot : checkpoint.config.stats_psi) {
        const auto left = interpret(program, input_for(checkpoint, {}, knot - 1e-7)).picture.values;
        const auto at = interpret(program, input_for(checkpoint, {}, knot)).picture.values;
        const auto right = interpret(program, input_for(checkpoint, {}, knot + 1e-7)).picture.values;
        EXPECT_LT(max_difference(left, right), 1e-4) << knot;
        EXPECT_LT(max_difference(left, at), 1e-4) << knot;
    }
    const auto low = interpret(program, input_for(checkpoint, {}, 0.35)).picture.values;
    EXPECT_GT(max_difference(low, interpret(program, input_for(checkpoint, {}, 1.0)).picture.values), 1e-3)
        << "psi changes nothing";
}

TEST(Statistics, SwappedInterpolationIsThePortsOwn) {
    Checkpoint checkpoint = with_table();
    checkpoint.config.stats_psi.clear();
    for (int row = 0; row < 5; ++row) checkpoint.config.stats_psi.push_back(row / 4.0);
    const auto modulation = lower<double>(checkpoint, {.swapped_interpolation = true}).modulation;
    const auto at = statistics_at(modulation, 0.3);  // 0.3 / 0.25 = 1.2: row 1 gets 0.2, row 2 gets 0.8
    EXPECT_EQ(at.row0, 1);
    EXPECT_NEAR(at.weight, 0.8, 1e-12);
    EXPECT_EQ(statistics_at(modulation, 0.5).row0, 2);
}

// -- conditioning ---------------------------------------------------------------------------------------

TEST(Conditioning, MixingClassesIsMixingEmbeddings) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 5);
    const auto modulation = lower<double>(checkpoint).modulation;
    const auto embedding = checkpoint.tensors.at("shared.weight").to<float>();
    std::vector<float> offset(16);
    for (size_t i = 0; i < 16; ++i) offset[i] = 0.25f * embedding[i] + 0.75f * embedding[3 * 16 + i];
    const auto mixed = class_product(modulation, {.classes = {{0, 0.25f}, {3, 0.75f}}});
    EXPECT_LT(max_difference(mixed, class_product(modulation, {.offset = offset})), 1e-6);
    EXPECT_GT(max_difference(mixed, class_product(modulation, {.classes = {{0, 1}}})), 1e-3);
}

TEST(Conditioning, RefusesClassesAndOffsetsThatDoNotFit) {
    const auto modulation = lower(random_checkpoint(small_config(Family::BigGan, 32), 5)).modulation;
    EXPECT_THAT([&] { check(modulation, {.classes = {{5, 1}}}); }, ThrowsMessage<Error>(HasSubstr("0 to 4")));
    EXPECT_THROW(check(modulation, {.classes = {{-1, 1}}}), Error);
    EXPECT_THROW(check(modulation, {.classes = {{1, NAN}}}), Error);
    EXPECT_THROW(check(modulation, {.offset = std::vector<float>(3)}), Error);
}

TEST(Bending, ScalesAndLiftsWhatEachNormGives) {
    const Checkpoint checkpoint = random_checkpoint(small_config(Family::BigGan, 32), 5);
    const auto modulation = lower(checkpoint).modulation;
    const auto total = static_cast<size_t>(modulation.channels);
    const auto product = class_product(modulation, {.classes = {{1, 1}}});
    const auto z = normal_latent(1, checkpoint.config.dim_z).z;
    std::vector<float> plain(2 * total), bent(2 * total);
    modulate<float>(modulation, product, z, 1, {}, {}, plain);
    const std::vector<float> scale(total, 3.0f), lift(total, 0.5f);
    modulate<float>(modulation, product, z, 1, scale, lift, bent);
    for (size_t c = 0; c < total; ++c) {  // 3 (scale x + shift) + 0.5
        EXPECT_FLOAT_EQ(bent[c], 3 * plain[c]);
        EXPECT_FLOAT_EQ(bent[total + c], 3 * plain[total + c] + 0.5f);
    }
}

}  // namespace
}  // namespace gan
