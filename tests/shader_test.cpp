#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/graph/document.h"
#include "runtime/graph/player.h"
#include "tests/picture_nodes.h"
#include "tests/support.h"

#include <fstream>
#include <numbers>

namespace gan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Half floats, cut off (grade_test.cpp), and a sine in single precision.
constexpr double drawn_tolerance = 1.5e-3;

class Shader : public PictureTest {
protected:
    /// A Shader node of its own text, as a patch makes one.
    static Alone shader(const std::string& text, const nlohmann::json& params = nlohmann::json::object()) {
        const NodeType& type = *builtin_nodes().find("image.shader");
        Alone node(type);
        node.node = make_node(type, {{"code", text}});
        for (const auto& [name, value] : params.items()) EXPECT_EQ(node.node->param(name)->set(value), "");
        return node;
    }
    static ImageRef drawn(Alone& node, int64_t at = 0) {
        node.node->process(tick(at));
        return node.get<ImageRef>("image");
    }
    static std::string failure(const std::string& text) { return shader(text).failure(tick()); }
};

TEST_F(Shader, DrawsItsFirstText) {
    Alone node("image.shader", {{"width", 33}, {"height", 17}});
    node.node->process(tick(30));
    const ImageRef picture = node.get<ImageRef>("image");
    expect_pixels(*picture, drawn_tolerance, [&](int x, int y) {
        const double u = (x + 0.5) / 33 - 0.5;
        const double v = 0.5 - (y + 0.5) / 17;
        const double wave = 0.5 + 0.5 * std::sin(2 * std::numbers::pi * (12 * std::hypot(u, v) - 0.2 * 0.5));
        const double light = light_of(wave);
        return Pixel{light, light, light, 1};
    });
    EXPECT_EQ(node.get<std::string>("status"), "compiled");
}

TEST_F(Shader, WhatTheTextAsksForBecomesPorts) {
    Alone node = shader(R"(/*{
        "ISFVSN": "2",
        "INPUTS": [
            {"NAME": "inputImage", "TYPE": "image"},
            {"NAME": "level", "TYPE": "float", "DEFAULT": 0.25, "MIN": -1, "MAX": 2, "LABEL": "How much"},
            {"NAME": "flip", "TYPE": "bool", "DEFAULT": true},
            {"NAME": "kind", "TYPE": "long", "VALUES": [0, 1, 5], "DEFAULT": 1},
            {"NAME": "tone", "TYPE": "color", "DEFAULT": [0.1, 0.2, 0.3, 0.4]},
            {"NAME": "centre", "TYPE": "point2D", "MAX": [2, 3]}
        ]
    }*/
    void main() { gl_FragColor = vec4(level, tone.g, centre.x, flip && kind == 1 ? 1.0 : 0.0); })");
    ASSERT_NE(node.node->input("inputImage"), nullptr);
    EXPECT_TRUE(node.node->input("inputImage")->optional);
    const ParamBase* level = node.node->param("level");
    ASSERT_NE(level, nullptr);
    EXPECT_EQ(level->info.min, -1);
    EXPECT_EQ(level->info.max, 2);
    EXPECT_EQ(level->default_value(), 0.25);
    EXPECT_EQ(level->description, "How much");
    EXPECT_EQ(node.node->param("kind")->info.max, 5);
    EXPECT_EQ(node.node->param("tone blue")->default_value(), 0.3);
    EXPECT_EQ(node.node->param("centre y")->info.max, 3);
    ASSERT_NE(node.node->input("level"), nullptr) << "it can be wired";
    node.set("width", 1).set("height", 1).set("centre x", 0.5);
    // Of an opaque pixel.
    EXPECT_THAT(drawn(node)->pixels(),
                ElementsAre(testing::FloatNear(0.25f, 2e-3f), testing::FloatNear(0.2f, 2e-3f),
                            testing::FloatNear(0.5f, 2e-3f), 1.0f));
}

TEST_F(Shader, UniformsBecomePortsToo) {
    Alone node = shader(
        "#version 330\n"
        "uniform float speed = 0.5;  // 0 to 2\n"
        "uniform vec4 tone = vec4(1, 0.5, 0, 1);\n"
        "uniform sampler2D picture;\n"
        "out vec4 colour;\n"
        "void main() { colour = speed * tone; }\n");
    EXPECT_EQ(node.node->param("speed")->info.max, 2);
    EXPECT_NE(node.node->input("picture"), nullptr);
    node.set("width", 1).set("height", 1).set("speed", 1);
    EXPECT_NEAR(drawn(node)->pixels()[1], 0.5, drawn_tolerance);
}

