// Scores, and Inception behind them. tests/data/golden/metrics.safetensors and the numbers of
// golden-tiny.json come from the public reference implementations, tests/data/inception.safetensors from
// torchvision and pytorch-fid (make_inception.py), all in float64.

#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"
#include "tests/support.h"
#include "tests/tensors.h"
#include "tests/torch_writer.h"
#include "trainer/metrics/inception.h"
#include "trainer/metrics/scores.h"
#include "trainer/state.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

namespace gan {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

at::Tensor normal(at::IntArrayRef shape, uint64_t seed) {
    return at::empty(shape, at::kDouble).normal_(0, 1, at::detail::createCPUGenerator(seed));
}

/// The fixtures' hash: uniform in [-0.5, 0.5) from a stream and the row-major index.
at::Tensor hashed(uint32_t stream, at::IntArrayRef shape) {
    at::Tensor values = at::empty(shape, at::kDouble);
    auto* out = values.data_ptr<double>();
    for (uint32_t i = 0; i < static_cast<uint32_t>(values.numel()); ++i) {
        uint32_t x = i * 2654435761u + stream * 40503u + 12345u;
        for (int round = 0; round < 2; ++round) {
            x ^= x >> 16;
            x *= 0x45d9f3bu;
        }
        x ^= x >> 16;
        out[i] = x / 4294967296.0 - 0.5;
    }
    return values;
}

Moments moments_of(const at::Tensor& features, int64_t batch = 64) {
    MomentsAccumulator moments;
    for (const at::Tensor& part : features.split(batch)) moments.add(part);
    return moments.moments();
}

double difference(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

// float64 on both sides; what differs is the order of sums and the method of the root. 1e-8 of about 1 to 10.
TEST(Scores, AgreeWithTheReferenceFixture) {
    const auto fixture = read_safetensors(data_folder() / "golden/metrics.safetensors").tensors;
    const auto tensor = [&](const char* name) { return to_torch(fixture.at(name)); };
    const double fid =
        frechet_distance(moments_of(tensor("real_features"), 37), moments_of(tensor("fake_features"), 64));
    EXPECT_NEAR(fid, tensor("fid").item<double>(), 1e-8);
    const InceptionScore score = inception_score(tensor("fake_logits"), 10);
    EXPECT_NEAR(score.mean, tensor("inception_score_mean").item<double>(), 1e-8);
    EXPECT_NEAR(score.std, tensor("inception_score_std").item<double>(), 1e-8);
}

TEST(Scores, AgreeWithTheHashedFixture) {
    const json wanted = json::parse(std::ifstream(data_folder() / "golden-tiny.json"))["metrics"];
    const double fid = frechet_distance(moments_of(hashed(2001, {64, 8}) * 2),
                                        moments_of(hashed(2002, {64, 8}) * 1.5 + 0.3));
    EXPECT_NEAR(fid, wanted["fid_scipy"].get<double>(), 1e-10);
    const at::Tensor logits = hashed(2003, {40, 7}) * 6;
    const InceptionScore score = inception_score(logits, 10);
    EXPECT_NEAR(score.mean, wanted["is_10splits_mean"].get<double>(), 1e-10);
    EXPECT_NEAR(score.std, wanted["is_10splits_popstd"].get<double>(), 1e-10);
    const InceptionScore whole = inception_score(logits.log_softmax(1), 1);  // logarithms of probabilities do
    EXPECT_NEAR(whole.mean, wanted["is_1split"].get<double>(), 1e-10);
    EXPECT_EQ(whole.std, 0);
}

// float64 holds 16 digits, the mean takes 6 of them: 1e-9 of a covariance of 1. A difference of sums of
// squares would lose 12 and keep 4.
TEST(Moments, DoNotDependOnBatchesNorLoseDigitsFarFromZero) {
    const at::Tensor features = normal({500, 6}, 1) + 1e6;
    const Moments whole = moments_of(features, 500);
    EXPECT_LT(difference(whole.covariance, at::cov(features.t())), 1e-9);
    for (int64_t batch : {1, 7, 499}) {
        const Moments moments = moments_of(features, batch);
        EXPECT_EQ(moments.count, 500);
        EXPECT_LT(difference(moments.mean, whole.mean), 1e-8) << batch;
        EXPECT_LT(difference(moments.covariance, whole.covariance), 1e-9) << batch;
    }
}

TEST(Moments, SayWhatCannotBePooled) {
    MomentsAccumulator moments;
    moments.add(normal({1, 4}, 1));
    EXPECT_THAT(error_of([&] { moments.moments(); }), HasSubstr("two pictures or more"));
    EXPECT_THAT(error_of([&] { moments.add(normal({3, 5}, 1)); }), HasSubstr("of 4 and of 5"));
    EXPECT_THAT(error_of([&] { moments.add(at::full({1, 4}, NAN)); }), HasSubstr("not finite"));
    EXPECT_EQ(moments.count(), 1);
}

// With A = X^T X / (n - 1) and B likewise from Y, tr sqrt(A B) is the sum of the singular values of X Y^T
// over sqrt((n - 1) (m - 1)), which needs no root of a singular matrix. Eigenvalues err by 1e-16 of the
// largest, about 30^2 here, and a root near 0 turns that into at most 1e-6 for each of the few that are near
// 0.
TEST(FrechetDistance, IsRightForSingularCovariances) {
    const at::Tensor x = normal({20, 64}, 3);
    const at::Tensor y = normal({30, 64}, 4) * 1.5 + 0.1;
    const Moments a = moments_of(x);
    const Moments b = moments_of(y);
    const at::Tensor cross = (x - a.mean).mm((y - b.mean).t());
    const double root = at::linalg_svdvals(cross).sum().item<double>() / std::sqrt(19.0 * 29.0);
    const double wanted = (a.mean - b.mean).square().sum().item<double>() +
                          (a.covariance.trace() + b.covariance.trace()).item<double>() - 2 * root;
    EXPECT_NEAR(frechet_distance(a, b), wanted, 1e-6);
    EXPECT_NEAR(frechet_distance(b, a), wanted, 1e-6);
    EXPECT_NEAR(frechet_distance(a, a), 0, 1e-9);
}

TEST(FrechetDistance, OfEqualPicturesIsTheirDistance) {
    const Moments a = moments_of(at::zeros({5, 8}));
    const Moments b = moments_of(at::full({5, 8}, 0.5));
    EXPECT_NEAR(frechet_distance(a, b), 8 * 0.25, 1e-12);
}

// For diagonal covariances the formula is |difference of means|^2 + sum of (s_a - s_b)^2.
TEST(FrechetDistance, IsKnownForIndependentFeatures) {
    const at::Tensor s = at::tensor({1.0, 2.0, 0.0});
    const at::Tensor t = at::tensor({3.0, 0.5, 1.0});
    const Moments a{at::zeros({3}, at::kDouble), at::diag(s * s).to(at::kDouble), 100};
    const Moments b{at::ones({3}, at::kDouble), at::diag(t * t).to(at::kDouble), 50};
    EXPECT_NEAR(frechet_distance(a, b), 3 + 4 + 2.25 + 1, 1e-12);
    EXPECT_THAT(error_of([&] {
                    frechet_distance(a, moments_of(normal({9, 4}, 1)));
                }),
                HasSubstr("3 and of 4 features"));
}

TEST(InceptionScore, IsTheNumberOfClassesAtBestAndOneAtWorst) {
    const at::Tensor sure = (at::eye(7, at::kDouble) * 1e4).repeat({4, 1});
    EXPECT_NEAR(inception_score(sure, 4).mean, 7, 1e-12);
    EXPECT_NEAR(inception_score(sure, 4).std, 0, 1e-12);
    EXPECT_NEAR(inception_score(at::ones({12, 7}), 3).mean, 1, 1e-12);
    const at::Tensor impossible = at::eye(7, at::kDouble).log();  // minus infinity, and 0
    EXPECT_NEAR(inception_score(impossible, 1).mean, 7, 1e-12);
}

TEST(InceptionScore, RefusesTooFewRowsAndNaN) {
    EXPECT_THAT(error_of([] { inception_score(at::ones({3, 7}), 4); }), HasSubstr("3 pictures"));
    EXPECT_THAT(error_of([] { inception_score(at::full({8, 7}, NAN), 1); }), HasSubstr("NaN"));
}

/// Straight from equation 1 of the paper, one distance at a time.
double share_within_by_hand(const at::Tensor& points, const at::Tensor& centres, int64_t k) {
    const auto distance = [](const at::Tensor& a, const at::Tensor& b) {
        return at::norm(a - b).item<double>();
    };
    std::vector<double> radius;
    for (int64_t i = 0; i < centres.size(0); ++i) {
        std::vector<double> distances;
        for (int64_t j = 0; j < centres.size(0); ++j)
            if (j != i) distances.push_back(distance(centres[i], centres[j]));
        std::nth_element(distances.begin(), distances.begin() + (k - 1), distances.end());
        radius.push_back(distances[static_cast<size_t>(k - 1)]);
    }
    double within = 0;
    for (int64_t i = 0; i < points.size(0); ++i) {
        bool any = false;
        for (int64_t j = 0; j < centres.size(0) && !any; ++j)
            any = distance(points[i], centres[j]) <= radius[static_cast<size_t>(j)];
        within += any;
    }
    return within / static_cast<double>(points.size(0));
}

TEST(PrecisionRecall, AgreesWithItsDefinition) {
    const at::Tensor real = normal({60, 5}, 5);
    const at::Tensor fake = normal({45, 5}, 6) * 0.7 + 0.4;
    for (int64_t k : {1, 3, 5}) {
        const PrecisionRecall shares = precision_recall(real, fake, k);
        EXPECT_DOUBLE_EQ(shares.precision, share_within_by_hand(fake, real, k)) << k;
        EXPECT_DOUBLE_EQ(shares.recall, share_within_by_hand(real, fake, k)) << k;
        EXPECT_GT(shares.precision, 0.2);
        EXPECT_LT(shares.recall, 0.9);
    }
}

// 4000 rows are more than one block of distances (2^23 of them) holds. Their order must not matter.
TEST(PrecisionRecall, DoesNotDependOnBlocks) {
    const at::Tensor real = normal({4000, 3}, 7);
    const at::Tensor fake = normal({4500, 3}, 8) * 0.8;
    const PrecisionRecall shares = precision_recall(real, fake);
    const PrecisionRecall turned = precision_recall(real.flip(0), fake.flip(0));
    EXPECT_DOUBLE_EQ(shares.precision, turned.precision);
    EXPECT_DOUBLE_EQ(shares.recall, turned.recall);
}

TEST(PrecisionRecall, KnowsTheExtremes) {
    const at::Tensor real = normal({100, 16}, 9) + 50;
    const PrecisionRecall same = precision_recall(real, real.clone());
    EXPECT_EQ(same.precision, 1);
    EXPECT_EQ(same.recall, 1);
    const PrecisionRecall apart = precision_recall(real, real + 1000);
    EXPECT_EQ(apart.precision, 0);
    EXPECT_EQ(apart.recall, 0);
    const PrecisionRecall collapsed = precision_recall(real, real[0] + normal({100, 16}, 10) * 1e-3);
    EXPECT_EQ(collapsed.precision, 1);
    EXPECT_LE(collapsed.recall, 0.02);
    EXPECT_THAT(error_of([&] { precision_recall(real, real.narrow(0, 0, 3)); }), HasSubstr("100 and 3"));
}

/// make_inception.py's rule.
StateDict hashed_inception(InceptionForm form) {
    StateDict weights;
    uint32_t stream = 0;
    for (const auto& [name, shape] : inception_shapes(form)) {
        at::Tensor value = hashed(stream++, shape);
        if (shape.size() > 1) {
            const double fan_in = static_cast<double>(value.numel()) / static_cast<double>(shape[0]);
            value.mul_(std::sqrt(24 / fan_in));
        } else if (name.ends_with("bn.weight")) {
            value = 1 + 0.2 * value;
        } else if (name.ends_with("running_var")) {
            value = 1 + 0.5 * value;
        } else {
            value.mul_(0.2);
        }
        weights.emplace(name, from_torch(value));
    }
    return weights;
}

class InceptionFile : public testing::Test {
protected:
    /// float64 on both sides; batch norm is folded here, sums have another order, over 95 layers. 1e-6 is far
    /// above 1e-16 times their number and far below what any layer done differently gives.
    void expect_agrees(const FeatureNetwork& network, const std::string& packaged) const {
        const auto fixture = read_safetensors(data_folder() / "inception.safetensors").tensors;
        const at::Tensor images = to_torch(fixture.at("images")).to(at::kDouble) / 127.5 - 1;
        const Features got = network.features(images);
        const at::Tensor features = to_torch(fixture.at(packaged + ".features"));
        const at::Tensor logits = to_torch(fixture.at(packaged + ".logits"));
        ASSERT_EQ(got.features.sizes(), features.sizes());
        ASSERT_EQ(got.logits.sizes(), logits.sizes());
        EXPECT_LT(difference(got.features, features), 1e-6 * features.abs().max().item<double>());
        EXPECT_LT(difference(got.logits, logits), 1e-6 * logits.abs().max().item<double>());
        RecordProperty("features", fmt::format("{:.2g}", difference(got.features, features)));
    }
    TemporaryFolder folder_;
};

TEST_F(InceptionFile, OfTorchvisionAgreesWithTorchvision) {
    StateDict weights = hashed_inception(InceptionForm::Torchvision);
    const std::string hash = data_hash(weights);
    weights.emplace("AuxLogits.fc.bias", make_tensor(std::vector<float>(1000), {1000}));  // not read
    write_safetensors(folder_ / "inception.safetensors", {.tensors = weights});
    const auto network = open_inception(folder_ / "inception.safetensors", at::kDouble);
    EXPECT_EQ(network->info().weights_hash, hash);
    EXPECT_EQ(network->info().distance, "FID by torchvision's Inception");
    expect_agrees(*network, "torchvision");
}

TEST_F(InceptionFile, OfTensorFlowAgreesWithPytorchFid) {
    {
        const auto bytes = save_state_dict(hashed_inception(InceptionForm::Fid), /*zip=*/false);
        std::ofstream file(folder_ / "inception.pth", std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    const auto network = open_inception(folder_ / "inception.pth", at::kDouble);
    EXPECT_EQ(network->info().distance, "FID");
    expect_agrees(*network, "fid");
}

TEST(Inception, SaysWhatIsMissingOrWrong) {
    const auto zeros = [](const std::vector<int64_t>& shape) {
        return make_tensor(std::vector<std::byte>(static_cast<size_t>(c10::multiply_integers(shape)) * 2),
                           DType::F16, shape);
    };
    StateDict weights;
    for (const auto& [name, shape] : inception_shapes(InceptionForm::Fid))
        weights.emplace(name, zeros(shape));
    EXPECT_EQ(weights.size(), 94 * 5 + 2u);
    const auto error_without = [&](const std::string& name, std::optional<Tensor> other) {
        StateDict damaged = weights;
        damaged.erase(name);
        if (other) damaged.emplace(name, *other);
        return error_of([&] { make_inception(damaged, "w.pth"); });
    };
    EXPECT_THAT(error_without("fc.weight", {}), AllOf(HasSubstr("w.pth"), HasSubstr("not an Inception v3")));
    EXPECT_THAT(error_without("fc.weight", zeros({10, 2048})), HasSubstr("(1000, 2048) or (1008, 2048)"));
    EXPECT_THAT(error_without("Mixed_6e.branch7x7_2.bn.running_var", {}),
                HasSubstr("Mixed_6e.branch7x7_2.bn.running_var is missing"));
    EXPECT_THAT(error_without("Mixed_7c.branch_pool.conv.weight", zeros({192, 1280, 1, 1})),
                HasSubstr("(192, 1280, 1, 1), but Inception v3 has floating-point (192, 2048, 1, 1)"));
    EXPECT_THAT(error_without("fc.bias", make_tensor(std::vector<int64_t>(1008), {1008})), HasSubstr("I64"));

    const auto network = make_inception(weights, "w.pth");
    EXPECT_THAT(error_of([&] { network->features(at::zeros({1, 1, 8, 8})); }), HasSubstr("(1, 1, 8, 8)"));
    EXPECT_THAT(error_of([&] { network->features(at::zeros({1, 3, 8, 8}, at::kByte)); }), HasSubstr("Byte"));
}

}  // namespace
}  // namespace gan
