#include "runtime/graph/journal_writer.h"

#include "runtime/base/error.h"

#include <chrono>
#include <optional>
#include <utility>

namespace gan {
namespace {

using namespace std::chrono_literals;

constexpr auto retry = 1s;    // after a failure
constexpr auto pause = 50ms;  // between two syncs: a dragged knob writes with every frame

}  // namespace

JournalWriter::JournalWriter(LockedFile file, JournalStart start)
    : path_(file.path()), file_(std::move(file)) {
    restart(std::move(start));
    writer_ = std::thread([this] { write_loop(); });
    syncer_ = std::thread([this] { sync_loop(); });
}

JournalWriter::~JournalWriter() {
    end();
}

void JournalWriter::append(JournalEntry entry) {
    post(std::move(entry));
}

void JournalWriter::restart(JournalStart start) {
    post(std::move(start));
}

void JournalWriter::post(Record record) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(record));
        ++posted_;
    }
    posted_more_.notify_one();
}

bool JournalWriter::flush() {
    std::unique_lock lock(mutex_);
    const int64_t wanted = posted_;
    ++flushing_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return synced_ >= wanted || (tried_ >= wanted && written_ < wanted); });
    --flushing_;
    return problem_.empty();
}

std::string JournalWriter::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

void JournalWriter::remove() {
    end();
    file_.remove();
}

void JournalWriter::end() {
    if (!writer_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    posted_more_.notify_all();
    writer_.join();
    {
        const std::lock_guard lock(mutex_);
        written_all_ = true;
    }
    changed_.notify_all();
    syncer_.join();
}

void JournalWriter::write_loop() {
    std::optional<std::string> fresh;  // contents that replace the file's
    std::string text;                  // what comes after
    std::unique_lock lock(mutex_);
    for (;;) {
        const auto ready = [&] { return ending_ || !queue_.empty(); };
        if (fresh || !text.empty())
            posted_more_.wait_for(lock, retry, ready);
        else
            posted_more_.wait(lock, ready);
        const bool last = ending_;
        const std::vector<Record> records = std::exchange(queue_, {});
        const int64_t taken = posted_;
        LockedFile file = file_;
        lock.unlock();
        for (const Record& record : records) {
            if (const auto* start = std::get_if<JournalStart>(&record)) {
                fresh = journal_line(*start);
                text.clear();
            } else {
                text += journal_line(std::get<JournalEntry>(record));
            }
        }
        std::string problem;
        try {
            if (fresh) file.replace(*fresh);
            fresh.reset();
            file.append(text);
        } catch (const Error& error) {
            problem = fmt::format("changes are not being kept: {}", error.what());
        }
        lock.lock();
        file_ = std::move(file);
        tried_ = taken;
        if (problem.empty()) written_ = taken;
        problem_ = std::move(problem);
        changed_.notify_all();
        if (last) return;
    }
}

void JournalWriter::sync_loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return written_all_ || synced_ < written_; });
        if (synced_ == written_) return;
        const int64_t written = written_;
        const LockedFile file = file_;
        lock.unlock();
        std::string problem;
        try {
            file.sync();
        } catch (const Error& error) {
            problem = fmt::format("changes may not outlive a power cut: {}", error.what());
        }
        lock.lock();
        synced_ = written;
        if (!problem.empty()) problem_ = std::move(problem);
        changed_.notify_all();
        changed_.wait_for(lock, pause, [&] { return written_all_ || flushing_ > 0; });
    }
}

}  // namespace gan
