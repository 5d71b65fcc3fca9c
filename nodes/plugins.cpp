#include "nodes/plugins.h"

#include "nodes/builtin.h"
#include "nodes/plugin/node.h"
#include "runtime/base/assets.h"
#include "runtime/base/error.h"
#include "runtime/graph/graph.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view library_ending = ".gannode.so";
constexpr size_t most_libraries = 1000;

std::atomic<bool> plugins_left_out = false;

/// $VARIABLE/ganymede, or `otherwise` in the user's home; empty when there is no such folder to have.
fs::path user_folder(const char* variable, const char* otherwise) {
    const auto absolute = [](const char* name) -> fs::path {
        const char* value = std::getenv(name);
        return value != nullptr && fs::path(value).is_absolute() ? fs::path(value) : fs::path();
    };
    if (const fs::path given = absolute(variable); !given.empty()) return given / "ganymede";
    const fs::path home = absolute("HOME");
    return home.empty() ? fs::path() : home / otherwise / "ganymede";
}

/// Beside what is running, or where an installation has what it loads.
fs::path helper_program() {
    constexpr const char* name = "ganymede-scan";
    const fs::path here = program_folder();
    std::error_code ignored;
    for (const fs::path& folder :
         {here, here.parent_path(), here / "ganymede", here.parent_path() / "lib/ganymede"})
        if (fs::exists(folder / name, ignored)) return folder / name;
    return here / name;
}

/// Every library once, by its real path.
std::vector<fs::path> library_files(const std::vector<fs::path>& folders) {
    std::vector<fs::path> files;
    std::set<fs::path> seen;
    for (const fs::path& folder : folders) {
        std::error_code error;
        std::vector<fs::path> here;
        for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
            if (entry->path().filename().string().ends_with(library_ending)) here.push_back(entry->path());
        std::sort(here.begin(), here.end());
        for (const fs::path& entry : here) {
            const fs::path file = fs::canonical(entry, error);
            if (error || !is_text(file.string(), 4096) || !file_stamp(file) || files.size() == most_libraries)
                continue;
            if (seen.insert(file).second) files.push_back(file);
        }
    }
    return files;
}

NodeType node_type_of(const std::shared_ptr<PluginModule>& module, size_t index) {
    const PluginType& type = module->description().types[index];
    return {.id = type.id,
            .name = type.name,
            .description = type.description,
            .traits = {.timed = (type.traits & GAN_NODE_TIMED) != 0,
                       .stateful = (type.traits & GAN_NODE_STATEFUL) != 0,
                       .sink = (type.traits & GAN_NODE_SINK) != 0},
            .version = static_cast<int>(type.version),
            .create = [module, index] { return std::make_unique<PluginNode>(module, index); },
            .migrate = {},
            .aliases = type.aliases};
}

/// What a library has, as a scan finds it or has found it; its problem says how it can be used again.
Scan look_at(const fs::path& file, const FileStamp& stamp, const PluginPlaces& places,
             const DisabledPlugins& disabled, ScanCache& cache) {
    const auto again = [&](const std::string& what) {
        return fmt::format(
            "{}; it is left out until it changes, or a person says `ganymede nodes --enable {}`", what,
            file.filename().string());
    };
    const auto found = disabled.find(file.string());
    if (found != disabled.end() && found->second == stamp)
        return {.problem = again("a program ended while it played it")};
    auto scan = cache.find(file.string(), stamp);
    if (!scan) {
        scan = scan_library(places.helper, file, places.patience);
        cache.add(file.string(), stamp, *scan);
    }
    if (!scan->problem.empty() && scan->lasting) scan->problem = again(scan->problem);
    return *scan;
}

std::string family_in(const std::string& id) {
    return id.substr(0, id.find('.'));
}

/// What ids of Ganymede's own types begin with, now or later.
std::set<std::string> own_families(const NodeTypes& builtin) {
    std::set<std::string> families{family_in(group_type)};
    for (const NodeType& type : builtin.all()) families.insert(family_in(type.id));
    return families;
}

/// Why types are not there.
struct MissingTypes {
    std::map<std::string, std::string, std::less<>> reasons;  // of ids that are known
    std::string others;                                       // of any other; or empty

    std::string operator()(std::string_view id) const {
        const auto found = reasons.find(id);
        return found != reasons.end() ? found->second : others;
    }
};

}  // namespace

