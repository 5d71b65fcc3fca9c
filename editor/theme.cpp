#include "editor/theme.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace gan {
namespace {

constexpr ImU32 rgb(uint32_t code) {
    return IM_COL32(code >> 16 & 255, code >> 8 & 255, code & 255, 255);
}

// Types: the palette of Okabe and Ito, which colour-blind eyes tell apart; on light grounds darker, with the
// same hues.
constexpr Theme dark_theme{.dark = true,
                           .canvas = rgb(0x14161A),
                           .grid = rgb(0x1E2127),
                           .panel = rgb(0x1C1F25),
                           .raised = rgb(0x262A32),
                           .line = rgb(0x343A45),
                           .hovered = rgb(0x303540),
                           .pressed = rgb(0x3A4150),
                           .text = rgb(0xE4E7EB),
                           .dim = rgb(0x98A1AE),
                           .accent = rgb(0x7AA2F7),
                           .on_accent = rgb(0x10131A),
                           .warning = rgb(0xE6A23C),
                           .error = rgb(0xF2777A),
                           .good = rgb(0x1FB488),
                           .types = {rgb(0xC0C7D0), rgb(0xC0C7D0), rgb(0xF0E442), rgb(0xC0C7D0),
                                     rgb(0x56B4E9), rgb(0xE69F00), rgb(0xC979B4), rgb(0x1FB488)}};
constexpr Theme light_theme{.dark = false,
                            .canvas = rgb(0xE9EBEF),
                            .grid = rgb(0xDDE0E6),
                            .panel = rgb(0xF4F5F7),
                            .raised = rgb(0xFFFFFF),
                            .line = rgb(0xC5CAD3),
                            .hovered = rgb(0xE6E9EF),
                            .pressed = rgb(0xD6DBE5),
                            .text = rgb(0x1B1E24),
                            .dim = rgb(0x59616E),
                            .accent = rgb(0x2F62D0),
                            .on_accent = rgb(0xFFFFFF),
                            .warning = rgb(0x8A5300),
                            .error = rgb(0xB3261E),
                            .good = rgb(0x00734F),
                            .types = {rgb(0x4A525C), rgb(0x4A525C), rgb(0x655E00), rgb(0x4A525C),
                                      rgb(0x1B78B0), rgb(0xB07000), rgb(0xA8488C), rgb(0x00805B)}};

double luminance_of(ImU32 colour) {
    const auto light = [&](int shift) {
        const double part = (colour >> shift & 255) / 255.0;
        return part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * light(IM_COL32_R_SHIFT) + 0.7152 * light(IM_COL32_G_SHIFT) +
           0.0722 * light(IM_COL32_B_SHIFT);
}

std::string first_of(std::initializer_list<const char*> paths) {
    for (const char* path : paths) {
        std::error_code ignored;
        if (std::filesystem::exists(path, ignored)) return path;
    }
    return {};
}

ImFont* nearest_font(const std::array<ImFont*, 7>& fonts, float px, float scale) {
    size_t best = 0;
    for (size_t i = 1; i < fonts.size(); ++i)
        if (std::abs(Fonts::steps[i] * scale - px) < std::abs(Fonts::steps[best] * scale - px)) best = i;
    return fonts[best];
}

}  // namespace

const Theme& theme_named(bool dark) {
    return dark ? dark_theme : light_theme;
}

ImU32 faded(ImU32 colour, float share) {
    const auto alpha = static_cast<float>(colour >> IM_COL32_A_SHIFT & 255);
    const auto kept = static_cast<ImU32>(std::lround(alpha * std::clamp(share, 0.0f, 1.0f)));
    return (colour & ~IM_COL32_A_MASK) | kept << IM_COL32_A_SHIFT;
}

ImU32 mixed(ImU32 a, ImU32 b, float share) {
    ImU32 result = 0;
    for (const int shift : {0, 8, 16, 24}) {
        const auto from = static_cast<float>(a >> shift & 255);
        const auto to = static_cast<float>(b >> shift & 255);
        result |= static_cast<ImU32>(std::lround(from + (to - from) * std::clamp(share, 0.0f, 1.0f)))
                  << shift;
    }
    return result;
}

double contrast(ImU32 a, ImU32 b) {
    const auto [darker, lighter] = std::minmax({luminance_of(a), luminance_of(b)});
    return (lighter + 0.05) / (darker + 0.05);
}

ImFont* Fonts::sans_at(float px) const {
    return nearest_font(sans, px, scale);
}

ImFont* Fonts::mono_at(float px) const {
    return nearest_font(mono, px, scale);
}

Fonts add_fonts(ImFontAtlas& atlas, float scale, std::string& problem) {
    const std::string plain = first_of({"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"});
    const std::string plain_mono = first_of({"/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"});
    const std::string sans = first_of({"/usr/share/fonts/opentype/inter/Inter-Regular.otf", plain.c_str()});
    const std::string mono =
        first_of({"/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf", plain_mono.c_str()});
    if (sans.empty() || mono.empty())
        problem =
            "the editor's fonts are not installed; install the packages fonts-inter and fonts-jetbrains-mono";
    // Latin, Greek and Cyrillic, punctuation, arrows, mathematical signs.
    static constexpr ImWchar words[] = {0x20,   0x24F,  0x370,  0x52F,  0x2010, 0x2027, 0x2030,
                                        0x203A, 0x2190, 0x2199, 0x2200, 0x2265, 0};
    static constexpr ImWchar numbers[] = {0x20, 0x17F, 0x2010, 0x2027, 0x2190, 0x2199, 0x2212, 0x2212, 0};
    // Those on the editor's buttons, which Inter has not.
    static constexpr ImWchar signs[] = {0x23CE, 0x23CF, 0x25A0, 0x25FF, 0x2680, 0x2685, 0x2713, 0x2717, 0};
    // Large sizes are for canvases drawn large: labels in Latin letters.
    static constexpr ImWchar few[] = {0x20, 0x17F, 0x2010, 0x2027, 0};
    Fonts fonts{.scale = scale};
    for (size_t i = 0; i < Fonts::steps.size(); ++i) {
        const float px = std::round(Fonts::steps[i] * scale);
        const bool large = Fonts::steps[i] > 20;
        const auto add = [&](const std::string& path, const ImWchar* ranges, bool merged) {
            ImFontConfig config;
            config.SizePixels = px;
            config.OversampleH = px < 16 ? 2 : 1;
            config.PixelSnapH = px < 16;
            config.MergeMode = merged;
            return path.empty() ? atlas.AddFontDefault(&config)
                                : atlas.AddFontFromFileTTF(path.c_str(), px, &config, large ? few : ranges);
        };
        fonts.sans[i] = add(sans, words, false);
        if (!plain.empty() && sans != plain && !large) add(plain, signs, true);
        fonts.mono[i] = add(mono, numbers, false);
    }
    return fonts;
}

void apply_theme(const Theme& theme, float scale) {
    ImGuiStyle style;
    style.WindowPadding = {8, 8};
    style.FramePadding = {6, 3};
    style.ItemSpacing = {6, 4};
    style.ItemInnerSpacing = {6, 4};
    style.CellPadding = {4, 2};
    style.ScrollbarSize = 10;
    style.GrabMinSize = 8;
    style.WindowBorderSize = 0;
    style.ChildBorderSize = 0;
    style.PopupBorderSize = 1;
    style.FrameBorderSize = 0;
    style.WindowRounding = 0;
    style.ChildRounding = 0;
    style.FrameRounding = style.PopupRounding = style.ScrollbarRounding = style.GrabRounding = 3;
    style.TabRounding = 3;
    style.ScaleAllSizes(scale);
    const auto set = [&](std::initializer_list<ImGuiCol> which, ImU32 colour) {
        for (const ImGuiCol one : which) style.Colors[one] = ImGui::ColorConvertU32ToFloat4(colour);
    };
    set({ImGuiCol_Text}, theme.text);
    set({ImGuiCol_TextDisabled}, theme.dim);
    set({ImGuiCol_WindowBg, ImGuiCol_MenuBarBg}, theme.panel);
    set({ImGuiCol_ChildBg}, IM_COL32_BLACK_TRANS);
    set({ImGuiCol_PopupBg}, mixed(theme.panel, theme.raised, 0.6f));
    set({ImGuiCol_Border, ImGuiCol_Separator, ImGuiCol_TableBorderLight, ImGuiCol_TableBorderStrong},
        theme.line);
    set({ImGuiCol_FrameBg, ImGuiCol_Button, ImGuiCol_Tab, ImGuiCol_TableHeaderBg, ImGuiCol_TitleBg,
         ImGuiCol_TitleBgActive, ImGuiCol_TitleBgCollapsed},
        theme.raised);
    set({ImGuiCol_FrameBgHovered, ImGuiCol_ButtonHovered, ImGuiCol_HeaderHovered, ImGuiCol_TabHovered},
        theme.hovered);
    set({ImGuiCol_FrameBgActive, ImGuiCol_ButtonActive, ImGuiCol_HeaderActive, ImGuiCol_TabActive},
        theme.pressed);
    set({ImGuiCol_Header}, mixed(theme.raised, theme.accent, 0.25f));
    set({ImGuiCol_CheckMark, ImGuiCol_SliderGrab, ImGuiCol_SliderGrabActive, ImGuiCol_NavHighlight,
         ImGuiCol_DragDropTarget, ImGuiCol_PlotLines, ImGuiCol_SeparatorActive},
        theme.accent);
    set({ImGuiCol_SeparatorHovered}, mixed(theme.line, theme.accent, 0.5f));
    set({ImGuiCol_PlotHistogram}, theme.accent);
    set({ImGuiCol_ScrollbarBg, ImGuiCol_BorderShadow, ImGuiCol_TableRowBg}, IM_COL32_BLACK_TRANS);
    set({ImGuiCol_TableRowBgAlt}, faded(theme.raised, 0.35f));
    set({ImGuiCol_ScrollbarGrab}, theme.line);
    set({ImGuiCol_ScrollbarGrabHovered, ImGuiCol_ScrollbarGrabActive}, theme.dim);
    set({ImGuiCol_ResizeGrip}, IM_COL32_BLACK_TRANS);
    set({ImGuiCol_ResizeGripHovered, ImGuiCol_ResizeGripActive}, theme.accent);
    set({ImGuiCol_TextSelectedBg}, faded(theme.accent, 0.4f));
    set({ImGuiCol_ModalWindowDimBg}, faded(theme.canvas, 0.7f));
    ImGui::GetStyle() = style;
}

}  // namespace gan
