#pragma once

#include "editor/ui.h"

#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// Pieces that the panels are made of, so that they look alike. All draw at ImGui's cursor.

/// A font for as long as this lives. Nothing: the current one stays.
class WithFont {
public:
    explicit WithFont(ImFont* font);
    ~WithFont();
    WithFont(const WithFont&) = delete;
    WithFont& operator=(const WithFont&) = delete;

private:
    bool pushed_;
};
ImFont* mono_font(const Ui& ui);   // 13 px, of values
ImFont* small_font(const Ui& ui);  // 11 px, of what is said beside

/// Whether a key went down in this frame, repeats included, whatever is held beside it.
bool key_pressed(const Ui& ui, Key key);

/// The beginning of a text that fits a width, with dots where it was cut.
std::string elided(const std::string& text, float width);
/// One line, cut to the width; the whole is its tooltip when it was cut.
void elided_text(Ui& ui, const std::string& text, float width, ImU32 colour);
void dim_text(Ui& ui, const std::string& text);
/// As many lines as the panel's width needs.
void wrapped_text(Ui& ui, const std::string& text, ImU32 colour);
/// In the middle of the space that is left.
void centred_text(Ui& ui, const std::string& text, ImU32 colour);

/// Of the last item, where the mouse rests on it. Empty: none.
void tooltip(Ui& ui, std::string_view text);

/// A line with the name of what follows; `about` is its tooltip.
void heading(Ui& ui, const char* text, std::string_view about = {});

/// Two columns: a dim label, cut to its column; the widget comes to the right of it, and is as wide as is
/// left.
float label_width(const Ui& ui);
void row_label(Ui& ui, const std::string& label, std::string_view about = {});

/// Goes on in the last item's line, at a place of the screen; within groups, too.
void same_line_at(float screen_x);

/// As high as text needs. `on`: pressed, for switches.
bool small_button(Ui& ui, const char* label, std::string_view about = {}, bool on = false);
/// Buttons in one frame, of which one is on; true: another was chosen.
bool segmented(Ui& ui, const char* id, const std::vector<std::string>& words, int& index, float width);
/// A colour as text and in a picker. Each pick is a gesture of its own, as is what is typed; true: changed.
bool colour_edit(Ui& ui, const char* id, float (&colour)[3], uint64_t& gesture);
bool search_field(Ui& ui, const char* id, std::string& text, const char* hint);

/// A port's mark: circle, diamond, square, hexagon or triangle by what it carries.
void port_mark(ImDrawList& list, const ImVec2& centre, float radius, PortType type, ImU32 colour);
/// The same in a line of text.
void port_mark(Ui& ui, PortType type);

/// Whether `text` contains `part`, whatever the case. An empty part is in all.
bool contains_word(std::string_view text, std::string_view part);

}  // namespace gan
