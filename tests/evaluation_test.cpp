// The small network that scores are measured with, and what is scored with it.

#include "trainer/metrics/evaluation.h"
#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"
#include "tests/support.h"
#include "tests/tensors.h"
#include "trainer/metrics/texture_network.h"
#include "trainer/state.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace gan {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

TEST(Images, SurviveBytesUnchanged) {
    const at::Tensor bytes = at::arange(256, at::kByte).view({1, 16, 16, 1}).expand({1, 16, 16, 3});
    const at::Tensor images = images_from_bytes(bytes);
    EXPECT_EQ(images.sizes(), (std::vector<int64_t>{1, 3, 16, 16}));
    EXPECT_EQ(images.min().item<float>(), -1);
    EXPECT_EQ(images.max().item<float>(), 1);
    EXPECT_TRUE(rounded_to_bytes(images).equal(images));
    EXPECT_TRUE(rounded_to_bytes(images * 1.001).equal(images)) << "a quarter of a step at most, and cut";
}

const std::vector<std::string> pattern_names{"stripes", "checker", "noise"};

/// Stripes, checkers and noise in random colours, with random periods and phases.
class Patterns {
public:
    explicit Patterns(uint64_t seed, int64_t side = 32)
        : random_(at::detail::createCPUGenerator(seed)), side_(side) {}

    TextureBatch batch(int64_t n) {
        TextureBatch batch{at::empty({n, side_, side_, 3}, at::kByte),
                           at::randint(0, 3, {n}, random_, at::kLong)};
        for (int64_t i = 0; i < n; ++i) batch.images[i] = picture(batch.labels[i].item<int64_t>());
        return batch;
    }
    at::Tensor images(int64_t n) { return images_from_bytes(batch(n).images); }

private:
    double uniform(double from, double to) {
        return at::empty({1}, at::kDouble).uniform_(from, to, random_).item<double>();
    }
    at::Tensor picture(int64_t label) {
        const double period = uniform(side_ / 8.0, side_ / 3.0);
        const at::Tensor wave = ((at::arange(side_) + uniform(0, period)) * (2 * M_PI / period)).sin().sign();
        at::Tensor mask = wave.unsqueeze(0).expand({side_, side_});
        if (label == 1) mask = mask * wave.unsqueeze(1);
        if (label == 2) mask = at::empty({side_, side_}).uniform_(-1, 1, random_);
        const at::Tensor colours = at::empty({2, 3}).uniform_(60, 127, random_);
        return (colours[0] + 128 - (mask.unsqueeze(2) + 1) / 2 * colours[1]).to(at::kByte);
    }
    at::Generator random_;
    int64_t side_;
};

TextureNetwork trained(int64_t steps) {
    Patterns patterns(1);
    return train_texture_network([&] { return patterns.batch(16); }, pattern_names, steps, 7);
}

// Guessing is right in a third of the cases.
TEST(TextureNetwork, LearnsSimpleTextures) {
    Patterns patterns(1);
    double last = 0;
    const auto network = train_texture_network([&] { return patterns.batch(16); }, pattern_names, 40, 7,
                                               [&](const TextureStep& step) { last = step.loss; });
    Patterns others(2);
    const double accuracy = texture_accuracy(
        network, [&] { return others.batch(60); }, 5);
    EXPECT_GE(accuracy, 0.97);
    EXPECT_LT(last, 0.5);
    RecordProperty("accuracy", fmt::format("{}", accuracy));
    RecordProperty("loss", fmt::format("{}", last));
}

TEST(TextureNetwork, ComesFromItsSeedAndTouchesNoGlobalGenerator) {
    const auto before = at::detail::getDefaultCPUGenerator().get_state();
    const auto a = frozen(trained(2))->info().weights_hash;
    EXPECT_EQ(a, frozen(trained(2))->info().weights_hash);
    EXPECT_NE(a, frozen(trained(3))->info().weights_hash);
    EXPECT_TRUE(before.equal(at::detail::getDefaultCPUGenerator().get_state()));
}

