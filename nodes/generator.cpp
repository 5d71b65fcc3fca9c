#include "nodes/builtin.h"
#include "nodes/engine_pictures.h"
#include "nodes/model.h"
#include "nodes/worker.h"
#include "runtime/base/error.h"
#include "runtime/gpu/cuda_frames.h"
#include "runtime/gpu/gpu.h"
#include "runtime/model/classes.h"
#include "runtime/model/latent.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <mutex>

namespace gan {
namespace {

/// What an engine must be opened or compiled for: a change is prepared off the player's thread.
struct Setup {
    std::shared_ptr<const LoadedModel> model;
    Precision precision = Precision::F32;
    int threads = 0;
    EngineKind engine = EngineKind::Auto;
    bool exact = true;
    Variant variant;
    bool operator==(const Setup&) const = default;
};

struct Ready {
    Setup setup;
    std::shared_ptr<Engine> engine;
};

/// Everything that a picture depends on.
struct Recipe {
    uint64_t setup = 0;    // which of the engines and variants that were prepared
    std::vector<float> z;  // (dim_z)
    double psi = 1;
    Conditioning classes;
    std::vector<float> scale;  // of every channel of every norm; empty: 1
    bool operator==(const Recipe&) const = default;
};

/// A picture, or why there is none.
struct Result {
    ImageRef image;
    std::string failure;
    Recipe recipe;
    int64_t tick = 0;  // that asked for it
};

enum class Mode { Lock, Latest };

Ready prepare(const Setup& setup) {
    auto engine = setup.model->engine(setup.precision, setup.threads, setup.engine, setup.exact);
    engine->prepare(setup.variant).get();
    return {setup, std::move(engine)};
}

constexpr size_t stages = 8;  // 512 pixels have seven

class Generator final : public Node {
public:
    Input<ModelRef> model{*this, "model", "The network"};
    Input<Latent> latent{*this, "latent", "What the picture looks like"};
    Input<ClassMix> conditioning{*this, "class", "What it shows; class 0 when nothing is linked",
                                 Need::Optional};
    Choice<Mode> mode{
        *this,
        "mode",
        "lock: every tick waits for its picture; latest: the player goes on, pictures come late",
        {"lock", "latest"},
        Mode::Lock,
        true};
    Choice<Precision> precision{*this,
                                "precision",
                                "bf16 is faster where the processor has it, f16 on GPUs",
                                {"f32", "bf16", "f16"},
                                Precision::F32,
                                true};
    Choice<EngineKind> engine{*this,
                              "engine",
                              "auto: OpenVINO; what cannot be had is replaced, and 'status' says why",
                              {"auto", "openvino", "torch", "cuda"},
                              EngineKind::Auto,
                              true};
    Toggle wrap_x{*this, "wrap x", "The picture tiles from left to right; a tileable model's always does",
                  false, true};
    Toggle wrap_y{*this, "wrap y", "The picture tiles from top to bottom; a tileable model's always does",
                  false, true};
    Number grid_x{*this,
                  "grid x",
                  "Cells of the base map, for wider pictures",
                  {.value = 1, .min = 1, .max = 8, .whole = true, .setup = true}};
    Number grid_y{*this,
                  "grid y",
                  "Cells of the base map, for higher pictures",
                  {.value = 1, .min = 1, .max = 8, .whole = true, .setup = true}};
    Number threads{*this,
                   "threads",
                   "Of the processor; 0: all",
                   {.value = 0, .min = 0, .max = 256, .whole = true, .setup = true}};
    Number gain1{
        *this, "gain 1", "Of the layers that make the coarsest shapes", {.value = 1, .min = 0, .max = 4}};
    Number gain2{*this, "gain 2", "Of the next finer layers", {.value = 1, .min = 0, .max = 4}};
    Number gain3{*this, "gain 3", "Of the next finer layers", {.value = 1, .min = 0, .max = 4}};
    Number gain4{*this, "gain 4", "Of the next finer layers", {.value = 1, .min = 0, .max = 4}};
    Number gain5{*this, "gain 5", "Of the next finer layers", {.value = 1, .min = 0, .max = 4}};
    Number gain6{*this, "gain 6", "Of the next finer layers", {.value = 1, .min = 0, .max = 4}};
    Number gain7{*this, "gain 7", "Of the next finer layers", {.value = 1, .min = 0, .max = 4}};
    Number gain8{*this, "gain 8", "Of the output layer", {.value = 1, .min = 0, .max = 4}};
    Output<ImageRef> image{*this, "image", "The picture, exactly as the network gave it"};
    Output<double> lag{*this, "lag", "Ticks that the picture is late; 0 in mode lock"};
    Output<std::string> status{*this, "status", "What makes the pictures, and why not what was asked for"};

    /// What waits is dropped; the picture that is being made is waited for.
    ~Generator() override { worker_.clear(); }

