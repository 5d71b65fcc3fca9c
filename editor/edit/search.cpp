#include "editor/edit/search.h"

#include <algorithm>

namespace gan {
namespace {

/// Letters of U+00C0 to U+017F (Latin-1 Supplement, Latin Extended-A) without accents, in the order of
/// Unicode.
constexpr std::string_view plain_letters =
    "aaaaaaaceeeeiiiidnooooo ouuuuypsaaaaaaaceeeeiiiidnooooo ouuuuypy"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnn"
    "oooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(plain_letters.size() == 0x180 - 0xC0);

bool is_word_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80) != 0;
}

/// In small letters without accents, with a space for whatever is no letter or digit. Other scripts stay.
std::string folded(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        // Two bytes, 110xxxxx 10xxxxxx: U+00C0 to U+017F begin with C3, C4 or C5.
        if (byte >= 0xC3 && byte <= 0xC5 && i + 1 < text.size()) {
            const auto next = static_cast<unsigned char>(text[i + 1]);
            const size_t letter = ((byte & 0x1Fu) << 6 | (next & 0x3Fu)) - 0xC0;
            if ((next & 0xC0) == 0x80) {
                result += plain_letters[letter];
                ++i;
                continue;
            }
        }
        const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        result += is_word_letter(small) ? small : ' ';
    }
    return result;
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    for (size_t at = text.find_first_not_of(' '); at != std::string::npos;) {
        const size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = text.find_first_not_of(' ', end);
    }
    return words;
}

bool starts_word(const std::string& text, size_t at) {
    return at == 0 || text[at - 1] == ' ';
}

/// How well the letters of a word are found in this order, 0 to 1. The first must start a word, unless all
/// stand side by side: else every word is found in every longer text.
double letters_fit(const std::string& word, const std::string& text) {
    if (word.size() > text.size()) return 0;
    constexpr double none = -1;
    const bool whole = text.find(word) != std::string::npos;
    // best[j]: of the letters so far, the last of them at text[j].
    std::vector<double> best(text.size(), none), next(text.size());
    for (size_t i = 0; i < word.size(); ++i) {
        double before = none;  // the best that ends left of j - 1
        for (size_t j = 0; j < text.size(); ++j) {
            const double beside = i > 0 && j > 0 ? best[j - 1] : none;
            double score = none;
            if (text[j] == word[i]) {
                const bool start = starts_word(text, j);
                if (i == 0) {
                    if (start || whole) score = start ? 2 : 1;
                } else {
                    if (beside != none) score = beside + (start ? 2.5 : 2);
                    if (before != none) score = std::max(score, before + (start ? 1.5 : 0.5));
                }
            }
            next[j] = score;
            before = std::max(before, beside);
        }
        best.swap(next);
    }
    const double found = *std::max_element(best.begin(), best.end());
    if (found <= 0) return 0;
    const auto letters = static_cast<double>(word.size());
    // Of two texts that hold it alike, the shorter is meant.
    return std::min(1.0, found / (2 * letters)) * (0.75 + 0.25 * letters / static_cast<double>(text.size()));
}

/// How much of a word of the text it begins.
double prefix_fit(const std::string& word, const std::string& text) {
    double best = 0;
    for (const std::string& one : words_of(text))
        if (one.starts_with(word))
            best = std::max(best,
                            0.5 + 0.5 * static_cast<double>(word.size()) / static_cast<double>(one.size()));
    return best;
}

struct FoldedEntry {
    explicit FoldedEntry(const SearchEntry& entry)
        : name(folded(entry.name)), id(folded(entry.id)), description(folded(entry.description)) {
        for (const std::string& alias : entry.aliases) aliases.push_back(folded(alias));
    }
    std::string name, id, description;
    std::vector<std::string> aliases;
};

/// Each word of the query must fit somewhere. Letters apart count less than words of another field, so that
/// what a person half spelt never stands before what was spelt.
double fit_of(const std::string& query, const FoldedEntry& entry) {
    const std::vector<std::string> words = words_of(query);
    if (words.empty()) return 1;
    double sum = 0;
    for (const std::string& word : words) {
        double best = letters_fit(word, entry.name);
        for (const std::string& alias : entry.aliases) best = std::max(best, 0.8 * letters_fit(word, alias));
        best = std::max(best, 0.6 * letters_fit(word, entry.id));
        best = std::max(best, 0.5 * prefix_fit(word, entry.description));
        if (best == 0) return 0;
        sum += best;
    }
    double score = sum / static_cast<double>(words.size());
    // The whole name, or its beginning, as it was typed.
    std::string joined = words.front();
    for (size_t i = 1; i < words.size(); ++i) joined += " " + words[i];
    if (entry.name == joined)
        score += 2;
    else if (entry.name.starts_with(joined))
        score += 1;
    return score;
}

}  // namespace

double fit(std::string_view query, const SearchEntry& entry) {
    return fit_of(folded(query), FoldedEntry(entry));
}

std::vector<size_t> search(std::string_view query, const std::vector<SearchEntry>& entries,
                           const std::vector<std::string>& recent) {
    struct Found {
        size_t index;
        double score;
        size_t age;  // place among the recent ones
        std::string name;
    };
    const std::string wanted = folded(query);
    std::vector<Found> found;
    for (size_t i = 0; i < entries.size(); ++i) {
        FoldedEntry entry(entries[i]);
        const double score = fit_of(wanted, entry);
        if (score <= 0) continue;
        const auto used = std::find(recent.begin(), recent.end(), entries[i].id);
        found.push_back({i, score, static_cast<size_t>(used - recent.begin()), std::move(entry.name)});
    }
    std::stable_sort(found.begin(), found.end(), [&](const Found& a, const Found& b) {
        if (a.score != b.score) return a.score > b.score;
        if (a.age != b.age) return a.age < b.age;
        return a.name < b.name;
    });
    std::vector<size_t> indices;
    indices.reserve(found.size());
    for (const Found& one : found) indices.push_back(one.index);
    return indices;
}

}  // namespace gan
