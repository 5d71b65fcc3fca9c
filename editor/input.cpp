#include "editor/input.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace gan {
namespace {

constexpr std::array<std::string_view, static_cast<size_t>(Key::count)> key_names{
    "",     "A",     "B",      "C",         "D",      "E",      "F",    "G",   "H",       "I",
    "J",    "K",     "L",      "M",         "N",      "O",      "P",    "Q",   "R",       "S",
    "T",    "U",     "V",      "W",         "X",      "Y",      "Z",    "0",   "1",       "2",
    "3",    "4",     "5",      "6",         "7",      "8",      "9",    "F1",  "F2",      "F3",
    "F4",   "F5",    "F6",     "F7",        "F8",     "F9",     "F10",  "F11", "F12",     "Space",
    "Tab",  "Enter", "Escape", "Backspace", "Delete", "Insert", "Home", "End", "Page Up", "Page Down",
    "Left", "Right", "Up",     "Down",      "-",      "=",      ",",    ".",   "/",       "\\",
    ";",    "'",     "[",      "]",         "`",      "Menu"};

/// Other words that people write for keys.
constexpr std::array<std::pair<std::string_view, Key>, 20> other_names{{{"Esc", Key::Escape},
                                                                        {"Return", Key::Enter},
                                                                        {"Del", Key::Delete},
                                                                        {"Ins", Key::Insert},
                                                                        {"PgUp", Key::PageUp},
                                                                        {"PgDn", Key::PageDown},
                                                                        {"PageUp", Key::PageUp},
                                                                        {"PageDown", Key::PageDown},
                                                                        {"Minus", Key::Minus},
                                                                        {"Equal", Key::Equal},
                                                                        {"Comma", Key::Comma},
                                                                        {"Period", Key::Period},
                                                                        {"Slash", Key::Slash},
                                                                        {"Backslash", Key::Backslash},
                                                                        {"Semicolon", Key::Semicolon},
                                                                        {"Apostrophe", Key::Apostrophe},
                                                                        {"LeftBracket", Key::LeftBracket},
                                                                        {"RightBracket", Key::RightBracket},
                                                                        {"Grave", Key::Grave},
                                                                        {"Spacebar", Key::Space}}};

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view without_spaces_around(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

Key key_named(std::string_view name) {
    for (size_t i = 1; i < key_names.size(); ++i)
        if (same_word(name, key_names[i])) return static_cast<Key>(i);
    for (const auto& [other, key] : other_names)
        if (same_word(name, other)) return key;
    return Key::None;
}

}  // namespace

std::string text_of(const Chord& chord) {
    if (chord.key <= Key::None || chord.key >= Key::count) return {};
    std::string text;
    if (chord.ctrl) text += "Ctrl+";
    if (chord.shift) text += "Shift+";
    if (chord.alt) text += "Alt+";
    return text.append(key_names[static_cast<size_t>(chord.key)]);
}

std::optional<Chord> chord_from_text(std::string_view text) {
    text = without_spaces_around(text);
    if (text.empty()) return Chord{};
    Chord chord;
    for (size_t plus = text.find('+'); plus != std::string_view::npos; plus = text.find('+')) {
        const std::string_view held = without_spaces_around(text.substr(0, plus));
        bool* flag = same_word(held, "Ctrl") || same_word(held, "Control") ? &chord.ctrl
                     : same_word(held, "Shift")                            ? &chord.shift
                     : same_word(held, "Alt")                              ? &chord.alt
                                                                           : nullptr;
        if (flag == nullptr || *flag) return std::nullopt;
        *flag = true;
        text.remove_prefix(plus + 1);
    }
    chord.key = key_named(without_spaces_around(text));
    if (chord.key == Key::None) return std::nullopt;
    return chord;
}

bool repeats(Key key) {
    switch (key) {
        case Key::Left:
        case Key::Right:
        case Key::Up:
        case Key::Down:
        case Key::PageUp:
        case Key::PageDown:
        case Key::Tab:
        case Key::Backspace:
        case Key::Delete:
        case Key::Minus:
        case Key::Equal:
        case Key::Y:
        case Key::Z:
            return true;
        default:
            return false;
    }
}

}  // namespace gan
