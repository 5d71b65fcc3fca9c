#include "editor/panels/parts.h"

#include "editor/keyboard.h"

#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numbers>

namespace gan {
namespace {

ImVec2 on_circle(const ImVec2& centre, float radius, double turns) {
    const double angle = 2 * std::numbers::pi * turns;
    return {centre.x + radius * static_cast<float>(std::cos(angle)),
            centre.y + radius * static_cast<float>(std::sin(angle))};
}

/// As many corners, the first at a part of a turn from the right, clockwise.
void filled_polygon(ImDrawList& list, const ImVec2& centre, float radius, int corners, double first,
                    ImU32 colour) {
    std::array<ImVec2, 6> points;
    for (int i = 0; i < corners; ++i)
        points[static_cast<size_t>(i)] = on_circle(centre, radius, first + i / static_cast<double>(corners));
    list.AddConvexPolyFilled(points.data(), corners, colour);
}

}  // namespace

WithFont::WithFont(ImFont* font) : pushed_(font != nullptr) {
    if (pushed_) ImGui::PushFont(font);
}

WithFont::~WithFont() {
    if (pushed_) ImGui::PopFont();
}

ImFont* mono_font(const Ui& ui) {
    return ui.fonts.mono_at(ui.px(13));
}

ImFont* small_font(const Ui& ui) {
    return ui.fonts.sans_at(ui.px(11));
}

bool key_pressed(const Ui& ui, Key key) {
    return std::any_of(ui.events.presses.begin(), ui.events.presses.end(),
                       [key](const Chord& chord) { return chord.key == key; });
}

std::string elided(const std::string& text, float width) {
    if (ImGui::CalcTextSize(text.c_str()).x <= width) return text;
    constexpr const char* dots = "…";
    const float left = width - ImGui::CalcTextSize(dots).x;
    size_t low = 0;
    size_t high = text.size();
    while (low < high) {
        const size_t middle = (low + high + 1) / 2;
        if (ImGui::CalcTextSize(text.data(), text.data() + middle).x <= left)
            low = middle;
        else
            high = middle - 1;
    }
    while (low > 0 && low < text.size() && (static_cast<unsigned char>(text[low]) & 0xC0) == 0x80) --low;
    return text.substr(0, low) + dots;
}

void elided_text(Ui& ui, const std::string& text, float width, ImU32 colour) {
    const std::string shown = elided(text, width);
    ImGui::PushStyleColor(ImGuiCol_Text, colour);
    ImGui::TextUnformatted(shown.data(), shown.data() + shown.size());
    ImGui::PopStyleColor();
    if (shown.size() != text.size() || shown != text) tooltip(ui, text);
}

void dim_text(Ui& ui, const std::string& text) {
    ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.dim);
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
    ImGui::PopStyleColor();
}

void wrapped_text(Ui&, const std::string& text, ImU32 colour) {
    ImGui::PushStyleColor(ImGuiCol_Text, colour);
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
}

void centred_text(Ui& ui, const std::string& text, ImU32 colour) {
    const ImVec2 space = ImGui::GetContentRegionAvail();
    const float width = std::max(std::min(space.x - ui.px(16), ui.px(420)), 1.0f);
    const ImVec2 size = ImGui::CalcTextSize(text.c_str(), nullptr, false, width);
    const ImVec2 at = ImGui::GetCursorPos();
    ImGui::SetCursorPos(
        {at.x + std::max((space.x - size.x) / 2, 0.0f), at.y + std::max((space.y - size.y) / 2, 0.0f)});
    ImGui::PushStyleColor(ImGuiCol_Text, colour);
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + size.x + 1);
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
}

void tooltip(Ui& ui, std::string_view text) {
    if (text.empty() || !ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + ui.px(320));
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
}

void heading(Ui& ui, const char* text, std::string_view about) {
    ImGui::Dummy({0, ui.px(4)});
    {
        const WithFont font(small_font(ui));
        dim_text(ui, text);
    }
    tooltip(ui, about);
    const ImVec2 low = ImGui::GetItemRectMin();
    const ImVec2 high = ImGui::GetItemRectMax();
    const float y = std::floor((low.y + high.y) / 2);
    const float end = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
    if (high.x + ui.px(8) < end)
        ImGui::GetWindowDrawList()->AddLine({high.x + ui.px(8), y}, {end, y}, ui.theme.line);
}

float label_width(const Ui& ui) {
    return std::clamp(ImGui::GetContentRegionAvail().x * 0.36f, ui.px(56), ui.px(130));
}

void row_label(Ui& ui, const std::string& label, std::string_view about) {
    const float start = ImGui::GetCursorScreenPos().x;
    const float width = label_width(ui);
    ImGui::AlignTextToFramePadding();
    const std::string shown = elided(label, width - ui.px(6));
    dim_text(ui, shown);
    if (shown != label)
        tooltip(ui, about.empty() ? label : label + ": " + std::string(about));
    else
        tooltip(ui, about);
    same_line_at(start + width);
    ImGui::SetNextItemWidth(-1);
}

void same_line_at(float screen_x) {
    ImGui::SameLine(0, 0);
    ImGui::SetCursorScreenPos({screen_x, ImGui::GetCursorScreenPos().y});
}

