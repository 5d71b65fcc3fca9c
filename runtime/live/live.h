#pragma once

#include "runtime/gpu/gpu.h"
#include "runtime/graph/performance.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace gan {

/// What an output carried. Empty: it has no value.
using PortValue =
    std::variant<std::monostate, double, bool, std::string, Trigger, Latent, ClassMix, ModelRef, ImageRef>;

struct OutputShown {
    std::string_view name;
    PortType type = PortType::Scalar;
    uint64_t version = 0;  // rises when the value changed
    std::string error;     // why there is no value; or empty
    PortValue value;
};

struct NodeShown {
    NodeId id = 0;
    Reason reason = Reason::NotAsked;  // why it ran in the last tick, or did not
    double microseconds = 0;           // that it ran
    bool watched = false;              // its outputs are below
    std::string error;                 // of its first output that has one
    std::vector<OutputShown> outputs;
};

/// What the player showed last, for those who look. Immutable.
struct Shown {
    int64_t number = 0;  // of those published
    int64_t clock = 0;   // of the performance
    int64_t tick = 0;    // of the patch
    bool playing = true;
    double speed = 1;
    Settings settings;
    double milliseconds = 0;       // that the tick took
    int64_t ticks = 0;             // shown since playing began
    int64_t late = 0;              // of these, that came late
    int64_t dropped = 0;           // ticks left out since
    std::string late_cause;        // the node that took longest in the last late tick; or empty
    std::vector<NodeShown> nodes;  // sorted by id
    ImageRef picture;              // of the Output; the last good one
    std::string picture_error;     // why there is no newer one; or empty
    std::vector<float> times;      // milliseconds of the last ticks, oldest first, at most 240
    bool still = false;            // nothing changes until something is done
    /// When the first edit of a value was made that this picture has and none published before; zero: none.
    std::chrono::steady_clock::time_point edited{};

    const NodeShown* find(NodeId id) const;
    /// An output of a watched node, or null.
    const OutputShown* find(const PortRef& output) const;
};
using ShownRef = std::shared_ptr<const Shown>;

/// Plays a patch on a thread of its own, in time, and publishes what it shows. Whatever the others do, it
/// waits for none of them. All functions: [any thread].
class Live {
public:
    /// What is played first.
    struct Start {
        std::shared_ptr<const Plan> plan;
        Settings settings;
        std::string folder;                  // that relative paths of the patch start from
        std::function<void()> wake = [] {};  // called when something new can be seen; must not wait
        std::vector<Cue> cues{};             // taken before the first tick
        HostPictures pictures{};             // of Input nodes, from the first tick on
    };
    Live(Start start, Gpu& gpu);
    ~Live();
    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;

    /// Taken at the next tick, in the order given. `edited`: when the value was changed that it sets; zero:
    /// it sets none.
    void give(Cue cue, std::chrono::steady_clock::time_point edited = {});
    /// The patch was saved elsewhere: its relative paths start there.
    void move_to(std::string folder);
    /// What Input nodes show from the next tick on.
    void give_pictures(HostPictures pictures);
    /// Nodes whose outputs are published; their plan must ask for them (build_plan's `watched`).
    void watch(std::set<NodeId> nodes);

    /// The newest that was published; null until the first tick was shown. Asking for it has the next one
    /// made.
    ShownRef shown();
    /// What had to be said of values and settings since this was last asked, a sentence each.
    std::vector<std::string> take_problems();

    /// The newest picture of the Output and its number, which rises with each; waits until `until` for one
    /// whose number is above `seen`. Null: there is none yet.
    struct Picture {
        ImageRef image;
        uint64_t number = 0;
    };
    Picture next_picture(uint64_t seen, std::chrono::steady_clock::time_point until) const;

    /// A tick of the performance's clock as it passes.
    struct Moment {
        int64_t clock = 0;
        const ImageRef& picture;  // the Output's; null: the tick was left out, or there is none
        const std::vector<Action>& taken;
        const Transport* begin = nullptr;  // in the first call only: the time as it was before `taken`
        int64_t begin_tick = 0;
    };
    /// Called on the player's thread with each tick, from the next one on; must not wait. None: nobody; the
    /// one before is not called any more once this returns.
    using Listener = std::function<void(const Moment&)>;
    void listen(Listener listener);

private:
    using Clock = std::chrono::steady_clock;
    void work();
    struct Taken {
        Transport begin;              // the time before the actions
        std::vector<Action> actions;  // that the listener does not know yet
        int64_t listener = 0;         // which one that is
    };
    Taken take_cues(int64_t clock);
    std::pair<uint64_t, bool> state_of_outputs() const;
    void show(int64_t clock, Clock::time_point due);
    void call_listener(const Moment& moment, int64_t listener);
    void publish(int64_t clock, bool changed);
    void report(const std::vector<std::string>& problems);

    Gpu& gpu_;
    const std::function<void()> wake_;
    // Of the player's thread:
    Stage stage_;
    int64_t number_ = 0;
    int64_t ticks_ = 0, late_ = 0, dropped_ = 0;
    double milliseconds_ = 0;
    std::string late_cause_;
    std::vector<float> times_;
    ImageRef last_;  // good picture
    std::string picture_error_;
    std::shared_ptr<Device> flushed_on_;  // by the last tick; null: awaited
    uint64_t flushed_ = 0;                // its moment
    uint64_t versions_ = 0;               // of all outputs, summed
    int quiet_ = 0;                       // ticks since one changed while time stood
    bool looking_ = false;                // a node asked to run again
    bool still_ = false;
    int64_t heard_ = 0;           // the listener that was called last
    Clock::time_point edited_{};  // the first edit of a value since something was published; zero: none

    mutable std::mutex mutex_;  // of what follows; held for moments
    mutable std::condition_variable pictures_;
    std::condition_variable given_;
    std::vector<Cue> cues_;
    Clock::time_point edit_waits_{};     // the first edit of a value among them; zero: none
    std::optional<std::string> folder_;  // that is new
    std::optional<HostPictures> pictures_given_;
    std::shared_ptr<const std::set<NodeId>> watched_ = std::make_shared<const std::set<NodeId>>();
    ShownRef shown_;
    bool wanted_ = true;
    bool watch_changed_ = false;
    std::vector<std::string> problems_;
    Picture picture_;
    std::mutex calling_;               // the listener; locked before mutex_
    Listener listener_;                // written under both
    int64_t listeners_ = 0;            // that there were; written under both
    size_t cues_before_listener_ = 0;  // of those that wait: given before it listened
    std::atomic<bool> closing_ = false;
    std::thread thread_;  // last: it uses the others
};

}  // namespace gan
