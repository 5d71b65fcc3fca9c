#pragma once

#include "runtime/graph/graph.h"
#include "runtime/graph/transport.h"

#include <cstdint>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

namespace gan {

/// What a performer does with the time, as data.
struct TransportCommand {
    enum class Kind { Play, Pause, Seek, Step, Speed, Loop };
    Kind kind = Kind::Play;
    int64_t ticks = 0;              // Seek, Step
    double speed = 1;               // Speed
    std::optional<TickRange> loop;  // Loop; none: no loop
};
void apply(Transport& transport, int64_t clock, const TransportCommand& command);

using Action = std::variant<Edit, TransportCommand>;

/// {"edit": ...} as to_json(Edit) has it, or {"transport": "seek", "value": 240}: "play", "pause", "seek" and
/// "step" (ticks), "speed", "loop" ([first, last + 1] or null).
nlohmann::json to_json(const Action& action);
/// Throws Error when it is neither.
Action action_from_json(const nlohmann::json& value);

/// A performance: the patch as it was, and what was done at which tick of the performance's clock. Before the
/// picture of a tick is made, everything that was done at it is.
struct Take {
    struct Event {
        int64_t clock = 0;
        Action action;
    };
    Graph graph;
    std::vector<Event> events;          // by clock
    int64_t length = 1;                 // of the clock, ticks
    std::vector<std::string> problems;  // a sentence each: of the patch, or that the take has no end
};

/// The file has a line of JSON for the patch, for each event, and for the end, so that what was played until
/// a crash is there. Throw Error naming the file.
Take load_take(const std::string& path, const NodeTypes& types);

/// Writes a take as it is played. Not for the player's thread: it waits for the disk.
class TakeWriter {
public:
    /// Throws Error when there is a file already.
    TakeWriter(const std::string& path, const Graph& graph);
    void append(int64_t clock, const Action& action);
    /// The performance is over, after so many ticks.
    void end(int64_t length);

private:
    void write(const nlohmann::json& line);

    std::string path_;
    std::ofstream file_;
};

}  // namespace gan