TEST_F(Shader, ReadsPicturesWithRowsFromBelowAndGivesThemBackTheSame) {
    const ImageRef picture = noisy({.width = 7, .height = 5, .encoding = Encoding::Srgb32f});
    for (const char* text :
         {"uniform sampler2D from;\nvoid main() { gl_FragColor = IMG_THIS_PIXEL(from); }",
          "uniform sampler2D from;\nvoid main() { gl_FragColor = texture2D(from, isf_FragNormCoord); }",
          "uniform sampler2D from;\nvoid main() { gl_FragColor = IMG_PIXEL(from, gl_FragCoord.xy); }"}) {
        Alone node = shader(text);
        Source source;
        source.image = picture;
        node.link("from", source.image);
        expect_near(*drawn(node), Plane(*picture), drawn_tolerance);
    }
}

TEST_F(Shader, PlaysShadertoys) {
    Alone node = shader(
        "void mainImage(out vec4 c, in vec2 p) { vec2 uv = p / iResolution.xy; c = vec4(uv, texture(iChannel0, uv).r, "
        "1); }",
        {{"width", 9}, {"height", 4}});
    ASSERT_NE(node.node->input("channel0"), nullptr);
    expect_pixels(*drawn(node), drawn_tolerance, [](int x, int y) {
        return Pixel{light_of((x + 0.5) / 9), light_of(1 - (y + 0.5) / 4), 0, 1};
    });
}

// A triangle is drawn, so that neighbours know each other.
TEST_F(Shader, HasDerivatives) {
    Alone node = shader("void main() { gl_FragColor = vec4(vec3(dFdx(gl_FragCoord.x) * 0.5), 1); }",
                        {{"width", 8}, {"height", 8}});
    expect_pixels(*drawn(node), drawn_tolerance, [](int, int) {
        const double light = light_of(0.5);
        return Pixel{light, light, light, 1};
    });
}

TEST_F(Shader, FaultsAreNamedByTheTextsOwnLines) {
    EXPECT_THAT(failure("void main() {\n    gl_FragColor = vec4(missing);\n}"),
                HasSubstr("line 2: 'missing' : undeclared identifier"));
    EXPECT_THAT(failure("#define TWICE(x) x + x\nvoid main() {\n\n gl_FragColor = TWICE(vec3(1));\n}"),
                HasSubstr("line 4:"));
    EXPECT_THAT(failure("/*{ \"INPUTS\": [ }*/ void main() {}"), HasSubstr("the ISF header cannot be read"));
    EXPECT_THAT(failure("/*{ \"INPUTS\": [{\"NAME\": \"a\", \"TYPE\": \"audio\"}] }*/ void main() {}"),
                HasSubstr("'a' has TYPE 'audio'; there are float"));
    EXPECT_THAT(failure("/*{ \"PASSES\": [{}, {}] }*/ void main() {}"), HasSubstr("several PASSES"));
    EXPECT_THAT(failure("uniform mat3 turn;\nvoid main() {}"),
                HasSubstr("is no uniform that becomes an input"));
}

TEST_F(Shader, LoopsThatNeverEndAreEnded) {
    for (const char* loop :
         {"for (;;) { v += 0.001; }", "while (true) v += 0.001;", "do { v += 0.001; } while (true);",
          "for (int i = 0; i < 10; i += 0) { while (v >= 0.0) { v += 0.001; } }",
          "#define FOREVER for (;;)\nFOREVER { v += 0.001; }\n"}) {
        Alone node =
            shader(fmt::format("void main() {{ float v = 0.0;\n{}\ngl_FragColor = vec4(v > 1.0); }}", loop),
                   {{"width", 4}, {"height", 4}});
        EXPECT_FLOAT_EQ(drawn(node)->pixels()[0], 1) << loop;
    }
}

