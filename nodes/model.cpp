#include "nodes/model.h"

#include "nodes/builtin.h"
#include "runtime/base/error.h"
#include "runtime/model/checkpoint.h"
#include "runtime/model/lower.h"

#include <chrono>
#include <filesystem>
#include <future>

namespace gan {
namespace {

namespace fs = std::filesystem;

/// What tells one state of a file from another without reading it.
struct Stamp {
    fs::file_time_type time{};
    uintmax_t size = 0;
    bool operator==(const Stamp&) const = default;
};

Stamp stamp_of(const fs::path& path) {
    std::error_code ignored;
    Stamp stamp{fs::last_write_time(path, ignored), 0};
    if (fs::is_regular_file(path, ignored)) stamp.size = fs::file_size(path, ignored);
    return stamp;
}

/// Loads off the player's thread. A file that changes is loaded again; while that goes on, or when it fails,
/// the network that was there stays.
class ModelNode final : public Node {
public:
    TextParam path{*this, "path", "Checkpoint file or folder, from the patch's folder", {}, true};
    Output<ModelRef> model{*this, "model", "The network"};
    Output<std::string> status{*this, "status", "What was loaded, or why it was not"};

    void process(const Tick& tick) override {
        if ((*path).empty()) throw Error("no model is chosen; set 'path'");
        const fs::path file = fs::path(tick.folder) / *path;
        if (tick.live) run_again();
        while (changed(file, tick.live) || loading_.valid()) {
            if (!loading_.valid()) {
                file_ = file;
                stamp_ = seen_;
                loading_ = std::async(std::launch::async,
                                      [name = file.string()] { return LoadedModel::load(name); });
            }
            if (tick.live && loading_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) break;
            finish();
        }
        if (loaded_ == nullptr)
            throw Error("{}", problem_.empty() ? file.string() + " is being loaded" : problem_);
        model = ModelRef(loaded_);
        status = problem_.empty() ? loaded_->description() : problem_;
    }

private:
    using Time = std::chrono::steady_clock::time_point;

    /// Whether the file is another than the one that was loaded. Live, a file that is being written is left
    /// alone until it has stayed the same for a moment.
    bool changed(const fs::path& file, bool live) {
        const Stamp stamp = stamp_of(file);
        const Time now = std::chrono::steady_clock::now();
        if (!(stamp == seen_)) {
            seen_ = stamp;
            since_ = now;
        }
        if (file != file_) return true;
        return !(stamp == stamp_) && (!live || now - since_ > std::chrono::milliseconds(500));
    }

    void finish() {
        try {
            loaded_ = loading_.get();
            problem_.clear();
        } catch (const std::exception& failure) {
            problem_ = failure.what();
        }
    }

    fs::path file_;
    Stamp stamp_;  // when it was loaded
    Stamp seen_;   // when it was last looked at
    Time since_;   // when that was first so
    std::future<std::shared_ptr<const LoadedModel>> loading_;
    std::shared_ptr<const LoadedModel> loaded_;
    std::string problem_;
};

}  // namespace

std::shared_ptr<const LoadedModel> LoadedModel::load(const std::string& path) {
    const Checkpoint checkpoint = open_checkpoint(path);
    auto model = std::make_shared<LoadedModel>();
    model->path_ = path;
    model->config_ = checkpoint.config;
    model->notes_ = checkpoint.notes;
    model->program_ = std::make_shared<const Program>(lower(checkpoint));
    return model;
}

std::string LoadedModel::description() const {
    return fmt::format("{}: {} pixels, {} classes, dim_z {}", fs::path(path_).filename().string(),
                       config_.resolution, config_.classes, config_.dim_z);
}

std::shared_ptr<Engine> LoadedModel::engine(Precision precision, int threads) const {
    const std::lock_guard lock(mutex_);
    std::erase_if(engines_, [](const auto& entry) { return std::get<2>(entry).expired(); });
    for (const auto& [p, t, engine] : engines_)
        if (p == precision && t == threads)
            if (auto found = engine.lock()) return found;
    auto opened = std::make_shared<Engine>(
        program_, EngineOptions{.precision = precision, .threads = threads, .max_variants = 16});
    engines_.emplace_back(precision, threads, opened);
    return opened;
}

std::shared_ptr<const LoadedModel> loaded(const ModelRef& model) {
    auto result = std::dynamic_pointer_cast<const LoadedModel>(model);
    if (result == nullptr) throw Error("the model on the wire is of another kind");
    return result;
}

NodeType model_load() {
    NodeType type = node_type<ModelNode>("model.load", "Model", "A trained network, from its file");
    type.aliases = {"checkpoint", "weights", "network", "biggan"};
    return type;
}

}  // namespace gan
