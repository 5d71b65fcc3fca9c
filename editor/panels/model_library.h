#pragma once

#include "runtime/graph/value.h"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gan {

/// A model file, as far as it is known without loading it.
struct ModelEntry {
    std::filesystem::path path;
    std::string name;  // of the file, without its ending
    uintmax_t bytes = 0;
    int resolution = 0;  // 0: known once it is loaded
    int classes = 0;
    std::string card;     // NAME.md beside it, a file; or empty
    std::string sheet;    // NAME.png beside it, a file; or empty
    std::string problem;  // why it cannot be read; or empty
};

/// A file with a picture beside it: a patch.
struct PatchEntry {
    std::filesystem::path path;
    std::string name;
    std::string picture;  // NAME.png beside it; or empty
};

/// Lists models and patches, and reads their pictures small, on a thread of its own. Functions: [editor's
/// thread].
class ModelLibrary {
public:
    ModelLibrary();
    ~ModelLibrary();
    ModelLibrary(const ModelLibrary&) = delete;
    ModelLibrary& operator=(const ModelLibrary&) = delete;

    /// Asks for these folders to be looked at again. What was read of a file that did not change is kept.
    void look(std::vector<std::filesystem::path> model_folders, std::filesystem::path patch_folder);
    /// As they were found last, in the order of the folders, then by name.
    std::shared_ptr<const std::vector<ModelEntry>> models() const;
    std::shared_ptr<const std::vector<PatchEntry>> patches() const;

    /// A picture file, at most 1024 pixels a side; null while it is read, or when it cannot be.
    ImageRef picture(const std::string& path);
    /// Whether something is still to be read.
    bool busy() const;

private:
    struct Wish {
        std::vector<std::filesystem::path> models;
        std::filesystem::path patches;
    };
    struct Known {
        std::filesystem::file_time_type time;
        ModelEntry entry;
    };
    void work();
    void list(const Wish& wish);
    ModelEntry read(const std::filesystem::path& path);

    std::map<std::filesystem::path, Known> known_;  // of the thread's own
    mutable std::mutex mutex_;
    std::condition_variable wanted_;
    std::unique_ptr<Wish> wish_;
    std::vector<std::string> pictures_wanted_;
    std::map<std::string, ImageRef> pictures_;
    std::shared_ptr<const std::vector<ModelEntry>> models_;
    std::shared_ptr<const std::vector<PatchEntry>> patches_;
    bool working_ = false;
    bool closing_ = false;
    std::thread thread_;  // last: it uses the others
};

/// Where models are looked for: the patch's folder and its subfolder "models", those of GANYMEDE_MODELS, and
/// what comes with Ganymede.
std::vector<std::filesystem::path> folders_of_models(const std::filesystem::path& patch_folder);

}  // namespace gan
