#pragma once

#include "tests/support.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gan {

struct Outcome {
    int code = -1;
    std::string out;
    std::string err;
};

struct Started {
    pid_t pid;
    std::filesystem::path out, err;
    Outcome wait() const;
};

/// The program as a person uses it: started as a process, judged by what it writes and says, in a folder of
/// its own.
class ProgramTest : public testing::Test {
protected:
    Started start(std::vector<std::string> arguments, rlim_t file_limit = RLIM_INFINITY);
    Outcome call(std::vector<std::string> arguments) { return start(std::move(arguments)).wait(); }
    /// It says `sentence`, and little else, and exits with an error.
    void expect_refused(const std::vector<std::string>& arguments, const std::string& sentence);
    std::string at(const std::string& name) const { return (folder / name).string(); }

    TemporaryFolder folder;
    std::string input = "/dev/null";  // what the program reads

private:
    int started_ = 0;
};

/// The decoded pixels of a PNG, RGB; empty when it cannot be read.
std::vector<uint8_t> pixels(const std::string& path);

}  // namespace gan
