// Videos, as a player sees them: decoded by FFmpeg.

#include "runtime/base/file.h"
#include "tests/program.h"
#include "tests/video_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace gan {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Media : public ProgramTest {
protected:
    static std::vector<std::string> loop(std::vector<std::string> more) {
        // What lossy codecs may lose below was measured on this network's pictures, which are smooth.
        more.insert(more.begin(),
                    {"render", std::string(GAN_ASSETS) + "/patches/latent_loop.ganymede", "--model",
                     std::string(GAN_ASSETS) + "/models/random-64.safetensors", "--set", "Class.class=1"});
        return more;
    }
    /// The program, which succeeds, writes 12 frames of a fast circle to `name`; returns what it noted.
    std::string write(const std::string& name, std::vector<std::string> more = {}) {
        more.insert(more.end(), {"--frames", "0..12", "--set", "Circle.period=0.5", "--out", at(name)});
        const Outcome outcome = call(loop(more));
        EXPECT_EQ(outcome.code, 0) << name << ": " << outcome.err;
        EXPECT_EQ(outcome.out, "");
        return outcome.err;
    }
    std::vector<std::string> hidden() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder.path()))
            if (entry.path().filename().string().starts_with(".")) names.push_back(entry.path());
        return names;
    }
};

double mean_difference(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
    EXPECT_EQ(a.size(), b.size());
    double sum = 0;
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) sum += std::abs(a[i] - b[i]);
    return sum / static_cast<double>(a.size());
}

/// The largest difference between the mean red, green or blue of two pictures.
double tint(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
    double sums[3]{};
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) sums[i % 3] += a[i] - b[i];
    return std::max({std::abs(sums[0]), std::abs(sums[1]), std::abs(sums[2])}) * 3 /
           static_cast<double>(a.size());
}

struct VideoCase {
    const char* name;
    const char* codec;   // option; "": the container's own
    const char* stored;  // FFmpeg's name of the codec
    const char* pixel_format;
    double tolerance;  // of the mean difference from the PNG files, of 255
};

// Pictures of a random network are as fine as noise, and most of the difference is the chroma that is left
// out. The tolerances are 1.5 times what was measured: 6 for H.264 and HEVC, 4.5 for VP9, 3.4 for ProRes, 2.2
// for GIF. The tint was 2 at the most; decoded with BT.601's matrix or with full range it was 6.5 at the
// least.
TEST_F(Media, WhatIsWrittenIsWhatWasRendered) {
    write("f_%02d.png");
    for (const VideoCase& one : std::vector<VideoCase>{{"a.mp4", "", "h264", "yuv420p", 9},
                                                       {"a.mov", "", "prores", "yuv422p10le", 5},
                                                       {"b.mov", "hevc", "hevc", "yuv420p", 9},
                                                       {"a.mkv", "ffv1", "ffv1", "bgr0", 0},
                                                       {"a.webm", "", "vp9", "yuv420p", 7},
                                                       {"a.gif", "", "gif", "bgra", 3.5}}) {
        std::vector<std::string> more;
        if (*one.codec != '\0') more = {"--codec", one.codec};
        if (std::string(one.name) == "a.gif") more = {"--fps", "50"};
        write(one.name, more);
        const Video video = read_video(at(one.name));
        EXPECT_EQ(video.codec, one.stored) << one.name;
        EXPECT_EQ(video.pixel_format, one.pixel_format) << one.name;
        EXPECT_EQ(video.width, 64) << one.name;
        EXPECT_EQ(video.height, 64) << one.name;
        ASSERT_EQ(video.frames.size(), 12u) << one.name;
        if (video.codec == "gif") {
            EXPECT_EQ(video.fps_num, 50 * video.fps_den);
            EXPECT_LE(mean_difference(video.frames[0], pixels(at("f_00.png"))), one.tolerance);
            continue;
        }
        EXPECT_EQ(video.fps_num, 60 * video.fps_den) << one.name;
        if (video.codec != "ffv1") {
            EXPECT_EQ(video.primaries, "bt709") << one.name;
            EXPECT_EQ(video.transfer, "bt709") << one.name;
            EXPECT_EQ(video.matrix, "bt709") << one.name;
            EXPECT_EQ(video.range, "tv") << one.name;
        }
        for (size_t i = 0; i < 12; ++i) {
            const auto png = pixels(at(fmt::format("f_{:02}.png", i)));
            EXPECT_LE(mean_difference(video.frames[i], png), one.tolerance) << one.name << ", frame " << i;
            EXPECT_LE(tint(video.frames[i], png), one.tolerance > 0 ? 3.5 : 0) << one.name << ", frame " << i;
        }
    }
}

