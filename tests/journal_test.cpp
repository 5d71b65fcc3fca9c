#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"
#include "runtime/graph/patch.h"
#include "tests/journals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

namespace gan {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;
namespace fs = std::filesystem;

TEST_F(Journals, TheFilesGiveTheSameDocumentAfterEveryChangeAndSave) {
    for (uint32_t seed = 1; seed <= 3; ++seed) {
        auto workspace = open();
        std::mt19937 random(seed);
        for (int i = 0; i < 40; ++i) {
            random_change(hands_of(*workspace), seed, workspace->changes() + 1);
            if (random() % 8 == 0) workspace->save();
            ASSERT_TRUE(workspace->flush()) << workspace->journal_problem();
            const auto other = recovered();
            ASSERT_EQ(everything_of(other->document()), everything_of(workspace->document()))
                << "seed " << seed << ", change " << i;
            ASSERT_EQ(other->changes(), workspace->changes());
            ASSERT_EQ(other->modified(), workspace->modified());
            ASSERT_EQ(other->fresh_id(), Document(workspace->document()).fresh_id());
        }
        // What was recovered is journalled again, and goes on.
        workspace.reset();
        workspace = open();
        for (int i = 0; i < 5; ++i) random_change(hands_of(*workspace), seed, workspace->changes() + 1);
        workspace->flush();
        EXPECT_EQ(everything_of(recovered()->document()), everything_of(workspace->document()));
        workspace->discard();
    }
}

TEST_F(Journals, IsGoneWhenThereIsNothingToSave) {
    auto workspace = open();
    EXPECT_TRUE(fs::exists(journal));
    EXPECT_FALSE(workspace->modified());
    workspace->edit(set(1, "value", 3), "Set", 0);
    EXPECT_TRUE(workspace->modified());
    workspace->undo(0);
    EXPECT_FALSE(workspace->modified());
    workspace->edit(set(1, "value", 4), "Set", 0);
    workspace->save();
    EXPECT_FALSE(workspace->modified());
    EXPECT_THAT(workspace->recovered(), IsEmpty());
    workspace.reset();
    EXPECT_FALSE(fs::exists(journal));
    EXPECT_EQ(load_patch(patch.string(), test_nodes()).graph.nodes.at(1).params["value"], 4);
    EXPECT_THAT(open()->document().past(), IsEmpty());
}

TEST_F(Journals, KeepsWhatWasNotSaved) {
    open()->edit(set(1, "value", 3), "Set", 7);
    auto workspace = open();
    EXPECT_THAT(workspace->recovered(), ElementsAre(HasSubstr("1 change that had not been saved is back")));
    EXPECT_TRUE(workspace->modified());
    EXPECT_EQ(workspace->document().graph().nodes.at(1).params["value"], 3);
    EXPECT_EQ(load_patch(patch.string(), test_nodes()).graph, chain(4))
        << "the file is saved by a person only";
    workspace->undo(0);
    EXPECT_EQ(workspace->document().graph(), chain(4));
    workspace->discard();
    workspace.reset();
    EXPECT_FALSE(fs::exists(journal));
}

TEST_F(Journals, OneProgramAtATimeEditsAPatch) {
    auto first = open();
    fs::create_symlink(patch, folder / "link.ganymede");
    for (const char* name : {"a.ganymede", "link.ganymede"})
        EXPECT_THAT([&] { Workspace::open((folder / name).string(), test_nodes()); },
                    ThrowsMessage<Error>(HasSubstr("a.ganymede: is being edited by another program")));
    const auto other = Workspace::create(chain(2), test_nodes());
    EXPECT_THROW(other->save_as(patch.string()), Error);
    first->edit(set(1, "value", 3), "Set", 0);
    first->save();
    first.reset();
    open();
}

// A save that is killed after the patch was written and before the journal was: the file is the new one, the
// journal began with the old one and says that it may have become the new one.
TEST_F(Journals, ASaveMayEndAnywhere) {
    auto workspace = open();
    for (int n = 1; n <= 10; ++n) random_change(hands_of(*workspace), 5, n);
    workspace->flush();
    const std::string before = read_text(patch), unsaved = read_text(journal);
    const std::string everything = everything_of(workspace->document());
    workspace->save();
    const std::string after = read_text(patch);
    const std::string saving = unsaved + journal_line({10, 0, Saving{sha256_hex(after)}});
    for (const auto& [file, modified] : {std::pair(before, true), std::pair(after, false)}) {
        for (const std::string& text : {saving, saving + journal_line({11, 0, Undone{}})}) {
            write_text(patch, file);
            write_text(journal, text);
            auto other = recovered();
            EXPECT_EQ(other->changes(), text == saving ? 10 : 11);
            EXPECT_THAT(other->recovered(), testing::SizeIs(modified || text != saving ? 1 : 0));
            if (text != saving) other->redo(0);
            EXPECT_EQ(everything_of(other->document()), everything);
            EXPECT_EQ(other->modified(), modified);
            other->discard();
        }
    }
    workspace->discard();
}

TEST_F(Journals, IsKeptAsideWhenThePatchHasBecomeAnother) {
    open()->edit(set(1, "value", 3), "Set", 0);
    save_patch(patch.string(), chain(3));
    auto workspace = open();
    EXPECT_EQ(workspace->document().graph(), chain(3));
    EXPECT_FALSE(workspace->modified());
    const fs::path aside = folder / ".a.ganymede.1.journal";
    EXPECT_THAT(workspace->recovered(),
                ElementsAre(testing::AllOf(HasSubstr("holds 1 change of another version of this patch"),
                                           HasSubstr(aside.string()))));
    EXPECT_THROW(open(), Error);

    // What is in it is there to be seen, and to be saved.
    auto opened = Workspace::open(aside.string(), test_nodes());
    EXPECT_THAT(opened->recovered(), ElementsAre(HasSubstr("save it under a name")));
    EXPECT_FALSE(fs::exists(aside)) << "another journal holds it now";
    EXPECT_TRUE(opened->modified());
    opened->undo(0);
    EXPECT_EQ(opened->document().graph(), chain(4));
    EXPECT_THAT([&] { opened->save(); }, ThrowsMessage<Error>(HasSubstr("has no file yet")));
    opened->save_as((folder / "b.ganymede").string());
    EXPECT_FALSE(opened->modified());
    EXPECT_EQ(load_patch(folder / "b.ganymede", test_nodes()).graph, chain(4));
    opened.reset();
    EXPECT_THAT(Workspace::left_behind(), IsEmpty());
}

TEST_F(Journals, IsKeptAsideWhenItsPatchIsReplaced) {
    open()->edit(set(1, "value", 3), "Set", 0);
    const auto other = Workspace::create(chain(2), test_nodes());
    other->save_as(patch.string());
    EXPECT_THAT(other->recovered(), ElementsAre(HasSubstr("holds changes of the patch that was here")));
    EXPECT_TRUE(fs::exists(folder / ".a.ganymede.1.journal"));
    EXPECT_THROW(other->save_as((folder / "no such folder/a.ganymede").string()), Error);
    EXPECT_EQ(other->path(), patch.string());
}

TEST_F(Journals, SavingNeverOverwritesWhatAnotherProgramWrote) {
    auto workspace = open();
    workspace->edit(set(1, "value", 3), "Set", 0);
    save_patch(patch.string(), chain(3));
    EXPECT_THAT([&] { workspace->save(); },
                ThrowsMessage<Error>(HasSubstr("another program has changed it since it was opened")));
    EXPECT_EQ(load_patch(patch.string(), test_nodes()).graph, chain(3));
    EXPECT_TRUE(workspace->modified());
    workspace->save_as((folder / "b.ganymede").string());
    EXPECT_EQ(load_patch(folder / "b.ganymede", test_nodes()).graph.nodes.at(1).params["value"], 3);
    workspace->edit(set(1, "value", 4), "Set", 0);
    workspace->save();
}

TEST_F(Journals, SavingLeavesAFileAsReadableAsItWas) {
    for (const fs::perms mode : {fs::perms{0640}, fs::perms{0604}}) {
        fs::permissions(patch, mode);
        auto workspace = open();
        workspace->edit(set(1, "value", static_cast<int>(mode)), "Set", 0);
        workspace->save();
        EXPECT_EQ(fs::status(patch).permissions(), mode);
    }
}

TEST_F(Journals, SavingUnderANameTakesTheJournalAlong) {
    auto workspace = open();
    workspace->edit(set(1, "value", 3), "Set", 0);
    workspace->save_as((folder / "b.ganymede").string());
    EXPECT_FALSE(fs::exists(journal));
    EXPECT_EQ(load_patch(patch.string(), test_nodes()).graph, chain(4));
    workspace->edit(set(1, "value", 4), "Set", 0);
    workspace.reset();
    workspace = Workspace::open((folder / "b.ganymede").string(), test_nodes());
    EXPECT_EQ(workspace->document().graph().nodes.at(1).params["value"], 4);
    EXPECT_THAT(workspace->document().past(), ElementsAre("Set", "Set"));
}

TEST_F(Journals, LiesInTheStateFolderForAPatchWithoutAFile) {
    Workspace::create(chain(2), test_nodes());
    EXPECT_THAT(Workspace::left_behind(), IsEmpty()) << "nothing was done";
    auto workspace = Workspace::create(chain(2), test_nodes());
    workspace->edit(set(1, "value", 3), "Set", 0);
    EXPECT_THAT(Workspace::left_behind(), IsEmpty()) << "it is being edited";
    const std::string everything = everything_of(workspace->document());
    workspace.reset();
    const auto left = Workspace::left_behind();
    EXPECT_THAT(left, ElementsAre((folder / "state/ganymede/journals/untitled-1.journal").string()));
    workspace = Workspace::open(left[0], test_nodes());
    EXPECT_EQ(everything_of(workspace->document()), everything);
    workspace.reset();
    EXPECT_THAT(Workspace::left_behind(), ElementsAre(HasSubstr("untitled-2.journal")));
}

TEST_F(Journals, LiesInTheStateFolderWhereThePatchIsReadOnly) {
    // Permissions do not stop root; a folder of that name stops everybody.
    fs::create_directory(journal);
    open()->edit(set(1, "value", 3), "Set", 0);
    EXPECT_EQ(open()->document().graph().nodes.at(1).params["value"], 3);
    EXPECT_TRUE(journal_warning(patch.string()));
    // Writable again: it moves beside the patch.
    fs::remove(journal);
    open();
    EXPECT_TRUE(fs::is_regular_file(journal));
    EXPECT_EQ(open()->document().graph().nodes.at(1).params["value"], 3);
    EXPECT_TRUE(fs::is_empty(journal_folder()));
}

TEST_F(Journals, NothingStopsEditingWhenNoneCanBeWritten) {
    fs::create_directory(journal);
    write_text(folder / "state", "no folder");
    const auto workspace = open();
    EXPECT_THAT(workspace->journal_problem(), HasSubstr("changes are not being kept"));
    workspace->edit(set(1, "value", 3), "Set", 0);
    EXPECT_FALSE(workspace->flush());
    workspace->save();
    EXPECT_EQ(load_patch(patch.string(), test_nodes()).graph, workspace->document().graph());
}

TEST_F(Journals, AFullDiskStopsNothingAndLosesNothing) {
    const auto workspace = open();
    workspace->flush();
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{fs::file_size(journal) + 100, limit.rlim_max};  // in the middle of the first line
    ::setrlimit(RLIMIT_FSIZE, &full);
    for (int n = 1; n <= 20; ++n) random_change(hands_of(*workspace), 9, n);
    const bool kept = workspace->flush();
    const std::string problem = workspace->journal_problem();
    const std::string partial = read_text(journal);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    EXPECT_FALSE(kept);
    EXPECT_THAT(problem, HasSubstr("changes are not being kept: " + journal.string()));
    EXPECT_THAT(parse_journal(partial).damage, HasSubstr("not whole"));
    random_change(hands_of(*workspace), 9, 21);
    EXPECT_TRUE(workspace->flush());
    EXPECT_EQ(workspace->journal_problem(), "");
    EXPECT_EQ(everything_of(recovered()->document()), states(21, 9).back());
}

TEST_F(Journals, OtherProgramsAreWarned) {
    EXPECT_EQ(journal_warning(patch.string()), std::nullopt);
    auto workspace = open();
    EXPECT_EQ(journal_warning(patch.string()), std::nullopt);
    workspace->edit(set(1, "value", 3), "Set", 0);
    workspace->flush();
    EXPECT_EQ(journal_warning(patch.string()),
              patch.string() + ": 1 unsaved change to it is in its journal and is not used here");
    workspace->save();
    EXPECT_EQ(journal_warning(patch.string()), std::nullopt);
    workspace->edit(set(1, "value", 4), "Set", 0);
    workspace.reset();
    EXPECT_TRUE(journal_warning(patch.string()));
    save_patch(patch.string(), chain(2));
    EXPECT_EQ(journal_warning(patch.string()), std::nullopt) << "it is of another version";
    EXPECT_EQ(journal_warning((folder / "none").string()), std::nullopt);
}

}  // namespace
}  // namespace gan
