#include "runtime/gpu/frame_ring.h"
#include "tests/support.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

namespace gan {
namespace {

/// What is in a slot: every word tells the frame, so that a torn one shows.
using Content = std::vector<uint64_t>;

/// Busy for a random while: producers and consumers at unequal rates.
void dawdle(std::mt19937& random, int most) {
    random.discard(random() % static_cast<unsigned>(most + 1));
}

struct Seen {
    uint64_t count = 0;
    uint64_t last = 0;
    bool ordered = true;
    bool whole = true;
};

/// A producer and a consumer on threads of their own, one slower than the other.
Seen through(FrameRing& ring, size_t slots, uint64_t count, int produce, int consume) {
    std::vector<Content> memory(slots, Content(64, 0));
    std::thread producer([&] {
        std::mt19937 random(1);
        for (uint64_t frame = 1; frame <= count; ++frame) {
            const auto place = ring.begin();
            if (!place) continue;
            for (uint64_t& word : memory[place->slot]) word = frame;
            ring.publish(place->slot);
            dawdle(random, produce);
        }
        ring.close();
    });
    Seen seen;
    std::mt19937 random(2);
    uint64_t last_number = 0;
    while (const auto frame = ring.wait()) {
        const Content& content = memory[frame->slot];
        for (const uint64_t word : content) seen.whole &= word == content.front();
        seen.ordered &= content.front() > seen.last && frame->number > last_number;
        seen.last = content.front();
        last_number = frame->number;
        ++seen.count;
        dawdle(random, consume);
        ring.release(frame->slot);
    }
    producer.join();
    return seen;
}

TEST(FrameRing, LockLosesNothing) {
    for (const auto& [produce, consume] : {std::pair{0, 1000}, {1000, 0}, {300, 300}}) {
        FrameRing ring(3, FramePolicy::Lock);
        const Seen seen = through(ring, 3, frames(), produce, consume);
        EXPECT_TRUE(seen.whole && seen.ordered);
        EXPECT_EQ(seen.count, frames());
        EXPECT_EQ(ring.counters().dropped, 0u);
    }
}

TEST(FrameRing, LatestKeepsTheOrderAndAccountsForEveryFrame) {
    for (const auto& [produce, consume] : {std::pair{0, 1000}, {1000, 0}, {300, 300}}) {
        FrameRing ring(3, FramePolicy::Latest);
        const Seen seen = through(ring, 3, frames(), produce, consume);
        EXPECT_TRUE(seen.whole && seen.ordered);
        EXPECT_EQ(seen.last, frames()) << "the newest always arrives";
        const auto counters = ring.counters();
        EXPECT_EQ(counters.taken, seen.count);
        EXPECT_EQ(counters.taken + counters.dropped, frames());
    }
}

TEST(FrameRing, LatestNeverWaitsEvenWhereTheConsumerKeepsAFrame) {
    FrameRing ring(3, FramePolicy::Latest);
    ring.publish(ring.begin()->slot);
    const auto kept = ring.take();
    ASSERT_TRUE(kept);
    for (int i = 0; i < 100; ++i) {
        const auto place = ring.begin();
        ASSERT_TRUE(place) << "readers in flight + 2 slots";
        EXPECT_NE(place->slot, kept->slot);
        ring.publish(place->slot);
    }
    EXPECT_EQ(ring.take()->number, 101u);
    EXPECT_EQ(ring.counters().dropped, 99u);
}

TEST(FrameRing, LatestDropsWhereMoreIsKeptThanWasSaid) {
    FrameRing ring(2, FramePolicy::Latest);
    for (int i = 0; i < 2; ++i) {
        ring.publish(ring.begin()->slot);
        ASSERT_TRUE(ring.take());
    }
    EXPECT_FALSE(ring.begin());
    EXPECT_EQ(ring.counters().dropped, 1u);
}

TEST(FrameRing, ASlotThatWasGivenUpIsFreeAgain) {
    FrameRing ring(1, FramePolicy::Lock);
    ring.abandon(ring.begin()->slot);
    ring.publish(ring.begin()->slot);
    EXPECT_EQ(ring.take()->number, 1u);
}

// A GPU reads what was released until its timeline has come to that moment.
TEST(FrameRing, ASlotThatIsStillReadIsNotWritten) {
    FrameRing latest(1, FramePolicy::Latest);
    latest.publish(latest.begin()->slot);
    latest.release(latest.take()->slot, 7);
    EXPECT_FALSE(latest.begin(6));
    EXPECT_TRUE(latest.begin(7));
    FrameRing lock(2, FramePolicy::Lock);
    for (const uint64_t moment : {9, 4}) {
        lock.publish(lock.begin()->slot);
        lock.release(lock.take()->slot, moment);
    }
    EXPECT_EQ(lock.begin()->after, 4u) << "the producer waits for that";
    EXPECT_EQ(lock.begin()->after, 9u);
}

TEST(FrameRing, ClosingWakesWhoWaits) {
    FrameRing full(1, FramePolicy::Lock);
    full.publish(full.begin()->slot);
    std::thread producer([&] { EXPECT_FALSE(full.begin()); });
    FrameRing empty(1, FramePolicy::Lock);
    std::thread consumer([&] { EXPECT_FALSE(empty.wait()); });
    full.close();
    empty.close();
    producer.join();
    consumer.join();
}

}  // namespace
}  // namespace gan