TEST_F(Media, TwiceGivesTheSameBytes) {
    for (const char* ending : {"mp4", "mov", "mkv", "webm", "gif"}) {
        write(fmt::format("a.{}", ending));
        write(fmt::format("b.{}", ending));
        EXPECT_EQ(read_text(at(fmt::format("a.{}", ending))), read_text(at(fmt::format("b.{}", ending))))
            << ending;
    }
}

TEST_F(Media, TheProgramItselfDoesNotNeedFFmpeg) {
    EXPECT_THAT(read_text(GAN_PROGRAM, size_t{1} << 30), testing::Not(HasSubstr("libavcodec.so")));
    fs::copy_file(GAN_PROGRAM, at("moved"));
    const std::string said = at("said");
    const std::string command = fmt::format("'{}' render '{}/patches/first.ganymede' --out '{}' 2>'{}'",
                                            at("moved"), GAN_ASSETS, at("x.mp4"), said);
    EXPECT_NE(std::system(command.c_str()), 0);
    EXPECT_THAT(read_text(said), HasSubstr("videos are written by the module " + at("gan_media.so")));
}

TEST_F(Media, KeepsRatesThatNoDoubleHolds) {
    for (const char* fps : {"59.94", "60000/1001", "59.9401"}) {
        write("r.mp4", {"--fps", fps});
        const Video video = read_video(at("r.mp4"));
        EXPECT_EQ(video.fps_num, 60000) << fps;
        EXPECT_EQ(video.fps_den, 1001) << fps;
    }
    write("r.mp4", {"--fps", "12.5"});
    const Video video = read_video(at("r.mp4"));
    EXPECT_EQ(video.fps_num * 2, 25 * video.fps_den);
}

TEST_F(Media, RoundsOddSizesUpAndSaysSo) {
    EXPECT_THAT(write("odd.mp4", {"--size", "31x17"}), HasSubstr("31x17 becomes 32x18"));
    const Video video = read_video(at("odd.mp4"));
    EXPECT_EQ(video.width, 32);
    EXPECT_EQ(video.height, 18);
    EXPECT_EQ(write("odd.mkv", {"--size", "31x17", "--codec", "ffv1"}), "");
    EXPECT_EQ(read_video(at("odd.mkv")).width, 31);
}

TEST_F(Media, CtrlCKeepsWhatIsThere) {
    const Started work = start(loop({"--frames", "0..1000000", "--out", at("long.mp4"), "--log", "json"}));
    const auto rendered = [&] {
        std::error_code missing;
        const auto size = fs::file_size(work.out, missing);
        return !missing && size > 4000;  // some tens of lines
    };
    for (int i = 0; i < 600 && !rendered(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ::kill(work.pid, SIGINT);
    const Outcome outcome = work.wait();
    EXPECT_EQ(outcome.code, 130) << outcome.err;
    const Video video = read_video(at("long.mp4"));
    EXPECT_GT(video.frames.size(), 10u);
    EXPECT_THAT(outcome.err,
                HasSubstr(fmt::format("long.mp4 holds the {} frames made until then", video.frames.size())));
    EXPECT_THAT(hidden(), testing::IsEmpty());
}

TEST_F(Media, AFullDiskLeavesNothing) {
    const Outcome outcome =
        start(loop({"--frames", "0..60", "--out", at("full.mkv"), "--codec", "ffv1"}), 100'000).wait();
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("full.mkv: could not be written"));
    EXPECT_FALSE(fs::exists(at("full.mkv")));
    EXPECT_THAT(hidden(), testing::IsEmpty());
}

TEST_F(Media, SaysWhatDoesNotGoTogether) {
    const auto refused = [&](const std::string& out, std::vector<std::string> more,
                             const std::string& sentence) {
        more.insert(more.end(), {"--out", at(out)});
        expect_refused(loop(more), sentence);
        EXPECT_FALSE(fs::exists(at(out)));
    };
    refused("x.webm", {"--codec", "h264"}, "--codec h264 does not go into .webm files, which hold vp9");
    refused("x.mp4", {"--codec", "av1"}, "which hold h264, hevc");
    refused("x.avi", {}, "write .png, .mp4");
    refused("x.png", {"--codec", "h264"}, "is for videos");
    refused("x_%03d.mp4", {}, "a video is one file");
    refused("x.mp4", {"--resume"}, "--resume is for frames_%05d.png");
    refused("x.gif", {"--fps", "120"}, "at most 100 frames a second");
    refused("nowhere/x.mp4", {"--frames", "0..2"}, "cannot be written here");
    for (const char* fps : {"0", "-1", "x", "1/0", "2000", "nan"}) refused("x.mp4", {"--fps", fps}, "--fps");
}

}  // namespace
}  // namespace gan
