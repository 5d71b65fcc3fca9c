#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gan {

/// Makes pictures on a thread of its own, the newest that was asked for and no other, for hosts that do not
/// wait.
class Background {
public:
    using Picture = std::vector<uint32_t>;
    using Job = std::function<void(Picture&)>;  // where it throws, there is no picture

    Background() = default;
    ~Background() {
        end([] {});
    }
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    /// Asks for a picture in place of the one that waits, and waits for it at most so long. Returns the
    /// newest there is; empty: none yet. One caller at a time. Throws std::system_error when no thread can be
    /// had.
    Picture newest(Job job, std::chrono::milliseconds patience);

    /// Ends the thread; `hurry`, called again and again until then, gives up what the job is at.
    void end(const std::function<void()>& hurry);

private:
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    Job waiting_;
    Picture picture_;  // the newest
    uint64_t asked_ = 0;
    uint64_t made_ = 0;  // the number of the newest among those asked for
    bool ending_ = false;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace gan
