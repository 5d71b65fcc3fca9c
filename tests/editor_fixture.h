#pragma once

#include "runtime/graph/patch.h"
#include "tests/editor_screen.h"
#include "tests/support.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace gan::test {

/// The editor with a patch in a folder of its own. Whatever a test does, Vulkan must have been used as it
/// should be, and what was not saved is not kept.
class EditorFixture : public testing::Test {
protected:
    ~EditorFixture() override {
        if (screen_ == nullptr) return;
        EXPECT_EQ(screen_->messages(), std::vector<std::string>{}) << "Vulkan was misused";
        screen_->session().workspace().discard();
    }
    void begin(const EditorScreen::Options& options) {
        screen_ = std::make_unique<EditorScreen>(options);
        screen_->settle();
    }
    void begin_on(const Graph& patch, EditorScreen::Options options = {}) {
        save_patch(path_, patch);
        options.patch = path_;
        begin(options);
    }

    const Graph& graph() { return screen_->graph(); }
    size_t steps() { return screen_->session().document().past().size(); }
    nlohmann::json param(NodeId node, const char* name) {
        return graph().nodes.at(node).params.value(name, nlohmann::json());
    }
    NodeId only_new(const Graph& before) {
        NodeId found = 0;
        for (const auto& [id, record] : graph().nodes)
            if (!before.nodes.contains(id)) found = id;
        return found;
    }
    /// Where a port is on screen; of "": the node's title.
    ImVec2 port(NodeId node, const char* name) {
        const auto place = screen_->app().canvas().screen_of({node, name});
        EXPECT_TRUE(place.has_value()) << node << "." << name << " is not shown";
        return place.value_or(ImVec2{});
    }
    ImVec2 title(NodeId node) { return port(node, ""); }

    const TemporaryFolder folder_;
    const std::string path_ = (folder_ / "a.ganymede").string();
    std::unique_ptr<EditorScreen> screen_;
};

}  // namespace gan::test
