#include "runtime/cli/render.h"
#include "nodes/builtin.h"
#include "runtime/base/file.h"
#include "runtime/graph/patch.h"
#include "runtime/picture/png.h"
#include "runtime/picture/read_picture.h"
#include "tests/render.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace gan {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST_F(Render, EveryPatchThatComesAlongIsSavedAsItIsAndChecks) {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(std::string(GAN_ASSETS) + "/patches")) {
        const Patch loaded = load_patch(entry.path().string(), builtin_nodes());
        EXPECT_THAT(loaded.problems, testing::IsEmpty()) << entry.path();
        EXPECT_EQ(patch_text(loaded.graph), read_text(entry.path())) << entry.path();
        render({entry.path().string(), "--check"});
        ++count;
    }
    EXPECT_GE(count, 5);
}

TEST_F(Render, EveryPatchThatComesAlongRendersAndTwiceTheSame) {
    for (const auto& entry : fs::directory_iterator(std::string(GAN_ASSETS) + "/patches")) {
        for (const char* name : {"a_%02d.png", "b_%02d.png"})
            render({entry.path().string(), "--frames", "0..3", "--out", at(name)});
        for (const char* frame : {"00", "01", "02"})
            EXPECT_EQ(bytes(std::string("a_") + frame + ".png"), bytes(std::string("b_") + frame + ".png"));
    }
}

TEST_F(Render, AFrameAloneIsThatOfTheRunAndALoopCloses) {
    const std::string loop = patch("latent_loop");
    render({loop, "--frames", "15..19", "--out", at("run_%02d.png")});
    render({loop, "--frames", "17", "--out", at("alone.png")});
    render({loop, "--frames", "977", "--out", at("around.png")});
    EXPECT_EQ(bytes("run_17.png"), bytes("alone.png"));
    EXPECT_EQ(bytes("around.png"), bytes("alone.png")) << "8 bars at 120 bpm are 960 ticks";
    EXPECT_NE(bytes("run_16.png"), bytes("run_17.png"));
    render({loop, "--fps", "30", "--frames", "8", "--out", at("half.png")});
    EXPECT_EQ(bytes("half.png"), bytes("run_16.png")) << "frame 8 at 30 fps shows tick 16";
}

// The same pixels: the graph adds nothing and rounds nothing between the network and the file.
TEST_F(Render, ThePictureIsThatOfGenerate) {
    render({swing_patch(), "--out", at("graph.png")});
    run({"generate", std::string(GAN_ASSETS) + "/models/textures-64.safetensors", "--class", "lava", "--seed",
         "7", "--truncation", "0.7", "--truncation-mode", "quantile", "--out", at("plain.png")});
    EXPECT_EQ(pixels(at("graph.png")), pixels(at("plain.png")));
    render({swing_patch(), "--seed", "8", "--out", at("other.png")});
    EXPECT_NE(pixels(at("other.png")), pixels(at("plain.png")));
    render({swing_patch(), "--set", "Sampler.seed=8", "--set", "Class.class=lava", "--out", at("set.png")});
    EXPECT_EQ(pixels(at("set.png")), pixels(at("other.png")));
    EXPECT_THAT(read_png_texts(at("set.png")).at("ganymede.patch"), HasSubstr("\"seed\": 8"));
    const Graph other =
        parse_patch(read_png_texts(at("other.png")).at("ganymede.patch"), builtin_nodes()).graph;
    EXPECT_EQ(other.nodes.at(2).params.at("seed"), 8);
    EXPECT_EQ(other.nodes.at(3).params.at("seed"), 8) << "resampling follows, too";
}

TEST_F(Render, APictureOpensThePatchThatMadeIt) {
    render({patch("first"), "--seed", "12", "--out", at("a.png")});
    fs::rename(at("a.png"), at("elsewhere.png"));
    render({at("elsewhere.png"), "--out", at("b.png")});
    EXPECT_EQ(bytes("b.png"), bytes("elsewhere.png"));
    run({"generate", random_model, "--out", at("plain.png")});
    expect_refused({"render", at("plain.png")}, "carries no patch");
}

TEST_F(Render, NamesWhatItWritesAfterThePatch) {
    Graph graph = load_patch(patch("first"), builtin_nodes()).graph;
    save_patch(at("mine.ganymede"), graph);
    const auto before = fs::current_path();
    fs::current_path(folder.path());
    EXPECT_EQ(render({"mine.ganymede", "--frames", "0..3"}), "mine_%05d.png\n");
    EXPECT_EQ(render({"mine.ganymede", "--frames", "1"}), "mine.png\n");
    fs::current_path(before);
    EXPECT_EQ(bytes("mine_00001.png"), bytes("mine.png"));
    EXPECT_TRUE(fs::exists(at("mine_00002.png")));
}

