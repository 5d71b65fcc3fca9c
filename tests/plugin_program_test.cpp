#include "runtime/base/file.h"
#include "tests/plugin_folder.h"
#include "tests/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace gan {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The program with libraries of nodes, in a home of its own.
class PluginProgram : public ProgramTest {
protected:
    PluginProgram() {
        std::ofstream(at("crash.ganymede")) << R"({"ganymede": 1,
            "nodes": [{"id": 1, "type": "test.crash"}, {"id": 2, "type": "image.output"}],
            "links": {"2.image": "1.image"}})";
    }
    Outcome render(const std::vector<std::string>& more = {}) {
        std::vector<std::string> all{"render", at("crash.ganymede"), "--out", at("out.png")};
        all.insert(all.end(), more.begin(), more.end());
        return call(all);
    }
    void expect_disabled() {
        const Outcome listed = call({"nodes"});
        EXPECT_EQ(listed.code, 0);
        EXPECT_THAT(listed.out, Not(HasSubstr("test.crash")));
        EXPECT_THAT(listed.err, AllOf(HasSubstr("a program ended while it played it"),
                                      HasSubstr("ganymede nodes --enable crash_process.gannode.so")));
        const Outcome refused = render();
        EXPECT_EQ(refused.code, 1) << "it says so, and is not played";
        EXPECT_THAT(refused.err, HasSubstr("a program ended while it played it"));
    }

    PluginFolder plugins{{"crash_process", "crash_load", "every_port"}};
    Variable not_safe{"GANYMEDE_SAFE", ""};
    Variable path{"GANYMEDE_PATH", (plugins / "nodes").string()};
    Variable data{"XDG_DATA_HOME", at("data")};
    Variable cache{"XDG_CACHE_HOME", at("cache")};
    Variable state{"XDG_STATE_HOME", at("state")};
};

TEST_F(PluginProgram, ListsLibrariesAndWhatIsWrongWithThem) {
    const Outcome listed = call({"nodes"});
    EXPECT_EQ(listed.code, 0);
    EXPECT_THAT(listed.out, AllOf(HasSubstr("test.wave"), HasSubstr("every_port.gannode.so: test.every, "),
                                  HasSubstr("of Tests, 1.2.3")));
    EXPECT_THAT(listed.err,
                AllOf(HasSubstr("crash_load.gannode.so"), HasSubstr("ends the program that opens it")));
    const auto json = nlohmann::json::parse(call({"nodes", "--json"}).out);
    const auto wave =
        std::find_if(json.begin(), json.end(), [](const auto& node) { return node["id"] == "test.wave"; });
    ASSERT_NE(wave, json.end());
    EXPECT_EQ(wave->at("library"), fs::canonical(plugins.file("every_port")).string());
    EXPECT_THAT(call({"nodes", "--markdown"}).out, HasSubstr("## Wave `test.wave`"));
    const Outcome nothing = call({"nodes", "--enable", "nothing"});
    EXPECT_EQ(nothing.code, 1);
    EXPECT_THAT(nothing.err, HasSubstr("there is no library 'nothing'"));
}

TEST_F(PluginProgram, RendersWithThemUnlessItIsToBeSafe) {
    EXPECT_EQ(render().code, 0);
    EXPECT_EQ(pixels(at("out.png")), std::vector<uint8_t>(16 * 16 * 3, 128));
    EXPECT_EQ(render().code, 0) << "a program that ended by itself disables nothing";
    const Outcome safe = render({"--safe"});
    EXPECT_EQ(safe.code, 1);
    EXPECT_THAT(safe.err, HasSubstr("which is not installed"));
    const Variable variable("GANYMEDE_SAFE", "1");
    EXPECT_EQ(render().code, 1);
    EXPECT_THAT(call({"nodes"}).err, testing::IsEmpty());
}

TEST_F(PluginProgram, DisablesALibraryThatEndedItUntilAPersonEnablesIt) {
    for (const char* way : {"signal", "exit"}) {
        SCOPED_TRACE(way);
        EXPECT_EQ(render().code, 0);
        fs::remove(at("out.png"));
        render({"--set", std::string("1.crash=") + way});
        EXPECT_FALSE(fs::exists(at("out.png"))) << "it ended";
        expect_disabled();
        const Outcome enabled = call({"nodes", "--enable", "crash_process.gannode.so"});
        EXPECT_EQ(enabled.code, 0);
        EXPECT_THAT(enabled.out, HasSubstr("test.crash"));
    }
    EXPECT_EQ(render().code, 0);
}

}  // namespace
}  // namespace gan
