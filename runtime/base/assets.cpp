#include "runtime/base/assets.h"

#include "runtime/base/error.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>

namespace gan {

namespace fs = std::filesystem;

fs::path program_folder() {
    std::error_code error;
    Dl_info object{};
    link_map* loaded = nullptr;
    // The program itself has no name there.
    const bool library = ::dladdr1(reinterpret_cast<void*>(&program_folder), &object,
                                   reinterpret_cast<void**>(&loaded), RTLD_DL_LINKMAP) != 0 &&
                         loaded != nullptr && *loaded->l_name != '\0';
    const fs::path file =
        library ? fs::canonical(loaded->l_name, error) : fs::read_symlink("/proc/self/exe", error);
    return error ? fs::current_path() : file.parent_path();
}

fs::path asset(const fs::path& name) {
    std::error_code ignored;
    if (const char* given = std::getenv("GANYMEDE_ASSETS")) {
        const fs::path path = fs::path(given) / name;
        if (fs::exists(path, ignored)) return path;
        throw Error("{}: is not there; GANYMEDE_ASSETS names the folder {}", path.string(), given);
    }
    const fs::path program = program_folder();
    for (fs::path folder = program;; folder = folder.parent_path()) {
        for (const char* kind : {"assets", "share/ganymede"})
            if (const fs::path path = folder / kind / name; fs::exists(path, ignored)) return path;
        if (folder == folder.root_path()) break;
    }
    throw Error(
        "{}: comes with Ganymede, but there is no folder assets with it in or above {}; name one in GANYMEDE_ASSETS",
        name.string(), program.string());
}

}  // namespace gan
