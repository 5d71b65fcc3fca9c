#pragma once

#include "runtime/graph/value.h"

#include <imgui.h>

#include <array>
#include <string>
#include <string_view>

namespace gan {

/// Every colour of the editor. All text reaches 7:1 on what it stands on, dim text 4.5:1 (a test computes
/// it).
struct Theme {
    bool dark = true;
    ImU32 canvas, grid;         // the background of nodes
    ImU32 panel, raised, line;  // panels; nodes and fields on them; borders
    ImU32 hovered, pressed;     // a raised thing under the mouse
    ImU32 text, dim;
    ImU32 accent, on_accent;  // selection and focus; text on it
    ImU32 warning, error, good;
    std::array<ImU32, 8> types;  // by PortType

    ImU32 of(PortType type) const { return types[static_cast<size_t>(type)]; }
};
const Theme& theme_named(bool dark);

/// The same colour with its opacity times `share`.
ImU32 faded(ImU32 colour, float share);
/// Between two colours: 0 the first, 1 the second.
ImU32 mixed(ImU32 a, ImU32 b, float share);
/// (L1 + 0.05) / (L2 + 0.05), 1 to 21; WCAG 2.1.
double contrast(ImU32 a, ImU32 b);

/// Fonts in steps of pixels, so that text is crisp at each zoom: sans for words, mono (tabular) for numbers.
struct Fonts {
    static constexpr std::array<float, 7> steps{8, 10, 13, 16, 20, 26, 36};
    std::array<ImFont*, 7> sans{}, mono{};
    float scale = 1;  // of the screen: a step is this many times as many pixels
    /// The one nearest to `px` pixels; draw it with AddText(font, px, ...).
    ImFont* sans_at(float px) const;
    ImFont* mono_at(float px) const;
};

/// Adds the fonts to ImGui's atlas at this scale of the screen. Where the packages fonts-inter and
/// fonts-jetbrains-mono are missing, DejaVu's stand in, or ImGui's own, which `problem` says.
Fonts add_fonts(ImFontAtlas& atlas, float scale, std::string& problem);

/// Sets ImGui's style from a theme: no rounding above 4, 1 px borders, our colours.
void apply_theme(const Theme& theme, float scale);

}  // namespace gan
