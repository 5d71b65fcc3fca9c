#pragma once

#include "nodes/plugins.h"
#include "tests/support.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// Some of tests/plugins in a folder of their own, with a cache and a state that nobody else has.
class PluginFolder {
public:
    explicit PluginFolder(const std::vector<std::string>& libraries = {});
    /// One of them, under another name.
    void add(const std::string& library, const std::string& name) const;
    /// What is wrong with the only library that is there; empty: nothing.
    std::string problem() const;
    std::filesystem::path file(const std::string& name) const {
        return folder_ / "nodes" / (name + ".gannode.so");
    }
    std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

    PluginPlaces places;

private:
    TemporaryFolder folder_;
};

/// A variable of the environment for a while.
class Variable {
public:
    Variable(const char* name, const std::string& value);
    ~Variable();
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

}  // namespace gan
