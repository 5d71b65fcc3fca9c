#pragma once

#include "runtime/base/file.h"
#include "tests/program.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gan {

/// Its classes have no names, and its pictures do not tile unless told to.
inline const std::string random_model = GAN_ASSETS "/models/random-64.safetensors";

class Render : public ProgramTest {
protected:
    static std::string patch(const std::string& name) {
        return std::string(GAN_ASSETS) + "/patches/" + name + ".ganymede";
    }
    /// Calls the program, which succeeds, and returns what it printed.
    std::string run(std::vector<std::string> arguments) {
        const Outcome outcome = call(std::move(arguments));
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        return outcome.out;
    }
    std::string render(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "render");
        return run(std::move(arguments));
    }
    std::string bytes(const std::string& name) const { return read_text(at(name)); }
};

}  // namespace gan
