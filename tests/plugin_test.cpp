#include "nodes/builtin.h"
#include "nodes/plugin/node.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/wires.h"
#include "tests/plugin_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <random>

namespace gan {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

void write_to(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

TEST(Plugins, AddTheirTypesToThoseThatComeWithGanymede) {
    const PluginFolder folder({"every_port", "noisy_load"});
    const Plugins plugins(builtin_nodes(), folder.places);
    ASSERT_THAT(plugins.files(), SizeIs(2));
    EXPECT_THAT(plugins.files()[0].types,
                ElementsAre("test.every", "test.wave", "test.scale", "test.sum", "test.wrong"));
    EXPECT_EQ(plugins.files()[0].vendor, "Tests");
    EXPECT_EQ(plugins.files()[0].version, "1.2.3");
    EXPECT_THAT(plugins.files()[1].types, ElementsAre("test.noisy")) << "what it writes is no description";
    for (const PluginFile& file : plugins.files()) EXPECT_THAT(file.problems, IsEmpty());
    EXPECT_EQ(plugins.types().all().size(), builtin_nodes().all().size() + 6);
    const NodeType& wave = *plugins.types().find("test.wave");
    EXPECT_TRUE(wave.traits.timed);
    EXPECT_EQ(wave.version, 3);
    const NodeType& every = *plugins.types().find("test.every");
    EXPECT_THAT(every.aliases, ElementsAre("anything", "all"));
    const Node& node = plugins.types().sample(every);
    EXPECT_EQ(node.inputs().size(), 7u + 2) << "two numbers are inputs, too";
    EXPECT_EQ(node.outputs().size(), 9u);
    const ParamInfo& amount = node.param("amount")->info;
    EXPECT_EQ(amount.curve, Curve::Log);
    EXPECT_EQ(amount.unit, "s");
    EXPECT_EQ(amount.max, 8);
    EXPECT_TRUE(node.param("steps")->info.whole);
    EXPECT_TRUE(node.param("grid")->info.setup);
    EXPECT_EQ(node.input("grid"), nullptr);
    EXPECT_EQ(node.param("colour")->default_value(), "green");
    EXPECT_EQ(node.param("words")->default_value(), "hello");
}

TEST(Plugins, WithoutAnyTheTypesAreGanymedesOwn) {
    const PluginFolder folder;
    const Plugins plugins(builtin_nodes(), folder.places);
    EXPECT_EQ(&plugins.types(), &builtin_nodes());
    EXPECT_FALSE(fs::exists(folder / "cache")) << "nothing was looked at";
}

TEST(Plugins, ALibraryThatCannotBeOpenedIsNamedAndNothingElseHappens) {
    const std::map<std::string, const char*> bad{
        {"crash_load", "ends the program that opens it"},
        {"exit_load", "ends the program that opens it"},
        {"other", "has no gan_node_library"},
    };
    PluginFolder folder({"every_port"});
    for (const auto& [library, problem] : bad) folder.add(library, library);
    write_to(folder.file("text"), "this is no library");
    write_to(folder.file("empty"), "");
    fs::create_directories(folder.file("folder"));
    fs::create_symlink("nowhere", folder.file("link"));
    const Plugins plugins(builtin_nodes(), folder.places);
    ASSERT_THAT(plugins.files(), SizeIs(bad.size() + 3)) << "folders and broken links are no files";
    for (const PluginFile& file : plugins.files()) {
        const std::string name = file.file.stem().stem().string();
        if (name == "every_port") continue;
        ASSERT_THAT(file.problems, SizeIs(1)) << name;
        EXPECT_THAT(file.problems[0], HasSubstr(file.file.string()));
        EXPECT_THAT(file.problems[0], HasSubstr(bad.contains(name) ? bad.at(name) : "cannot be opened"));
    }
    EXPECT_NE(plugins.types().find("test.every"), nullptr);
}

TEST(Plugins, ALibraryThatHangsIsGivenUpAndNotTriedAgain) {
    PluginFolder folder({"hang_load"});
    folder.places.patience = std::chrono::milliseconds(300);
    EXPECT_THAT(folder.problem(), HasSubstr("did not come to an end within 0.3 s"));
    folder.places.patience = std::chrono::hours(1);
    EXPECT_THAT(folder.problem(), HasSubstr("did not come to an end")) << "it is known from before";
}

TEST(Plugins, WhatALibrarySaysOfItselfIsChecked) {
    const std::vector<std::pair<int, const char*>> wrong{{1, "is missing"},
                                                         {2, "cannot be saved"},
                                                         {3, "cannot be saved"},
                                                         {4, "cannot be saved"},
                                                         {5, "is empty"},
                                                         {6, "no line of UTF-8"},
                                                         {7, "does not know"},
                                                         {8, "two of the name 'value'"},
                                                         {9, "two of the name"},
                                                         {10, "does not know"},
                                                         {11, "range above 0"},
                                                         {12, "outside of its range"},
                                                         {13, "must be finite"},
                                                         {14, "no line of UTF-8"},
                                                         {15, "index of one of its choices"},
                                                         {16, "index of one of its choices"},
                                                         {17, "two choices 'red'"},
                                                         {18, "made for a newer Ganymede"},
                                                         {19, "sizeof"},
                                                         {20, "is missing"},
                                                         {21, "id that is none"},
                                                         {22, "is for Ganymede's own types"},
                                                         {24, "is missing"},
                                                         {25, "no version"},
                                                         {26, "has no reset()"},
                                                         {27, "the list is missing"},
                                                         {28, "are too many"},
                                                         {29, "has no output"},
                                                         {30, "no size of an entry"},
                                                         {31, "create() and destroy()"},
                                                         {32, "has no process()"},
                                                         {33, "save() and restore()"},
                                                         {34, "type 0 is missing"},
                                                         {35, "made for a newer Ganymede"},
                                                         {36, "no library of nodes"},
                                                         {37, "sizeof"},
                                                         {38, "is missing"},
                                                         {39, "is empty"},
                                                         {40, "no list of types"},
                                                         {41, "has no types"},
                                                         {42, "two types"},
                                                         {43, "more than 256 types"}};
    for (const auto& [number, problem] : wrong) {
        SCOPED_TRACE(number);
        const PluginFolder folder({"rubbish_" + std::to_string(number)});
        EXPECT_THAT(folder.problem(), HasSubstr(problem));
    }
    EXPECT_EQ(PluginFolder({"rubbish_0"}).problem(), "") << "with nothing wrong, it is fine";
}

TEST(Plugins, OfTwoTypesWithOneIdTheFirstCounts) {
    PluginFolder folder;
    folder.add("every_port", "a");
    folder.add("rubbish_23", "b");  // has test.scale, too
    const Plugins plugins(builtin_nodes(), folder.places);
    ASSERT_THAT(plugins.files(), SizeIs(2));
    EXPECT_THAT(
        plugins.files()[1].problems,
        ElementsAre(testing::AllOf(HasSubstr("test.scale"), HasSubstr(plugins.files()[0].file.string()))));
    EXPECT_THAT(plugins.files()[1].types, IsEmpty());
    EXPECT_EQ(plugins.types().sample(*plugins.types().find("test.scale")).params().size(), 2u);

    // Folders in their order; one file that two of them hold is one library.
    PluginFolder second({"rubbish_23"});
    second.places.folders = {second / "nodes", folder / "nodes", second / "nodes"};
    const Plugins both(builtin_nodes(), second.places);
    ASSERT_THAT(both.files(), SizeIs(3));
    EXPECT_THAT(both.files()[0].types, ElementsAre("test.scale"));
}

TEST(Plugins, ANodeWhoseLibraryIsBrokenSaysSo) {
    PluginFolder folder({"every_port"});
    const auto patch = [](const NodeTypes& types) {
        return parse_patch(
                   R"({"ganymede": 1, "nodes": [{"id": 1, "type": "test.scale"}, {"id": 2, "type": "other.one"}],
                               "links": {"1.value": "2.value"}})",
                   types)
            .problems;
    };
    {
        const Plugins whole(builtin_nodes(), folder.places);
        EXPECT_THAT(
            patch(whole.types())[0],
            HasSubstr("node 2 is a 'other.one', which is not installed; it is kept, and does nothing"));
    }
    folder.add("crash_load", "every_port");
    const Plugins broken(builtin_nodes(), folder.places);
    const std::vector<std::string> problems = patch(broken.types());
    ASSERT_THAT(problems, SizeIs(3));
    EXPECT_THAT(problems[0], testing::AllOf(HasSubstr("node 1 is a 'test.scale', which is not here"),
                                            HasSubstr(folder.file("every_port").string()),
                                            HasSubstr("ends the program that opens it")));
    EXPECT_THAT(problems[1], HasSubstr("which is not installed")) << "it was never in that library";
    EXPECT_THAT(problems[2], HasSubstr("so its ports are not known"));

