#pragma once

#include "runtime/abi/gan_node.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace gan {

/// What a library of nodes says about itself, as runtime/abi/gan_node.h has it.
struct PluginPort {
    std::string name;
    std::string description;
    uint32_t type = 0;
    bool optional = false;
    bool operator==(const PluginPort&) const = default;
};

struct PluginParam {
    std::string name;
    std::string description;
    uint32_t kind = 0;
    uint32_t flags = 0;
    double value = 0;
    double min = 0;
    double max = 0;
    std::string unit;
    std::vector<std::string> choices;
    std::string text;
    bool operator==(const PluginParam&) const = default;
};

struct PluginType {
    std::string id;
    std::string name;
    std::string description;
    std::vector<std::string> aliases;
    uint32_t version = 1;
    uint32_t traits = 0;
    std::vector<PluginPort> inputs;
    std::vector<PluginPort> outputs;
    std::vector<PluginParam> params;
    bool operator==(const PluginType&) const = default;
};

struct PluginLibrary {
    std::string vendor;
    std::string version;
    std::vector<PluginType> types;
    bool operator==(const PluginLibrary&) const = default;
};

/// Reads a library that is open in this process, and checks it. Throws Error, a sentence to follow its name
/// ("is made for a newer Ganymede"). What is no description at all may crash.
PluginLibrary describe(const gan_node_entry& entry);

/// The same as JSON, which is how the helper program tells of it.
nlohmann::json to_json(const PluginLibrary& library);
/// Distrusts everything. Throws Error, a sentence to follow the library's name.
PluginLibrary library_from_json(const nlohmann::json& value);

/// Whether a text is UTF-8, and no longer than this.
bool is_text(const std::string& text, size_t most);
/// A sentence of a stranger's as a line that can be shown: cut to 1000 bytes, without what is no text.
std::string printable(const std::string& text);

}  // namespace gan
