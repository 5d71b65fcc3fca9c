#include "runtime/base/text.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace gan {

size_t edits(const std::string& a, const std::string& b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.size(); ++j) {
            const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::vector<size_t> nearest(const std::string& word, std::span<const std::string> names, size_t count) {
    std::vector<std::pair<size_t, size_t>> near;
    for (size_t i = 0; i < names.size(); ++i) near.emplace_back(edits(word, names[i]), i);
    std::ranges::sort(near);
    std::vector<size_t> indices;
    for (size_t i = 0; i < std::min(count, near.size()); ++i) indices.push_back(near[i].second);
    return indices;
}

}  // namespace gan