TEST(TextureNetwork, IsSavedBitForBit) {
    const TemporaryFolder folder;
    const TextureNetwork network = trained(3);
    const std::string hash = save_texture_network(network, folder / "texture.safetensors");
    EXPECT_LT(std::filesystem::file_size(folder / "texture.safetensors"), 1'000'000u);
    const TextureNetwork loaded = load_texture_network(folder / "texture.safetensors");
    EXPECT_EQ(loaded->classes(), pattern_names);
    EXPECT_EQ(save_texture_network(loaded, folder / "again.safetensors"), hash);
    EXPECT_EQ(read_text(folder / "texture.safetensors"), read_text(folder / "again.safetensors"));

    const auto one = frozen(network);
    const auto other = frozen(loaded);
    EXPECT_EQ(one->info().weights_hash, hash);
    EXPECT_EQ(one->info().distance, "texture distance (64 px, " + hash.substr(0, 8) + ")");
    EXPECT_THAT(one->info().distance + one->info().score + one->info().name,
                testing::Not(testing::AnyOf(HasSubstr("FID"), HasSubstr("Inception"))));
    const at::Tensor images = Patterns(3).images(4);
    EXPECT_TRUE(one->features(images).features.equal(other->features(images).features));
    EXPECT_TRUE(one->features(images).logits.equal(other->features(images).logits));
}

TEST(TextureNetwork, TakesPicturesOfAnySize) {
    const auto network = frozen(TextureNetwork(pattern_names, 1));
    for (auto [height, width] : {std::pair<int64_t, int64_t>{32, 32}, {64, 64}, {256, 100}}) {
        const Features got = network->features(at::full({2, 3, height, width}, 0.25));
        EXPECT_EQ(got.features.sizes(), (std::vector<int64_t>{2, TextureNetworkImpl::feature_count}));
        EXPECT_EQ(got.logits.sizes(), (std::vector<int64_t>{2, 3}));
        // A plain picture stays plain at every size; float32 sums of up to 1152 products: 1e-4.
        const Features plain = network->features(at::full({2, 3, 64, 64}, 0.25));
        EXPECT_LT((got.features - plain.features).abs().max().item<double>(), 1e-4);
    }
}

TEST(TextureNetwork, RefusesWhatItDidNotSave) {
    const TemporaryFolder folder;
    const auto path = folder / "texture.safetensors";
    save_texture_network(TextureNetwork(pattern_names, 1), path);
    SafeTensors good = read_safetensors(path);
    const auto error_with = [&](const std::function<void(SafeTensors&)>& change, bool rehash) {
        SafeTensors changed = good;
        change(changed);
        write_safetensors(folder / "changed.safetensors", changed, rehash ? "ganymede.sha256" : "");
        return error_of([&] { load_texture_network(folder / "changed.safetensors"); });
    };
    EXPECT_THAT(error_with([](auto& file) { file.metadata.clear(); }, true),
                HasSubstr("not a texture network"));
    EXPECT_THAT(error_with([](auto& file) { file.tensors.erase("classes_bias"); }, false), HasSubstr("hash"));
    EXPECT_THAT(error_with([](auto& file) { file.tensors.erase("classes_bias"); }, true),
                HasSubstr("has no tensor classes_bias"));
    EXPECT_THAT(error_with([](auto& file) { file.metadata["ganymede.class_names"] = "[\"a\",\"b\"]"; }, true),
                HasSubstr("classes_bias has the shape (3); it should have (2)"));
    EXPECT_THAT(error_with([](auto& file) { file.metadata["ganymede.class_names"] = "[1"; }, true),
                HasSubstr("class names"));
    EXPECT_THAT(error_of([] { TextureNetwork(std::vector<std::string>{"one"}); }), HasSubstr("two classes"));
    Patterns patterns(1);
    const auto train = [&] {
        train_texture_network([&] { return patterns.batch(16); }, {"one", "two"}, 1, 0);
    };
    EXPECT_THAT(error_of(train), HasSubstr("2 classes"));
}

class Evaluation : public testing::Test {
protected:
    /// Patterns until `count` of them were given.
    ImageSource patterns(int64_t count, uint64_t seed) {
        return [=, this, left = count, source = std::make_shared<Patterns>(seed)](int64_t wanted) mutable {
            ++calls_;
            const int64_t n = std::min(wanted, left);
            left -= n;
            return n == 0 ? at::Tensor() : source->images(n);
        };
    }
    static ImageSource plain(double value) {
        return [=](int64_t wanted) { return at::full({wanted, 3, 32, 32}, value); };
    }
    EvaluationOptions options_{.samples = 200, .batch = 64, .splits = 5, .neighbourhood = 100};
    int calls_ = 0;
    std::unique_ptr<FeatureNetwork> network_ = frozen(TextureNetwork(pattern_names, 1));
};