PluginPlaces plugin_places() {
    PluginPlaces places;
    const char* safe = std::getenv("GANYMEDE_SAFE");
    if (safe != nullptr && *safe != '\0') return places;
    const char* given = std::getenv("GANYMEDE_PATH");
    for (std::string_view rest = given == nullptr ? "" : given; !rest.empty();) {
        const size_t colon = std::min(rest.find(':'), rest.size());
        if (colon > 0) places.folders.emplace_back(rest.substr(0, colon));
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    const fs::path data = user_folder("XDG_DATA_HOME", ".local/share");
    if (!data.empty()) places.folders.push_back(data / "nodes");
    // Of an installation, where the program lies in bin, or libganymede in lib.
    places.folders.push_back(program_folder().parent_path() / "lib/ganymede/nodes");
    const fs::path cache = user_folder("XDG_CACHE_HOME", ".cache");
    if (!cache.empty()) places.cache = cache / "nodes.json";
    const fs::path state = user_folder("XDG_STATE_HOME", ".local/state");
    if (!state.empty()) places.state = state / "nodes";
    places.helper = helper_program();
    return places;
}

Plugins::Plugins(const NodeTypes& builtin, const PluginPlaces& places) : builtin_(builtin) {
    const std::vector<fs::path> found = library_files(places.folders);
    if (found.empty()) return;
    const DisabledPlugins disabled = settle_marks(places.state);
    ScanCache cache(places.cache);
    std::vector<NodeType> types = builtin.all();
    const std::set<std::string> families = own_families(builtin);
    std::map<std::string, fs::path> owners;  // of ids
    MissingTypes missing;
    for (const fs::path& path : found) {
        PluginFile& file = files_.emplace_back(PluginFile{.file = path});
        const FileStamp stamp = file_stamp(path).value_or(FileStamp{});
        const std::vector<std::string> known = cache.ids(path.string());
        Scan scan = look_at(path, stamp, places, disabled, cache);
        if (!scan.problem.empty()) {
            file.problems.push_back(fmt::format("{}: {}", path.string(), scan.problem));
            for (const std::string& id : known) missing.reasons.emplace(id, file.problems.back());
            if (known.empty() && missing.others.empty()) missing.others = "perhaps " + file.problems.back();
            continue;
        }
        file.vendor = scan.library.vendor;
        file.version = scan.library.version;
        const auto module =
            std::make_shared<PluginModule>(path, stamp, std::move(scan.library), places.state);
        for (size_t i = 0; i < module->description().types.size(); ++i) {
            const std::string& id = module->description().types[i].id;
            const auto [owner, first] = owners.emplace(id, path);
            if (families.contains(family_in(id))) {
                file.problems.push_back(
                    fmt::format("{}: its '{}' is left out, since '{}' is for Ganymede's own types",
                                path.string(), id, family_in(id)));
            } else if (!first) {
                file.problems.push_back(
                    fmt::format("{}: its '{}' is left out, since {} has one, which was found first",
                                path.string(), id, owner->second.string()));
            } else {
                types.push_back(node_type_of(module, i));
                file.types.push_back(id);
            }
        }
    }
    cache.save();
    types_ = std::make_unique<const NodeTypes>(std::move(types), std::move(missing));
}

Plugins::~Plugins() = default;

const Plugins& installed_plugins() {
    static const Plugins plugins(builtin_nodes(), plugins_left_out ? PluginPlaces{} : plugin_places());
    return plugins;
}

const NodeTypes& installed_nodes() {
    return installed_plugins().types();
}

void leave_out_plugins() {
    plugins_left_out = true;
}

void enable_plugin(const PluginPlaces& places, const std::string& file) {
    std::vector<std::string> matches;
    std::error_code error;
    if (const fs::path real = fs::canonical(file, error); !error && file_stamp(real))
        matches.push_back(real.string());
    for (const fs::path& found : library_files(places.folders))
        if (found.filename() == file) matches.push_back(found.string());
    if (matches.empty())
        throw Error("there is no library '{}'; `ganymede nodes` lists those that there are", file);
    enable_plugins(places.state, matches);
    ScanCache cache(places.cache);
    for (const std::string& match : matches) cache.forget(match);
    cache.save();
}

}  // namespace gan
