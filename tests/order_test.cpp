#include "trainer/data/order.h"

#include "runtime/base/error.h"
#include "trainer/data/in_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <vector>

namespace gan {
namespace {

using testing::ElementsAre;

TEST(InOrder, ResultsComeInOrderForAnyNumberOfWorkers) {
    for (int workers : {1, 2, 5}) {
        std::vector<int64_t> order;
        run_in_order(1000, workers, [&](int64_t i) -> Job {
            return [&, i]() -> Finish { return [&, i] { order.push_back(i); }; };
        });
        std::vector<int64_t> expected(1000);
        std::iota(expected.begin(), expected.end(), 0);
        EXPECT_EQ(order, expected);
    }
}

TEST(InOrder, AFailureEndsTheWork) {
    std::atomic<int64_t> taken = 0;
    const auto fail_at_100 = [&](int64_t i) -> Job {
        ++taken;
        return [i]() -> Finish {
            if (i == 100) throw Error("at 100");
            return [] {};
        };
    };
    EXPECT_THROW(run_in_order(1'000'000, 4, fail_at_100), Error);
    EXPECT_LT(taken, 200);
}

TEST(Order, EveryEpochVisitsEverySampleOnce) {
    for (int64_t count : {1, 2, 3, 7, 16, 100, 1000, 4097})
        for (int64_t epoch : {int64_t{0}, int64_t{1}, int64_t{5'000'000'000}}) {
            std::set<int64_t> seen;
            for (int64_t i = 0; i < count; ++i) seen.insert(sample_at(7, epoch * count + i, count));
            EXPECT_EQ(static_cast<int64_t>(seen.size()), count);
            EXPECT_EQ(*seen.begin(), 0);
            EXPECT_EQ(*seen.rbegin(), count - 1);
        }
}

// Two random orders of 1000 agree in one place on average; more than 12 happens once in 10^9 times (Poisson).
TEST(Order, DiffersBetweenEpochsAndSeeds) {
    const auto same = [](uint64_t seed, int64_t epoch) {
        int count = 0;
        for (int64_t i = 0; i < 1000; ++i)
            count += sample_at(1, i, 1000) == sample_at(seed, 1000 * epoch + i, 1000) ? 1 : 0;
        return count;
    };
    EXPECT_EQ(same(1, 0), 1000);
    for (uint64_t seed : {1ull, 2ull, 1ull << 32, (1ull << 63) + 1})
        for (int64_t epoch : {1, 2, 3}) EXPECT_LE(same(seed, epoch), 12);
    EXPECT_LE(same(2, 0), 12);
}

// Chi-squared over the places of each sample: mean (n - 1)^2, variance 2 (n - 1)^2; within five deviations.
TEST(Order, EverySampleComesEverywhereEquallyOften) {
    for (int64_t n : {2, 3, 7, 16, 31}) {
        const int64_t epochs = 1000 * n;
        std::vector<int64_t> hits(static_cast<size_t>(n * n));
        for (int64_t i = 0; i < epochs * n; ++i) ++hits[static_cast<size_t>(i % n * n + sample_at(3, i, n))];
        double chi = 0;
        for (int64_t count : hits) chi += static_cast<double>((count - 1000) * (count - 1000)) / 1000;
        const auto freedom = static_cast<double>((n - 1) * (n - 1));
        EXPECT_NEAR(chi, freedom, 5 * std::sqrt(2 * freedom)) << n;
    }
    std::map<std::vector<int64_t>, int> orders;  // all 24 of four
    for (int64_t epoch = 0; epoch < 24'000; ++epoch) {
        std::vector<int64_t> order;
        for (int64_t i = 0; i < 4; ++i) order.push_back(sample_at(5, 4 * epoch + i, 4));
        ++orders[order];
    }
    EXPECT_EQ(orders.size(), 24);
    for (const auto& [order, count] : orders) EXPECT_NEAR(count, 1000, 160);  // five deviations of 31
}

// Written down once: training that was stopped goes on in the same order with any later version.
TEST(Order, IsTheSameForever) {
    std::vector<int64_t> order;
    for (int64_t i = 0; i < 10; ++i) order.push_back(sample_at(42, i, 1'281'167));
    EXPECT_THAT(order, ElementsAre(1125881, 1036601, 701472, 1203458, 446709, 474720, 543105, 270703, 329740,
                                   102675));
}

}  // namespace
}  // namespace gan
