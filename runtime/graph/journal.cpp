#include "runtime/graph/journal.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/graph/patch.h"

#include <algorithm>
#include <cstdlib>

namespace gan {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr size_t checksum_digits = 16;  // of SHA-256's 64: damage is found, forgery is not the matter
constexpr size_t max_size = 1 << 30;    // bytes; a knob dragged for days
constexpr int record_depth = 128;       // a patch's 64 levels, within lists of edits within a record

std::string checksum(std::string_view record) {
    return sha256_hex(record).substr(0, checksum_digits);
}

std::string line_of(const json& record) {
    return journal_line(record.dump(-1, ' ', false, json::error_handler_t::replace));
}

json to_json(const std::vector<History::Step>& steps) {
    json list = json::array();
    for (const History::Step& step : steps)
        list.push_back(
            {{"name", step.name}, {"gesture", step.gesture}, {"inverse", gan::to_json(step.inverse)}});
    return list;
}

/// The record of a line without its newline. Throws Error.
json record_of(std::string_view line) {
    if (line.size() <= checksum_digits || line[checksum_digits] != ' ' ||
        line.substr(0, checksum_digits) != checksum(line.substr(checksum_digits + 1)))
        throw Error("its checksum is wrong");
    json record = parse_json(line.substr(checksum_digits + 1), record_depth);
    if (!record.is_object()) throw Error("it is no record");
    return record;
}

int64_t count_of(const json& record, const char* key) {
    const json& value = record.at(key);
    if (!value.is_number_integer() || value < 0 || value > max_node_id + 1)
        throw Error("its \"{}\" is no whole number", key);
    return value.get<int64_t>();
}

uint64_t gesture_of(const json& record) {
    const json& value = record.at("gesture");
    if (!value.is_number_unsigned()) throw Error("its \"gesture\" is no whole number");
    return value.get<uint64_t>();
}

std::vector<History::Step> steps_of(const json& record, const char* key) {
    std::vector<History::Step> steps;
    for (const json& step : record.at(key))
        steps.push_back(
            {step.at("name").get<std::string>(), gesture_of(step), edit_from_json(step.at("inverse"))});
    return steps;
}

JournalStart start_of(const json& record) {
    if (!record.contains("journal")) throw Error("it is no journal");
    if (record["journal"] != journal_format)
        throw Error("its format is not known here; use the Ganymede that wrote it, or a newer one");
    JournalStart start{
        .patch = record.at("patch").get<std::string>(),
        .base = record.at("base").get<std::string>(),
        .number = count_of(record, "number"),
        .saved = count_of(record, "saved"),
        .text = record.at("text").get<std::string>(),
        .history = {steps_of(record, "past"), steps_of(record, "future"), count_of(record, "next_id")}};
    if (start.saved > start.number) throw Error("it has saved more changes than there are");
    return start;
}

JournalEntry entry_of(const json& record) {
    const json& tick = record.at("tick");
    if (!tick.is_number_integer()) throw Error("its \"tick\" is no whole number");
    JournalEntry entry{.number = count_of(record, "number"), .tick = tick.get<int64_t>()};
    const auto what = record.at("do").get<std::string>();
    if (what == "edit")
        entry.change = Edited{edit_from_json(record.at("edit")), record.at("name").get<std::string>(),
                              gesture_of(record)};
    else if (what == "undo")
        entry.change = Undone{};
    else if (what == "redo")
        entry.change = Redone{};
    else if (what == "save")
        entry.change = Saving{record.at("base").get<std::string>()};
    else
        throw Error("'{}' is no change", what);
    return entry;
}

/// As `read` of a record, with the library's exceptions as ours.
template <class Read>
auto decoded(std::string_view line, Read read) {
    try {
        return read(record_of(line));
    } catch (const json::exception& failure) {
        throw Error("{}", failure.what());
    }
}

}  // namespace

std::string journal_line(std::string_view record) {
    return fmt::format("{} {}\n", checksum(record), record);
}

std::string journal_line(const JournalStart& start) {
    return line_of({{"journal", journal_format},
                    {"patch", start.patch},
                    {"base", start.base},
                    {"number", start.number},
                    {"saved", start.saved},
                    {"text", start.text},
                    {"past", to_json(start.history.past)},
                    {"future", to_json(start.history.future)},
                    {"next_id", start.history.next_id}});
}

