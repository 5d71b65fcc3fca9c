// The engine's own logic, with a stub in place of OpenVINO: what it compiles and when, what it keeps, what
// it hands over. Runs under the thread sanitizer.

#include "runtime/model/engine.h"
#include "runtime/base/error.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Paints each picture with the sum of what it was given.
class StubExecutable final : public Executable {
public:
    StubExecutable(int pictures, float rounding)
        : pictures_(static_cast<size_t>(pictures)), rounding_(rounding) {}
    void infer(std::span<const float> base, std::span<const float> modulation,
               std::span<float> rgb) override {
        for (size_t n = 0; n < pictures_; ++n) {
            float sum = rounding_;
            for (float x : share(base, n)) sum += x;
            for (float x : share(modulation, n)) sum += x;
            for (float& x : share(rgb, n)) x = sum;
        }
    }
    std::optional<std::vector<float>> tap(const std::string&) override { return std::nullopt; }

private:
    template <class T>
    std::span<T> share(std::span<T> all, size_t n) const {
        return all.subspan(n * (all.size() / pictures_), all.size() / pictures_);
    }
    size_t pictures_;
    float rounding_;
};

struct Watch {
    std::atomic<int> compiled = 0;
    std::atomic<int> alive = 0;
    std::atomic<bool> block = false;  // compile() waits while set
    std::atomic<bool> fail = false;
    std::atomic<bool> fail_several = false;
    std::atomic<float> rounding = 0;  // what chunks of pictures add to their sums
};

class StubBackend final : public Backend {
public:
    explicit StubBackend(Watch& watch) : watch_(watch) {}
    std::unique_ptr<Executable> compile(const Variant&, int pictures) override {
        ++watch_.compiled;
        while (watch_.block) std::this_thread::yield();
        if (watch_.fail || (watch_.fail_several && pictures > 1)) throw Error("no luck");
        return std::make_unique<StubExecutable>(pictures, pictures > 1 ? watch_.rounding.load() : 0.0f);
    }
    int chunk() const override { return 4; }
    double macs() const override { return 0; }
    std::string description() const override { return "stub"; }

private:
    Watch& watch_;
};

struct Fixture {
    Watch watch;
    std::shared_ptr<const Program> program =
        std::make_shared<Program>(lower(random_checkpoint(small_config(Family::BigGan, 32, 2), 1)));
    std::unique_ptr<Engine> open(EngineOptions options = {}) {
        return std::make_unique<Engine>(
            program, options, [this](auto, const auto&) { return std::make_unique<StubBackend>(watch); });
    }
    std::vector<float> run(Engine& engine, const Variant& variant, int count = 1, uint64_t seed = 1) const {
        std::vector<float> z;
        for (int i = 0; i < count; ++i) {
            const auto one = normal_latent(seed + static_cast<uint64_t>(i), program->dim_z).z;
            z.insert(z.end(), one.begin(), one.end());
        }
        const std::vector<double> psi(static_cast<size_t>(count), 1.0);
        std::vector<Conditioning> conditioning;
        for (int i = 0; i < count; ++i)
            conditioning.push_back(
                {.classes = {{static_cast<int>((seed + static_cast<uint64_t>(i)) % 5), 1.0f}}});
        std::vector<float> rgb(static_cast<size_t>(count) * engine.picture_size(variant));
        engine.run({.variant = variant, .z = z, .psi = psi, .conditioning = conditioning}, rgb);
        return rgb;
    }
};

TEST(Engine, RunNeverCompiles) {
    Fixture f;
    const auto engine = f.open();
    EXPECT_THAT([&] { f.run(*engine, {}); }, ThrowsMessage<Error>(HasSubstr("not prepared")));
    engine->prepare({}).get();
    f.run(*engine, {});
    EXPECT_EQ(f.watch.compiled, 1);
    EXPECT_THROW(f.run(*engine, {.wrap_x = true}), Error);
}