TEST_F(Render, ExposedParametersAreSetByTheirName) {
    Graph graph = load_patch(swing_patch(), builtin_nodes()).graph;
    const auto sampler = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                      [](const auto& node) { return node.second.type == "latent.sampler"; });
    sampler->second.fields["exposed"] = {{"seed", {{"name", "Which one"}, {"min", 1}, {"max", 9}}}};
    graph.nodes.at(3).fields["exposed"] = {{"mode", {{"name", "Way"}}}};
    graph.nodes.at(4).fields["exposed"] = {{"class", {{"name", "What"}}}};
    graph.nodes.at(5).fields["exposed"] = {{"wrap x", {{"name", "Tiles"}}}};
    save_patch(at("mine.ganymede"), graph);
    EXPECT_THAT(render({at("mine.ganymede"), "--check"}),
                testing::AllOf(HasSubstr("exposed  Which one (Sampler.seed, 1 to 9)"),
                               HasSubstr("exposed  Way (Truncation.mode, scale, quantile, resample)"),
                               HasSubstr("exposed  What (Class.class, text)"),
                               HasSubstr("exposed  Tiles (Generator.wrap x, true or false)")));
    render({at("mine.ganymede"), "--set", "Which one=5", "--frames", "0", "--out", at("a.png")});
    render({at("mine.ganymede"), "--set", "Sampler.seed=5", "--frames", "0", "--out", at("b.png")});
    EXPECT_EQ(bytes("a.png"), bytes("b.png"));
    expect_refused({"render", at("mine.ganymede"), "--set", "Which one=10"},
                   "goes from 1 to 9 in this patch");
}

// Of one picture: 8 bits are the nearest to the 16, of which 257 make one.
TEST_F(Render, SixteenBitsAreFinerThanEight) {
    Graph graph = load_patch(patch("first"), builtin_nodes()).graph;
    graph.nodes[20] = {.type = "image.save", .params = {{"when", "every change"}, {"bits", "16"}}};
    graph.links[{20, "image"}] = graph.links.at({6, "image"});
    save_patch(at("saving.ganymede"), graph);
    const auto made = [&](std::vector<std::string> more, const char* name) {
        more.insert(more.begin(), {at("saving.ganymede"), "--model", random_model, "--set", "Class.class=3",
                                   "--out", at(name)});
        render(more);
        return read_picture(at(name));
    };
    const auto eight = std::get<Picture8>(made({}, "8.png"));
    const auto sixteen = std::get<Picture16>(made({"--bits", "16"}, "16.png"));
    EXPECT_EQ(read_picture(at("saved_00000.png")), AnyPicture(sixteen)) << "as the Save node writes it";
    std::vector<double> levels;
    for (uint16_t sample : sixteen.pixels) levels.push_back(sample / 257.0);
    EXPECT_LE(max_difference(eight.pixels, levels), 0.5 + 1 / 257.0);
    EXPECT_GT(max_difference(eight.pixels, levels), 0.4) << "between levels";

    const auto dithered = std::get<Picture8>(made({"--dither"}, "d.png"));
    EXPECT_LE(max_difference(dithered.pixels, levels), 1);
    EXPECT_GT(max_difference(dithered.pixels, eight.pixels), 0);
    EXPECT_EQ(made({"--dither"}, "again.png"), AnyPicture(dithered));

    expect_refused({"render", patch("first"), "--bits", "16", "--out", at("x.mp4")},
                   "--bits 16 is for PNG files");
    expect_refused({"render", patch("first"), "--dither", "--out", at("x.mp4")}, "--dither is for PNG files");
    expect_refused({"render", patch("first"), "--dither", "--bits", "16", "--out", at("x.png")},
                   "--dither is for 8 bits");
    expect_refused({"render", patch("first"), "--bits", "12", "--out", at("x.png")}, "--bits");
}

TEST_F(Render, SixteenBitsAreResumedToo) {
    const auto frames = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"render", patch("latent_loop"), "--frames", "0..4", "--out",
                                   at("f_%02d.png"), "--resume"});
        return more;
    };
    run(frames({"--bits", "16"}));
    const auto made = fs::last_write_time(at("f_01.png"));
    run(frames({"--bits", "16"}));
    EXPECT_EQ(fs::last_write_time(at("f_01.png")), made);
    run(frames({}));
    EXPECT_TRUE(std::holds_alternative<Picture8>(read_picture(at("f_01.png"))))
        << "of other bits: made again";
}