TEST_F(Shader, HostileTextsAreRefusedInWords) {
    std::string deep = "void main() { gl_FragColor = vec4(";
    for (int i = 0; i < 200; ++i) deep += '(';
    const std::vector<std::string> texts{"}",
                                         "/*{",
                                         "/*{}*/",
                                         "uniform",
                                         "uniform float",
                                         "uniform float ;",
                                         "out vec4",
                                         "layout(",
                                         "for (",
                                         "#include \"/etc/passwd\"\nvoid main() {}",
                                         "#line 1\nvoid main( {}",
                                         "#version 100\nvoid main() { gl_FragColor = }",
                                         "uniform float isf_rounds;\nvoid main() {}",
                                         "void main() { isf_main(); }",
                                         std::string("void main() {\0}", 15),
                                         deep};
    for (const std::string& text : texts) EXPECT_NE(failure(text), "") << text;
}

TEST_F(Shader, TheLastTextThatCompiledPlaysOn) {
    Document document({}, builtin_nodes());
    document.edit({AddNode{1,
                           {.type = "image.shader",
                            .params = {{"code", "void main() { gl_FragColor = vec4(0.25); }"},
                                       {"width", 1},
                                       {"height", 1}}}}},
                  "");
    document.edit({AddNode{2, {.type = "image.output"}}}, "");
    document.edit({AddLink{{1, "image"}, {2, "image"}}}, "");
    Player player(&gpu());
    auto plan = build_plan(document.graph(), builtin_nodes());
    player.post(plan);
    const auto change = [&](const char* text) {
        const auto effect = document.edit({SetParam{1, "code", text}}, "");
        EXPECT_TRUE(effect.structural);
        player.post(plan = build_plan(document.graph(), builtin_nodes(), plan.get()));
        player.show({});
        const Node& node = *plan->find(1)->instance->node;
        return std::pair(static_cast<const Output<ImageRef>&>(*node.output("image")).value()->pixels()[0],
                         static_cast<const Output<std::string>&>(*node.output("status")).value());
    };
    player.show({});
    const auto [kept, status] = change("void main() { gl_FragColor = vec4(0.25) + oops; }");
    EXPECT_THAT(status, HasSubstr("line 1: 'oops' : undeclared identifier"));
    EXPECT_GT(kept, 0);
    EXPECT_FLOAT_EQ(change("void main() { gl_FragColor = vec4(1); }").first, 1);
}

TEST_F(Shader, LinksGoToThePortsOfItsOwnText) {
    Document document({}, builtin_nodes());
    document.edit(
        {AddNode{1,
                 {.type = "image.shader",
                  .params = {{"code", "uniform float level;\nvoid main() { gl_FragColor = vec4(level); }"},
                             {"level", 0.5}}}}},
        "");
    document.edit({AddNode{2, {.type = "control.constant"}}}, "");
    EXPECT_NO_THROW(document.edit({AddLink{{2, "value"}, {1, "level"}}}, ""));
    EXPECT_THROW(document.edit({AddLink{{2, "value"}, {1, "speed"}}}, ""), Error) << "of the first text";
}

TEST_F(Shader, AFileIsCompiledAgainWheneverItChanges) {
    const TemporaryFolder folder;
    const auto write = [&](const char* text) { std::ofstream(folder.path() / "a.glsl") << text; };
    write("void main() { gl_FragColor = vec4(1); }");
    Alone node = shader("void main() {}", {{"file", "a.glsl"}, {"width", 1}, {"height", 1}});
    const std::string home = folder.path().string();
    const auto shown = [&] {
        node.node->process({.folder = home, .gpu = &gpu()});
        return node.get<ImageRef>("image")->pixels()[0];
    };
    EXPECT_FLOAT_EQ(shown(), 1);
    write("void main() { gl_FragColor = vec4(0, 1, 0, 1); }");
    EXPECT_EQ(shown(), 0);
    write("void main() { gl_FragColor = vec4(1) }");
    EXPECT_EQ(shown(), 0) << "the last that compiled";
    EXPECT_THAT(node.get<std::string>("status"), HasSubstr("line 1:"));
}

TEST_F(Shader, DrawsNothingAnewWhenNothingChanges) {
    Alone node = shader("uniform float a = 0.5;\nvoid main() { gl_FragColor = vec4(a); }",
                        {{"width", 4}, {"height", 4}});
    const ImageRef first = drawn(node, 0);
    EXPECT_EQ(drawn(node, 1), first);
    node.set("a", 0.75);
    EXPECT_NE(drawn(node, 2), first);
    Alone timed = shader("void main() { gl_FragColor = vec4(fract(TIME)); }", {{"width", 4}, {"height", 4}});
    const ImageRef early = drawn(timed, 0);
    EXPECT_NE(drawn(timed, 7), early);
}

}  // namespace
}  // namespace gan
