#pragma once

#include "runtime/graph/plan.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gan {

/// Why a node ran in a tick, or did not.
enum class Reason {
    NotAsked,   // nothing shown or recorded depends on it
    Unchanged,  // it was asked for, and its outputs are still good
    New,        // first time, or a parameter changed
    Input,      // an input changed
    Time,       // it depends on the tick
    Waiting,    // an input is missing or in error: it did not run
    Bypassed,
    Muted,
};

std::string_view name_of(Reason reason);

struct NodeReport {
    NodeId node = 0;
    Reason reason = Reason::NotAsked;
    double microseconds = 0;  // that it ran
};

/// A value for a parameter of a running node.
struct ValueChange {
    NodeId node = 0;
    std::string param;
    nlohmann::json value;
};

/// Plays plans: one tick after another on the calling thread, the player's, while plans and values come from
/// others. Never waits for them, and never frees what they made: a thread of its own does that.
class Player {
public:
    /// `gpu`: that picture nodes work with; the graph knows only that there is one. It must live longer.
    explicit Player(Gpu* gpu = nullptr);
    ~Player();
    Player(const Player&) = delete;
    Player& operator=(const Player&) = delete;

    /// A new plan, values to set after it, or both; taken at the next tick, in the order posted.
    /// [any thread]
    void post(std::shared_ptr<const Plan> plan, std::vector<ValueChange> values = {});

    /// Shows one tick: everything that is asked for is up to date afterwards. Nodes with state see every tick
    /// once and in order: skipped ticks are stepped through with the values that held then, and a tick before
    /// the last one starts over from their reset. [player's thread]
    void show(const Tick& tick) { play(tick, true); }

    /// The same for a tick that nobody sees: only what state depends on is evaluated. [player's thread]
    void pass(const Tick& tick) { play(tick, false); }

    /// Nodes with state start over with the next tick. [player's thread]
    void reset();

    /// Everything runs again with the next tick, since what was made on a GPU is gone with it. State stays,
    /// but for what was there: to replay a long performance would hold the picture. [player's thread]
    void renew();

    /// Whoever plays gives up, between two nodes: show() and pass() throw Interrupted from now on. [any
    /// thread]
    void give_up() { given_up_ = true; }

    /// Of the last tick, in the order of the plan. [player's thread]
    const std::vector<NodeReport>& report() const { return report_; }
    const Plan* plan() const { return plan_.get(); }
    /// What had to be said about values since this was last asked. [player's thread]
    std::vector<std::string> take_problems();

private:
    struct Update {
        std::shared_ptr<const Plan> plan;
        std::vector<ValueChange> values;
    };
    void play(const Tick& tick, bool shown);
    void take_updates();
    void step_state(const Tick& tick);
    void adopt(std::shared_ptr<const Plan> plan);
    void set(const ValueChange& change);
    struct Pass {
        bool state_only = false;  // a tick that is stepped through, not shown
        bool again = false;       // a tick that was shown before
    };
    void evaluate(const Tick& tick, Pass pass);
    Reason run(const Plan::Step& step, const Tick& tick);
    void retire(std::shared_ptr<const void> thing);
    void retire_loop();

    Gpu* const gpu_;
    std::shared_ptr<const Plan> plan_;
    std::vector<NodeReport> report_;
    std::vector<std::string> problems_;
    int64_t next_ = 0;  // tick that nodes with state have not seen yet
    bool reset_due_ = true;
    std::atomic<bool> given_up_ = false;

    std::mutex updates_mutex_;
    std::vector<Update> updates_;

    std::mutex retired_mutex_;
    std::condition_variable retired_ready_;
    std::vector<std::shared_ptr<const void>> retired_;
    bool closing_ = false;
    std::thread retirer_;
};

}  // namespace gan
