#include "runtime/base/module.h"

#include "runtime/base/assets.h"
#include "runtime/base/error.h"

#include <dlfcn.h>

#include <filesystem>

namespace gan {

void* module_function(const std::string& module, const char* function, const char* purpose) {
    std::filesystem::path path = program_folder() / module;
    if (const auto above = program_folder().parent_path() / module;
        !std::filesystem::exists(path) && std::filesystem::exists(above))
        path = above;
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void* found = library == nullptr ? nullptr : ::dlsym(library, function);
    if (found == nullptr)
        throw Error("{} the module {}, which cannot be loaded ({})", purpose, path.string(), ::dlerror());
    return found;
}

}  // namespace gan
