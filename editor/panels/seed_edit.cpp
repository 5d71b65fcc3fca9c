#include "editor/panels/seed_edit.h"

#include "editor/panels/parts.h"
#include "editor/panels/typed_number.h"

#include <algorithm>

namespace gan {
namespace {

constexpr size_t seeds_kept = 12;
constexpr double most_rolled = 999'999;  // six digits can be told to somebody

void draw_die(Ui& ui, const ImVec2& low, const ImVec2& high) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 centre((low.x + high.x) / 2, (low.y + high.y) / 2);
    const float half = ui.px(6);
    list.AddRect({centre.x - half, centre.y - half}, {centre.x + half, centre.y + half}, ui.theme.text,
                 ui.px(2), 0, ui.px(1.2f));
    for (const float step : {-1.0f, 0.0f, 1.0f})
        list.AddCircleFilled({centre.x + step * ui.px(3), centre.y + step * ui.px(3)}, ui.px(1.2f),
                             ui.theme.text, 8);
}

bool arrow(Ui& ui, const char* id, ImGuiDir direction, bool enabled, const std::string& about) {
    ImGui::BeginDisabled(!enabled);
    const bool pressed = ImGui::ArrowButton(id, direction);
    ImGui::EndDisabled();
    tooltip(ui, about);
    return pressed;
}

}  // namespace

void SeedEdit::see(Past& past, double value) {
    if (!past.values.empty() && past.values[past.at] == value) return;
    // What was undone, or gone back to elsewhere, is not new.
    const auto found = std::find(past.values.begin(), past.values.end(), value);
    if (found != past.values.end()) {
        past.at = static_cast<size_t>(found - past.values.begin());
        return;
    }
    past.values.push_back(value);
    if (past.values.size() > seeds_kept) past.values.erase(past.values.begin());
    past.at = past.values.size() - 1;
}

NumberEdit::State SeedEdit::draw(Ui& ui, NumberEdit& numbers, const std::string& key, double value,
                                 const NumberRange& range, const NumberEdit::Apply& apply) {
    Past& past = pasts_[key];
    const float button = ImGui::GetFrameHeight();
    const float gap = ui.px(2);
    const float width = std::max(ImGui::GetContentRegionAvail().x - 3 * (button + gap), ui.px(40));
    const NumberEdit::State state = numbers.draw(ui, "value", value, range, apply, {width, 0});
    if (!state.dragged && !state.changed) see(past, value);

    ImGui::SameLine(0, gap);
    const ImVec2 low = ImGui::GetCursorScreenPos();
    if (ImGui::Button("##roll", {button, button})) {
        std::uniform_int_distribution<int64_t> any(static_cast<int64_t>(range.min),
                                                   static_cast<int64_t>(std::min(range.max, most_rolled)));
        apply(ui, static_cast<double>(any(random_)), 0);
    }
    draw_die(ui, low, {low.x + button, low.y + button});
    tooltip(ui, "Another one, at random");

    const bool back = past.at > 0;
    const bool forward = past.at + 1 < past.values.size();
    const auto about = [&](const char* words, bool there, size_t at) {
        return there ? fmt::format("{}: {}", words, number_text(past.values[at], range.min, range.max, true))
                     : std::string(words);
    };
    ImGui::SameLine(0, gap);
    if (arrow(ui, "##back", ImGuiDir_Left, back, about("The one before", back, past.at - (back ? 1 : 0))))
        apply(ui, past.values[--past.at], 0);
    ImGui::SameLine(0, gap);
    if (arrow(ui, "##forward", ImGuiDir_Right, forward,
              about("The one after", forward, past.at + (forward ? 1 : 0))))
        apply(ui, past.values[++past.at], 0);
    return state;
}

}  // namespace gan
