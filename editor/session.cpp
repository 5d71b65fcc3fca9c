#include "editor/session.h"

#include "editor/edit/patch_path.h"
#include "nodes/plugins.h"
#include "runtime/base/error.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <optional>

namespace gan {
namespace {

constexpr size_t notes_kept = 1000;

using SteadyTime = std::chrono::steady_clock::time_point;

bool sets_a_setting(const Edit& edit) {
    if (const auto* list = std::get_if<std::vector<Edit>>(&edit.change))
        return std::any_of(list->begin(), list->end(), sets_a_setting);
    return std::holds_alternative<SetSetting>(edit.change);
}

/// Whether it changes values alone, which a canvas shows in the same places.
bool is_of_values(const Edit& edit, const Document::Effect& effect) {
    if (effect.structural) return false;
    if (const auto* list = std::get_if<std::vector<Edit>>(&edit.change))
        return std::all_of(list->begin(), list->end(),
                           [&](const Edit& one) { return is_of_values(one, effect); });
    return std::holds_alternative<SetSetting>(edit.change) || std::holds_alternative<SetParam>(edit.change);
}

int64_t next_number() {
    static std::atomic<int64_t> count = 0;
    return ++count;
}

/// A player starts with an empty shown state, so that nobody has to ask whether there is one.
ShownRef nothing_shown(const Settings& settings) {
    auto shown = std::make_shared<Shown>();
    shown->settings = settings;
    shown->picture_error = "the first picture is being made…";
    return shown;
}

}  // namespace

/// Builds plans on a thread of its own and hands them, and values between them, to the player in the order
/// that they were asked for.
class Session::Planner {
public:
    Planner(const NodeTypes& types, Gpu& gpu, Live& live, std::shared_ptr<const Plan> first)
        : types_(types), gpu_(gpu), live_(live), plan_(std::move(first)), thread_([this] { work(); }) {}
    ~Planner() {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }
    Planner(const Planner&) = delete;
    Planner& operator=(const Planner&) = delete;

    struct Job {
        std::optional<Cue> cue;              // none: only what is watched changed
        std::shared_ptr<const Graph> graph;  // that a plan is built for; null: the old one plays on
        std::set<NodeId> watched;
        Live::Listener listener = {};  // begins to listen after the cue
        SteadyTime edited{};           // when the value was changed that the cue sets; zero: it sets none
    };
    void post(Job job) {
        {
            const std::lock_guard lock(mutex_);
            // Of what is watched, only the last counts.
            const auto only_watches = [](const Job& one) { return !one.cue && !one.listener; };
            if (only_watches(job) && !jobs_.empty() && only_watches(jobs_.back())) jobs_.pop_back();
            jobs_.push_back(std::move(job));
        }
        changed_.notify_one();
    }

    /// Those that wait to listen, too.
    void listen_to_nobody() {
        const std::lock_guard lock(mutex_);
        std::erase_if(jobs_, [](const Job& job) { return job.listener != nullptr; });
        live_.listen(nullptr);
    }

private:
    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
            if (closing_) return;
            Job job = std::move(jobs_.front());
            jobs_.pop_front();
            if (job.listener) {
                live_.listen(std::move(job.listener));
                continue;
            }
            lock.unlock();
            Cue cue = job.cue ? std::move(*job.cue) : Cue{.action = Edit{std::vector<Edit>{}}};
            if (job.graph != nullptr) {
                plan_ = build_plan(*job.graph, types_, plan_.get(), job.watched, &gpu_);
                cue.plan = plan_;
                live_.give(std::move(cue), job.edited);
                live_.watch(std::move(job.watched));
            } else {
                live_.give(std::move(cue), job.edited);
            }
            lock.lock();
        }
    }

    const NodeTypes& types_;
    Gpu& gpu_;
    Live& live_;
    std::shared_ptr<const Plan> plan_;  // the last one built
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    bool closing_ = false;
    std::thread thread_;  // last: it uses the others
};

Session::Session(std::unique_ptr<Workspace> workspace, Gpu& gpu, std::function<void()> wake, std::string home)
    : workspace_(std::move(workspace)), home_(std::move(home)), gpu_(gpu), number_(next_number()) {
    for (const std::string& sentence : workspace_->recovered()) note(Note::Kind::Info, sentence);
    for (const std::string& sentence : workspace_->problems()) note(Note::Kind::Warning, sentence);
    std::vector<std::string> said;  // by the workspace already
    const Settings settings = settings_of(graph(), said);
    shown_ = nothing_shown(settings);
    const auto plan = build_plan(graph(), types(), nullptr, {}, &gpu_);
    live_ = std::make_unique<Live>(
        Live::Start{.plan = plan, .settings = settings, .folder = folder(), .wake = std::move(wake)}, gpu_);
    planner_ = std::make_unique<Planner>(types(), gpu_, *live_, plan);
}

