#include "runtime/graph/take.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/graph/patch.h"

#include <cmath>
#include <filesystem>

namespace gan {
namespace {

using nlohmann::json;
using Kind = TransportCommand::Kind;

constexpr int take_format = 1;
constexpr int line_depth = 96;  // of JSON: more than a patch within an event within a line has
constexpr const char* kinds[] = {"play", "pause", "seek", "step", "speed", "loop"};

int64_t ticks_from(const json& value) {
    const bool fits = value.is_number_unsigned()
                          ? value.get<uint64_t>() <= static_cast<uint64_t>(most_ticks)
                          : value.is_number_integer() && std::abs(value.get<int64_t>()) <= most_ticks;
    if (!fits)
        throw Error("{} is no number of ticks", value.dump(-1, ' ', false, json::error_handler_t::replace));
    return value.get<int64_t>();
}

json to_json(const TransportCommand& command) {
    json object{{"transport", kinds[static_cast<size_t>(command.kind)]}};
    if (command.kind == Kind::Seek || command.kind == Kind::Step) object["value"] = command.ticks;
    if (command.kind == Kind::Speed) object["value"] = command.speed;
    if (command.kind == Kind::Loop)
        object["value"] = command.loop ? json{command.loop->first, command.loop->last} : json();
    return object;
}

TransportCommand command_from_json(const json& object) {
    const auto& name = object.at("transport").get_ref<const std::string&>();
    const auto found = std::find(std::begin(kinds), std::end(kinds), name);
    if (found == std::end(kinds)) throw Error("there is no transport command '{}'", name);
    TransportCommand command{.kind = static_cast<Kind>(found - std::begin(kinds))};
    if (command.kind == Kind::Seek || command.kind == Kind::Step)
        command.ticks = ticks_from(object.at("value"));
    if (command.kind == Kind::Speed) {
        command.speed = object.at("value").get<double>();
        if (!(command.speed >= 0 && command.speed <= 64))
            throw Error("the speed {} is out of range: 0 to 64", command.speed);
    }
    if (command.kind == Kind::Loop && !object.at("value").is_null()) {
        command.loop = TickRange{ticks_from(object.at("value").at(0)), ticks_from(object.at("value").at(1))};
        if (command.loop->first < 0 || command.loop->last <= command.loop->first)
            throw Error("a loop is two numbers of ticks, the second above the first");
    }
    return command;
}

/// Lines that end with a newline; what follows the last was being written.
std::vector<std::string_view> whole_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    for (size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1))
        lines.push_back(text.substr(0, end));
    return lines;
}

/// Null when it is no JSON.
json parse_line(std::string_view line) {
    try {
        return parse_json(line, line_depth);
    } catch (const Error&) {
        return nullptr;
    }
}

Take parse_take(std::string_view text, const NodeTypes& types) {
    const auto lines = whole_lines(text);
    const json head = lines.empty() ? json() : parse_line(lines.front());
    if (!head.is_object() || !head.contains("ganymede_take") || !head.contains("patch"))
        throw Error("it is no take; a take begins with a line {{\"ganymede_take\": 1, \"patch\": ...}}");
    if (head.at("ganymede_take") != take_format)
        throw Error("it is of format {}, this Ganymede reads {}", head.at("ganymede_take").dump(),
                    take_format);
    Patch patch = parse_patch(head.at("patch").dump(-1, ' ', false, json::error_handler_t::replace), types);
    Take take{.graph = std::move(patch.graph), .problems = std::move(patch.problems)};
    bool ended = false;
    for (size_t i = 1; i < lines.size() && !ended; ++i) {
        try {
            const json line = parse_json(lines[i], line_depth);
            const int64_t clock = ticks_from(line.at("clock"));
            if (clock < take.length - 1) throw Error("its clock goes back");
            take.length = clock + 1;
            if (line.contains("end")) {
                take.length = std::max<int64_t>(clock, 1);
                ended = true;
            } else {
                take.events.push_back({clock, action_from_json(line.at("do"))});
            }
        } catch (const std::exception& failure) {
            throw Error("line {}: {}", i + 1, failure.what());
        }
    }
    if (!ended) take.problems.push_back("the take was not ended; it holds what was played until then");
    return take;
}

}  // namespace

void apply(Transport& transport, int64_t clock, const TransportCommand& command) {
    switch (command.kind) {
        case Kind::Play:
            return transport.play(clock);
        case Kind::Pause:
            return transport.pause(clock);
        case Kind::Seek:
            return transport.seek(clock, command.ticks);
        case Kind::Step:
            return transport.step(clock, command.ticks);
        case Kind::Speed:
            return transport.set_speed(clock, command.speed);
        case Kind::Loop:
            return transport.set_loop(clock, command.loop);
    }
}

json to_json(const Action& action) {
    return std::visit([](const auto& what) { return to_json(what); }, action);
}

Action action_from_json(const json& value) {
    try {
        if (value.is_object() && value.contains("transport")) return command_from_json(value);
    } catch (const json::exception& failure) {
        throw Error("this is no transport command: {}", failure.what());
    }
    return edit_from_json(value);
}

Take load_take(const std::string& path, const NodeTypes& types) {
    const std::string text = read_text(path, size_t{1} << 30);
    try {
        return parse_take(text, types);
    } catch (const Error& error) {
        throw Error("{}: {}", path, error.what());
    }
}

TakeWriter::TakeWriter(const std::string& path, const Graph& graph) : path_(path) {
    if (std::filesystem::exists(path))
        throw Error("{}: exists already; name another take, or remove it", path);
    file_.open(path);
    write({{"ganymede_take", take_format}, {"patch", json::parse(patch_text(graph))}});
}

void TakeWriter::append(int64_t clock, const Action& action) {
    write({{"clock", clock}, {"do", to_json(action)}});
}

void TakeWriter::end(int64_t length) {
    write({{"clock", length}, {"end", true}});
}

void TakeWriter::write(const json& line) {
    file_ << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
    if (!file_) throw Error("{}: could not be written", path_);
}

}  // namespace gan
