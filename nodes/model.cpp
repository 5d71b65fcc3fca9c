#include "nodes/model.h"

#include "nodes/builtin.h"
#include "runtime/base/assets.h"
#include "runtime/base/error.h"
#include "runtime/model/checkpoint.h"
#include "runtime/model/classes.h"
#include "runtime/model/lower.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <map>

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

/// The folders that a moved model is looked for in; none is searched deeply.
std::vector<fs::path> model_folders(const fs::path& patch) {
    std::vector<fs::path> folders{patch.empty() ? "." : patch, patch / "models"};
    if (const char* more = std::getenv("GANYMEDE_MODELS"))
        for (const std::string& folder : split(more, ':'))
            if (!folder.empty()) folders.emplace_back(folder);
    try {
        folders.push_back(asset("models"));
    } catch (const Error&) {
        // None came with this copy.
    }
    return folders;
}

struct Wish {
    fs::path folder;
    std::string file;
    std::string hash;
    bool operator==(const Wish&) const = default;
};

struct Found {
    fs::path path;
    std::shared_ptr<const LoadedModel> model;
};

/// A file's network, loaded once for all who use it at the same time.
std::shared_ptr<const LoadedModel> shared_model(const fs::path& path) {
    struct Slot {
        std::mutex mutex;  // of who loads it, for whom the others wait
        std::weak_ptr<const LoadedModel> model;
    };
    static std::mutex mutex;
    static std::map<std::tuple<fs::path, fs::file_time_type, uintmax_t>, std::shared_ptr<Slot>> slots;
    std::error_code ignored;
    const Stamp stamp = stamp_of(path);
    std::shared_ptr<Slot> slot;
    {
        const std::lock_guard lock(mutex);
        std::erase_if(slots, [](const auto& entry) {
            return entry.second.use_count() == 1 && entry.second->model.expired();
        });
        auto& place = slots[{fs::weakly_canonical(path, ignored), stamp.time, stamp.size}];
        if (place == nullptr) place = std::make_shared<Slot>();
        slot = place;
    }
    const std::lock_guard lock(slot->mutex);
    std::shared_ptr<const LoadedModel> model = slot->model.lock();
    if (model == nullptr) slot->model = model = LoadedModel::load(path.string());
    return model;
}

Found find_and_load(const Wish& wish) {
    const fs::path path = find_model(wish.folder, wish.file, wish.hash);
    return {path, shared_model(path)};
}

/// Loads off the player's thread. A file that changes is loaded again; while that goes on, or when it fails,
/// the network that was there stays.
class ModelNode final : public Node {
public:
    TextParam path{*this, "path", "Checkpoint file or folder, from the patch's folder", {}, true, true};
    TextParam hash{*this,
                   "hash",
                   "SHA-256 of the weights, by which a moved model is found again; may be empty",
                   {},
                   true};
    Output<ModelRef> model{*this, "model", "The network"};
    Output<std::string> status{*this, "status", "What was loaded, or why it was not"};

    void process(const Tick& tick) override {
        if ((*path).empty() && (*hash).empty()) throw Error("no model is chosen; set 'path'");
        const Wish wish{tick.folder, *path, *hash};
        if (tick.live) run_again();
        while (changed(wish, tick.live) || loading_.valid()) {
            const bool begins = !loading_.valid();
            if (begins) {
                wish_ = wish;
                stamp_ = seen_;
                loading_ = std::async(std::launch::async, [wish] { return find_and_load(wish); });
            }
            if (tick.live &&
                (begins || loading_.wait_for(std::chrono::seconds(0)) != std::future_status::ready))
                break;
            finish();
        }
        if (found_.model == nullptr)
            throw Error("{}", problem_.empty() ? *path + " is being loaded" : problem_);
        model = ModelRef(found_.model);
        status = problem_.empty() ? found_.model->description() + remark() : problem_;
    }

private:
    using Time = std::chrono::steady_clock::time_point;

