#include "runtime/live/live.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr size_t times_kept = 240;
/// Ticks of standing time without a change after which nothing is under way: the nodes that still ask to run
/// look at files.
constexpr int quiet_ticks = 30;
constexpr auto look_at_files_again = std::chrono::milliseconds(250);
constexpr std::string_view output_type = "image.output";

template <class T>
PortValue value_as(const OutputBase& output) {
    return static_cast<const Output<T>&>(output).value();
}

PortValue value_of(const OutputBase& output) {
    if (output.version() == 0 || !output.error().empty()) return {};
    switch (output.type) {
        case PortType::Scalar:
            return value_as<double>(output);
        case PortType::Bool:
            return value_as<bool>(output);
        case PortType::Text:
            return value_as<std::string>(output);
        case PortType::Trigger:
            return value_as<Trigger>(output);
        case PortType::Latent:
            return value_as<Latent>(output);
        case PortType::Conditioning:
            return value_as<ClassMix>(output);
        case PortType::Model:
            return value_as<ModelRef>(output);
        case PortType::Image:
            return value_as<ImageRef>(output);
    }
    return {};
}

/// The Output that is shown: the one with the lowest id; null when there is none.
const Plan::Step* shown_output(const Plan& plan) {
    for (const auto& [id, index] : plan.places)
        if (plan.steps[index].instance->type->id == output_type) return &plan.steps[index];
    return nullptr;
}

}  // namespace

const NodeShown* Shown::find(NodeId id) const {
    const auto found =
        std::lower_bound(nodes.begin(), nodes.end(), id,
                         [](const NodeShown& node, NodeId wanted) { return node.id < wanted; });
    return found != nodes.end() && found->id == id ? &*found : nullptr;
}

const OutputShown* Shown::find(const PortRef& output) const {
    const NodeShown* node = find(output.node);
    if (node == nullptr) return nullptr;
    for (const OutputShown& one : node->outputs)
        if (one.name == output.port) return &one;
    return nullptr;
}

Live::Live(Start start, Gpu& gpu)
    : gpu_(gpu),
      wake_(std::move(start.wake)),
      stage_(std::move(start.plan), start.settings, std::move(start.folder), &gpu),
      cues_(std::move(start.cues)),
      pictures_given_(std::move(start.pictures)),
      thread_([this] {
          try {
              work();
          } catch (const Interrupted&) {
              // Ctrl-C, while it stepped through a long time: the program ends.
          }
      }) {}

Live::~Live() {
    closing_ = true;
    stage_.player().give_up();
    {
        const std::lock_guard lock(mutex_);
        given_.notify_all();
    }
    thread_.join();
}

void Live::give(Cue cue, Clock::time_point edited) {
    const std::lock_guard lock(mutex_);
    cues_.push_back(std::move(cue));
    if (edit_waits_ == Clock::time_point{}) edit_waits_ = edited;
    given_.notify_one();
}

void Live::move_to(std::string folder) {
    const std::lock_guard lock(mutex_);
    folder_ = std::move(folder);
}

void Live::give_pictures(HostPictures pictures) {
    const std::lock_guard lock(mutex_);
    pictures_given_ = std::move(pictures);
    given_.notify_one();
}

void Live::watch(std::set<NodeId> nodes) {
    auto watched = std::make_shared<const std::set<NodeId>>(std::move(nodes));
    const std::lock_guard lock(mutex_);
    watched_ = std::move(watched);
    wanted_ = watch_changed_ = true;
    given_.notify_one();
}

ShownRef Live::shown() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(wanted_, true)) given_.notify_one();
    return shown_;
}

std::vector<std::string> Live::take_problems() {
    const std::lock_guard lock(mutex_);
    return std::exchange(problems_, {});
}

Live::Picture Live::next_picture(uint64_t seen, Clock::time_point until) const {
    std::unique_lock lock(mutex_);
    pictures_.wait_until(lock, until, [&] { return picture_.number > seen; });
    return picture_;
}

void Live::listen(Listener listener) {
    const std::lock_guard calling(calling_);
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
    ++listeners_;
    cues_before_listener_ = cues_.size();
    given_.notify_one();
}

void Live::report(const std::vector<std::string>& problems) {
    if (problems.empty()) return;
    const std::lock_guard lock(mutex_);
    problems_.insert(problems_.end(), problems.begin(), problems.end());
}

