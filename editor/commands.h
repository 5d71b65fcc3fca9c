#pragma once

#include "editor/input.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// Something that the editor can do: in the menus, by its key, by its name, in the overview of keys.
struct Command {
    std::string id;     // "edit.undo": permanent, what a keys file names
    std::string name;   // "Undo"
    std::string about;  // one sentence: its tooltip
    Chord key;          // as shipped; none: no key
    std::function<void()> run;
    std::function<bool()> enabled = [] { return true; };
    std::function<bool()> checked = {};  // a switch's state; none: no switch
};

/// All of them, by id. Keys can be bound anew; a file keeps those that differ from what is shipped.
class Commands {
public:
    void add(Command command);
    const std::vector<Command>& all() const { return commands_; }
    const Command& at(std::string_view id) const;  // throws Error
    Chord key_of(std::string_view id) const;       // as bound
    /// What else has this key, or null.
    const Command* bound_to(const Chord& chord) const;
    void bind(std::string_view id, const Chord& chord);
    void unbind_all();  // back to what is shipped

    /// It is never enabled again: for shows where nothing may be opened or saved.
    void disable(std::string_view id);

    /// Runs a command when it is enabled.
    void run(std::string_view id) const;
    /// Runs what the key is bound to; false: nothing, or not enabled.
    bool press(const Chord& chord) const;

    /// {"edit.undo": "Ctrl+Z", ...}: those that differ. Throws nothing: what is not understood is a sentence
    /// in `problems`.
    std::string to_json() const;
    void from_json(std::string_view text, std::vector<std::string>& problems);

private:
    std::vector<Command> commands_;
    std::map<std::string, Chord, std::less<>> bound_;
};

}  // namespace gan
