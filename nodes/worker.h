#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gan {

/// A thread that does one job after another, and frees them, done or not; the first one starts it. Jobs must
/// not throw.
/// Everything here is called by one thread, the player's.
class Worker {
public:
    using Job = std::function<void()>;

    Worker() = default;
    ~Worker();  // does what waits
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Does the job after those that wait. False: `room` of them wait already, and it was not taken.
    bool post(Job job, size_t room);
    /// Does the job instead of those that wait.
    void replace(Job job);
    /// Forgets the jobs that wait.
    void clear();
    /// Until every job is done.
    void wait();
    bool idle() const;

private:
    void start();
    void work();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> waiting_;
    std::vector<Job> dropped_;  // that the thread has to free
    bool busy_ = false;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace gan