    const PluginFolder unknown({"crash_load"});
    const Plugins never_read(builtin_nodes(), unknown.places);
    EXPECT_THAT(patch(never_read.types())[1], HasSubstr("perhaps " + unknown.file("crash_load").string()));
}

TEST(PluginCache, AFileIsLookedAtOnceAndAgainWhenItChanges) {
    PluginFolder folder({"every_port", "crash_load"});
    const Plugins first(builtin_nodes(), folder.places);
    folder.places.helper = "/nowhere/ganymede-scan";
    const Plugins again(builtin_nodes(), folder.places);
    ASSERT_THAT(again.files(), SizeIs(2));
    EXPECT_EQ(again.files()[0].problems, first.files()[0].problems) << "it crashed, and is not opened again";
    EXPECT_EQ(again.files()[1].types, first.files()[1].types);
    fs::last_write_time(folder.file("every_port"), fs::file_time_type::clock::now() + std::chrono::hours(1));
    const Plugins changed(builtin_nodes(), folder.places);
    EXPECT_THAT(changed.files()[1].problems[0], HasSubstr("could not be looked at"));
}

TEST(PluginCache, OneThatIsDamagedIsNoHindrance) {
    const PluginFolder folder({"every_port"});
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("[]"), std::string(1000, '['),
          std::string("{\"format\": 1}"), std::string("\xff\xfe")}) {
        fs::create_directories((folder / "cache"));
        write_to(folder / "cache" / "nodes.json", text);
        EXPECT_EQ(folder.problem(), "") << text.substr(0, 20);
        EXPECT_NO_THROW(parse_json(read_text(folder / "cache" / "nodes.json"), 16)) << "it was written anew";
    }
    // A cache that another program is writing, or that cannot be written.
    PluginFolder other({"every_port"});
    other.places.cache = "/proc/nowhere/nodes.json";
    EXPECT_EQ(other.problem(), "");
    other.places.cache.clear();
    EXPECT_EQ(other.problem(), "");
}

