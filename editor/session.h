#pragma once

#include "runtime/graph/workspace.h"
#include "runtime/live/live.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gan {

/// What a person should know, in order.
struct Note {
    enum class Kind { Info, Warning, Error };
    Kind kind = Kind::Info;
    std::string text;
    double seconds = 0;  // since the patch was opened
    int count = 1;       // how often it was said in a row
};

/// A patch that is open and playing: the document, its journal, and its player. Everything that changes the
/// patch passes here. Knows no ImGui and no window. Used by one thread, the editor's.
class Session {
public:
    /// Plays from tick 0 at once. `wake`: as Live's. `home`: that relative paths start from while the patch
    /// has no file. The Gpu must live longer.
    Session(
        std::unique_ptr<Workspace> workspace, Gpu& gpu, std::function<void()> wake = [] {},
        std::string home = {});
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    const Graph& graph() const { return workspace_->document().graph(); }
    const Document& document() const { return workspace_->document(); }
    const NodeTypes& types() const { return workspace_->document().types(); }
    Workspace& workspace() { return *workspace_; }
    const Workspace& workspace() const { return *workspace_; }
    /// Name of the file without its ending, or "untitled".
    std::string title() const;
    /// That relative paths of the patch start from; empty: it has no file yet, and no home.
    std::string folder() const;

    /// Changes the patch as one step of the history, called `name` ("Connect Sampler and Truncation"). Edits
    /// of one gesture (new_gesture(); 0: none) that follow one another are one step. False, with a note of
    /// why, when the edit does not fit; then nothing changed.
    bool edit(const Edit& edit, const std::string& name, uint64_t gesture = 0);
    uint64_t new_gesture();
    NodeId fresh_id() { return workspace_->fresh_id(); }
    bool can_undo() const { return document().can_undo(); }
    bool can_redo() const { return document().can_redo(); }
    void undo();  // nothing when there is nothing to undo
    void redo();
    /// How many changes there were: what was computed from the graph is out of date when it rises.
    int64_t changes() const { return workspace_->changes(); }
    /// The same of changes that are not of values alone: of nodes, links, names and places.
    int64_t shapes() const { return shapes_; }
    /// Of all sessions since the program started, this one's number.
    int64_t number() const { return number_; }

    // Of the time.
    void play(bool playing);
    void seek(int64_t tick);
    void step(int64_t ticks);  // pauses
    void set_speed(double speed);
    void transport(const TransportCommand& command);

    /// What the player showed last; never null.
    const ShownRef& shown() const { return shown_; }
    /// Nodes that are looked at: they are evaluated, and their outputs published.
    void watch(const std::set<NodeId>& nodes);
    Live& live() { return *live_; }
    /// As Live::listen(), from the first tick on that follows all edits made until now. Null: nobody, at
    /// once.
    void listen(Live::Listener listener);

    /// Once a frame: takes what the player published and said. True when something new is to be seen.
    bool update();
    /// When the first edit of a value was made that what was taken since this was last asked shows first;
    /// zero: none.
    std::chrono::steady_clock::time_point take_shown_edit() { return std::exchange(shown_edit_, {}); }

    const std::vector<Note>& notes() const { return notes_; }
    void note(Note::Kind kind, std::string text);
    /// What is wrong as long as it is (work is not journalled), as a sentence; empty: nothing.
    std::string standing_problem() const { return workspace_->journal_problem(); }

    /// Throw Error, with nothing lost.
    void save();
    void save_as(const std::string& path);  // relative names of files go on naming the same ones

private:
    class Planner;
    void send(const Edit& edit, Document::Effect effect);
    template <class Change>
    bool change(const Change& change);
    std::shared_ptr<const Graph> copy_of_graph();
    int64_t tick() const { return shown_ == nullptr ? 0 : shown_->tick; }

    const std::unique_ptr<Workspace> workspace_;
    const std::string home_;
    Gpu& gpu_;
    ShownRef shown_;
    std::chrono::steady_clock::time_point shown_edit_{};
    std::set<NodeId> watched_;
    std::shared_ptr<const Graph> copy_;  // of the graph after so many changes
    int64_t copied_at_ = -1;
    int64_t shapes_ = 0;
    const int64_t number_;
    std::vector<Note> notes_;
    uint64_t gestures_ = 0;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::unique_ptr<Live> live_;
    std::unique_ptr<Planner> planner_;  // last: it uses the player
};

}  // namespace gan
