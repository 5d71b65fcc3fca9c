#include "nodes/builtin.h"
#include "runtime/base/file.h"
#include "runtime/cli/render.h"
#include "runtime/graph/patch.h"
#include "runtime/picture/png.h"
#include "runtime/picture/read_picture.h"
#include "tests/render.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace gan {
namespace {

/// Patches whose pictures are worked on by shaders.
using RenderPictures = Render;

TEST_F(RenderPictures, WithoutAVulkanDriverOnlyPictureNodesAreMissing) {
    ::setenv("VK_ICD_FILENAMES", at("none.json").c_str(), 1);
    ::setenv("VK_DRIVER_FILES", at("none.json").c_str(), 1);
    render({patch("latent_loop"), "--frames", "0", "--out", at("network.png")});
    expect_refused({"render", patch("kaleidoscope_show"), "--frames", "0", "--out", at("x.png")},
                   "install mesa-vulkan-drivers");
    expect_refused({"gpus"}, "install mesa-vulkan-drivers");
    ::unsetenv("VK_ICD_FILENAMES");
    ::unsetenv("VK_DRIVER_FILES");
}

/// How much lines of pixels differ in the mean: neighbours, those at the two edges, and such that are far
/// apart.
struct Steps {
    double inside = 0, across = 0, apart = 0;
};
Steps steps(const Picture8& picture, bool down) {
    const int side = picture.width;
    const auto difference = [&](int a, int b) {
        double sum = 0;
        for (int i = 0; i < side; ++i)
            for (int c = 0; c < picture.channels; ++c) {
                const auto at = [&](int line) {
                    return static_cast<int>(
                        picture.row(down ? line : i)[(down ? i : line) * picture.channels + c]);
                };
                sum += std::abs(at(a) - at(b));
            }
        return sum / side;
    };
    Steps result{.across = difference(side - 1, 0)};
    for (int line = 0; line + 1 < side; ++line) result.inside += difference(line, line + 1) / (side - 1);
    for (int line = 0; line < side / 2; ++line)
        result.apart += difference(line, line + side / 2) / (side / 2.0);
    return result;
}

TEST_F(RenderPictures, TheTextureSetTilesInColourAndInNormals) {
    for (const char* bits : {"8", "16"})
        for (const char* output : {"Colour", "Normal"}) {
            render({patch("texture_set"), "--output", output, "--bits", bits, "--out", at("t.png")});
            const AnyPicture any = read_picture(at("t.png"), true);
            EXPECT_EQ(std::holds_alternative<Picture16>(any), std::string(bits) == "16");
            if (!std::holds_alternative<Picture8>(any)) continue;
            for (const bool down : {false, true}) {
                const Steps step = steps(std::get<Picture8>(any), down);
                const char* way = down ? " from top to bottom" : " from left to right";
                // An edge is one line of 512: it may lie on a joint between stones, which is no seam.
                EXPECT_LT(step.across, 3 * step.inside) << output << way;
                EXPECT_GT(step.apart, 3 * step.inside) << output << way << ": a seam would be seen";
            }
        }
}

// What was looked at and found good, small; random weights, so that a better model changes nothing. Here they
// are the same bytes; other engines, drivers and processors may round differently: a level in the mean, and
// 16 where a shader draws lines.
TEST_F(RenderPictures, PicturePatchesLookAsTheyDid) {
    for (const char* name : {"feedback_trails", "kaleidoscope_show", "shader_flow", "texture_set"}) {
        std::vector<std::string> arguments{patch(name),
                                           "--frames",
                                           "20",
                                           "--size",
                                           "96x96",
                                           "--model",
                                           std::string(GAN_ASSETS) + "/models/random-64.safetensors",
                                           "--out",
                                           at("now.png")};
        if (std::string(name) != "kaleidoscope_show")  // which walks through classes that the network has
            arguments.insert(arguments.end(), {"--set", "Class.class=1"});
        render(arguments);
        const Picture8 now = read_png(at("now.png")).picture;
        const Picture8 then = read_png(data_folder() / "pictures" / (std::string(name) + ".png")).picture;
        EXPECT_LE(mean_difference(now.pixels, then.pixels), 1) << name;
        EXPECT_LE(max_difference(now.pixels, then.pixels), 16) << name;
    }
}

TEST_F(RenderPictures, AGpuThatIsLostOnTheWayChangesNoFrame) {
    const auto frames = [&](const char* name, int lost_at) {
        Patch loaded = load_patch(patch("feedback_trails"), builtin_nodes());
        loaded.graph.nodes.at(1).params = {
            {"path", std::string(GAN_ASSETS) + "/models/random-64.safetensors"}};
        loaded.graph.nodes.at(3).params = {{"class", "1"}};
        RenderJob job{.graph = loaded.graph, .take = {}, .folder = "", .settings = {}, .last = 5};
        job.sink.out = at(std::string(name) + "_%02d.png");
        Gpu gpu("software");
        gpu.device()->inject({.submission = lost_at});
        RenderLog log(false);
        EXPECT_EQ(render_frames(job, log, gpu), 0);
        std::string all;
        for (int i = 0; i < 5; ++i) all += bytes(fmt::format("{}_{:02}.png", name, i));
        return all;
    };
    const std::string whole = frames("whole", 0);
    EXPECT_EQ(frames("first", 1), whole);
    EXPECT_EQ(frames("fourth", 4), whole) << "what feeds back is replayed";
}

TEST_F(RenderPictures, TheGpuIsChosenByName) {
    render({patch("shader_flow"), "--frames", "0", "--gpu", "software", "--out", at("a.png")});
    expect_refused({"render", patch("shader_flow"), "--frames", "0", "--gpu", "Voodoo", "--out", at("x.png")},
                   "there is no GPU called Voodoo");
}

}  // namespace
}  // namespace gan
