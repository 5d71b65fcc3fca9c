#pragma once

#include "runtime/graph/document.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gan {

/// A journal holds what was done to a patch since it was saved, so that a program that dies loses none of it.
/// A text file, a record a line, each after the first 16 digits of its SHA-256. The first record says where
/// the document stood; the others are changes, numbered without a gap:
///
///     4f1d… {"journal":1,"patch":"/home/ada/a.ganymede","base":"9c5e…","number":0,"saved":0,"text":"{…}",…}
///     82a0… {"number":1,"tick":240,"do":"edit","name":"Turn tempo","gesture":5,"edit":{…}}
///     e77b… {"number":2,"tick":301,"do":"undo"}
///     03c9… {"number":2,"tick":301,"do":"save","base":"1b77…"}
///
/// It belongs to a patch file by the hash of that file. The patch as it was stands in it nevertheless: a
/// journal whose patch has become another, or is lost, still gives back all that was done.
constexpr int journal_format = 1;

/// The first record.
struct JournalStart {
    std::string patch;   // absolute path; empty: it has no file yet
    std::string base;    // sha256_hex of the patch file that it continues; empty: none
    int64_t number = 0;  // of the last change before
    int64_t saved = 0;   // of the last change that the patch file holds
    std::string text;    // patch_text
    History history;
};

struct Edited {
    Edit edit;
    std::string name;
    uint64_t gesture = 0;
};
struct Undone {};
struct Redone {};
/// No change of the document: from here on, the patch file may be the one with this hash.
struct Saving {
    std::string base;
};

struct JournalEntry {
    int64_t number = 0;  // of the change, or of the last one before it is saved
    int64_t tick = 0;    // that the player showed
    std::variant<Edited, Undone, Redone, Saving> change;
};

/// Lines of the file, each with its newline.
std::string journal_line(std::string_view record);
std::string journal_line(const JournalStart& start);
std::string journal_line(const JournalEntry& entry);

struct Journal {
    JournalStart start;
    std::vector<JournalEntry> entries;
    std::string damage;  // a sentence about where reading ended, if before the end

    int64_t number() const { return entries.empty() ? start.number : entries.back().number; }
    /// How many changes it holds that a patch file with this hash does not; nothing when it does not continue
    /// that file.
    std::optional<int64_t> unsaved(const std::string& base) const;
};

/// Reads as far as the records are whole and numbered on. Throws Error when the first one is not.
Journal parse_journal(std::string_view text);

/// The document that a journal leads to, with what can be undone and redone.
struct Recovery {
    Document document;
    int64_t number = 0;   // of the last change that was made again
    std::string problem;  // a sentence, when one does not fit: it and what follows are left out
};
/// Throws Error when the journal's patch cannot be read.
Recovery recover(const Journal& journal, const NodeTypes& types);

/// Where the journal of a patch (absolute path) may lie, best first: beside it, or in the user's state folder
/// where that cannot be written.
std::vector<std::filesystem::path> journal_places(const std::filesystem::path& patch);
/// ${XDG_STATE_HOME:-~/.local/state}/ganymede/journals; empty when there is no such folder to have.
std::filesystem::path journal_folder();

/// The contents of a journal file. Throws Error.
std::string read_journal(const std::filesystem::path& path);

/// For programs that do not edit: a sentence, when changes to this patch lie in a journal only.
std::optional<std::string> journal_warning(const std::string& patch);

}  // namespace gan
