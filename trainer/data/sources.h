#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gan {

class Tar;

/// The files of a path that hold pictures. Names are relative to `root` and separated by '/'.
struct SourceList {
    struct File {
        std::string name;
        int64_t size = 0;  // bytes
        int64_t time = 0;  // of the last change, in the clock's ticks
    };
    std::filesystem::path root;            // the folder they are in
    std::string title;                     // the last part of the path
    bool tars = false;                     // or else pictures
    bool class_folders = false;            // the first part of a picture's name is its class
    std::vector<File> files;               // in the order of classes, then of names
    std::map<std::string, int64_t> other;  // files that are not used, by extension
    std::vector<std::string> notes;        // sentences about what may be a mistake

    /// SHA-256 of the names, sizes and times: another when any picture is added, removed or changed.
    std::string hash() const;
};

/// Lists `path`: a tar, a folder of tars, a folder of pictures (one class), or a folder of folders of
/// pictures (a class each, with all pictures in and below it, numbered in the order of their names' bytes). A
/// picture's name ends in .jpg, .jpeg, .png or .webp, a tar's in .tar, .tar.gz or .tgz, in any case. What
/// begins with a dot is passed over; links to files and to class folders are followed. Throws Error when
/// there is no picture, when the kinds are mixed, and when a folder cannot be read. [any thread]
SourceList list_sources(const std::filesystem::path& path);

/// A picture that is left out.
struct Broken {
    std::string name;    // as a Sample's
    std::string reason;  // the rest of a sentence that begins with the name
};

/// Of the text of an Error about a picture, which may begin with its name.
Broken broken_picture(const std::string& name, std::string_view error);

struct Sample {
    std::string name;    // "cats/1.jpg", in a tar "shard-000.tar/0001.jpg"
    int32_t label = 0;   // a class, from 0
    size_t file = 0;     // of the list
    int64_t number = 0;  // of the file in its tar
};

struct Samples {
    std::vector<std::string> class_names;  // may be of classes without samples
    std::vector<Sample> samples;           // in the order of the list; of a tar, in its order
    std::vector<Broken> broken;            // without a class in a tar that gives classes
    std::map<std::string, int64_t> other;  // of tars: files that are not used, by extension
    std::vector<std::string> notes;
};

/// The samples of a list. Of tars it reads the headers and the labels, as WebDataset writes them: what stands
/// before the first dot of a name is its key, and a sample's class is in key.cls (a number), or in key.json
/// as "label", "class" or "class_name" (a number, a name, or both). Numbers are classes as they are; names
/// alone are numbered in the order of their bytes. Tars without labels have a class for each folder in them.
/// Throws Error naming a tar that is damaged. [any thread]
Samples find_samples(const SourceList& list);

/// Reads samples one after the other.
class SampleReader {
public:
    /// Keeps references to both.
    SampleReader(const SourceList& list, const std::vector<Sample>& samples);
    ~SampleReader();

    /// For 0, 1, 2, ..., by one thread at a time. What it returns gives the bytes of the sample's file, once,
    /// on any thread, or throws Error when this file cannot be read; take itself throws Error when a tar
    /// cannot.
    std::function<std::vector<std::byte>()> take(int64_t index);

private:
    const SourceList& list_;
    const std::vector<Sample>& samples_;
    std::optional<size_t> open_;  // of the list
    std::unique_ptr<Tar> tar_;
};

}  // namespace gan