    void process(const Tick& tick) override {
        take_setup(tick);
        take_pictures(tick);
        const Engine& maker = *ready_.engine;
        status = maker.description() + (maker.note().empty() ? "" : "; " + maker.note()) + path_;
        Recipe wanted = recipe();
        if (tick.live && mode == Mode::Latest)
            generate_later(std::move(wanted), tick);
        else
            generate_now(std::move(wanted));
    }

private:
    using Pictured = std::pair<const Device*, uint64_t>;

    void take_setup(const Tick& tick) {
        // Nobody compares what is played live; what is rendered has the same bytes whenever it is.
        const bool exact = !tick.live || engine != EngineKind::Cuda;
        const Setup wanted{.model = loaded(*model),
                           .precision = precision,
                           .threads = static_cast<int>(threads.whole()),
                           .engine = engine,
                           .exact = exact,
                           .variant = {.wrap_x = wrap_x,
                                       .wrap_y = wrap_y,
                                       .grid_x = static_cast<int>(grid_x.whole()),
                                       .grid_y = static_cast<int>(grid_y.whole())}};
        while (ready_.engine == nullptr || !(wanted == ready_.setup) ||
               !ready_.engine->ready(wanted.variant)) {
            if (!failure_.empty() && wanted == tried_) throw Error("{}", failure_);
            const bool begins = !preparing_.valid();
            if (begins) {
                tried_ = wanted;
                failure_.clear();
                preparing_ = std::async(std::launch::async, [wanted] { return prepare(wanted); });
            }
            if (tick.live &&
                (begins || preparing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)) {
                run_again();
                if (ready_.engine == nullptr) throw Error("the network is being prepared");
                return;  // what was there plays on
            }
            collect();
        }
    }

    /// Takes what was prepared, wanted still or not. The engine that it replaces ends on another thread.
    void collect() {
        try {
            Ready old = std::exchange(ready_, preparing_.get());
            ++setups_;
            retiring_ = std::async(std::launch::async, [old = std::move(old)]() mutable { old = {}; });
        } catch (const std::exception& failure) {
            failure_ = failure.what();
        }
    }

    /// What is shown on the GPU that the network runs on stays there, live; what is rendered is the network's
    /// own numbers, which a texture of half floats would round.
    void take_pictures(const Tick& tick) {
        if (!tick.live || tick.gpu == nullptr || ready_.engine->device() < 0) {
            retire_pictures();
            path_.clear();
            return;
        }
        if (pictured_ == Pictured(nullptr, setups_)) return;  // there was no GPU: not asked for at every tick
        std::shared_ptr<Device> device;
        std::string problem;
        try {
            device = tick.gpu->device();
            if (pictured_ == Pictured(device.get(), setups_)) return;
            // On a GPU that was lost, even the last picture is: it is made again.
            if (pictures_ != nullptr && pictures_->device() != device) forget_result();
            retire_pictures();
            auto made = std::make_shared<EnginePictures>(
                device, info_of(*ready_.engine, ready_.setup.variant),
                open_cuda_frames(ready_.engine->device(), ready_.engine->stream()), ready_.engine);
            if (made->shared())
                pictures_ = std::move(made);
            else
                problem = made->path();
        } catch (const Error& failure) {
            if (pictures_ != nullptr) forget_result();
            retire_pictures();
            problem = failure.what();
        }
        pictured_ = {device.get(), setups_};
        path_ =
            problem.empty() ? "; pictures stay on the GPU" : "; pictures come through the host: " + problem;
    }

    /// They keep their engine, which may take its time to end: on another thread.
    void retire_pictures() {
        if (pictures_ != nullptr)
            retiring_pictures_ =
                std::async(std::launch::async, [old = std::move(pictures_)]() mutable { old.reset(); });
        pictures_ = nullptr;
    }

    void forget_result() {
        asked_ = {};
        const std::lock_guard lock(result_mutex_);
        result_ = {};
    }

    static ImageInfo info_of(const Engine& engine, const Variant& variant) {
        const Program& program = engine.program();
        const Variant played = engine.played(variant);
        return {.width = program.resolution * variant.grid_x,
                .height = program.resolution * variant.grid_y,
                .channels = program.image_channels,
                .encoding = Encoding::Srgb32f,
                .wrap_x = played.wrap_x,
                .wrap_y = played.wrap_y};
    }

    Conditioning resolve(const BigGanConfig& config) const {
        if (!conditioning.linked()) return {.classes = {{0, 1.0f}}, .offset = {}};
        Conditioning result{.classes = {}, .offset = conditioning->offset};
        for (const auto& entry : conditioning->classes)
            result.classes.push_back({class_index(entry.name, config), static_cast<float>(entry.weight)});
        return result;
    }