TEST(Engine, PreparesWhileAnotherVariantPlays) {
    Fixture f;
    const auto engine = f.open();
    engine->prepare({}).get();
    f.watch.block = true;
    const auto tiled = engine->prepare({.wrap_x = true});
    for (int i = 0; i < 10; ++i) f.run(*engine, {});
    EXPECT_FALSE(engine->ready({.wrap_x = true}));
    f.watch.block = false;
    tiled.get();
    EXPECT_TRUE(engine->ready({.wrap_x = true}));
    f.run(*engine, {.wrap_x = true});
}

TEST(Engine, TellsWhatAVariantCost) {
    Fixture f;
    const auto engine = f.open();
    EXPECT_EQ(engine->cost({}).seconds, 0);
    engine->prepare({}).get();
    EXPECT_GT(engine->cost({}).seconds, 0);
    EXPECT_EQ(engine->cost({.wrap_x = true}).seconds, 0);
}

TEST(Engine, CompilesEachVariantOnce) {
    Fixture f;
    const auto engine = f.open();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { engine->prepare({}).get(); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(f.watch.compiled, 1);
}

TEST(Engine, ForgetsTheLeastRecentlyUsedVariant) {
    Fixture f;
    const auto engine = f.open({.max_variants = 2});
    engine->prepare({}).get();
    engine->prepare({.wrap_x = true}).get();
    f.run(*engine, {});  // now {.wrap_x} is the oldest
    engine->prepare({.wrap_y = true}).get();
    EXPECT_TRUE(engine->ready({}));
    EXPECT_TRUE(engine->ready({.wrap_y = true}));
    EXPECT_FALSE(engine->ready({.wrap_x = true}));
    engine->prepare({.wrap_x = true}).get();
    EXPECT_EQ(f.watch.compiled, 4);
}

TEST(Engine, AFailedVariantSaysWhyAndMayBeTriedAgain) {
    Fixture f;
    const auto engine = f.open();
    f.watch.fail = true;
    const auto prepared = engine->prepare({});
    EXPECT_THAT([&] { prepared.get(); }, ThrowsMessage<Error>(HasSubstr("no luck")));
    f.watch.fail = false;
    engine->prepare({}).get();
    f.run(*engine, {});
}

TEST(Engine, ClosesWhileSomethingIsStillQueued) {
    Fixture f;
    std::shared_future<void> queued;
    {
        const auto engine = f.open();
        f.watch.block = true;
        engine->prepare({});
        queued = engine->prepare({.wrap_x = true});
        f.watch.block = false;
    }
    EXPECT_EQ(queued.wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

TEST(Engine, ThreadsTakeTurns) {
    Fixture f;
    const auto engine = f.open();
    engine->prepare({}).get();
    engine->prepare({.grid_x = 2}).get();
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            const auto expected = f.run(*engine, {}, 1, t);
            for (int i = 0; i < 50; ++i) {
                f.run(*engine, {.grid_x = 2}, 2, t + 7);
                EXPECT_EQ(f.run(*engine, {}, 1, t), expected);
            }
        });
    for (auto& thread : threads) thread.join();
}

TEST(Engine, APictureIsTheSameInAnyBatch) {
    Fixture f;
    const auto engine = f.open({.batch = 64});
    engine->prepare({}).get();
    EXPECT_EQ(f.watch.compiled, 2) << "chunks were not used";
    for (int count : {2, 4, 7, 64}) {
        const auto batch = f.run(*engine, {}, count, 3);
        for (size_t n = 0; n < static_cast<size_t>(count); ++n)
            EXPECT_EQ(part(batch, n, static_cast<size_t>(count)), f.run(*engine, {}, 1, 3 + n));
    }
}

// A library may add in another order for another batch: then pictures are made one by one.
TEST(Engine, DoesWithoutChunksThatWouldChangeBytes) {
    Fixture f;
    f.watch.rounding = 1e-3f;
    const auto engine = f.open({.batch = 64});
    engine->prepare({}).get();
    const auto batch = f.run(*engine, {}, 8, 3);
    for (size_t n = 0; n < 8; ++n) EXPECT_EQ(part(batch, n, 8), f.run(*engine, {}, 1, 3 + n));
}

// A GPU has the memory for one picture at a time, say, and not for as many as were asked for.
TEST(Engine, DoesWithoutChunksThatCannotBeHad) {
    Fixture f;
    f.watch.fail_several = true;
    const auto engine = f.open({.batch = 64});
    engine->prepare({}).get();
    EXPECT_EQ(f.watch.compiled, 2) << "chunks were not tried";
    const auto batch = f.run(*engine, {}, 8, 3);
    for (size_t n = 0; n < 8; ++n) EXPECT_EQ(part(batch, n, 8), f.run(*engine, {}, 1, 3 + n));
}

TEST(Engine, KeepsNoWrongProductWhenManyClassesPass) {
    Fixture f;
    const auto engine = f.open();
    engine->prepare({}).get();
    const auto z = normal_latent(1, f.program->dim_z).z;
    const double psi = 1;
    std::vector<float> rgb(engine->picture_size({}));
    std::vector<float> first;
    for (int pass = 0; pass < 2; ++pass)
        for (int k = 0; k < 200; ++k) {  // more mixes than are kept
            const Conditioning mix{.classes = {{0, 1.0f}, {1, static_cast<float>(k)}}};
            engine->run({.z = z, .psi = {&psi, 1}, .conditioning = {&mix, 1}}, rgb);
            if (pass == 0) first.push_back(rgb[0]);
            EXPECT_EQ(rgb[0], first[static_cast<size_t>(k)]);
        }
    EXPECT_NE(first[0], first[199]);
}

TEST(Engine, RefusesRequestsThatDoNotFit) {
    Fixture f;
    const auto engine = f.open();
    engine->prepare({}).get();
    const auto dim = static_cast<size_t>(f.program->dim_z);
    std::vector<float> z(dim), rgb(engine->picture_size({}));
    double psi = 1;
    Conditioning conditioning{.classes = {{0, 1}}};
    const auto refused = [&](const char* what, auto&& change) {
        Request request{.z = z, .psi = {&psi, 1}, .conditioning = {&conditioning, 1}};
        change(request);
        EXPECT_THAT([&] { engine->run(request, rgb); }, ThrowsMessage<Error>(HasSubstr(what))) << what;
    };
    const std::vector<float> wrong(dim + 1), nan(dim, NAN);
    const double bad_psi = std::nan("");
    const Conditioning unknown{.classes = {{99, 1}}};
    refused("z has", [&](Request& r) { r.z = wrong; });
    refused("not finite", [&](Request& r) { r.z = nan; });
    refused("psi", [&](Request& r) { r.psi = {&bad_psi, 1}; });
    refused("psi has", [&](Request& r) { r.psi = {}; });
    refused("class 99", [&](Request& r) { r.conditioning = {&unknown, 1}; });
    refused("bend", [&](Request& r) { r.bend_scale = wrong; });
    refused("base_z", [&](Request& r) { r.base_z = wrong; });
    rgb.pop_back();
    refused("picture buffer", [](Request&) {});
    EXPECT_THROW(engine->prepare({.grid_x = 0}), Error);
    EXPECT_THROW(engine->prepare({.grid_x = 1000, .grid_y = 1000}), Error);
}

TEST(Engine, GivesEveryCellItsOwnFirstChunk) {
    Fixture f;
    const auto engine = f.open();
    const Variant wide{.grid_x = 2};
    engine->prepare(wide).get();
    const auto chunk = static_cast<size_t>(f.program->first_chunk);
    const auto z = normal_latent(1, f.program->dim_z).z;
    std::vector<float> base(z.begin(), z.begin() + static_cast<ptrdiff_t>(chunk));
    base.insert(base.end(), z.begin(), z.begin() + static_cast<ptrdiff_t>(chunk));
    const double psi = 1;
    const Conditioning conditioning{.classes = {{0, 1}}};
    std::vector<float> same(engine->picture_size(wide)), given(same.size());
    Request request{.variant = wide, .z = z, .psi = {&psi, 1}, .conditioning = {&conditioning, 1}};
    engine->run(request, same);
    request.base_z = base;
    engine->run(request, given);
    EXPECT_EQ(same, given);
    base.back() += 1;
    engine->run(request, given);
    EXPECT_NE(same, given);
}

}  // namespace
}  // namespace gan
