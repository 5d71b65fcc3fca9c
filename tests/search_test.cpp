#include "editor/edit/search.h"

#include "nodes/builtin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gan {
namespace {

using testing::ElementsAre;

const std::vector<SearchEntry>& node_entries() {
    static const std::vector<SearchEntry> entries = [] {
        std::vector<SearchEntry> list;
        for (const NodeType& type : builtin_nodes().all())
            list.push_back({type.name, type.id, type.description, type.aliases});
        return list;
    }();
    return entries;
}

/// Names of what is found, best first.
std::vector<std::string> found_names(const std::string& query, const std::vector<std::string>& recent = {}) {
    std::vector<std::string> names;
    for (size_t index : search(query, node_entries(), recent)) names.push_back(node_entries()[index].name);
    return names;
}

std::string first_name(const std::string& query) {
    const auto names = found_names(query);
    return names.empty() ? "(nothing)" : names.front();
}

TEST(Search, TheObviousQueryFindsTheObviousNode) {
    const std::pair<const char*, const char*> expected[] = {
        {"blur", "Blur"},
        {"blu", "Blur"},
        {"trunc", "Truncation"},
        {"mdl", "Model"},
        {"lfo", "LFO"},
        {"norm map", "Normal Map"},
        {"map norm", "Normal Map"},
        {"nm", "Normal Map"},
        {"gen", "Generator"},
        {"out", "Output"},
        {"mix", "Mix"},
        {"class mix", "Class Mix"},
        {"class w", "Class Walk"},
        {"exposure", "Grade"},
        {"color", "Grade"},
        {"keyframes", "Curve"},
        {"psi", "Truncation"},
        {"gaussian", "Blur"},
        {"kaleid", "Kaleidoscope"},
        {"image file", "Image File"},
        {"glsl", "Shader"},
        {"perlin", "Noise"},
        {"reroute", "Reroute"},
        {"image.blur", "Blur"},
        {"control.l", "LFO"},
        {"TRUNCATION", "Truncation"},
        {"  walk  ", "Walk"},
        {"upscale", "Resize"},
        {"oscillator", "LFO"},
        {"sampler", "Sampler"},
        {"feedb", "Feedback"},
        {"chan", "Channel Pack"},
    };
    for (const auto& [query, name] : expected) EXPECT_EQ(first_name(query), name) << query;
    EXPECT_THAT(found_names("col"), testing::Contains("Grade"));
}

TEST(Search, WhatAPersonDidNotMeanIsNotInTheList) {
    EXPECT_THAT(found_names("zzz"), testing::IsEmpty());
    EXPECT_THAT(found_names("blur xyz"), testing::IsEmpty()) << "every word must fit";
    EXPECT_LT(found_names("blur").size(), 6u);
    EXPECT_LT(found_names("lfo").size(), 6u);
}

TEST(Search, EveryNodeIsFoundByItsNameItsIdAndItsAliases) {
    for (const SearchEntry& entry : node_entries()) {
        EXPECT_EQ(first_name(entry.name), entry.name);
        EXPECT_EQ(first_name(entry.id), entry.name) << entry.id;
        for (const std::string& alias : entry.aliases)
            EXPECT_THAT(found_names(alias), testing::Contains(entry.name)) << alias;
    }
}

TEST(Search, CaseAndAccentsDoNotMatter) {
    const SearchEntry entry{"Dégradé", "a.b", "Une carte de dégradés", {"Übergang", "ŁÓDŹ"}};
    EXPECT_GT(fit("degrade", entry), 0);
    EXPECT_GT(fit("DÉGRADÉ", entry), 0);
    EXPECT_GT(fit("ubergang", entry), 0);
    EXPECT_GT(fit("lodz", entry), 0);
    EXPECT_EQ(fit("degrade", entry), fit("Dégradé", entry));
    EXPECT_GT(fit("模型", {"模型", "a.b", "", {}}), 0) << "other scripts as they are";
    EXPECT_EQ(fit("\xC3", {"Blur", "a.b", "", {}}), 0) << "half a letter";
}

TEST(Search, ANameCountsMoreThanWordsAboutIt) {
    const SearchEntry named{"Glow", "x.a", "Light around what is bright", {}};
    const SearchEntry aliased{"Bloom", "x.b", "Light around what is bright", {"glow"}};
    const SearchEntry described{"Halo", "x.c", "Makes a glow", {}};
    EXPECT_GT(fit("glow", named), fit("glow", aliased));
    EXPECT_GT(fit("glow", aliased), fit("glow", described));
    EXPECT_GT(fit("glow", described), 0);
    EXPECT_EQ(fit("glow", {"Sharpen", "x.d", "Generally lets one work", {}}), 0)
        << "letters that are anywhere in a sentence are no fit";
}

TEST(Search, LettersThatStartWordsOrRunOnCountMore) {
    EXPECT_GT(fit("cm", {"Class Mix", "", "", {}}), fit("cm", {"Column", "", "", {}}));
    EXPECT_GT(fit("mod", {"Model", "", "", {}}), fit("mod", {"My Old Thing", "", "", {}}));
    EXPECT_EQ(fit("mod", {"Dom", "", "", {}}), 0) << "in this order";
    EXPECT_GT(fit("ix", {"Mix", "", "", {}}), 0) << "the end of a word, side by side";
}

TEST(Search, AnEmptyQueryGivesAllWithTheRecentFirst) {
    const auto names = found_names("", {"image.blur", "control.lfo", "no.longer"});
    ASSERT_EQ(names.size(), node_entries().size());
    EXPECT_EQ(names[0], "Blur");
    EXPECT_EQ(names[1], "LFO");
    EXPECT_TRUE(std::is_sorted(names.begin() + 2, names.end(), [](std::string a, std::string b) {
        for (std::string* text : {&a, &b})
            for (char& c : *text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return a < b;
    }));
}

TEST(Search, OfEqualsTheRecentComesFirstThenTheAlphabet) {
    const std::vector<SearchEntry> entries{
        {"Tone B", "x.b", "", {}}, {"Tone A", "x.a", "", {}}, {"Tone C", "x.c", "", {}}};
    EXPECT_THAT(search("tone", entries, {}), ElementsAre(1, 0, 2));
    EXPECT_THAT(search("tone", entries, {"x.c"}), ElementsAre(2, 1, 0));
}

}  // namespace
}  // namespace gan