    /// Scale of every channel of every norm; empty when all gains are 1.
    std::vector<float> bend(const Program& program, const BigGanConfig& config) const {
        const std::array<double, stages> gains{gain1, gain2, gain3, gain4, gain5, gain6, gain7, gain8};
        if (std::all_of(gains.begin(), gains.end(), [](double gain) { return gain == 1; })) return {};
        const auto& norms = program.modulation.norms;
        const size_t norms_a_stage = (norms.size() - 1) / static_cast<size_t>(config.stages());
        std::vector<float> scale(static_cast<size_t>(program.modulation.channels), 1.0f);
        for (size_t n = 0; n < norms.size(); ++n) {
            const size_t stage = n + 1 == norms.size() ? stages - 1 : std::min(n / norms_a_stage, stages - 2);
            const auto first = scale.begin() + norms[n].offset;
            std::fill(first, first + norms[n].channels, static_cast<float>(gains[stage]));
        }
        return scale;
    }

    Recipe recipe() const {
        const Program& program = ready_.engine->program();
        const BigGanConfig& config = ready_.setup.model->config();
        const auto dim = static_cast<ptrdiff_t>(program.dim_z);
        if (static_cast<ptrdiff_t>(latent->z.size()) < dim)
            throw Error("the latent has {} numbers, this network needs {}; make it longer where it is drawn",
                        latent->z.size(), dim);
        return {.setup = setups_,
                .z = {latent->z.begin(), latent->z.begin() + dim},
                .psi = statistics_psi(latent->std),
                .classes = resolve(config),
                .scale = bend(program, config)};
    }

    void generate_now(Recipe wanted) {
        worker_.clear();
        worker_.wait();
        result_ = {.image = generate(*ready_.engine, ready_.setup.variant, wanted, pictures_.get())};
        image = result_.image;
        lag = 0;
        result_.recipe = asked_ = std::move(wanted);
    }

    void generate_later(Recipe wanted, const Tick& tick) {
        if (asked_ != wanted) {
            asked_ = std::move(wanted);
            worker_.replace([this, engine = ready_.engine, pictures = pictures_,
                             variant = ready_.setup.variant, recipe = asked_, at = tick.index] {
                Result result{.recipe = recipe, .tick = at};
                try {
                    result.image = generate(*engine, variant, recipe, pictures.get());
                } catch (const std::exception& failure) {
                    result.failure = failure.what();
                }
                const std::lock_guard lock(result_mutex_);
                result_ = std::move(result);
            });
        }
        if (!worker_.idle()) run_again();  // asked before a result is taken, so that none is left behind
        const std::lock_guard lock(result_mutex_);
        if (!result_.failure.empty()) throw Error("{}", result_.failure);
        if (result_.image == nullptr) throw Error("the first picture is being made");
        image = result_.image;
        lag = result_.recipe == asked_ ? 0.0 : static_cast<double>(tick.index - result_.tick);
    }

    /// Never two at once: the player's thread waits for the worker's first. `pictures`: where they are made;
    /// null: on the host.
    ImageRef generate(Engine& engine, const Variant& variant, const Recipe& recipe,
                      EnginePictures* pictures) {
        const Request request{.variant = variant,
                              .z = recipe.z,
                              .base_z = {},
                              .psi = {&recipe.psi, 1},
                              .conditioning = {&recipe.classes, 1},
                              .bend_scale = recipe.scale,
                              .bend_offset = {}};
        if (pictures != nullptr)
            return pictures->make([&](std::span<float> rgb) { engine.run(request, rgb); });
        rgb_.resize(engine.picture_size(variant));
        engine.run(request, rgb_);
        const ImageInfo info = info_of(engine, variant);
        const auto channels = static_cast<size_t>(info.channels);
        const size_t area = rgb_.size() / channels;
        std::vector<float> pixels(rgb_.size());
        float* out = pixels.data();
        for (size_t i = 0; i < area; ++i)
            for (size_t c = 0; c < channels; ++c) *out++ = (rgb_[c * area + i] + 1) / 2;
        return std::make_shared<Image>(info, std::move(pixels));
    }

    Ready ready_;
    uint64_t setups_ = 0;  // that have been ready
    Setup tried_;          // what preparing_ is for, or what failed
    std::string failure_;
    std::future<Ready> preparing_;
    std::future<void> retiring_, retiring_pictures_;
    std::shared_ptr<EnginePictures> pictures_;  // null: pictures are made on the host
    Pictured pictured_{nullptr, 0};             // for which GPU and setup that was decided
    std::string path_;                          // which way pictures come; or empty

    Recipe asked_;            // of the newest picture that was asked for
    std::vector<float> rgb_;  // planar, in [-1, 1]
    std::mutex result_mutex_;
    Result result_;  // the newest
    Worker worker_;  // ends before what its jobs use
};

}  // namespace

NodeType generator() {
    NodeType type =
        node_type<Generator>("biggan.generator", "Generator", "Makes a picture from a latent and a class");
    type.aliases = {"biggan", "image", "picture"};
    return type;
}

}  // namespace gan