/// A helper program that says whatever it is told to, by a shell.
class FakeHelper : public testing::Test {
protected:
    std::string problem(const std::string& script) {
        write_to(folder / "helper", "#!/bin/sh\n" + script + "\n");
        fs::permissions(folder / "helper", fs::perms::owner_all);
        folder.places.helper = folder / "helper";
        folder.places.cache.clear();
        return folder.problem();
    }
    std::string told(const std::string& text) {
        write_to(folder / "told", text);
        return problem("cat " + (folder / "told").string());
    }
    PluginFolder folder{{"every_port"}};
};

TEST_F(FakeHelper, MaySayAnythingAtAll) {
    for (const std::string& text :
         {std::string("["), std::string("[]"), std::string("7"), std::string("null"), std::string("{}"),
          std::string("\xff\xfe"), std::string("{\"problem\": 3}"), std::string(100000, '['),
          std::string("{\"vendor\": 1, \"version\": 2, \"types\": 3}"),
          std::string("{\"vendor\": \"a\", \"version\": \"b\", \"types\": []}"),
          std::string("{\"vendor\": \"a\", \"version\": \"b\", \"types\": [{}]}"),
          std::string("{\"vendor\": \"a\", \"version\": \"b\", \"types\": {\"a\": -1e300}}")}) {
        SCOPED_TRACE(text.substr(0, 60));
        EXPECT_NE(told(text), "");
    }
    EXPECT_THAT(told("{\"problem\": \"two\\nlines \\u001b[31m\"}"), HasSubstr("two lines  [31m"))
        << "on one line";
    EXPECT_THAT(problem("exit 3"), HasSubstr("exit code 3"));
    EXPECT_THAT(problem("kill -9 $$"), HasSubstr("SIGKILL"));
    EXPECT_THAT(problem("exit 0"), HasSubstr("ends the program"));
}

