// Journals that were cut off, damaged, or written by somebody who means harm.

#include "runtime/base/error.h"
#include "tests/journals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace gan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST_F(Journals, EndsWhereItWasCutOff) {
    const std::string text = journal_of(25, 2);
    const auto expected = states(25, 2);
    const size_t first = text.find('\n') + 1;
    int64_t recovered_to = -1;
    for (size_t length = 0; length < text.size(); ++length) {
        const std::string cut = text.substr(0, length);
        if (length < first) {
            EXPECT_THROW(parse_journal(cut), Error);
            continue;
        }
        const Journal read = parse_journal(cut);
        const auto whole = std::count(cut.begin(), cut.end(), '\n') - 1;
        EXPECT_EQ(read.number(), whole);
        EXPECT_EQ(read.damage.empty(), cut.back() == '\n');
        if (whole == recovered_to) continue;
        recovered_to = whole;
        const Recovery recovery = recover(read, test_nodes());
        EXPECT_EQ(recovery.number, whole);
        EXPECT_EQ(recovery.problem, "");
        ASSERT_EQ(everything_of(recovery.document), expected[static_cast<size_t>(whole)]) << length;
    }
    write_text(journal, text.substr(0, text.size() - 1));
    const auto workspace = open();
    EXPECT_EQ(workspace->changes(), 24);
    EXPECT_THAT(workspace->recovered(),
                ElementsAre(HasSubstr("24 changes"), HasSubstr("line 26 cannot be used: it is not whole")));
    EXPECT_EQ(everything_of(workspace->document()), expected[24]);
}

// A damaged line is never taken for another: what is recovered is always a state that there was.
TEST_F(Journals, GivesOnlyStatesThatThereWereWhateverIsDamaged) {
    const std::string text = journal_of(25, 3);
    const auto expected = states(25, 3);
    const size_t first = text.find('\n') + 1;
    std::mt19937 random(4);
    int partly = 0;
    for (int i = 0; i < 1000; ++i) {
        std::string mutated = text;
        const size_t at = first + random() % (text.size() - first);
        switch (random() % 4) {
            case 0:
                mutated[at] = static_cast<char>(random());
                break;
            case 1:
                mutated.erase(at, 1 + random() % 400);
                break;
            case 2:
                mutated.insert(at, mutated.substr(random() % mutated.size(), random() % 400));
                break;
            default: {  // a line is gone, or there twice
                const size_t begin = text.rfind('\n', at - 1) + 1, end = text.find('\n', at) + 1;
                if (random() % 2 == 0)
                    mutated.erase(begin, end - begin);
                else
                    mutated.insert(end, text.substr(begin, end - begin));
            }
        }
        const Journal read = parse_journal(mutated);
        const Recovery recovery = recover(read, test_nodes());
        EXPECT_EQ(recovery.problem, "");
        ASSERT_EQ(everything_of(recovery.document), expected[static_cast<size_t>(recovery.number)]);
        if (recovery.number > 0 && recovery.number < 25) ++partly;
    }
    EXPECT_GT(partly, 500);
}

// Whoever writes a journal can get its checksums right.
TEST_F(Journals, SurvivesHostileRecords) {
    const std::string text = journal_of(25, 3);
    std::vector<std::string> records;
    for (size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1)
        records.push_back(text.substr(begin + 17, text.find('\n', begin) - begin - 17));
    std::mt19937 random(5);
    const std::vector<std::string> values{"7",  "-1",    "1e300", "9223372036854775807",  "null", "[]",
                                          "{}", "\"x\"", "true",  "18446744073709551615", "0.5"};
    int refused = 0, read = 0, problems = 0;
    for (int i = 0; i < 1500; ++i) {
        std::vector<std::string> some = records;
        std::string& record = some[random() % 3 == 0 ? 0 : random() % some.size()];
        const size_t colon = record.find(':', random() % record.size());
        const size_t end = colon == std::string::npos ? colon : record.find_first_of(",}]", colon);
        if (end == std::string::npos || random() % 4 == 0)
            record[random() % record.size()] = static_cast<char>(' ' + random() % 95);
        else
            record.replace(colon + 1, end - colon - 1, values[random() % values.size()]);
        std::string hostile;
        for (const std::string& one : some) hostile += journal_line(one);
        try {
            const Journal journal = parse_journal(hostile);
            Recovery recovery = recover(journal, test_nodes());
            problems += recovery.problem.empty() ? 0 : 1;
            ++read;
            while (recovery.document.can_undo()) recovery.document.undo();
            while (recovery.document.can_redo()) recovery.document.redo();
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 100);
    EXPECT_GT(read, 100);
    EXPECT_GT(problems, 0);
    const std::string deep = journal_line(R"({"journal":1,"text":)" + std::string(100'000, '[') + "}");
    EXPECT_THAT([&] { parse_journal(deep); }, ThrowsMessage<Error>(HasSubstr("levels deep")));
    EXPECT_THAT([&] { parse_journal(journal_line(R"({"journal":2})")); },
                ThrowsMessage<Error>(HasSubstr("its format is not known here")));

    write_text(journal, "hostile\n\n");
    const auto workspace = open();
    EXPECT_EQ(workspace->document().graph(), chain(4));
    EXPECT_THAT(workspace->recovered(), ElementsAre(HasSubstr("kept as")));
}

}  // namespace
}  // namespace gan
