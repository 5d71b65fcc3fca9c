#include "trainer/data/in_order.h"

#include "runtime/base/file.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace gan {

void run_in_order(int64_t count, int workers, const std::function<Job(int64_t)>& take) {
    if (workers <= 0) workers = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const int64_t ahead = int64_t{8} * workers;

    std::mutex mutex;  // of all below, and held by take and finish
    std::condition_variable changed;
    std::map<int64_t, Finish> done;  // but not finished: earlier ones are still at work
    int64_t taken = 0;
    int64_t finished = 0;
    std::exception_ptr failure;

    const auto work = [&] {
        std::unique_lock lock(mutex);
        try {
            while (true) {
                changed.wait(lock, [&] { return failure || taken == count || taken < finished + ahead; });
                if (failure || taken == count) return;
                check_interrupted();
                const int64_t index = taken;
                const Job job = take(index);
                ++taken;
                lock.unlock();
                Finish finish = job();
                lock.lock();
                if (failure) return;
                done.emplace(index, std::move(finish));
                for (; !done.empty() && done.begin()->first == finished; ++finished) {
                    done.begin()->second();
                    done.erase(done.begin());
                }
                changed.notify_all();
            }
        } catch (...) {
            if (!lock.owns_lock()) lock.lock();
            if (!failure) failure = std::current_exception();
            changed.notify_all();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int64_t i = 0; i < std::min<int64_t>(workers, count); ++i) threads.emplace_back(work);
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace gan
