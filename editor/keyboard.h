#pragma once

#include "editor/ui.h"

namespace gan {

/// What panels need to be walked by the keyboard, beside ImGui's own navigation: arrow keys move a ring from
/// widget to widget of the panel that has the keys, Space and Enter press. Which panel that is, App decides.

/// The window that was just begun gets the keys. The ring is where it was when the window had them last, or
/// at its first widget: the first time, and when `anew`.
void take_keys(bool anew);
/// The same of a menu bar that was just begun, at its first menu.
void take_keys_for_menus();
/// Shows the ring, which the mouse had hidden.
void show_ring();

/// Whether the last widget has the ring.
bool has_ring();
/// Draws it round the last widget, where that is drawn by hand.
void draw_ring();
/// Of a widget that says it was pressed: it was by a key, not by the mouse.
bool pressed_by_key();
/// Makes a button of what was drawn last, such as a text; true: it was pressed.
bool press_last(const char* id);

/// Whether the key for menus went down: Menu, or what the command for the canvas's menu is bound to.
bool menu_key(const Ui& ui);
/// The same, with the ring on the last widget, or within an area of the current window.
bool asks_for_menu(const Ui& ui);
bool asks_for_menu(const Ui& ui, const Rect& area);

/// Arrow keys walk into the table with a scrollbar that was just begun, and out of it, as if it were no
/// window of its own.
void walk_through();

}  // namespace gan
