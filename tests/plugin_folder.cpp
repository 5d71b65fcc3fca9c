#include "tests/plugin_folder.h"

#include "nodes/builtin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace gan {

namespace fs = std::filesystem;

PluginFolder::PluginFolder(const std::vector<std::string>& libraries) {
    fs::create_directories(folder_ / "nodes");
    for (const std::string& library : libraries) add(library, library);
    places = {.folders = {folder_ / "nodes"},
              .cache = folder_ / "cache" / "nodes.json",
              .state = folder_ / "state",
              .helper = GAN_SCANNER,
              .patience = std::chrono::seconds(60)};
}

void PluginFolder::add(const std::string& library, const std::string& name) const {
    fs::copy_file(fs::path(GAN_TEST_PLUGINS) / (library + ".gannode.so"), file(name),
                  fs::copy_options::overwrite_existing);
}

std::string PluginFolder::problem() const {
    const Plugins plugins(builtin_nodes(), places);
    EXPECT_THAT(plugins.files(), testing::SizeIs(1));
    if (plugins.files().empty() || plugins.files()[0].problems.empty()) return {};
    EXPECT_THAT(plugins.files()[0].problems[0], testing::HasSubstr(plugins.files()[0].file.string()));
    return plugins.files()[0].problems[0];
}

Variable::Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
}

Variable::~Variable() {
    if (before_)
        ::setenv(name_, before_->c_str(), 1);
    else
        ::unsetenv(name_);
}

}  // namespace gan