TEST_F(Render, TheOutputThatIsNamedIsRendered) {
    Graph graph = load_patch(swing_patch(), builtin_nodes()).graph;
    graph.nodes[20] = graph.nodes.at(5);
    graph.nodes[20].params = {{"gain 8", 0.5}};
    for (const char* port : {"model", "latent", "class"}) graph.links[{20, port}] = graph.links.at({5, port});
    graph.nodes[30] = graph.nodes.at(6);
    graph.nodes[30].fields["name"] = "Soft";
    graph.links[{30, "image"}] = {20, "image"};
    save_patch(at("two.ganymede"), graph);
    const auto made = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {at("two.ganymede"), "--model", random_model, "--set", "Class.class=1",
                                   "--out", at("o.png")});
        render(more);
        return pixels(at("o.png"));
    };
    const auto first = made({});
    const auto soft = made({"--output", "Soft"});
    EXPECT_NE(first, soft);
    EXPECT_EQ(made({"--output", "30"}), soft);
    EXPECT_EQ(made({"--output", "6"}), first);
    EXPECT_EQ(made({"--output", "Output"}), first);
    const auto refused = [&](const char* output, const char* sentence) {
        expect_refused({"render", at("two.ganymede"), "--output", output, "--out", at("x.png")}, sentence);
    };
    refused("Sampler", "--output: Sampler is no Output node that is not muted");
    refused("Loud", "--output: there is no node 'Loud'");
    graph.nodes.at(30).fields["mute"] = true;
    save_patch(at("two.ganymede"), graph);
    refused("Soft", "--output: Soft is no Output node that is not muted");
}

TEST_F(Render, SaysWhatIsWrongInOneSentence) {
    const auto refused = [&](std::vector<std::string> arguments, const std::string& sentence) {
        arguments.insert(arguments.begin(), {"render", swing_patch(), "--out", at("x.png")});
        expect_refused(arguments, sentence);
        EXPECT_FALSE(fs::exists(at("x.png"))) << sentence;
    };
    expect_refused({"render", at("no.ganymede"), "--out", at("x.png")}, "no.ganymede");
    expect_refused({"render", patch("latent_loop"), "--frames", "0..2", "--out", at("x_%d.png")},
                   "written %05d");
    refused({"--set", "Sampler=3"}, "cannot be read");
    refused({"--set", "Samplr.seed=3"}, "there is no node 'Samplr'");
    refused({"--set", "Sampler.sed=3"}, "has no parameter 'sed'");
    refused({"--set", "Truncation.truncation=3"}, "3 is above its most, 1");
    refused({"--model", "nothing.safetensors"}, "frame 0 (tick 0): Model: ");
    refused({"--set", "Class.class=tabby"}, "Generator: there is no class 'tabby'; the nearest are");
    refused({"--set", "Class.class=tabby", "--model", random_model},
            "Generator: this model stores no class names");
    refused({"--set", "Sampler.size=20"}, "the latent has 20 numbers, this network needs 60");
    refused({"--set", "Output.mute=true"}, "has no parameter 'mute'");
    refused({"--frames", "5..5"}, "is empty");
    refused({"--frames", "9223372036854775807"}, "out of range");
    refused({"--frames=-5"}, "out of range");
    refused({"--frames", "0..2"}, "is one picture");
    refused({"--size", "0x4"}, "out of range");
}

