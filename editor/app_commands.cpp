#include "editor/app.h"

#include "editor/edit/loop.h"
#include "runtime/base/error.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

namespace gan {
namespace {

namespace fs = std::filesystem;

Chord ctrl(Key key) {
    return {.key = key, .ctrl = true};
}
Chord ctrl_shift(Key key) {
    return {.key = key, .ctrl = true, .shift = true};
}
Chord shift(Key key) {
    return {.key = key, .shift = true};
}

}  // namespace

void App::add_commands() {
    add_file_commands();
    add_edit_commands();
    add_view_commands();
    add_key_commands();
    add_play_commands();
}

void App::add_file_commands() {
    commands_.add({"file.new", "New", "An empty patch", ctrl(Key::N), [this] { new_patch(); }});
    commands_.add({"file.open", "Open…", "A patch, or a picture that one made", ctrl(Key::O), [this] {
                       dialogs_.open_file("Open", session_->folder(), {".ganymede", ".png", ".journal"},
                                          [this](const std::string& path) { open(path); });
                   }});
    commands_.add({"file.save", "Save",
                   "Writes the patch; the file is the old one or the new one, never half", ctrl(Key::S),
                   [this] { once_typed([this] { save(); }); }});
    commands_.add({"file.save_as", "Save as…", "Under another name", ctrl_shift(Key::S),
                   [this] { once_typed([this] { save_as(); }); }});
    commands_.add({"file.collect",
                   "Collect…",
                   "Copies the patch with its models and files into one folder, to give away",
                   {},
                   [this] { collect(); }});
    commands_.add(
        {"file.quit", "Quit", "Asks before anything unsaved is lost", ctrl(Key::Q), [this] { close(); }});
}

void App::add_edit_commands() {
    const auto selected = [this] { return !selection_.nodes.empty(); };
    const auto on_canvas = [this](void (Canvas::*act)(Ui&)) {
        return [this, act] {
            if (now_ != nullptr) (canvas_.*act)(*now_);
        };
    };
    commands_.add({"edit.undo", "Undo", "Takes the last step back", ctrl(Key::Z),
                   [this] { session_->undo(); }, [this] { return session_->can_undo(); }});
    commands_.add({"edit.redo", "Redo", "Does it again", ctrl_shift(Key::Z), [this] { session_->redo(); },
                   [this] { return session_->can_redo(); }});
    commands_.add({"edit.cut", "Cut", "Copies and removes what is selected", ctrl(Key::X),
                   on_canvas(&Canvas::cut), selected});
    commands_.add({"edit.copy", "Copy", "As patch text, which other programs can paste too", ctrl(Key::C),
                   on_canvas(&Canvas::copy), selected});
    commands_.add(
        {"edit.paste", "Paste", "Nodes from the clipboard", ctrl(Key::V), on_canvas(&Canvas::paste)});
    commands_.add({"edit.duplicate", "Duplicate", "A copy that keeps its inputs", ctrl(Key::D),
                   on_canvas(&Canvas::duplicate), selected});
    commands_.add({"edit.delete",
                   "Delete",
                   "Removes what is selected, with its links",
                   {.key = Key::Delete},
                   [this] {
                       if (now_ != nullptr) canvas_.remove_selected(*now_, false);
                   },
                   selected});
    commands_.add({"edit.dissolve", "Delete and reconnect", "Removes what is selected and heals its wires",
                   ctrl(Key::Delete),
                   [this] {
                       if (now_ != nullptr) canvas_.remove_selected(*now_, true);
                   },
                   selected});
    commands_.add({"edit.select_all", "Select all", "Every node that the canvas shows", ctrl(Key::A),
                   on_canvas(&Canvas::select_all)});
    commands_.add({"edit.group", "Group", "Puts what is selected into a node of its own", ctrl(Key::G),
                   on_canvas(&Canvas::group), selected});
    commands_.add({"edit.ungroup", "Ungroup", "Takes the group away and leaves what is in it",
                   ctrl_shift(Key::G), on_canvas(&Canvas::ungroup), selected});
    commands_.add(
        {"edit.rename", "Rename", "The node's name", {.key = Key::F2}, on_canvas(&Canvas::rename), selected});
    commands_.add({"edit.bypass",
                   "Bypass",
                   "The node passes its input on",
                   {.key = Key::B},
                   [this] {
                       if (now_ != nullptr) canvas_.toggle(*now_, "bypass");
                   },
                   selected});
    commands_.add({"edit.mute",
                   "Mute",
                   "The node gives nothing",
                   {.key = Key::M},
                   [this] {
                       if (now_ != nullptr) canvas_.toggle(*now_, "mute");
                   },
                   selected});
    commands_.add({"edit.arrange",
                   "Arrange",
                   "Places the selection, or all, in columns",
                   {.key = Key::L},
                   on_canvas(&Canvas::arrange)});
    commands_.add({"edit.frame", "Frame", "A titled area round the selection", ctrl_shift(Key::F),
                   on_canvas(&Canvas::add_frame)});
    commands_.add(
        {"edit.note", "Note", "Words on the canvas", ctrl_shift(Key::N), on_canvas(&Canvas::add_note)});
    commands_.add({"edit.connect",
                   "Connect to…",
                   "Links the active node to one chosen by name",
                   {.key = Key::C},
                   on_canvas(&Canvas::connect),
                   selected});
    commands_.add({"edit.add",
                   "Add node…",
                   "Search for a node by name, alias or description",
                   {.key = Key::Tab},
                   on_canvas(&Canvas::open_search)});
    commands_.add({"edit.menu", "Menu of the node", "What a right click on the active node offers",
                   shift(Key::F10), on_canvas(&Canvas::open_menu)});
    commands_.add(
        {"edit.find", "Find node…", "Jump to a node of this patch", ctrl(Key::F), on_canvas(&Canvas::find)});
    struct Direction {
        const char* name;
        Key key;
        int dx, dy;
    };
    for (const auto& [name, key, dx, dy] :
         {Direction{"left", Key::Left, -1, 0}, Direction{"right", Key::Right, 1, 0},
          Direction{"up", Key::Up, 0, -1}, Direction{"down", Key::Down, 0, 1}}) {
        commands_.add({fmt::format("select.{}", name), fmt::format("Select the node {}", name),
                       "Moves the selection to the nearest node there", ctrl(key), [this, dx = dx, dy = dy] {
                           if (now_ != nullptr) canvas_.walk(*now_, dx, dy);
                       }});
        commands_.add({fmt::format("move.{}", name), fmt::format("Move {}", name), "By one step of the grid",
                       shift(key),
                       [this, dx = dx, dy = dy] {
                           if (now_ != nullptr) canvas_.nudge(*now_, dx, dy);
                       },
                       selected});
    }
}

void App::add_view_commands() {
    const auto flip = [](bool& flag) { return [&flag] { flag = !flag; }; };
    const auto is = [](const bool& flag) { return [&flag] { return flag; }; };
    const auto fold = [](float& size, float usual) {
        return [&size, usual] { size = size > 0 ? 0 : usual; };
    };
    const auto unfolded = [](const float& size) { return [&size] { return size > 0; }; };
    const auto always = [] { return true; };
    commands_.add({"view.fit", "Show all", "The whole patch on the canvas", {.key = Key::Home}, [this] {
                       if (now_ != nullptr) canvas_.fit(*now_, false);
                   }});
    commands_.add({"view.fit_selection",
                   "Show selection",
                   "The selected nodes, as large as they fit",
                   {.key = Key::F},
                   [this] {
                       if (now_ != nullptr) canvas_.fit(*now_, true);
                   }});
    commands_.add(
        {"view.viewed",
         "View picture",
         "The preview shows the active node's picture; again: the Output's",
         {.key = Key::V},
         [this] { selection_.viewed = selection_.viewed == selection_.active ? 0 : selection_.active; },
         [this] { return selection_.active != 0; }});
    commands_.add({"view.enter",
                   "Enter group",
                   "Shows what is in it",
                   {.key = Key::Enter},
                   [this] {
                       if (now_ != nullptr) canvas_.enter(*now_, selection_.active);
                   },
                   [this] {
                       const auto node = session_->graph().nodes.find(selection_.active);
                       return node != session_->graph().nodes.end() && node->second.type == group_type;
                   }});
    commands_.add({"edit.value",
                   "Type a value…",
                   "One of the active node's parameters, by its name",
                   {.key = Key::Enter},
                   [this] {
                       if (now_ != nullptr) canvas_.edit_value(*now_);
                   },
                   [this] {
                       const auto node = session_->graph().nodes.find(selection_.active);
                       return node != session_->graph().nodes.end() && node->second.type != group_type;
                   }});
    commands_.add({"view.leave",
                   "Leave group",
                   "Back to what it is in",
                   {.key = Key::Backspace},
                   [this] {
                       if (now_ != nullptr) canvas_.leave(*now_);
                   },
                   [this] { return selection_.inside != 0; }});
    commands_.add({"view.deselect", "Select nothing", "Clears the selection", {.key = Key::Escape}, [this] {
                       selection_.clear();
                   }});
    commands_.add({"view.minimap", "Minimap", "The whole patch in a corner", shift(Key::M),
                   flip(preferences_.minimap), always, is(preferences_.minimap)});
    commands_.add({"view.thumbnails", "Thumbnails", "Live pictures on nodes", shift(Key::T),
                   flip(preferences_.thumbnails), always, is(preferences_.thumbnails)});
    commands_.add({"view.left",
                   "Browser",
                   "Nodes, models and patches",
                   {.key = Key::F3},
                   fold(preferences_.left, 200),
                   always,
                   unfolded(preferences_.left)});
    commands_.add({"view.right",
                   "Preview and inspector",
                   "The panels on the right",
                   {.key = Key::F4},
                   fold(preferences_.right, 320),
                   always,
                   unfolded(preferences_.right)});
    commands_.add({"view.bottom",
                   "Lower panels",
                   "Dials, history, log, performance",
                   {.key = Key::F5},
                   fold(preferences_.bottom, 170),
                   always,
                   unfolded(preferences_.bottom)});
    commands_.add({"view.light",
                   "Light theme",
                   "Dark on light, for bright rooms",
                   {},
                   flip(preferences_.dark),
                   always,
                   [this] { return !preferences_.dark; }});
    commands_.add({"view.larger", "Larger text", "And everything that is measured by it", ctrl(Key::Equal),
                   [this] { preferences_.font_scale = std::min(3.0f, preferences_.font_scale * 1.1f); }});
    commands_.add({"view.smaller", "Smaller text", "And everything that is measured by it", ctrl(Key::Minus),
                   [this] { preferences_.font_scale = std::max(0.5f, preferences_.font_scale / 1.1f); }});
    commands_.add({"help.keys",
                   "Keys…",
                   "Every command and its key; keys can be changed there",
                   {.key = Key::F1},
                   [this] { show_keys(!show_keys_); },
                   always,
                   is(show_keys_)});
    commands_.add({"help.hints",
                   "Hints",
                   "The line that says what to try next",
                   {},
                   flip(preferences_.hints),
                   always,
                   is(preferences_.hints)});
}

void App::add_play_commands() {
    commands_.add({"play.toggle", "Play or pause", "Stops and goes on", {.key = Key::Space}, [this] {
                       session_->play(!session_->shown()->playing);
                   }});
    commands_.add(
        {"play.rewind", "Rewind", "Back to tick 0", ctrl(Key::Home), [this] { session_->seek(0); }});
    commands_.add({"play.forward", "Step forward", "One tick on; pauses", {.key = Key::Right}, [this] {
                       session_->step(1);
                   }});
    commands_.add({"play.back", "Step back", "One tick back; pauses", {.key = Key::Left}, [this] {
                       session_->step(-1);
                   }});
    commands_.add(
        {"play.loop", "Loop",
         "Repeats the patch's length, or the round after which all that moves by itself begins again",
         shift(Key::L),
         [this] {
             const Settings& settings = session_->shown()->settings;
             const bool loops = settings.loop.has_value();
             const TickRange whole{0, natural_loop(session_->graph(), session_->types(), settings)};
             // A range that somebody chose comes back; the natural one may be another by then.
             if (loops) last_loop_ = *settings.loop == whole ? std::nullopt : settings.loop;
             const auto [first, last] = last_loop_.value_or(whole);
             const nlohmann::json range{first, last};
             session_->edit({SetSetting{"loop", loops ? std::nullopt : std::optional(range)}},
                            loops ? "Play without a loop" : "Loop");
         },
         [] { return true; }, [this] { return session_->shown()->settings.loop.has_value(); }});
    commands_.add({"play.tap", "Tap tempo", "Press on each beat", {.key = Key::T}, [this] { tap(); }});
    commands_.add({"play.record", "Record video",
                   "What is shown, into a file beside the patch, while it plays; File > Record as: which",
                   ctrl(Key::R), [this] { record(true); }, [] { return true; },
                   [this] { return recorder_ != nullptr; }});
    commands_.add({"play.take", "Record take",
                   "What is done, so that `ganymede render --take` renders it again", ctrl_shift(Key::R),
                   [this] { record(false); }, [] { return true; }, [this] { return recorder_ != nullptr; }});
    commands_.add({"play.screenshot",
                   "Save picture",
                   "The picture that is shown, as PNG with the patch in it",
                   {.key = Key::F12},
                   [this] { screenshot(); }});
    const auto there = [this] { return host_.windows != nullptr; };
    const auto is_open = [this] { return output_ != nullptr && output_->is_open(); };
    commands_.add({"output.open",
                   "Output window",
                   "The picture alone, on any screen",
                   {.key = Key::F10},
                   [this] { open_output(); },
                   there,
                   is_open});
    commands_.add({"output.fullscreen",
                   "Output fullscreen",
                   "On its screen, without decorations",
                   {.key = Key::F11},
                   [this] {
                       if (OutputWindow* window = output())
                           place_output(!window->is_open() || !window->fullscreen());
                   },
                   there,
                   [this] { return output_ != nullptr && output_->is_open() && output_->fullscreen(); }});
    struct Shows {
        const char* id;
        const char* name;
        const char* about;
        OutputShows what;
        Key key;
    };
    for (const auto& [id, name, about, what, key] :
         {Shows{"output.picture", "Output: picture", "What plays", OutputShows::Picture, Key::F8},
          Shows{"output.black", "Output: black", "Nothing", OutputShows::Black, Key::F9},
          Shows{"output.freeze", "Output: freeze", "The picture that is there stays", OutputShows::Frozen,
                Key::None},
          Shows{"output.test", "Output: test card", "To set a screen or a projector up",
                OutputShows::TestCard, Key::None}})
        commands_.add({id,
                       name,
                       about,
                       {.key = key},
                       [this, what = what] {
                           if (output_ != nullptr) output_->show(what);
                       },
                       is_open,
                       [is_open, this, what = what] { return is_open() && output_->shows() == what; }});
    commands_.add({"output.mailbox",
                   "Newest picture, not every one",
                   "Mailbox: lower delay, and pictures that the screen has no time for are left out",
                   {},
                   [this] {
                       preferences_.output_mailbox = !preferences_.output_mailbox;
                       if (output_ != nullptr) output_->set_mailbox(preferences_.output_mailbox);
                   },
                   there,
                   [this] { return preferences_.output_mailbox; }});
    commands_.add({"output.identify",
                   "Identify screens",
                   "A number on each, for some seconds",
                   {},
                   [this] {
                       try {
                           if (OutputWindow* window = output()) window->identify(*host_.windows);
                       } catch (const Error& error) {
                           session_->note(Note::Kind::Error, error.what());
                       }
                   },
                   there});
}

}  // namespace gan
