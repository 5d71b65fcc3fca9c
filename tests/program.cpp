#include "tests/program.h"

#include "runtime/base/file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <png.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

namespace gan {

Outcome Started::wait() const {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(out), read_text(err)};
}

Started ProgramTest::start(std::vector<std::string> arguments, rlim_t file_limit) {
    const std::filesystem::path out = folder / fmt::format("out{}", ++started_);
    const std::filesystem::path err = folder / fmt::format("err{}", started_);
    arguments.insert(arguments.begin(), GAN_PROGRAM);
    std::fflush(nullptr);  // or the child would write what is buffered once more
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::signal(SIGINT, SIG_DFL);  // a shell starts what is in its background with Ctrl-C ignored
        if (std::freopen(input.c_str(), "r", stdin) == nullptr ||
            std::freopen(out.c_str(), "w", stdout) == nullptr ||
            std::freopen(err.c_str(), "w", stderr) == nullptr)
            ::_exit(126);
        const rlimit limit{file_limit, file_limit};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        std::vector<char*> argv;
        for (auto& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        ::execv(GAN_PROGRAM, argv.data());
        ::_exit(127);
    }
    return {pid, out, err};
}

void ProgramTest::expect_refused(const std::vector<std::string>& arguments, const std::string& sentence) {
    const Outcome outcome = call(arguments);
    EXPECT_GT(outcome.code, 0);
    EXPECT_LT(outcome.code, 126) << "it crashed";
    EXPECT_THAT(outcome.err, testing::HasSubstr(sentence));
    EXPECT_LE(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 3) << outcome.err;
}

std::vector<uint8_t> pixels(const std::string& path) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_file(&image, path.c_str()) == 0) return {};
    image.format = PNG_FORMAT_RGB;
    std::vector<uint8_t> data(PNG_IMAGE_SIZE(image));
    png_image_finish_read(&image, nullptr, data.data(), 0, nullptr);
    return data;
}

}  // namespace gan
