#include "editor/window/glfw.h"

#include <string_view>
#include <utility>

namespace gan {
namespace {

/// The key that prints an ASCII character, as it is labelled.
Key printed_key(char c) {
    const auto from = [](Key first, int steps) { return static_cast<Key>(static_cast<int>(first) + steps); };
    if (c >= 'a' && c <= 'z') return from(Key::A, c - 'a');
    if (c >= 'A' && c <= 'Z') return from(Key::A, c - 'A');
    if (c >= '0' && c <= '9') return from(Key::Digit0, c - '0');
    switch (c) {
        case '-':
            return Key::Minus;
        case '=':
        case '+':  // a key of its own on many layouts, and where "=" is on the others
            return Key::Equal;
        case ',':
            return Key::Comma;
        case '.':
            return Key::Period;
        case '/':
            return Key::Slash;
        case '\\':
            return Key::Backslash;
        case ';':
            return Key::Semicolon;
        case '\'':
            return Key::Apostrophe;
        case '[':
            return Key::LeftBracket;
        case ']':
            return Key::RightBracket;
        case '`':
            return Key::Grave;
        default:
            return Key::None;
    }
}

/// By its place on a US keyboard.
Key placed_key(int key) {
    const auto from = [key](Key first, int first_key) {
        return static_cast<Key>(static_cast<int>(first) + key - first_key);
    };
    if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z) return from(Key::A, GLFW_KEY_A);
    if (key >= GLFW_KEY_0 && key <= GLFW_KEY_9) return from(Key::Digit0, GLFW_KEY_0);
    if (key >= GLFW_KEY_KP_0 && key <= GLFW_KEY_KP_9) return from(Key::Digit0, GLFW_KEY_KP_0);
    if (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F12) return from(Key::F1, GLFW_KEY_F1);
    static constexpr std::pair<int, Key> others[] = {
        {GLFW_KEY_SPACE, Key::Space},
        {GLFW_KEY_TAB, Key::Tab},
        {GLFW_KEY_ENTER, Key::Enter},
        {GLFW_KEY_KP_ENTER, Key::Enter},
        {GLFW_KEY_ESCAPE, Key::Escape},
        {GLFW_KEY_BACKSPACE, Key::Backspace},
        {GLFW_KEY_DELETE, Key::Delete},
        {GLFW_KEY_INSERT, Key::Insert},
        {GLFW_KEY_HOME, Key::Home},
        {GLFW_KEY_END, Key::End},
        {GLFW_KEY_PAGE_UP, Key::PageUp},
        {GLFW_KEY_PAGE_DOWN, Key::PageDown},
        {GLFW_KEY_LEFT, Key::Left},
        {GLFW_KEY_RIGHT, Key::Right},
        {GLFW_KEY_UP, Key::Up},
        {GLFW_KEY_DOWN, Key::Down},
        {GLFW_KEY_MINUS, Key::Minus},
        {GLFW_KEY_KP_SUBTRACT, Key::Minus},
        {GLFW_KEY_EQUAL, Key::Equal},
        {GLFW_KEY_KP_ADD, Key::Equal},
        {GLFW_KEY_KP_EQUAL, Key::Equal},
        {GLFW_KEY_COMMA, Key::Comma},
        {GLFW_KEY_PERIOD, Key::Period},
        {GLFW_KEY_KP_DECIMAL, Key::Period},
        {GLFW_KEY_SLASH, Key::Slash},
        {GLFW_KEY_KP_DIVIDE, Key::Slash},
        {GLFW_KEY_BACKSLASH, Key::Backslash},
        {GLFW_KEY_SEMICOLON, Key::Semicolon},
        {GLFW_KEY_APOSTROPHE, Key::Apostrophe},
        {GLFW_KEY_LEFT_BRACKET, Key::LeftBracket},
        {GLFW_KEY_RIGHT_BRACKET, Key::RightBracket},
        {GLFW_KEY_GRAVE_ACCENT, Key::Grave},
        {GLFW_KEY_MENU, Key::Menu},
    };
    for (const auto& [code, ours] : others)
        if (code == key) return ours;
    return Key::None;
}

}  // namespace

Chord chord_of(int key, int scancode, int modifiers) {
    Key ours = Key::None;
    const bool printable = key == GLFW_KEY_UNKNOWN || (key > GLFW_KEY_SPACE && key < GLFW_KEY_ESCAPE);
    if (printable) {
        const char* printed = glfwGetKeyName(key, scancode);
        if (const std::string_view text = printed != nullptr ? printed : ""; text.size() == 1)
            ours = printed_key(text[0]);
    }
    if (ours == Key::None) ours = placed_key(key);
    return {.key = ours,
            .ctrl = (modifiers & GLFW_MOD_CONTROL) != 0,
            .shift = (modifiers & GLFW_MOD_SHIFT) != 0,
            .alt = (modifiers & GLFW_MOD_ALT) != 0};
}

}  // namespace gan
