#include "nodes/hosts/library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr const char* soname = "libganymede.so.0";

/// The folder of the shared library that has this symbol, behind all links.
fs::path folder_of(const void* symbol) {
    Dl_info found{};
    std::error_code error;
    const fs::path file = ::dladdr(symbol, &found) == 0 ? fs::path() : fs::canonical(found.dli_fname, error);
    return error ? fs::path() : file.parent_path();
}

std::vector<std::string> candidates() {
    if (const char* given = std::getenv("GANYMEDE_LIBRARY"); given != nullptr && *given != '\0')
        return {given};
    std::vector<std::string> paths;
    fs::path folder = folder_of(reinterpret_cast<const void*>(&library));
    for (int above = 0; above < 3; ++above, folder = folder.parent_path())
        for (const char* name : {soname, "libganymede.so"}) {
            std::error_code ignored;
            if (fs::exists(folder / name, ignored)) paths.push_back((folder / name).string());
        }
    paths.emplace_back(soname);
    return paths;
}

void* open_library() {
    std::string problem;
    for (const std::string& path : candidates()) {
        if (void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) return handle;
        const char* reason = ::dlerror();
        if (problem.empty()) problem = reason == nullptr ? path : reason;
    }
    throw std::runtime_error("libganymede cannot be loaded; set GANYMEDE_LIBRARY to its path (" + problem +
                             ")");
}

template <class Function>
void find(void* handle, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(handle, name));
    if (function == nullptr)
        throw std::runtime_error(std::string("libganymede is too old for this plugin: it has no ") + name);
}

Library load() {
    void* handle = open_library();
    Library functions{};
    find(handle, "gan_open", functions.open);
    find(handle, "gan_wait", functions.wait);
    find(handle, "gan_progress", functions.progress);
    find(handle, "gan_cancel", functions.cancel);
    find(handle, "gan_close", functions.close);
    find(handle, "gan_error", functions.error);
    find(handle, "gan_result_text", functions.result_text);
    find(handle, "gan_info", functions.info);
    find(handle, "gan_parameter_info", functions.parameter_info);
    find(handle, "gan_set_number", functions.set_number);
    find(handle, "gan_set_input", functions.set_input);
    find(handle, "gan_render", functions.render);
    return functions;
}

}  // namespace

const Library& library() {
    static const Library only = load();  // where that throws, the next caller tries again
    return only;
}

std::string asset_path(const std::string& name) {
    std::error_code ignored;
    if (const char* given = std::getenv("GANYMEDE_ASSETS")) {
        const fs::path path = fs::path(given) / name;
        if (fs::exists(path, ignored)) return path.string();
        throw std::runtime_error(path.string() + " is not there; GANYMEDE_ASSETS names the folder " + given);
    }
    for (fs::path folder = folder_of(reinterpret_cast<const void*>(library().open)); !folder.empty();
         folder = folder.parent_path()) {
        for (const char* kind : {"assets", "share/ganymede"})
            if (const fs::path path = folder / kind / name; fs::exists(path, ignored)) return path.string();
        if (folder == folder.root_path()) break;
    }
    throw std::runtime_error(
        name + " comes with Ganymede, but is not around libganymede; name its folder in GANYMEDE_ASSETS");
}

}  // namespace gan
