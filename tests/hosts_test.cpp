// The programs that people use, with the plugin in them; those that are not installed are left out.

#include "tests/frei0r_host.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gan {
namespace {

constexpr int frames = 100;
constexpr size_t width =
    128;  // FFmpeg 5.1 shears what is no multiple of 64 bytes wide, of every frei0r plugin
constexpr size_t height = 96;

class Hosts : public Frei0r {
protected:
    void SetUp() override {
        Frei0r::SetUp();
        const std::string plugins = std::filesystem::path(GAN_FREI0R_SOURCE).parent_path();
        ::setenv("FREI0R_PATH", plugins.c_str(), 1);
        ::setenv("GST_REGISTRY", at("registry.bin").c_str(), 1);
    }
    void TearDown() override {
        ::unsetenv("FREI0R_PATH");
        ::unsetenv("GST_REGISTRY");
        Frei0r::TearDown();
    }
    static bool installed(const std::string& program) {
        std::istringstream folders(std::getenv("PATH"));
        for (std::string folder; std::getline(folders, folder, ':');)
            if (std::filesystem::exists(std::filesystem::path(folder) / program)) return true;
        return false;
    }
    /// Runs a host that writes raw RGBA frames into the file `out`.
    void host(std::vector<std::string> command) {
        command.insert(command.begin(), {"timeout", "250"});
        const Outcome outcome = run_other(command);
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        EXPECT_THAT(outcome.err, testing::Not(testing::HasSubstr("ganymede: ")))
            << "the plugin has complained";
    }
    /// The frames in it are those of `ganymede render`.
    void expect_frames(const std::string& patch) {
        render({patch, "--frames", fmt::format("0..{}", frames), "--size",
                fmt::format("{}x{}", width, height), "--out", at("frame_%03d.png")});
        const std::string raw = bytes("out");
        constexpr size_t size = width * height * 4;
        ASSERT_EQ(raw.size(), size * frames);
        for (size_t n = 0; n < frames; ++n) {
            std::vector<uint8_t> colours;
            for (size_t i = n * size; i < (n + 1) * size; ++i)
                if (i % 4 != 3) colours.push_back(static_cast<uint8_t>(raw[i]));
            const std::vector<uint8_t> expected = pixels(at(fmt::format("frame_{:03}.png", n)));
            ASSERT_LE(difference(colours, expected), promised) << "frame " << n;
        }
    }
    /// For MLT, which has no option for the size.
    std::string profile() {
        std::ofstream(at("profile")) << "description=test\nframe_rate_num=60\nframe_rate_den=1\nwidth="
                                     << width << "\nheight=" << height
                                     << "\nprogressive=1\nsample_aspect_num=1\nsample_aspect_den=1\n"
                                        "display_aspect_num=4\ndisplay_aspect_den=3\ncolorspace=709\n";
        return at("profile");
    }
    void melt(std::vector<std::string> clip, const char* real_time) {
        clip.insert(clip.begin(), {"melt", "-silent", "-profile", profile()});
        clip.insert(clip.end(), {"-consumer", "avformat:" + at("out"), "f=rawvideo", "vcodec=rawvideo",
                                 "pix_fmt=rgba", "mlt_image_format=rgba", "an=1",
                                 std::string("real_time=") + real_time, "terminate_on_pause=1"});
        host(std::move(clip));
    }
    /// The same patch for the filter: it takes a picture, and shows none of it.
    std::string taking_patch() {
        nlohmann::json patch = restless_patch();
        patch["nodes"].push_back({{"id", 20}, {"type", "image.input"}});
        return saved(patch, "taking.ganymede");
    }
};

const std::string last_frame = fmt::format("out={}", frames - 1);
const std::string raw_video =
    fmt::format("video/x-raw,format=RGBA,width={},height={},framerate=60/1", width, height);

TEST_F(Hosts, FFmpegShowsTheFramesOfRender) {
    ASSERT_TRUE(installed("ffmpeg")) << "ffmpeg is not installed; `./ganymede setup` does that";
    const auto ffmpeg = [&](const std::string& source, const std::string& filter) {
        host({"ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-vf", filter, "-frames:v",
              std::to_string(frames), "-f", "rawvideo", "-pix_fmt", "rgba", "-y", at("out")});
    };
    ffmpeg(fmt::format("frei0r_src=size={}x{}:framerate=60:filter_name=ganymede:filter_params={}", width,
                       height, path),
           "null");
    expect_frames(path);
    ffmpeg(fmt::format("testsrc=size={}x{}:rate=60", width, height),
           fmt::format("format=rgba,frei0r=filter_name=ganymede_filter:filter_params={}", taking_patch()));
    expect_frames(path);
}

TEST_F(Hosts, MeltShowsTheFramesOfRender) {
    ASSERT_TRUE(installed("melt")) << "melt is not installed; `./ganymede setup` does that";
    for (const char* real_time : {"0", "-3"}) {  // one thread, three
        melt({"frei0r.ganymede", "patch=" + path, last_frame}, real_time);
        expect_frames(path);
    }
    melt({"color:red", last_frame, "-filter", "frei0r.ganymede_filter", "patch=" + taking_patch()}, "0");
    expect_frames(path);
}

TEST_F(Hosts, GStreamerShowsTheFramesOfRender) {
    ASSERT_TRUE(installed("gst-launch-1.0"))
        << "gst-launch-1.0 is not installed; `./ganymede setup` does that";
    const std::string count = fmt::format("num-buffers={}", frames);
    host({"gst-launch-1.0", "-q", "frei0r-src-ganymede", count, "patch=" + path, "!", raw_video, "!",
          "filesink", "location=" + at("out")});
    expect_frames(path);
    host({"gst-launch-1.0", "-q", "videotestsrc", count, "!", raw_video, "!", "frei0r-filter-ganymede-filter",
          "patch=" + taking_patch(), "!", "filesink", "location=" + at("out")});
    expect_frames(path);
}

}  // namespace
}  // namespace gan
