#include "nodes/hosts/background.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace gan {

Background::Picture Background::newest(Job job, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!thread_.joinable()) {
        // The host's signals are for threads of the host's.
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        const auto restore = [&] { pthread_sigmask(SIG_SETMASK, &before, nullptr); };
        try {
            thread_ = std::thread([this] { work(); });
        } catch (...) {
            restore();
            throw;
        }
        restore();
    }
    waiting_ = std::move(job);
    const uint64_t mine = ++asked_;
    changed_.notify_all();
    changed_.wait_for(lock, patience, [&] { return made_ >= mine; });
    return picture_;
}

void Background::work() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        if (!waiting_) {
            changed_.wait(lock);
            continue;
        }
        const Job job = std::exchange(waiting_, nullptr);
        const uint64_t number = asked_;
        Picture picture;
        lock.unlock();
        try {
            job(picture);
        } catch (...) {
            picture.clear();
        }
        lock.lock();
        picture_ = std::move(picture);
        made_ = number;
        changed_.notify_all();
    }
    ended_ = true;
    changed_.notify_all();
}

void Background::end(const std::function<void()>& hurry) {
    if (!thread_.joinable()) return;
    {
        std::unique_lock lock(mutex_);
        ending_ = true;
        changed_.notify_all();
        constexpr std::chrono::milliseconds often(5);
        while (!changed_.wait_for(lock, often, [this] { return ended_; })) {
            lock.unlock();
            hurry();
            lock.lock();
        }
    }
    thread_.join();
}

}  // namespace gan