TEST_F(Render, ALoopIsOnePeriodOfItsNodeAndCloses) {
    const auto loop = [&](const std::string& name, std::vector<std::string> more) {
        more.insert(more.begin(), {"render", patch(name)});
        return more;
    };
    run(loop("latent_loop", {"--set", "Circle.period=0.1", "--loop", "Circle", "--out", at("l_%02d.png")}));
    EXPECT_TRUE(fs::exists(at("l_11.png")));
    EXPECT_FALSE(fs::exists(at("l_12.png"))) << "a bar has 120 ticks at 120 bpm";
    run(loop("latent_loop", {"--set", "Circle.period=0.1", "--frames", "12..14", "--out", at("l_%02d.png")}));
    EXPECT_EQ(bytes("l_12.png"), bytes("l_00.png"));
    EXPECT_EQ(bytes("l_13.png"), bytes("l_01.png"));

    const auto frames = [&](const std::vector<std::string>& arguments) {
        std::vector<std::string> dry = arguments;
        dry.insert(dry.end(), {"--dry-run", "--log", "json", "--out", at("x.mp4")});
        return nlohmann::json::parse(run(dry)).at("frames").get<int>();
    };
    EXPECT_EQ(frames(loop("class_morph", {"--loop", "Classes"})), 960) << "4 classes, 2 bars each";
    EXPECT_EQ(frames(loop("class_morph", {"--loop", "Walk"})), 960) << "8 segments of a bar";
    EXPECT_EQ(frames(loop("truncation_sweep", {"--loop", "Sweep", "--fps", "30"})), 120);

    const auto refused = [&](std::vector<std::string> arguments, const std::string& sentence) {
        arguments.insert(arguments.end(), {"--out", at("x.mp4")});
        expect_refused(arguments, sentence);
    };
    refused(loop("latent_loop", {"--loop", "Truncation"}), "Truncation never repeats");
    refused(loop("class_morph", {"--loop", "Walk", "--set", "Walk.loop=0"}), "Walk never repeats");
    refused(loop("truncation_sweep", {"--loop", "Sweep", "--set", "Sweep.shape=random"}),
            "Sweep never repeats");
    refused(loop("latent_loop", {"--loop", "Circle", "--fps", "29.99"}),
            "no whole number of frames at 2999/100 frames a second; the nearest that fits is --fps 30");
    refused(loop("latent_loop", {"--loop", "Circle", "--set", "Circle.period=0.0501"}),
            "the nearest tempo that fits is 120.2");
    refused(loop("latent_loop",
                 {"--loop", "Circle", "--set", "Circle.period=0.501", "--set", "Circle.unit=seconds"}),
            "the nearest that fits is a loop of 0.5 s");
}

// 60000/1001 is no exact double: frame 9 must not show tick 8.
TEST_F(Render, ShowsEveryTickOnceAtTheRatesOfVideo) {
    Patch sweep = load_patch(patch("truncation_sweep"), builtin_nodes());
    apply(sweep.graph, builtin_nodes(), {SetSetting{"tick_rate", nlohmann::json{60000, 1001}}});
    save_patch(at("ntsc.ganymede"), sweep.graph);
    for (const char* fps : {"", "59.94005994005994"}) {
        std::vector<std::string> arguments{at("ntsc.ganymede"), "--frames",   "0..200", "--explain",
                                           "--model",           random_model, "--set",  "Class.class=4"};
        if (*fps != '\0') arguments.insert(arguments.end(), {"--fps", fps});
        const std::string said = render(arguments);
        for (int frame : {9, 13, 18, 199})
            EXPECT_THAT(said, HasSubstr(fmt::format("frame {} (tick {})", frame, frame))) << fps;
    }
}

TEST_F(Render, AResizedTextureStillTiles) {
    const auto seam = [&](const std::string& path, size_t side) {
        const auto rgb = pixels(path);
        double sum = 0;
        for (size_t y = 0; y < side; ++y)
            for (size_t c = 0; c < 3; ++c)
                sum += std::abs(rgb[(y * side + side - 1) * 3 + c] - rgb[y * side * 3 + c]);
        return sum / static_cast<double>(side);
    };
    render(
        {patch("tileable_texture"), "--size", "256x256", "--model", random_model, "--out", at("tiled.png")});
    render({patch("tileable_texture"), "--size", "256x256", "--model", random_model, "--set",
            "Generator.wrap x=false", "--out", at("cut.png")});
    // Four times as wide, a step between neighbours is about a quarter of the network's own.
    EXPECT_LT(seam(at("tiled.png"), 256), 0.5 * seam(at("cut.png"), 256));
}

TEST_F(Render, SeveralShapesOfOneModelPlaySideBySide) {
    Graph graph = load_patch(patch("latent_loop"), builtin_nodes()).graph;
    for (NodeId id = 20; id < 25; ++id) {
        NodeRecord generator = graph.nodes.at(5);
        generator.params = {{"grid x", id - 18}};
        graph.nodes[id] = generator;
        graph.nodes[id + 10] = graph.nodes.at(6);
        for (const char* port : {"model", "latent", "class"})
            graph.links[{id, port}] = graph.links.at({5, port});
        graph.links[{id + 10, "image"}] = {id, "image"};
    }
    save_patch(at("many.ganymede"), graph);
    render({at("many.ganymede"), "--frames", "0..3", "--out", at("m_%02d.png"), "--model", random_model,
            "--set", "Class.class=1"});
    EXPECT_TRUE(fs::exists(at("m_02.png")));
}