Live::Taken Live::take_cues(int64_t clock) {
    std::vector<Cue> cues;
    size_t before_listener = 0;
    int64_t listener = 0;
    {
        const std::lock_guard lock(mutex_);
        cues.swap(cues_);
        const Clock::time_point edited = std::exchange(edit_waits_, {});
        if (edited_ == Clock::time_point{}) edited_ = edited;
        before_listener = std::exchange(cues_before_listener_, 0);
        listener = listeners_;
        if (folder_) stage_.move_to(*std::exchange(folder_, std::nullopt));
        if (pictures_given_) stage_.give_pictures(*std::exchange(pictures_given_, std::nullopt));
    }
    Taken taken{.begin = stage_.transport(), .actions = {}, .listener = listener};
    for (size_t i = 0; i < cues.size(); ++i) {
        Cue& cue = cues[i];
        report(cue.problems);
        stage_.take(cue, clock);
        if (cue.settings) stage_.retime(cue.settings->tick_rate);
        const auto* edit = std::get_if<Edit>(&cue.action);
        const auto* list = edit == nullptr ? nullptr : std::get_if<std::vector<Edit>>(&edit->change);
        if (i < before_listener)
            taken.begin = stage_.transport();
        else if (list == nullptr || !list->empty())
            taken.actions.push_back(std::move(cue.action));
    }
    return taken;
}

/// What changes whenever an output does, and whether a node asked to run again.
std::pair<uint64_t, bool> Live::state_of_outputs() const {
    uint64_t versions = 0;
    bool asked = false;
    for (const Plan::Step& step : stage_.player().plan()->steps) {
        if (!step.asked) continue;
        asked |= step.instance->dirty;
        for (const OutputBase* output : step.instance->node->outputs()) versions += output->version();
    }
    return {versions, asked};
}

void Live::work() {
    // Ticks are due at `start` plus whole ticks since `first`; both move when the rate does.
    auto start = Clock::now();
    int64_t first = 0;
    Rational rate = stage_.settings().tick_rate;
    const auto time_of = [&](int64_t clock) {
        return start + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(clock - first) / rate.value()));
    };
    for (int64_t clock = 0; !closing_; ++clock) {
        {
            std::unique_lock lock(mutex_);
            const auto something = [&] {
                return closing_ || !cues_.empty() || listener_ != nullptr || pictures_given_;
            };
            if (still_ && !something()) {
                // What is to be published for a new watcher still is.
                const auto due = [&] {
                    return something() || watch_changed_ || (wanted_ && shown_->number < number_);
                };
                bool lost = false;
                while (!lost && !given_.wait_for(lock, look_at_files_again, due) && !looking_) {
                    lock.unlock();  // another may be opening the GPU
                    lost = gpu_.lost();
                    lock.lock();
                }
                start = Clock::now();
                first = clock;
            } else {
                given_.wait_until(lock, time_of(clock), [&] { return closing_.load(); });
            }
        }
        if (closing_) break;
        if (gpu_.take_loss()) {
            stage_.player().renew();
            last_ = nullptr;
            const std::lock_guard lock(mutex_);
            picture_.image = nullptr;
        }
        const Taken taken = take_cues(clock);
        if (rate != stage_.settings().tick_rate) {
            rate = stage_.settings().tick_rate;
            start = Clock::now();
            first = clock;
        }
        show(clock, time_of(clock + 1));
        call_listener({clock, last_, taken.actions, &taken.begin, taken.begin.tick(clock)}, taken.listener);
        publish(clock, !taken.actions.empty());
        // Late: whole ticks are left out, though not by what remembers.
        const double passed = std::chrono::duration<double>(Clock::now() - start).count();
        const int64_t due = first + static_cast<int64_t>(passed * rate.value());
        if (!stage_.transport().playing()) {
            start = Clock::now();
            first = clock;
            continue;
        }
        for (; !closing_ && clock + 1 < due; ++dropped_) {
            stage_.pass(++clock, true);
            call_listener({clock, nullptr, {}}, taken.listener);
        }
    }
}

/// One that came after the actions of this tick were taken knows them already: it hears of the next.
void Live::call_listener(const Moment& moment, int64_t listener) {
    const std::lock_guard calling(calling_);
    if (!listener_ || listener != listeners_) return;
    Moment told = moment;
    if (std::exchange(heard_, listener) == listener) told.begin = nullptr;
    listener_(told);
}

