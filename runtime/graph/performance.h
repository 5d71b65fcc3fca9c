#pragma once

#include "runtime/graph/document.h"
#include "runtime/graph/player.h"
#include "runtime/graph/take.h"

#include <memory>
#include <optional>
#include <string>

namespace gan {

/// An action made ready for the player: nothing is built or looked up any more when it is taken.
struct Cue {
    Action action;
    std::shared_ptr<const Plan> plan;  // null: the old one plays on
    std::vector<ValueChange> values;
    std::optional<Settings> settings;   // when they changed
    std::vector<std::string> problems;  // a sentence each, of what has not the effect that it might
};

/// Where a performance is directed: the graph, and cues for what is done to it. Keeps no history: the take is
/// the record. Used by one thread, not the player's. `gpu`: where new nodes are prepared.
class Desk {
public:
    Desk(Graph graph, const NodeTypes& types, Gpu* gpu = nullptr)
        : graph_(std::move(graph)), types_(types), gpu_(gpu) {}

    const Graph& graph() const { return graph_; }
    /// What Stage begins with.
    std::shared_ptr<const Plan> first_plan();
    /// The last one built; its nodes are whoever's who plays it.
    const std::shared_ptr<const Plan>& plan() const { return plan_; }
    /// Throws Error, with nothing changed, when an edit does not fit.
    Cue cue(const Action& action);

private:
    Graph graph_;
    const NodeTypes& types_;
    Gpu* const gpu_;
    std::shared_ptr<const Plan> plan_;  // the last one built, playing or not yet
};

/// Where a performance is played: what is shown at each tick of its clock. Used by the player's thread.
class Stage {
public:
    Stage(std::shared_ptr<const Plan> plan, const Settings& settings, std::string folder, Gpu* gpu = nullptr);

    /// From this tick of the clock on. The tick rate stays what the performance began with.
    void take(const Cue& cue, int64_t clock);
    /// For who paces the clock by hand: ticks last this long from now on.
    void retime(const Rational& rate) { settings_.tick_rate = rate; }
    /// The patch has another folder now: it was saved elsewhere.
    void move_to(std::string folder) { folder_ = std::move(folder); }
    /// What Input nodes show from now on.
    void give_pictures(HostPictures pictures) { pictures_ = std::move(pictures); }

    /// Each tick of the clock, in order: those that nobody sees pass.
    void show(int64_t clock, bool live) { player_.show(tick_at(clock, live)); }
    void pass(int64_t clock, bool live) { player_.pass(tick_at(clock, live)); }

    Player& player() { return player_; }
    const Player& player() const { return player_; }
    const Transport& transport() const { return transport_; }
    const Settings& settings() const { return settings_; }

private:
    Tick tick_at(int64_t clock, bool live) const;

    Player player_;
    Transport transport_;
    Settings settings_;
    std::string folder_;
    HostPictures pictures_;
};

/// Plays a take again: its graph, stage and events, tick by tick of its clock. One thread.
class TakePlayer {
public:
    TakePlayer(const Take& take, const NodeTypes& types, std::string folder, Gpu* gpu = nullptr);

    /// Any tick of the clock after the last one; what happened on the way happens. [not live]
    void show(int64_t clock);
    Player& player() { return stage_.player(); }

private:
    void take_events(int64_t clock);

    const Take& take_;
    Desk desk_;
    Stage stage_;
    size_t next_event_ = 0;
    int64_t next_clock_ = 0;
};

}  // namespace gan
