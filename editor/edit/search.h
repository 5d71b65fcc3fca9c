#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// One of the things that are searched.
struct SearchEntry {
    std::string name;
    std::string id;
    std::string description;
    std::vector<std::string> aliases;
};

/// How well a query fits; 0: not at all. Letters in order, rewarded for starting words and for running on; a
/// fit of the name counts more than one of an alias, id or description. Case and accents aside.
double fit(std::string_view query, const SearchEntry& entry);

/// Indices of those that fit, best first; equals by `recent` (names of ids, newest first), then by name. An
/// empty query gives all, recent first.
std::vector<size_t> search(std::string_view query, const std::vector<SearchEntry>& entries,
                           const std::vector<std::string>& recent);

}  // namespace gan
