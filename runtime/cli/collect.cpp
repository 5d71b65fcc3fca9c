#include "runtime/cli/collect.h"

#include "nodes/model.h"
#include "nodes/patches.h"
#include "nodes/plugins.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/model_options.h"
#include "runtime/cli/patch_options.h"
#include "runtime/graph/patch.h"
#include "runtime/model/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <span>

namespace gan {
namespace {

namespace fs = std::filesystem;

struct CollectOptions {
    std::string patch;
    std::string out;
    bool force = false;
};

using Bytes = std::span<const std::byte>;

/// Whether a file can become these bytes; throws Error when it holds others and may not be replaced.
bool to_be_written(const fs::path& path, Bytes bytes, bool force) {
    if (!fs::exists(fs::symlink_status(path))) return true;
    const auto file = MappedFile::open(path);
    const Bytes old = file->bytes();
    if (std::equal(old.begin(), old.end(), bytes.begin(), bytes.end())) return false;
    if (!force) throw Error("{} is there already and differs; replace it with --force", path.string());
    return true;
}

void write(const fs::path& path, Bytes bytes) {
    AtomicFile file(path);
    file.write(bytes);
    file.commit();
}

/// The files that a patch needs, by their places in the new folder.
class Collection {
public:
    /// Where a file or a folder comes to lie in `folder`; two of the same name get numbers.
    std::string add(const fs::path& source, const std::string& folder) {
        const fs::path real = fs::canonical(source);
        if (const auto known = places_.find(real); known != places_.end()) return known->second;
        const fs::path name = source.has_filename() ? source.filename() : source.parent_path().filename();
        std::string place;
        for (int n = 1; place.empty() || !taken_.insert(place).second; ++n)
            place = folder + "/" + name.stem().string() + (n > 1 ? fmt::format("-{}", n) : "") +
                    name.extension().string();
        if (fs::is_directory(real)) {
            for (const auto& entry : fs::recursive_directory_iterator(real))
                if (entry.is_regular_file())
                    files_.emplace(fs::path(place) / fs::relative(entry.path(), real), entry.path());
        } else {
            files_.emplace(place, real);
        }
        return places_[real] = place;
    }

    /// Everything is looked at before anything is written.
    void copy_to(const fs::path& folder, const std::string& patch_name, const std::string& patch,
                 bool force) const {
        const auto bytes = std::as_bytes(std::span(patch));
        std::map<fs::path, std::shared_ptr<const MappedFile>> due;
        for (const auto& [place, source] : files_) {
            auto file = MappedFile::open(source);
            if (to_be_written(folder / place, file->bytes(), force)) due.emplace(place, std::move(file));
        }
        const bool patch_due = to_be_written(folder / patch_name, bytes, force);
        for (const auto& [place, file] : due) {
            fs::create_directories((folder / place).parent_path());
            write(folder / place, file->bytes());
        }
        if (patch_due) write(folder / patch_name, bytes);  // last: it names the others
    }

    size_t size() const { return files_.size(); }

private:
    std::map<fs::path, std::string> places_;  // of what was added
    std::set<std::string> taken_;
    std::map<fs::path, fs::path> files_;  // place, source
};

std::string text_of(const NodeRecord& node, std::string_view param) {
    const auto found = node.params.find(param);
    return found != node.params.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Files that the parameters of a node name are added, and the parameters are changed to name the copies.
void collect_node(Graph& graph, NodeId id, const fs::path& home, Collection& collection) {
    const NodeRecord node = graph.nodes.at(id);
    const NodeType* type = installed_nodes().find(node.type);
    if (type == nullptr) return;
    const bool model = node.type == "model.load";
    for (const ParamBase* param : installed_nodes().sample(*type).params()) {
        if (!param->info.file) continue;
        const std::string file = text_of(node, param->name);
        const std::string hash = model ? text_of(node, "hash") : "";
        if (file.empty() && hash.empty()) continue;
        try {
            const fs::path source = model ? find_model(home, file, hash) : home / file;
            if (!fs::exists(source)) throw Error("{} is not there", source.string());
            apply(
                graph, installed_nodes(),
                {SetParam{id, std::string(param->name), collection.add(source, model ? "models" : "files")}});
            if (const std::string found = model ? stored_hash(source) : ""; !found.empty())
                apply(graph, installed_nodes(), {SetParam{id, "hash", found}});
        } catch (const std::exception& error) {
            throw Error("{}: {}", graph.label(id, installed_nodes()), error.what());
        }
    }
}

int collect(const CollectOptions& options) {
    Patch patch = open_patch(options.patch);
    print_notes(patch.problems);
    const size_t files = collect_patch(std::move(patch.graph), options.patch, options.out, options.force);
    fmt::print("{}: the patch and {} file{}\n", options.out, files, files == 1 ? "" : "s");
    return 0;
}

}  // namespace

size_t collect_patch(Graph graph, const std::string& patch, const std::string& folder, bool force) {
    Collection collection;
    for (const auto& [id, node] : std::map(graph.nodes))
        collect_node(graph, id, fs::path(patch).parent_path(), collection);
    try {
        fs::create_directories(folder);
        const fs::path name = fs::path(patch).filename().replace_extension(".ganymede");
        collection.copy_to(folder, name.string(), patch_text(graph), force);
    } catch (const fs::filesystem_error& error) {
        throw Error("{}: a folder could not be made there ({})", folder, error.code().message());
    }
    return collection.size();
}

void add_collect(CLI::App& app, Command& chosen) {
    auto* command = app.add_subcommand("collect", "Copy a patch, its models and other files into one folder");
    auto options = std::make_shared<CollectOptions>();
    command->add_option("PATCH", options->patch, "Patch file, or a picture that render wrote")->required();
    command->add_option("-o,--out", options->out, "Folder; made when it is not there")->required();
    command->add_flag("--force", options->force, "Replace files that are there and differ");
    command->callback([options, &chosen] { chosen = [options] { return collect(*options); }; });
}

}  // namespace gan
