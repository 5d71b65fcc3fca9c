#pragma once

#include "tests/support.h"
#include "trainer/run/training.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace gan {

/// A small run of training on 40 ramps of three classes.
class Run : public testing::Test {
protected:
    Run();
    Training training(RunFolder& run);
    /// The lines of a run's file.
    static std::vector<nlohmann::json> lines_of(const RunFolder& run, const char* file);
    std::string final_hash(const RunFolder& run);

    TemporaryFolder folder;
    Dataset data;
    TrainConfig config;
    std::string said;
};

}  // namespace gan
