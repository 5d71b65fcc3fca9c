#pragma once

#include <span>
#include <string>
#include <vector>

namespace gan {

/// Insertions, deletions and replacements of a character that turn one word into the other.
/// Source: Levenshtein 1966; Wagner and Fischer 1974.
size_t edits(const std::string& a, const std::string& b);

/// Indices of the `count` names with the fewest edits() from `word`, the nearest first; of equals, the first.
std::vector<size_t> nearest(const std::string& word, std::span<const std::string> names, size_t count);

}  // namespace gan