bool small_button(Ui& ui, const char* label, std::string_view about, bool on) {
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(ui.px(6), ui.px(1)));
    ImGui::PushStyleColor(ImGuiCol_Button, on ? ui.theme.accent : ui.theme.raised);
    ImGui::PushStyleColor(ImGuiCol_ButtonHovered, on ? ui.theme.accent : ui.theme.hovered);
    ImGui::PushStyleColor(ImGuiCol_ButtonActive, ui.theme.pressed);
    ImGui::PushStyleColor(ImGuiCol_Text, on ? ui.theme.on_accent : ui.theme.text);
    const bool clicked = ImGui::Button(label);
    ImGui::PopStyleColor(4);
    ImGui::PopStyleVar();
    tooltip(ui, about);
    return clicked;
}

bool segmented(Ui& ui, const char* id, const std::vector<std::string>& words, int& index, float width) {
    if (words.empty()) return false;
    ImGui::PushID(id);
    const float height = ImGui::GetFrameHeight();
    const float each = width / static_cast<float>(words.size());
    const ImVec2 start = ImGui::GetCursorScreenPos();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(start, {start.x + width, start.y + height}, ui.theme.raised, ui.px(3));
    bool changed = false;
    for (size_t i = 0; i < words.size(); ++i) {
        const ImVec2 low(start.x + each * static_cast<float>(i), start.y);
        const ImVec2 high(low.x + each, start.y + height);
        ImGui::SetCursorScreenPos(low);
        ImGui::PushID(static_cast<int>(i));
        if (ImGui::InvisibleButton("word", {each, height}) && index != static_cast<int>(i)) {
            index = static_cast<int>(i);
            changed = true;
        }
        ImGui::PopID();
        const bool chosen = index == static_cast<int>(i);
        if (chosen)
            list.AddRectFilled(low, high, mixed(ui.theme.raised, ui.theme.accent, 0.35f), ui.px(3));
        else if (ImGui::IsItemHovered())
            list.AddRectFilled(low, high, ui.theme.hovered, ui.px(3));
        if (i > 0 && !chosen && index != static_cast<int>(i) - 1)
            list.AddLine({low.x, low.y + ui.px(4)}, {low.x, high.y - ui.px(4)}, ui.theme.line);
        const std::string shown = elided(words[i], each - ui.px(4));
        const ImVec2 size = ImGui::CalcTextSize(shown.c_str());
        list.AddText({low.x + (each - size.x) / 2, low.y + (height - size.y) / 2},
                     chosen ? ui.theme.text : ui.theme.dim, shown.c_str());
        draw_ring();
        if (i + 1 < words.size()) ImGui::SameLine(0, 0);
    }
    ImGui::PopID();
    return changed;
}

bool colour_edit(Ui& ui, const char* id, float (&colour)[3], uint64_t& gesture) {
    const bool changed =
        ImGui::ColorEdit3(id, colour, ImGuiColorEditFlags_DisplayHex | ImGuiColorEditFlags_NoOptions);
    if (gesture == 0 || ImGui::IsItemActivated() || ImGui::IsMouseClicked(ImGuiMouseButton_Left) ||
        (changed && !ImGui::IsAnyItemActive()))
        gesture = ui.session.new_gesture();
    return changed;
}

bool search_field(Ui& ui, const char* id, std::string& text, const char* hint) {
    ImGui::PushID(id);
    const float clear = text.empty() ? 0 : ImGui::GetFrameHeight();
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - clear);
    bool changed = ImGui::InputTextWithHint("##search", hint, &text, ImGuiInputTextFlags_AutoSelectAll);
    if (clear > 0) {
        ImGui::SameLine(0, 0);
        if (ImGui::Button("x", {clear, ImGui::GetFrameHeight()})) {
            text.clear();
            changed = true;
        }
        tooltip(ui, "Shows all again");
    }
    ImGui::PopID();
    return changed;
}

void port_mark(ImDrawList& list, const ImVec2& centre, float radius, PortType type, ImU32 colour) {
    switch (type) {
        case PortType::Latent:
            filled_polygon(list, centre, radius * 1.15f, 4, 0, colour);
            return;
        case PortType::Image:
            list.AddRectFilled({centre.x - radius * 0.85f, centre.y - radius * 0.85f},
                               {centre.x + radius * 0.85f, centre.y + radius * 0.85f}, colour);
            return;
        case PortType::Model:
            filled_polygon(list, centre, radius * 1.1f, 6, 0, colour);
            return;
        case PortType::Conditioning:
            filled_polygon(list, centre, radius * 1.2f, 3, -0.25, colour);
            return;
        default:
            list.AddCircleFilled(centre, radius, colour);
    }
}

void port_mark(Ui& ui, PortType type) {
    const float side = ImGui::GetTextLineHeight();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::Dummy({ui.px(12), side});
    port_mark(*ImGui::GetWindowDrawList(), {at.x + ui.px(5), at.y + side / 2}, ui.px(4), type,
              ui.theme.of(type));
}

bool contains_word(std::string_view text, std::string_view part) {
    const auto same_letter = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same_letter) != text.end() ||
           part.empty();
}

}  // namespace gan