Session::~Session() = default;

std::string Session::title() const {
    const auto name = std::filesystem::path(workspace_->path()).stem().string();
    return name.empty() ? "untitled" : name;
}

std::string Session::folder() const {
    if (workspace_->path().empty()) return home_;
    return std::filesystem::path(workspace_->path()).parent_path().string();
}

uint64_t Session::new_gesture() {
    // Unlike those of an earlier session that a journal gave back.
    return ++gestures_ + static_cast<uint64_t>(started_.time_since_epoch().count());
}

template <class Change>
bool Session::change(const Change& change) {
    try {
        change();
        return true;
    } catch (const std::exception& error) {
        note(Note::Kind::Warning, error.what());
        return false;
    }
}

bool Session::edit(const Edit& edit, const std::string& name, uint64_t gesture) {
    return change([&] { send(edit, workspace_->edit(edit, name, tick(), gesture)); });
}

void Session::undo() {
    if (!can_undo()) return;
    const Edit inverse = document().history().past.back().inverse;
    change([&] { send(inverse, workspace_->undo(tick())); });
}

void Session::redo() {
    if (!can_redo()) return;
    const Edit inverse = document().history().future.back().inverse;
    change([&] { send(inverse, workspace_->redo(tick())); });
}

void Session::send(const Edit& edit, Document::Effect effect) {
    const bool values = is_of_values(edit, effect);
    if (!values) ++shapes_;
    Cue cue{.action = edit, .values = std::move(effect.values)};
    if (sets_a_setting(edit)) cue.settings = settings_of(graph(), cue.problems);
    Planner::Job job{.cue = std::move(cue), .watched = watched_};
    if (values) job.edited = std::chrono::steady_clock::now();
    if (effect.structural) {
        job.graph = copy_of_graph();
        std::erase_if(job.watched, [&](NodeId id) { return !job.graph->nodes.contains(id); });
    }
    planner_->post(std::move(job));
}

/// Panning changes what is watched with each frame, and the graph not at all.
std::shared_ptr<const Graph> Session::copy_of_graph() {
    if (std::exchange(copied_at_, changes()) != changes() || copy_ == nullptr)
        copy_ = std::make_shared<const Graph>(graph());
    return copy_;
}

void Session::watch(const std::set<NodeId>& nodes) {
    if (nodes == watched_) return;
    watched_ = nodes;
    planner_->post({.cue = std::nullopt, .graph = copy_of_graph(), .watched = nodes});
}

void Session::listen(Live::Listener listener) {
    if (listener)
        planner_->post({.cue = std::nullopt, .listener = std::move(listener)});
    else
        planner_->listen_to_nobody();
}

void Session::play(bool playing) {
    transport({.kind = playing ? TransportCommand::Kind::Play : TransportCommand::Kind::Pause});
}

void Session::seek(int64_t tick) {
    transport({.kind = TransportCommand::Kind::Seek, .ticks = std::clamp<int64_t>(tick, 0, most_ticks)});
}

void Session::step(int64_t ticks) {
    transport({.kind = TransportCommand::Kind::Step, .ticks = ticks});
}

void Session::set_speed(double speed) {
    transport({.kind = TransportCommand::Kind::Speed, .speed = std::clamp(speed, 0.0, 64.0)});
}

void Session::transport(const TransportCommand& command) {
    live_->give({.action = command});
}

bool Session::update() {
    for (std::string& problem : live_->take_problems()) note(Note::Kind::Warning, std::move(problem));
    for (std::string& words : take_plugin_words()) note(Note::Kind::Info, std::move(words));
    const ShownRef shown = live_->shown();
    if (shown == nullptr || shown == shown_) return false;
    shown_ = shown;
    if (shown_edit_ == SteadyTime{}) shown_edit_ = shown->edited;
    return true;
}

void Session::note(Note::Kind kind, std::string text) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    if (!notes_.empty() && notes_.back().kind == kind && notes_.back().text == text) {
        ++notes_.back().count;
        notes_.back().seconds = seconds;
        return;
    }
    if (notes_.size() == notes_kept) notes_.erase(notes_.begin());
    notes_.push_back({kind, std::move(text), seconds});
}

void Session::save() {
    workspace_->save();
    note(Note::Kind::Info, "saved " + workspace_->path());
}

void Session::save_as(const std::string& path) {
    // Where the patch has a folder, or stands for what has one, its files are looked for from the new one
    // now.
    std::vector<Edit> kept;
    if (!folder().empty()) kept = files_kept(graph(), types(), folder(), path);
    workspace_->save_as(path);
    live_->move_to(folder());
    // Once it is there: what cannot be saved takes no step of the history away.
    if (!kept.empty() && edit({std::move(kept)}, "Name files from the new folder")) workspace_->save();
    note(Note::Kind::Info, "saved " + workspace_->path());
}

}  // namespace gan
