#pragma once

#include "runtime/base/file.h"
#include "runtime/graph/patch.h"
#include "tests/graph_nodes.h"
#include "tests/random_changes.h"
#include "tests/support.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace gan {

inline void write_text(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

/// A patch in a folder of its own, and a state folder.
class Journals : public testing::Test {
protected:
    Journals() {
        ::setenv("XDG_STATE_HOME", (folder / "state").c_str(), 1);
        save_patch(patch.string(), chain(4));
    }
    std::unique_ptr<Workspace> open() const { return Workspace::open(patch.string(), test_nodes()); }

    /// What the files as they are would give: opened as a copy, since opening changes them.
    std::unique_ptr<Workspace> recovered() {
        std::filesystem::remove_all(folder / "copy");
        std::filesystem::create_directories(folder / "copy");
        for (const std::filesystem::path& file : {patch, journal})
            if (std::filesystem::exists(file)) std::filesystem::copy(file, folder / "copy" / file.filename());
        return Workspace::open((folder / "copy" / patch.filename()).string(), test_nodes());
    }

    /// The text of a journal of `changes` random changes.
    std::string journal_of(int changes, uint32_t seed) {
        const auto workspace = open();
        while (workspace->changes() < changes)
            random_change(hands_of(*workspace), seed, workspace->changes() + 1);
        EXPECT_TRUE(workspace->flush());
        std::string text = read_text(journal);
        workspace->discard();
        return text;
    }

    TemporaryFolder folder;
    const std::filesystem::path patch = folder / "a.ganymede";
    const std::filesystem::path journal = folder / ".a.ganymede.journal";
};

/// Everything after 0, 1, ... random changes of the chain.
inline std::vector<std::string> states(int changes, uint32_t seed) {
    Document document(chain(4), test_nodes());
    std::vector<std::string> all{everything_of(document)};
    for (int n = 1; n <= changes; ++n) {
        random_change(hands_of(document), seed, n);
        all.push_back(everything_of(document));
    }
    return all;
}

}  // namespace gan
