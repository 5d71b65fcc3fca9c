#pragma once

#include "runtime/picture/picture.h"
#include "trainer/data/cache.h"
#include "trainer/data/sources.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gan {

struct DatasetOptions {
    int resolution = 128;         // pixels a side
    int channels = 3;             // 1 grey, 3 RGB, 4 RGBA
    std::filesystem::path cache;  // a folder, made when missing; empty: ${XDG_CACHE_HOME:-~/.cache}/ganymede
    int workers = 0;              // threads; 0: as many as the machine runs at once
    // Pictures that cannot be read are left out as long as they are no more than the larger of these two.
    double broken_share = 0.01;
    int64_t broken_count = 100;
    size_t verify_up_to =
        size_t{1} << 30;  // bytes of pictures whose hash is checked whenever they are opened
    /// Called after every picture while the cache is made, one call at a time, on any thread.
    std::function<void(int64_t done, int64_t total)> progress;
};

/// `given`, or where nothing is given the user's: ${XDG_CACHE_HOME:-~/.cache}/ganymede. Throws Error without
/// a home.
std::filesystem::path cache_folder(const std::filesystem::path& given);

/// Square pictures of one size with a class each, decoded once and kept in a file that is mapped into memory.
///
/// The file is made again when a source has another name, size or time, when options ask for other pictures,
/// and when it is damaged: all but the pictures is checked whenever it is opened; the pictures, too, up to
/// DatasetOptions::verify_up_to bytes, and of any size by whole(). A source of the same name takes the place
/// of its earlier state. Interrupted, making leaves nothing. Several processes may use one file; let one of
/// them make it first, or each does the work.
///
/// The same pictures in the same order for any number of workers. Everything that is const may be called on
/// any thread; copies share the file.
class Dataset {
public:
    /// Of pictures as list_sources() and find_samples() find them, made by decode() and square_picture().
    /// Throws Error when there are none, when too many cannot be read, when none of a class can, and when the
    /// cache cannot be written; Interrupted after Ctrl-C.
    static Dataset open(const std::filesystem::path& path, const DatasetOptions& options);

    /// Of pictures that a function makes: number `index` is of class index % classes. `key` names what the
    /// function makes, of which its pictures depend on nothing but the index; another key is another dataset.
    /// `picture` is called on several threads and may give any size and channels; what it throws is thrown
    /// here.
    ///   names  of the classes; empty: "0", "1", ...
    static Dataset generate(int64_t count, int classes, const std::vector<std::string>& names,
                            const std::function<Picture8(int64_t index)>& picture,
                            const DatasetOptions& options, const std::string& key);

    int64_t size() const { return static_cast<int64_t>(cache_.labels.size()); }
    int resolution() const { return resolution_; }
    int channels() const { return channels_; }
    int classes() const { return static_cast<int>(class_names_.size()); }
    const std::vector<std::string>& class_names() const { return class_names_; }

    /// The class of a picture, 0 to classes() - 1; index 0 to size() - 1.
    int32_t label(int64_t index) const { return cache_.labels[static_cast<size_t>(index)]; }
    /// (resolution, resolution, channels), sRGB-encoded; valid as long as any copy of the dataset.
    std::span<const uint8_t> picture(int64_t index) const {
        return cache_.pictures.subspan(static_cast<size_t>(index) * cache_.picture_size, cache_.picture_size);
    }
    /// SHA-256 of the pictures: what a training run may say it was trained on.
    const std::string& hash() const { return hash_; }
    /// The pictures that were left out.
    const std::vector<Broken>& broken() const { return broken_; }
    /// Sentences about what may be a mistake, for the person who trains.
    const std::vector<std::string>& notes() const { return notes_; }
    /// Reads all pictures; false when the file was damaged since it was made.
    bool whole() const { return cache_.whole(); }

private:
    struct Plan;
    static Dataset open_or_make(const Plan& plan, const std::filesystem::path& file,
                                const DatasetOptions& options);
    static void make(const Plan& plan, const std::filesystem::path& file, const DatasetOptions& options);
    explicit Dataset(PictureCache cache);

    PictureCache cache_;
    int resolution_ = 0;
    int channels_ = 0;
    std::string hash_;
    std::vector<std::string> class_names_;
    std::vector<Broken> broken_;
    std::vector<std::string> notes_;
};

}  // namespace gan