std::string journal_line(const JournalEntry& entry) {
    json record{{"number", entry.number}, {"tick", entry.tick}};
    struct Writer {
        json& record;
        void operator()(const Edited& e) const {
            record["do"] = "edit";
            record["name"] = e.name;
            record["gesture"] = e.gesture;
            record["edit"] = gan::to_json(e.edit);
        }
        void operator()(const Undone&) const { record["do"] = "undo"; }
        void operator()(const Redone&) const { record["do"] = "redo"; }
        void operator()(const Saving& e) const {
            record["do"] = "save";
            record["base"] = e.base;
        }
    };
    std::visit(Writer{record}, entry.change);
    return line_of(record);
}

std::optional<int64_t> Journal::unsaved(const std::string& base) const {
    std::optional<int64_t> saved;
    if (base == start.base) saved = start.saved;
    for (const JournalEntry& entry : entries)
        if (const auto* saving = std::get_if<Saving>(&entry.change); saving && saving->base == base)
            saved = entry.number;
    return saved ? std::optional(number() - *saved) : std::nullopt;
}

Journal parse_journal(std::string_view text) {
    const auto take_line = [&]() -> std::optional<std::string_view> {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        return line;
    };
    Journal journal;
    const auto first = take_line();
    if (!first) throw Error("its first line is not whole");
    journal.start = decoded(*first, start_of);
    for (int line_number = 2; !text.empty(); ++line_number) {
        try {
            const auto line = take_line();
            if (!line) throw Error("it is not whole");
            JournalEntry entry = decoded(*line, entry_of);
            const bool saving = std::holds_alternative<Saving>(entry.change);
            if (entry.number != journal.number() + (saving ? 0 : 1))
                throw Error("change {} cannot follow {}", entry.number, journal.number());
            journal.entries.push_back(std::move(entry));
        } catch (const Error& error) {
            journal.damage = fmt::format("line {} cannot be used: {}", line_number, error.what());
            break;
        }
    }
    return journal;
}

Recovery recover(const Journal& journal, const NodeTypes& types) {
    Recovery recovery{
        .document = Document(parse_patch(journal.start.text, types).graph, types, journal.start.history),
        .number = journal.start.number};
    struct Replay {
        Document& document;
        void operator()(const Edited& e) const { document.edit(e.edit, e.name, e.gesture); }
        void operator()(const Undone&) const { document.undo(); }
        void operator()(const Redone&) const { document.redo(); }
        void operator()(const Saving&) const {}
    };
    for (const JournalEntry& entry : journal.entries) {
        try {
            std::visit(Replay{recovery.document}, entry.change);
        } catch (const Error& error) {
            recovery.problem = fmt::format("change {} does not fit: {}", entry.number, error.what());
            break;
        }
        recovery.number = entry.number;
    }
    // Gestures are numbered anew by the program that goes on.
    recovery.document.end_gesture();
    return recovery;
}

fs::path journal_folder() {
    const auto absolute = [](const char* variable) -> fs::path {
        const char* value = std::getenv(variable);
        return value != nullptr && fs::path(value).is_absolute() ? fs::path(value) : fs::path();
    };
    if (const fs::path state = absolute("XDG_STATE_HOME"); !state.empty()) return state / "ganymede/journals";
    const fs::path home = absolute("HOME");
    return home.empty() ? fs::path() : home / ".local/state/ganymede/journals";
}

std::vector<fs::path> journal_places(const fs::path& patch) {
    std::vector<fs::path> places{patch.parent_path() / ("." + patch.filename().string() + ".journal")};
    if (const fs::path folder = journal_folder(); !folder.empty())
        places.push_back(folder / (sha256_hex(patch.string()).substr(0, 16) + ".journal"));
    return places;
}

std::string read_journal(const fs::path& path) {
    return read_text(path, max_size);
}

std::optional<std::string> journal_warning(const std::string& patch) {
    std::error_code ignored;
    const fs::path file = fs::weakly_canonical(fs::absolute(patch, ignored), ignored);
    for (const fs::path& place : journal_places(file)) {
        if (!fs::exists(place, ignored)) continue;
        try {
            const auto unsaved = parse_journal(read_journal(place)).unsaved(sha256_hex(read_text(file)));
            if (unsaved.value_or(0) > 0)
                return fmt::format("{}: {} unsaved change{} to it {} in its journal and {} not used here",
                                   patch, *unsaved, *unsaved == 1 ? "" : "s", *unsaved == 1 ? "is" : "are",
                                   *unsaved == 1 ? "is" : "are");
        } catch (const Error&) {
            // Whatever else is wrong with the journal is the editor's to say, with the patch the program's.
        }
    }
    return std::nullopt;
}

}  // namespace gan