void Live::show(int64_t clock, Clock::time_point due) {
    const auto before = Clock::now();
    try {
        // One tick's passes wait for the GPU at most: what others draw comes between, and a tick's time is
        // true. Where a window is being presented, which may take as long as its screen, more of them do.
        const auto device = std::exchange(flushed_on_, nullptr);
        if (device != nullptr && device->handed_over(flushed_)) device->wait(flushed_);
    } catch (const Error&) {
        // It is lost, which what comes says.
    }
    stage_.show(clock, true);
    const Player& player = stage_.player();
    picture_error_.clear();
    ImageRef picture;
    if (const Plan::Step* output = shown_output(*player.plan()); output == nullptr) {
        picture_error_ = "there is no Output node; add one and link a picture to it";
    } else {
        const OutputBase& port = *output->instance->node->outputs().front();
        picture_error_ = port.error();
        if (port.error().empty() && port.version() > 0)
            picture = static_cast<const gan::Output<ImageRef>&>(port).value();
    }
    try {
        const std::shared_ptr<Device> device = gpu_.device();
        flushed_ = device->flush();
        flushed_on_ = device;
    } catch (const Error& error) {
        if (picture_error_.empty()) picture_error_ = error.what();
    }
    const auto after = Clock::now();
    milliseconds_ = std::chrono::duration<double, std::milli>(after - before).count();
    if (times_.size() == times_kept) times_.erase(times_.begin());
    times_.push_back(static_cast<float>(milliseconds_));
    ++ticks_;
    if (after > due && stage_.transport().playing()) {
        ++late_;
        const auto& report = player.report();
        const auto longest = std::max_element(report.begin(), report.end(), [](const auto& a, const auto& b) {
            return a.microseconds < b.microseconds;
        });
        late_cause_ = longest != report.end() && longest->microseconds > 500 * milliseconds_
                          ? player.plan()->find(longest->node)->label
                          : "the machine, or the sum of all nodes";
    }
    report(stage_.player().take_problems());
    const auto [versions, asked] = state_of_outputs();
    quiet_ = std::exchange(versions_, versions) == versions && !stage_.transport().playing() ? quiet_ + 1 : 0;
    looking_ = asked;
    still_ = !stage_.transport().playing() && (!asked || quiet_ >= quiet_ticks);
    if (picture == nullptr || picture == last_) return;
    last_ = std::move(picture);
    const std::lock_guard lock(mutex_);
    picture_ = {last_, picture_.number + 1};
    pictures_.notify_all();
}

void Live::publish(int64_t clock, bool changed) {
    // While nodes look at files, nothing else is new.
    const bool news = changed || quiet_ <= quiet_ticks;
    if (news) ++number_;
    std::shared_ptr<const std::set<NodeId>> watched;
    {
        const std::lock_guard lock(mutex_);
        // Who looks hears of a change at once, even where the tick before is not looked at yet.
        if (!(wanted_ || changed) || !(news || watch_changed_ || shown_->number < number_)) return;
        if (!news && watch_changed_) ++number_;
        watched = watched_;
    }
    auto shown = std::make_shared<Shown>();
    shown->number = number_;
    shown->clock = clock;
    shown->tick = stage_.transport().tick(clock);
    shown->playing = stage_.transport().playing();
    shown->speed = stage_.transport().speed();
    shown->settings = stage_.settings();
    shown->milliseconds = milliseconds_;
    shown->ticks = ticks_;
    shown->late = late_;
    shown->dropped = dropped_;
    shown->late_cause = late_cause_;
    shown->picture = last_;
    shown->picture_error = picture_error_;
    shown->times = times_;
    shown->still = still_;
    // An edit that leads to no picture is seen by nobody.
    if (const auto edited = std::exchange(edited_, {}); picture_error_.empty()) shown->edited = edited;
    const Plan& plan = *stage_.player().plan();
    const auto& report = stage_.player().report();
    shown->nodes.reserve(plan.steps.size());
    for (const auto& [id, index] : plan.places) {
        NodeShown node{.id = id,
                       .reason = report[index].reason,
                       .microseconds = report[index].microseconds,
                       .watched = watched->contains(id)};
        for (const OutputBase* output : plan.steps[index].instance->node->outputs()) {
            if (node.error.empty()) node.error = output->error();
            if (node.watched)
                node.outputs.push_back(
                    {output->name, output->type, output->version(), output->error(), value_of(*output)});
        }
        shown->nodes.push_back(std::move(node));
    }
    {
        const std::lock_guard lock(mutex_);
        // Nobody saw the one before: what it was the first to show, this one is.
        if (!wanted_ && shown_ != nullptr && shown_->edited != Clock::time_point{})
            shown->edited = shown_->edited;
        shown_ = std::move(shown);
        wanted_ = false;
        if (watched == watched_) watch_changed_ = false;
    }
    wake_();
}

}  // namespace gan
