#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// Keys by our own names, so that neither ImGui's version nor GLFW decides what is saved. Printable keys are
/// named by what they print on the user's layout.
enum class Key {
    None,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
    J,
    K,
    L,
    M,
    N,
    O,
    P,
    Q,
    R,
    S,
    T,
    U,
    V,
    W,
    X,
    Y,
    Z,
    Digit0,
    Digit1,
    Digit2,
    Digit3,
    Digit4,
    Digit5,
    Digit6,
    Digit7,
    Digit8,
    Digit9,
    F1,
    F2,
    F3,
    F4,
    F5,
    F6,
    F7,
    F8,
    F9,
    F10,
    F11,
    F12,
    Space,
    Tab,
    Enter,
    Escape,
    Backspace,
    Delete,
    Insert,
    Home,
    End,
    PageUp,
    PageDown,
    Left,
    Right,
    Up,
    Down,
    Minus,
    Equal,
    Comma,
    Period,
    Slash,
    Backslash,
    Semicolon,
    Apostrophe,
    LeftBracket,
    RightBracket,
    Grave,
    Menu,
    count
};

/// A key with what is held beside it: "Ctrl+Shift+Z".
struct Chord {
    Key key = Key::None;
    bool ctrl = false;
    bool shift = false;
    bool alt = false;
    bool operator==(const Chord&) const = default;
};
std::string text_of(const Chord& chord);  // empty for none
std::optional<Chord> chord_from_text(std::string_view text);

/// Whether a key that is held counts again and again: one that moves, erases, undoes or makes larger. A
/// recording must not begin and end as long as Ctrl+R is down.
bool repeats(Key key);

/// What was done with keyboard and windows since the last frame.
struct Events {
    std::vector<Chord> presses;        // key presses in order, with those repeats that repeats() wants
    std::vector<std::string> dropped;  // files dropped onto the window
    bool close = false;                // the window was asked to close
};

}  // namespace gan
