#include "nodes/worker.h"

#include <algorithm>
#include <iterator>

namespace gan {

Worker::~Worker() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool Worker::post(Job job, size_t room) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= room) return false;
        waiting_.push_back(std::move(job));
    }
    start();
    return true;
}

void Worker::replace(Job job) {
    clear();
    post(std::move(job), 1);
}

void Worker::clear() {
    {
        const std::lock_guard lock(mutex_);
        std::move(waiting_.begin(), waiting_.end(), std::back_inserter(dropped_));
        waiting_.clear();
    }
    changed_.notify_all();
}

void Worker::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.empty() && !busy_; });
}

bool Worker::idle() const {
    const std::lock_guard lock(mutex_);
    return waiting_.empty() && !busy_;
}

void Worker::start() {
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    changed_.notify_all();
}

void Worker::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return closing_ || !waiting_.empty() || !dropped_.empty(); });
        std::vector<Job> dropped;
        dropped.swap(dropped_);
        if (waiting_.empty() && dropped.empty()) return;
        lock.unlock();
        dropped.clear();
        lock.lock();
        if (waiting_.empty()) continue;
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        busy_ = true;
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
        busy_ = false;
        changed_.notify_all();
    }
}

}  // namespace gan
