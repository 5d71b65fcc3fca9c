#pragma once

#include "runtime/base/locked_file.h"
#include "runtime/graph/journal.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace gan {

/// Writes a journal while a patch is edited. Two threads of its own: one writes each record at once, so that
/// it outlives the program; one has the disk keep what is written, so that it outlives the machine. The
/// second may wait for the disk as long as that takes; the first never waits for the second.
///
/// A disk that is full, or gone, stops nothing: records wait in memory and are tried again every second.
class JournalWriter {
public:
    /// The file's contents are replaced by `start`; until they are, they stay.
    JournalWriter(LockedFile file, JournalStart start);
    /// Writes what is waiting, and leaves the file.
    ~JournalWriter();
    JournalWriter(const JournalWriter&) = delete;
    JournalWriter& operator=(const JournalWriter&) = delete;

    const std::filesystem::path& path() const { return path_; }

    /// Takes a moment: a copy and a signal. [any thread]
    void append(JournalEntry entry);
    /// A new journal in place of what the file holds. [any thread]
    void restart(JournalStart start);
    /// Waits until the disk keeps all that came before; false when there is a problem with it. [any thread]
    bool flush();
    /// What keeps records from being written, as a sentence; empty when nothing does. [any thread]
    std::string problem() const;
    /// Removes the file. To be called last. [any thread]
    void remove();

private:
    using Record = std::variant<JournalStart, JournalEntry>;
    void post(Record record);
    void write_loop();
    void sync_loop();
    void end();

    const std::filesystem::path path_;
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable posted_more_, changed_;
    LockedFile file_;  // only the writing thread changes it
    std::vector<Record> queue_;
    int64_t posted_ = 0, tried_ = 0, written_ = 0, synced_ = 0;  // records: up to which one
    int flushing_ = 0;                                           // threads in flush()
    std::string problem_;
    bool ending_ = false, written_all_ = false;

    std::thread writer_, syncer_;
};

}  // namespace gan