    /// Whether the file is another than the one that was loaded. Live, a file that is being written is left
    /// alone until it has stayed the same for a moment.
    bool changed(const Wish& wish, bool live) {
        std::error_code ignored;
        const fs::path named = wish.folder / wish.file;
        const Stamp stamp = stamp_of(wish.file.empty() || !fs::exists(named, ignored) ? found_.path : named);
        const Time now = std::chrono::steady_clock::now();
        if (!(stamp == seen_)) {
            seen_ = stamp;
            since_ = now;
        }
        if (wish != wish_) return true;
        return !(stamp == stamp_) && (!live || now - since_ > std::chrono::milliseconds(500));
    }

    void finish() {
        try {
            found_ = loading_.get();
            problem_.clear();
            if (wish_.file.empty() || found_.path != wish_.folder / wish_.file)
                seen_ = stamp_ = stamp_of(found_.path);
        } catch (const std::exception& failure) {
            problem_ = failure.what();
        }
    }

    /// What a person should know of the file that was loaded.
    std::string remark() const {
        if (wish_.hash.empty() || found_.model->hash() == wish_.hash)
            return found_.path == wish_.folder / wish_.file ? "" : "; found at " + found_.path.string();
        return found_.model->hash().empty()
                   ? "; it carries no hash, so it may be another than the patch was made with"
                   : "; its weights are others than the patch was made with";
    }

    Wish wish_;    // that was loaded, or is being
    Stamp stamp_;  // of the file when it was loaded
    Stamp seen_;   // when it was last looked at
    Time since_;   // when that was first so
    std::future<Found> loading_;
    Found found_;
    std::string problem_;
};

}  // namespace

fs::path find_model(const fs::path& folder, const std::string& file, const std::string& hash) {
    std::error_code error;
    const fs::path named = folder / file;
    if (!file.empty() && (hash.empty() || fs::exists(named, error))) return named;
    const std::vector<fs::path> folders = model_folders(folder);
    for (const fs::path& candidates : folders) {
        std::vector<fs::path> files;
        for (fs::directory_iterator entry(candidates, error), end; !error && entry != end;
             entry.increment(error))
            if (entry->path().extension() == ".safetensors") files.push_back(entry->path());
        std::sort(files.begin(), files.end());
        for (const fs::path& candidate : files)
            if (stored_hash(candidate) == hash) return candidate;
    }
    std::string places;
    for (const fs::path& place : folders) places += (places.empty() ? "" : ", ") + place.string();
    throw Error("{} is not there, and none of the models in {} has its hash; set 'path'",
                file.empty() ? "the model" : named.string(), places);
}

std::shared_ptr<const LoadedModel> LoadedModel::load(const std::string& path) {
    const Checkpoint checkpoint = open_checkpoint(path);
    auto model = std::make_shared<LoadedModel>();
    model->path_ = path;
    model->config_ = checkpoint.config;
    model->notes_ = checkpoint.notes;
    model->hash_ = checkpoint.hash;
    model->program_ = std::make_shared<const Program>(lower(checkpoint));
    return model;
}

std::string LoadedModel::description() const {
    return fmt::format("{}: {} pixels, {} classes, dim_z {}", fs::path(path_).filename().string(),
                       config_.resolution, config_.classes, config_.dim_z);
}

std::shared_ptr<Engine> LoadedModel::engine(Precision precision, int threads, EngineKind kind,
                                            bool exact) const {
    const std::lock_guard lock(mutex_);
    std::erase_if(engines_, [](const auto& entry) { return std::get<4>(entry).expired(); });
    for (const auto& [p, t, k, e, engine] : engines_)
        if (p == precision && t == threads && k == kind && e == exact)
            if (auto found = engine.lock()) return found;
    const EngineOptions options{
        .precision = precision, .threads = threads, .max_variants = 16, .engine = kind, .exact = exact};
    auto opened = std::make_shared<Engine>(program_, options);
    engines_.emplace_back(precision, threads, kind, exact, opened);
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
