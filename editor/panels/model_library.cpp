#include "editor/panels/model_library.h"

#include "runtime/base/assets.h"
#include "runtime/base/error.h"
#include "runtime/base/json.h"
#include "runtime/model/config.h"
#include "runtime/model/safetensors.h"
#include "runtime/picture/read_picture.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <set>
#include <system_error>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_listed = 2000;  // files of a folder
constexpr int thumbnail_side = 1024;  // px, the longer one

std::string beside(const fs::path& path, const char* ending) {
    const fs::path other = fs::path(path).replace_extension(ending);
    std::error_code ignored;
    return fs::is_regular_file(other, ignored) ? other.string() : std::string();
}

std::vector<fs::path> files_in(const fs::path& folder, std::initializer_list<const char*> endings) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator file(folder, error), end; !error && file != end && files.size() < most_listed;
         file.increment(error)) {
        const std::string ending = file->path().extension().string();
        std::error_code ignored;
        if (std::find(endings.begin(), endings.end(), ending) != endings.end() &&
            file->is_regular_file(ignored))
            files.push_back(file->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

template <class Sample>
FloatPicture float_picture(const PictureOf<Sample>& picture) {
    constexpr auto most = static_cast<float>(std::numeric_limits<Sample>::max());
    FloatPicture result{picture.width, picture.height, picture.channels, {}, false};
    result.pixels.resize(picture.pixels.size());
    std::transform(picture.pixels.begin(), picture.pixels.end(), result.pixels.begin(),
                   [](Sample sample) { return static_cast<float>(sample) / most; });
    return result;
}

ImageRef small_picture(const std::string& path) {
    try {
        FloatPicture picture =
            std::visit([](const auto& whole) { return float_picture(whole); }, read_picture(path));
        const int side = std::max(picture.width, picture.height);
        if (side > thumbnail_side) {
            const double share = thumbnail_side / static_cast<double>(side);
            const Size size{std::max(1, static_cast<int>(picture.width * share)),
                            std::max(1, static_cast<int>(picture.height * share))};
            picture = resized(std::move(picture), size);
        }
        const ImageInfo info{.width = picture.width,
                             .height = picture.height,
                             .channels = picture.channels,
                             .encoding = Encoding::Srgb8};
        return std::make_shared<Image>(info, std::move(picture.pixels));
    } catch (const std::exception&) {
        return nullptr;  // a sheet that cannot be read is none
    }
}

}  // namespace

std::vector<fs::path> folders_of_models(const fs::path& patch_folder) {
    std::vector<fs::path> folders;
    if (!patch_folder.empty()) {
        folders.push_back(patch_folder);
        folders.push_back(patch_folder / "models");
    }
    if (const char* more = std::getenv("GANYMEDE_MODELS")) {
        const std::string list = more;
        for (size_t start = 0; start <= list.size();) {
            const size_t end = std::min(list.find(':', start), list.size());
            if (end > start) folders.emplace_back(list.substr(start, end - start));
            start = end + 1;
        }
    }
    try {
        folders.push_back(asset("models"));
    } catch (const Error&) {
        // Installed without any.
    }
    return folders;
}

ModelLibrary::ModelLibrary()
    : models_(std::make_shared<const std::vector<ModelEntry>>()),
      patches_(std::make_shared<const std::vector<PatchEntry>>()),
      thread_([this] { work(); }) {}

ModelLibrary::~ModelLibrary() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    wanted_.notify_one();
    thread_.join();
}

void ModelLibrary::look(std::vector<fs::path> model_folders, fs::path patch_folder) {
    {
        const std::lock_guard lock(mutex_);
        wish_ = std::make_unique<Wish>(Wish{std::move(model_folders), std::move(patch_folder)});
    }
    wanted_.notify_one();
}

std::shared_ptr<const std::vector<ModelEntry>> ModelLibrary::models() const {
    const std::lock_guard lock(mutex_);
    return models_;
}

std::shared_ptr<const std::vector<PatchEntry>> ModelLibrary::patches() const {
    const std::lock_guard lock(mutex_);
    return patches_;
}

ImageRef ModelLibrary::picture(const std::string& path) {
    if (path.empty()) return nullptr;
    {
        const std::lock_guard lock(mutex_);
        const auto found = pictures_.find(path);
        if (found != pictures_.end()) return found->second;
        pictures_.emplace(path, nullptr);
        pictures_wanted_.push_back(path);
    }
    wanted_.notify_one();
    return nullptr;
}

bool ModelLibrary::busy() const {
    const std::lock_guard lock(mutex_);
    return working_ || wish_ != nullptr || !pictures_wanted_.empty();
}

void ModelLibrary::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        wanted_.wait(lock, [this] { return closing_ || wish_ != nullptr || !pictures_wanted_.empty(); });
        if (closing_) return;
        working_ = true;
        if (wish_ != nullptr) {
            const auto wish = std::move(wish_);
            lock.unlock();
            list(*wish);
            lock.lock();
        } else {
            const std::string path = pictures_wanted_.back();  // what was asked for last is what is looked at
            pictures_wanted_.pop_back();
            lock.unlock();
            ImageRef picture = small_picture(path);
            lock.lock();
            pictures_[path] = std::move(picture);
        }
        working_ = false;
    }
}

void ModelLibrary::list(const Wish& wish) {
    auto patches = std::make_shared<std::vector<PatchEntry>>();
    for (const fs::path& path : files_in(wish.patches, {".ganymede"}))
        patches->push_back({.path = path, .name = path.stem().string(), .picture = beside(path, ".png")});
    {
        const std::lock_guard lock(mutex_);
        patches_ = patches;
    }
    auto models = std::make_shared<std::vector<ModelEntry>>();
    std::set<fs::path> seen;
    for (const fs::path& folder : wish.models)
        for (const fs::path& path : files_in(folder, {".safetensors", ".pth", ".pt"})) {
            std::error_code error;
            const fs::path real = fs::weakly_canonical(path, error);
            if (!seen.insert(error ? path : real).second) continue;
            ModelEntry entry = read(error ? path : real);
            if (!entry.name.empty()) models->push_back(std::move(entry));
            const std::lock_guard lock(mutex_);
            if (closing_) return;
        }
    const std::lock_guard lock(mutex_);
    models_ = models;
}

/// Only the header of the file. An empty name: it holds no generator.
ModelEntry ModelLibrary::read(const fs::path& path) {
    std::error_code ignored;
    const auto time = fs::last_write_time(path, ignored);
    const uintmax_t bytes = fs::file_size(path, ignored);
    if (const auto found = known_.find(path);
        found != known_.end() && found->second.time == time && found->second.entry.bytes == bytes)
        return found->second.entry;
    ModelEntry entry{.path = path,
                     .name = path.stem().string(),
                     .bytes = bytes,
                     .card = beside(path, ".md"),
                     .sheet = beside(path, ".png")};
    if (path.extension() == ".safetensors") {
        try {
            const auto metadata = read_safetensors(path).metadata;
            const auto config = metadata.find("ganymede.config");
            if (config != metadata.end()) {
                const BigGanConfig read = config_from_json(parse_json(config->second, 16), path.string());
                entry.resolution = read.resolution;
                entry.classes = read.classes;
            } else if (metadata.contains("ganymede.format")) {
                entry.name.clear();  // a network of another kind
            }
        } catch (const std::exception& error) {
            entry.problem = error.what();
        }
    }
    known_[path] = {time, entry};
    return entry;
}

}  // namespace gan