TEST_F(Render, ResumesWithWhatIsThere) {
    const auto frames = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"render", patch("latent_loop"), "--out", at("f_%02d.png"), "--resume"});
        return more;
    };
    run(frames({"--frames", "0..8"}));
    const std::string whole = bytes("f_03.png");
    const auto made = fs::last_write_time(at("f_01.png"));
    fs::resize_file(at("f_03.png"), 1000);
    fs::remove(at("f_06.png"));
    const std::string log = run(frames({"--frames", "0..8", "--log", "json"}));
    EXPECT_EQ(bytes("f_03.png"), whole);
    EXPECT_TRUE(fs::exists(at("f_06.png")));
    EXPECT_EQ(fs::last_write_time(at("f_01.png")), made);
    EXPECT_THAT(log, testing::Not(HasSubstr("\"frame\":1,")));
    EXPECT_THAT(log, testing::Not(HasSubstr("\"frame\":4,")));

    expect_refused(frames({"--seed", "9"}), "f_00.png is of another patch");
    expect_refused(frames({"--frames", "0..8", "--fps", "30"}), "f_07.png is not the picture that comes now");
    run(frames({"--frames", "0..8", "--size", "32x32"}));
    EXPECT_EQ(pixels(at("f_04.png")).size(), 3u * 32 * 32) << "of another size: made again";
}

TEST_F(Render, LogsAnObjectALine) {
    std::istringstream lines(render({patch("first"), "--frames", "2..5", "--out", at("f_%02d.png"), "--log",
                                     "json", "--set", "Truncation.truncation=0.3"}));
    std::vector<std::string> events;
    for (std::string line; std::getline(lines, line);) {
        const auto object = nlohmann::json::parse(line);
        events.push_back(object.at("event"));
        if (events.back() == "problem") {
            EXPECT_THAT(object.at("message").get<std::string>(),
                        HasSubstr("has no effect: a wire leads to 'truncation'"));
        }
        if (events.back() == "frame") {
            EXPECT_EQ(object.at("frame"), object.at("tick"));
        }
        if (events.back() == "end") {
            EXPECT_EQ(object.at("frames"), 3);
        }
    }
    EXPECT_THAT(events, testing::ElementsAre("problem", "start", "frame", "frame", "frame", "end"));
}

TEST_F(Render, ADryRunSaysWhatWouldBeAndWritesNothing) {
    const std::string said = render({patch("first"), "--dry-run", "--fps", "30", "--out", at("x.mov")});
    EXPECT_THAT(said, HasSubstr("x.mov, prores"));
    EXPECT_THAT(said, HasSubstr("120 (0..120), 4.000 s at 30 a second"));
    EXPECT_THAT(said, HasSubstr("0 to 238"));
    EXPECT_FALSE(fs::exists(at("x.mov")));
    render({patch("first"), "--out", at("x.png")});
    const std::string before = bytes("x.png");
    EXPECT_THAT(render({patch("first"), "--dry-run", "--out", at("x.png"), "--seed", "3"}),
                HasSubstr("1 file, replaced"));
    EXPECT_EQ(bytes("x.png"), before);
}

TEST_F(Render, ExplainsWhatRan) {
    const std::string said = render({patch("truncation_sweep"), "--frames", "0..2", "--explain"});
    EXPECT_THAT(said, HasSubstr("frame 1 (tick 1)"));
    EXPECT_THAT(said, testing::ContainsRegex("Sampler +unchanged"));
    EXPECT_THAT(said, testing::ContainsRegex("Generator +input changed"));
}

TEST_F(Render, AMutedOutputIsNoOutput) {
    Graph graph = load_patch(patch("first"), builtin_nodes()).graph;
    apply(graph, builtin_nodes(), {SetField{6, "mute", true}});
    save_patch(at("muted.ganymede"), graph);
    for (const char* option : {"--check", "--explain"})
        expect_refused({"render", at("muted.ganymede"), option}, "has no Output node that is not muted");
}

TEST_F(Render, ListsEveryNode) {
    EXPECT_THAT(run({"nodes"}), HasSubstr("biggan.generator"));
    EXPECT_EQ(nlohmann::json::parse(run({"nodes", "--json"})).size(), builtin_nodes().all().size());
    EXPECT_THAT(run({"nodes", "--markdown"}), HasSubstr("## LFO `control.lfo`"));
}

}  // namespace
}  // namespace gan
