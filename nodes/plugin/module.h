#pragma once

#include "nodes/plugin/guard.h"
#include "runtime/base/error.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

namespace gan {

/// A library of nodes in this process: opened when one of its nodes first plays, and never closed. [any
/// thread]
class PluginModule {
public:
    /// `description`: what the scan of this very file found. `marks`: folder of PlayingMark.
    PluginModule(std::filesystem::path file, const FileStamp& stamp, PluginLibrary description,
                 std::filesystem::path marks)
        : file_(std::move(file)),
          stamp_(stamp),
          description_(std::move(description)),
          marks_(std::move(marks)) {}

    const std::filesystem::path& file() const { return file_; }
    const PluginLibrary& description() const { return description_; }

    /// A type's functions. Opens the library when nobody has: slow. Throws Error naming the file; when it
    /// could not be opened once, it is not tried again.
    const gan_node_type& functions(size_t type);

    /// Calls one of them. Throws Error when it throws anything. Only after functions().
    template <class Function, class... Arguments>
    auto call(const char* name, Function function, Arguments... arguments) {
        const Inside inside(*mark_);
        try {
            return function(arguments...);
        } catch (...) {
            throw Error("{}: {}() threw an exception, which no function of a library may; tell {}",
                        file_.filename().string(), name, description_.vendor);
        }
    }

private:
    void open();

    const std::filesystem::path file_;
    const FileStamp stamp_;
    const PluginLibrary description_;
    const std::filesystem::path marks_;
    std::mutex mutex_;
    std::string failure_;
    const gan_node_entry* entry_ = nullptr;  // once it is open
    std::unique_ptr<PlayingMark> mark_;
};

}  // namespace gan
