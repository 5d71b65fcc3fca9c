#pragma once

#include "runtime/graph/node.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace gan {

/// Where libraries of nodes (runtime/abi/gan_node.h) are looked for, and what is kept about them.
struct PluginPlaces {
    std::vector<std::filesystem::path> folders;  // in this order; files in them, NAME.gannode.so
    std::filesystem::path cache;                 // file; empty: none
    std::filesystem::path state;                 // folder; empty: none
    std::filesystem::path helper;                // ganymede-scan
    std::chrono::milliseconds patience{5000};    // with one library
};

/// As gan_node.h says, by the environment; no folders when GANYMEDE_SAFE is set.
PluginPlaces plugin_places();

/// A library that was found.
struct PluginFile {
    std::filesystem::path file;
    std::string vendor;
    std::string version;
    std::vector<std::string> types;     // ids that can be played
    std::vector<std::string> problems;  // sentences that name it
};

/// Every library that is there, and the kinds of nodes that there are with them. Looked for once: what
/// changes later is seen by the next program. Immutable.
class Plugins {
public:
    /// Slow where a library has not been looked at before. Throws nothing because of libraries.
    Plugins(const NodeTypes& builtin, const PluginPlaces& places);
    ~Plugins();
    Plugins(const Plugins&) = delete;
    Plugins& operator=(const Plugins&) = delete;

    const std::vector<PluginFile>& files() const { return files_; }
    /// Those that come with Ganymede, and the libraries'; the former themselves where no library is there.
    const NodeTypes& types() const { return types_ == nullptr ? builtin_ : *types_; }

private:
    const NodeTypes& builtin_;
    std::vector<PluginFile> files_;
    std::unique_ptr<const NodeTypes> types_;
};

/// Those of this machine; looked for when first asked for. [any thread]
const Plugins& installed_plugins();
/// Every kind of node that there is here: those of builtin_nodes(), and of libraries. Whoever opens a patch
/// uses these, and these alone: types of one list are unknown to the other. [any thread]
const NodeTypes& installed_nodes();

/// Safe mode: without libraries. To be called before the others. [any thread]
void leave_out_plugins();

/// Lets a library in again that ended a program, and has it looked at again; by its path, or the name of a
/// file in the folders. Of other programs, the next that starts sees it. Throws Error when there is none.
void enable_plugin(const PluginPlaces& places, const std::string& file);

/// What nodes of libraries have said since this was last asked, sentences for the person. [any thread]
std::vector<std::string> take_plugin_words();

}  // namespace gan