TEST_F(FakeHelper, MayGoOnForEver) {
    folder.places.patience = std::chrono::milliseconds(300);
    EXPECT_THAT(problem("sleep 100"), HasSubstr("did not come to an end"));
    EXPECT_THAT(problem("exec >&-; sleep 100"), HasSubstr("did not come to an end"))
        << "having closed its output";
    EXPECT_THAT(problem("sleep 100 & exit 0"), HasSubstr("did not come to an end"))
        << "leaving another behind";
    folder.places.patience = std::chrono::seconds(60);
    EXPECT_THAT(problem("while :; do echo '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[['; done"),
                HasSubstr("did not come to an end"));
}

PluginLibrary some_library() {
    return {
        .vendor = "Tests",
        .version = "1",
        .types = {
            {.id = "test.one",
             .name = "One",
             .description = "For tests",
             .aliases = {"a", "b"},
             .version = 2,
             .traits = GAN_NODE_TIMED,
             .inputs = {{"in", "A number", GAN_NODE_NUMBER, true}, {"image", "A picture", GAN_NODE_IMAGE}},
             .outputs = {{"out", "A latent", GAN_NODE_LATENT}},
             .params = {{.name = "amount", .description = "A number", .value = 0.1, .min = -1, .max = 1e9},
                        {.name = "colour",
                         .description = "A choice",
                         .kind = GAN_NODE_PARAM_CHOICE,
                         .value = 1,
                         .choices = {"red", "blue"}},
                        {.name = "text", .description = "A text", .kind = GAN_NODE_PARAM_TEXT}}}}};
}

TEST(PluginDescription, SurvivesTheWayThroughJson) {
    const PluginLibrary library = some_library();
    EXPECT_EQ(library_from_json(parse_json(to_json(library).dump(), 16)), library);
}

// Whatever passes the checks can be made a node of.
TEST(PluginDescription, ChangedAnywhereItIsReadOrRefused) {
    const std::string text = to_json(some_library()).dump();
    std::mt19937 random(1);
    int read = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string changed = text;
        for (unsigned n = 1 + random() % 3; n > 0; --n) {
            const size_t at = random() % changed.size();
            if (random() % 3 == 0)
                changed.erase(at, random() % 8);
            else
                changed[at] = random() % 4 == 0 ? static_cast<char>(random()) : text[random() % text.size()];
        }
        try {
            PluginLibrary library = library_from_json(parse_json(changed, 16));
            ++read;
            const auto module =
                std::make_shared<PluginModule>("/nowhere", FileStamp{}, std::move(library), "");
            const PluginNode node(module, 0);
            EXPECT_FALSE(node.outputs().empty());
            EXPECT_EQ(node.params().size(), module->description().types[0].params.size());
        } catch (const Error&) {
            // Refused, in words.
        }
    }
    EXPECT_GT(read, 100);
}

TEST(PluginPlacesOfTheMachine, AreThoseThatTheHeaderNames) {
    const TemporaryFolder home;
    const Variable not_safe("GANYMEDE_SAFE", "");
    const Variable path("GANYMEDE_PATH", "/one::/two"), data("XDG_DATA_HOME", (home / "data").string()),
        cache("XDG_CACHE_HOME", (home / "cache").string()),
        state("XDG_STATE_HOME", (home / "state").string());
    const PluginPlaces places = plugin_places();
    ASSERT_GE(places.folders.size(), 4u);
    EXPECT_EQ(places.folders[0], "/one");
    EXPECT_EQ(places.folders[1], "/two");
    EXPECT_EQ(places.folders[2], home / "data" / "ganymede/nodes");
    EXPECT_TRUE(std::any_of(places.folders.begin(), places.folders.end(), [](const fs::path& folder) {
        return folder.string().ends_with("lib/ganymede/nodes");
    }));
    EXPECT_EQ(places.cache, home / "cache" / "ganymede/nodes.json");
    EXPECT_EQ(places.state, home / "state" / "ganymede/nodes");
    EXPECT_TRUE(fs::exists(places.helper)) << places.helper;
    const Variable safe("GANYMEDE_SAFE", "1");
    EXPECT_THAT(plugin_places().folders, IsEmpty());
}

}  // namespace
}  // namespace gan
