#pragma once

#include "trainer/data/sources.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace gan {

/// What there is to say about a folder or tars of pictures before a network is trained on them.
struct DataReport {
    struct Class {
        std::string name;
        int64_t pictures = 0;  // that can be read
        int64_t broken = 0;
    };
    struct Spread {
        int min = 0, median = 0, max = 0;
    };
    /// Pictures of the same pixels, in the order of their names' classes.
    struct Duplicates {
        std::vector<std::string> names;
        bool same_file = false;  // byte by byte, too
        bool same_class = false;
    };
    std::string path;
    int64_t pictures = 0;  // that can be read
    std::vector<Class> classes;
    Spread width, height, side;               // pixels; side: the shorter of both, of which the square is cut
    std::map<std::string, int64_t> channels;  // pictures that are "grey", "RGB" and "RGBA"
    std::vector<Broken> broken;
    std::vector<Duplicates> duplicates;
    std::map<std::string, int64_t> other;  // files that are not used, by extension
    std::vector<std::string> problems;     // sentences; empty when all is well
};

/// Reads every picture that list_sources() and find_samples() find, and throws Error as they do.
///   workers   threads; 0: as many as the machine runs at once
///   progress  called after every picture, one call at a time, on any thread; may be empty
DataReport check_data(const std::filesystem::path& path, int workers = 0,
                      const std::function<void(int64_t done, int64_t total)>& progress = {});

/// Lines for the person in front of the screen; at most `few` of what there may be thousands of.
std::string to_text(const DataReport& report, size_t few = 10);
/// All of it, under the names of the fields.
nlohmann::json to_json(const DataReport& report);

}  // namespace gan
