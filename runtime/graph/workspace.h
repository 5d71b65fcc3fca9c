#pragma once

#include "runtime/graph/document.h"
#include "runtime/graph/journal_writer.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// A patch that is being edited: its document, its file, and its journal. What was done up to 100 ms before
/// the program dies is there again when the patch is opened next; so is what can be undone. One program at a
/// time edits a patch. Used by one thread.
///
/// A journal that does not continue the patch file (another program has changed that since) is not applied:
/// its edits were made to something else. It is not deleted either, since nobody may have seen what is in it:
/// it is kept under another name, and can be opened by that as a patch without a file.
class Workspace {
public:
    /// Opens a patch file, or what a journal file (*.journal) holds. Throws Error when the file cannot be
    /// read, or is being edited.
    static std::unique_ptr<Workspace> open(const std::string& path, const NodeTypes& types);
    /// A patch that has no file yet.
    static std::unique_ptr<Workspace> create(Graph graph, const NodeTypes& types);
    /// Journals of patches without a file whose program died, to be opened.
    static std::vector<std::string> left_behind();

    /// Removes the journal when nothing is unsaved, else leaves it to the next open().
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    const Document& document() const { return document_; }
    /// Absolute; empty when there is no file yet.
    const std::string& path() const { return path_; }
    /// Sentences about what was found in the patch, and of work that was not saved.
    const std::vector<std::string>& problems() const { return problems_; }
    const std::vector<std::string>& recovered() const { return recovered_; }

    /// As Document's; `tick` is what the player shows.
    NodeId fresh_id() { return document_.fresh_id(); }
    Document::Effect edit(const Edit& edit, const std::string& name, int64_t tick, uint64_t gesture = 0);
    Document::Effect undo(int64_t tick);
    Document::Effect redo(int64_t tick);

    /// How many edits, undos and redos there were; goes on through saving and recovery.
    int64_t changes() const { return changes_; }
    /// Whether the document differs from its file.
    bool modified() const;

    /// Throw Error, with the file and the journal as they were.
    void save();
    void save_as(const std::string& path);
    /// Gives up what is not saved: the journal is removed, and nothing is journalled any more.
    void discard();

    /// Waits until the disk keeps every change; false when there is a problem with the journal.
    bool flush();
    /// What keeps changes from being journalled, as a sentence; empty when nothing does.
    std::string journal_problem() const;

private:
    Workspace(Document document, const std::filesystem::path& path)
        : document_(std::move(document)), path_(path.string()) {}
    static std::unique_ptr<Workspace> open_journal(const std::filesystem::path& path, const NodeTypes& types);
    void take_up(const std::filesystem::path& journal);
    void begin_journal(std::vector<LockedFile> held);
    void begin_untitled_journal();
    JournalStart here() const;
    void now_saved(std::string base);
    void record(int64_t tick, decltype(JournalEntry::change) change);

    Document document_;
    std::string path_;
    std::string base_;  // sha256_hex of the file
    std::optional<Graph>
        saved_;  // what needs no saving: the file's, or a new patch; nothing: everything does
    int64_t changes_ = 0;
    int64_t saved_changes_ = 0;  // of these, in the file
    // A comparison takes milliseconds for a large patch, and is asked for with every frame.
    mutable int64_t compared_ = -1;  // changes, when it was last made
    mutable bool differs_ = false;
    std::vector<std::string> problems_, recovered_;
    std::unique_ptr<JournalWriter> journal_;  // none where none can be written
};

}  // namespace gan
