#include "runtime/base/module.h"

#include "runtime/base/assets.h"
#include "runtime/base/error.h"

#include <dlfcn.h>

#include <filesystem>

namespace gan {

namespace fs = std::filesystem;

void* module_function(const std::string& module, const char* function, const char* purpose) {
    const fs::path folder = program_folder();
    fs::path path = folder / module;
    // In the build folder; installed, from lib and from bin.
    for (const char* place : {"..", "ganymede", "../lib/ganymede"})
        if (const fs::path there = (folder / place / module).lexically_normal();
            !fs::exists(path) && fs::exists(there))
            path = there;
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void* found = library == nullptr ? nullptr : ::dlsym(library, function);
    if (found == nullptr)
        throw Error("{} the module {}, which cannot be loaded ({})", purpose, path.string(), ::dlerror());
    return found;
}

}  // namespace gan
