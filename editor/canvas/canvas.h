#pragma once

#include "editor/ui.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace gan {

/// Where nodes are wired: what the middle of the window shows. Draws and reads the mouse itself, on
/// ImDrawList; what keys do comes as commands through App. [editor's thread]
class Canvas {
public:
    Canvas();
    ~Canvas();

    /// One frame, into `area` of the current ImGui window.
    void draw(Ui& ui, const Rect& area);

    // Of the view.
    void fit(Ui& ui, bool selection_only);
    void go_to(Ui& ui, NodeId node);  // selects it and centres it, in its group
    void enter(Ui& ui, NodeId group);
    void leave(Ui& ui);
    double zoom() const;

    // What commands do. Each is one edit, or says in a note why there is none.
    void open_search(Ui& ui);  // search-to-add at the mouse, or in the middle
    bool searching() const;    // a list or field of the canvas has the keys
    bool lists() const;        // a list has them
    bool busy() const;         // the mouse drags something: Escape cancels that alone
    /// Backspace resets the value under the mouse, and does nothing else.
    bool takes_backspace() const;
    std::function<void(const std::string&)> on_patch = [](const std::string&) {};  // one was dropped here
    void add(Ui& ui, const std::string& type);  // in the middle, linked to nothing
    void add_at(Ui& ui, const std::string& type, const nlohmann::json& params, const ImVec2& screen);
    void remove_selected(Ui& ui, bool heal);
    void copy(Ui& ui);
    void cut(Ui& ui);
    void paste(Ui& ui);
    void duplicate(Ui& ui);
    void select_all(Ui& ui);
    void toggle(Ui& ui, const char* field);  // "bypass" or "mute"
    void group(Ui& ui);
    void ungroup(Ui& ui);
    void rename(Ui& ui);
    void arrange(Ui& ui);    // auto-layout of the selection, or of all
    void add_frame(Ui& ui);  // round the selection
    void add_note(Ui& ui);
    void find(Ui& ui);  // by name, jump
    /// Keyboard alone: moves the selection to the nearest node in a direction; links the active node to the
    /// next that is chosen by its name.
    void walk(Ui& ui, int dx, int dy);
    void nudge(Ui& ui, int dx, int dy);
    void connect(Ui& ui);
    void edit_value(Ui& ui);  // one of the active node's, chosen by its name
    void open_menu(Ui& ui);   // what a right click on the active node opens; with none, on the canvas

    /// Ids of nodes that are drawn in detail: their values are wanted.
    const std::set<NodeId>& visible() const;
    /// Where a port, or the value of a parameter, was drawn in the last frame; of an empty name, the node's
    /// title. Nothing: it is not there.
    std::optional<ImVec2> screen_of(const PortRef& port) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gan
