#include "nodes/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace gan {
namespace {

TEST(Worker, DoesEveryJobItTookInOrderAndRefusesWhatHasNoRoom) {
    std::vector<int> done;
    {
        Worker worker;
        std::promise<void> begun;
        std::promise<void> gate;
        ASSERT_TRUE(worker.post(
            [&begun, open = gate.get_future().share()] {
                begun.set_value();
                open.wait();
            },
            1));
        begun.get_future().wait();  // from here on it does not itself wait among the others
        std::vector<bool> taken;
        for (int i = 0; i < 5; ++i) taken.push_back(worker.post([&done, i] { done.push_back(i); }, 3));
        EXPECT_THAT(taken, testing::ElementsAre(true, true, true, false, false));
        EXPECT_FALSE(worker.idle());
        gate.set_value();
    }
    EXPECT_THAT(done, testing::ElementsAre(0, 1, 2));
}

TEST(Worker, OfThoseThatWaitTheNewestReplacesTheOthers) {
    Worker worker;
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    std::atomic<int> last = -1;
    for (int i = 0; i < 2000; ++i)
        worker.replace([&, i] {
            most = std::max(most.load(), ++running);
            last = i;
            --running;
        });
    worker.wait();
    EXPECT_TRUE(worker.idle());
    EXPECT_EQ(most, 1) << "never two at once";
    EXPECT_EQ(last, 1999);
}

TEST(Worker, EndsWhileItWorksAndFreesJobsOnItsOwnThread) {
    struct Witness {
        explicit Witness(std::thread::id& freed_on) : thread(freed_on) {}
        ~Witness() { thread = std::this_thread::get_id(); }
        std::thread::id& thread;
    };
    for (int i = 0; i < 50; ++i) {
        std::thread::id freed_on;
        {
            Worker worker;
            auto witness = std::make_shared<Witness>(freed_on);
            worker.replace([kept = std::move(witness)] {});
            worker.replace([] {});
            worker.clear();
        }
        EXPECT_NE(freed_on, std::thread::id());
        EXPECT_NE(freed_on, std::this_thread::get_id());
    }
}

}  // namespace
}  // namespace gan