TEST_F(Evaluation, TellsLikeFromUnlike) {
    const Reference reference = make_reference(*network_, patterns(300, 1), "patterns", options_);
    const ScoreReport like = evaluate(*network_, patterns(1000, 2), reference, options_);
    const ScoreReport unlike = evaluate(*network_, plain(0.5), reference, options_);
    EXPECT_LT(like.distance, 0.1 * unlike.distance);
    EXPECT_GT(like.precision_recall->precision, 0.8);
    EXPECT_GT(like.precision_recall->recall, 0.8);
    EXPECT_EQ(unlike.precision_recall->recall, 0);
    EXPECT_EQ(like.real_count, 300);
    EXPECT_EQ(like.fake_count, 200);
    EXPECT_EQ(like.neighbourhood, 100);
    EXPECT_GT(like.score.mean, unlike.score.mean);
    EXPECT_NEAR(unlike.score.mean, 1, 1e-6);
}

TEST_F(Evaluation, ReportsAllThatAScoreIsQuotedWith) {
    const Reference reference = make_reference(*network_, patterns(300, 1), "patterns", options_);
    const ScoreReport report = evaluate(*network_, patterns(200, 2), reference, options_);
    const json fields = json::parse(to_json(report).dump());
    EXPECT_EQ(fields["weights_sha256"], network_->info().weights_hash);
    EXPECT_EQ(fields["distance"], report.distance);
    EXPECT_EQ(fields["precision"], report.precision_recall->precision);
    EXPECT_EQ(fields["protocol"], "bilinear to 64 x 64, antialiased; [-1, 1]; rounded to 8 bits");
    EXPECT_EQ(report.text().find('\n'), std::string::npos);
    EXPECT_THAT(report.text(),
                AllOf(HasSubstr("texture distance (64 px, "), HasSubstr("200 pictures, 5 splits"),
                      HasSubstr("against 300 of patterns")));
    options_.neighbours = 0;
    EXPECT_FALSE(to_json(evaluate(*network_, patterns(200, 2), reference, options_)).contains("recall"));
}

TEST_F(Evaluation, KeepsReferencesByNetworkAndData) {
    const TemporaryFolder folder;
    const auto calls_for = [&](const FeatureNetwork& network, const std::string& data) {
        calls_ = 0;
        const Reference kept =
            cached_reference(network, patterns(150, 1), data, folder / "moments", options_);
        EXPECT_EQ(kept.moments.count, 150);
        EXPECT_EQ(kept.features.size(0), options_.neighbourhood);
        EXPECT_EQ(kept.data, data);
        return calls_;
    };
    EXPECT_EQ(calls_for(*network_, "patterns"), 4);  // 150 in batches of 64, and the end
    EXPECT_EQ(calls_for(*network_, "patterns"), 0);
    EXPECT_EQ(calls_for(*network_, "other patterns"), 4);
    EXPECT_EQ(calls_for(*frozen(TextureNetwork(pattern_names, 2)), "patterns"), 4);
    EXPECT_EQ(calls_for(*network_, "patterns"), 0);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "moments"), {}), 3);

    options_.neighbourhood = 120;  // more than were kept
    EXPECT_EQ(calls_for(*network_, "patterns"), 4);
    EXPECT_EQ(calls_for(*network_, "patterns"), 0);
    for (const auto& entry : std::filesystem::directory_iterator(folder / "moments"))
        std::filesystem::resize_file(entry, std::filesystem::file_size(entry) - 1);
    EXPECT_EQ(calls_for(*network_, "patterns"), 4);
    EXPECT_EQ(calls_for(*network_, "patterns"), 0);
}

TEST_F(Evaluation, KeepsReferencesBitForBit) {
    const TemporaryFolder folder;
    const Reference made = cached_reference(*network_, patterns(150, 1), "patterns", folder.path(), options_);
    const Reference kept = cached_reference(*network_, plain(0), "patterns", folder.path(), options_);
    EXPECT_TRUE(kept.moments.mean.equal(made.moments.mean));
    EXPECT_TRUE(kept.moments.covariance.equal(made.moments.covariance));
    EXPECT_TRUE(kept.features.equal(made.features));
}

TEST_F(Evaluation, SaysWhatWentWrong) {
    const Reference reference = make_reference(*network_, patterns(300, 1), "patterns", options_);
    EXPECT_THAT(error_of([&] { evaluate(*network_, patterns(150, 2), reference, options_); }),
                HasSubstr("150 pictures were generated, but 200"));
    EXPECT_THAT(error_of([&] { evaluate(*network_, plain(NAN), reference, options_); }),
                HasSubstr("not finite"));
    EXPECT_THAT(error_of([&] { make_reference(*network_, patterns(1, 1), "patterns", options_); }),
                HasSubstr("patterns: a reference needs two"));
}

}  // namespace
}  // namespace gan
