#include "editor/commands.h"

#include "runtime/base/error.h"
#include "runtime/base/json.h"

#include <algorithm>

namespace gan {
namespace {

using nlohmann::json;

const Command* find_command(const std::vector<Command>& commands, std::string_view id) {
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const Command& command) { return command.id == id; });
    return found == commands.end() ? nullptr : &*found;
}

}  // namespace

void Commands::add(Command command) {
    if (find_command(commands_, command.id) != nullptr)
        throw Error("there is a command '{}' already", command.id);
    commands_.push_back(std::move(command));
}

const Command& Commands::at(std::string_view id) const {
    const Command* command = find_command(commands_, id);
    if (command == nullptr) throw Error("there is no command '{}'", id);
    return *command;
}

Chord Commands::key_of(std::string_view id) const {
    const auto bound = bound_.find(id);
    return bound == bound_.end() ? at(id).key : bound->second;
}

const Command* Commands::bound_to(const Chord& chord) const {
    if (chord.key == Key::None) return nullptr;
    for (const Command& command : commands_)
        if (key_of(command.id) == chord) return &command;
    return nullptr;
}

void Commands::bind(std::string_view id, const Chord& chord) {
    const Command& command = at(id);
    if (chord.key != Key::None)
        for (const Command& other : commands_)
            if (other.id != id && key_of(other.id) == chord) bound_[other.id] = Chord{};
    if (chord == command.key)
        bound_.erase(command.id);
    else
        bound_[command.id] = chord;
}

void Commands::unbind_all() {
    bound_.clear();
}

void Commands::disable(std::string_view id) {
    for (Command& command : commands_)
        if (command.id == id) command.enabled = [] { return false; };
}

void Commands::run(std::string_view id) const {
    const Command& command = at(id);
    if (command.run && (!command.enabled || command.enabled())) command.run();
}

bool Commands::press(const Chord& chord) const {
    if (chord.key == Key::None) return false;
    for (const Command& command : commands_) {
        if (key_of(command.id) != chord || !command.run || (command.enabled && !command.enabled())) continue;
        // What it does may change what is bound.
        const auto action = command.run;
        action();
        return true;
    }
    return false;
}

std::string Commands::to_json() const {
    json object = json::object();
    for (const auto& [id, chord] : bound_) object[id] = text_of(chord);
    return object.dump(2) + "\n";
}

void Commands::from_json(std::string_view text, std::vector<std::string>& problems) {
    bound_.clear();
    json object;
    try {
        object = parse_json(text, 8);
    } catch (const std::exception& failure) {
        problems.push_back(
            fmt::format("the keys are as shipped, since their file cannot be read: {}", failure.what()));
        return;
    }
    if (!object.is_object()) {
        problems.push_back(
            R"(the keys are as shipped, since their file is no object such as {"edit.undo": "Ctrl+Z"})");
        return;
    }
    const auto quoted = [](const json& value) {
        return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 40);
    };
    std::map<std::string, std::string> taken;  // key, in words -> the command that the file gives it
    for (const auto& [id, value] : object.items()) {
        const auto chord =
            value.is_string() ? chord_from_text(value.get_ref<const std::string&>()) : std::nullopt;
        const Command* command = find_command(commands_, id);
        if (!chord) {
            problems.push_back(
                fmt::format("the keys file binds '{}' to {}, which is no key; write it as \"Ctrl+Z\"", id,
                            quoted(value)));
            continue;
        }
        if (command == nullptr)
            problems.push_back(
                fmt::format("the keys file binds '{}', which is no command here; it is kept", id));
        if (command != nullptr && chord->key != Key::None) {
            const auto [first, fresh] = taken.emplace(text_of(*chord), id);
            if (!fresh) {
                problems.push_back(fmt::format("the keys file binds {} to '{}' and '{}'; the first has it",
                                               first->first, first->second, id));
                bound_[id] = Chord{};
                continue;
            }
        }
        if (command == nullptr || *chord != command->key) bound_[id] = *chord;
    }
    // A key that the file gives to one command is taken from those that are shipped with it.
    for (const Command& command : commands_)
        if (!object.contains(command.id) && command.key.key != Key::None &&
            taken.contains(text_of(command.key)))
            bound_[command.id] = Chord{};
}

}  // namespace gan
