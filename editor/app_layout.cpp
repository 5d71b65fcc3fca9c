#include "editor/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gan {
namespace {

/// What the line at the bottom suggests, one after another; done when its test holds.
struct Hint {
    const char* text;
    bool (*done)(const Ui& ui);
};

bool changed_a_value(const Ui& ui) {
    const auto& past = ui.session.document().history().past;
    return std::any_of(past.begin(), past.end(),
                       [](const auto& step) { return step.name.starts_with("Set "); });
}

constexpr std::array hints{
    Hint{"Drag a number on a node: the picture follows. Ctrl+Z takes it back.", changed_a_value},
    Hint{
        "Press Tab, type \"class walk\", and Enter: a node that moves through classes. Link it to the Generator's class.",
        [](const Ui& ui) {
            const auto& nodes = ui.session.graph().nodes;
            return std::any_of(nodes.begin(), nodes.end(),
                               [](const auto& node) { return node.second.type == "class.walk"; });
        }},
    Hint{"Press F10 for the output window, F11 to fill its screen.", [](const Ui&) { return false; }},
    Hint{"Press Ctrl+R to record what is shown into a video; again to stop.",
         [](const Ui&) { return false; }},
};

constexpr float rail_width = 28;  // px of a panel that is folded

void begin_area(const char* id, const Rect& area, bool padded, ImGuiWindowFlags more = 0) {
    ImGui::SetCursorScreenPos(area.min);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, padded ? ImGui::GetStyle().WindowPadding : ImVec2{0, 0});
    ImGui::BeginChild(
        id, {std::max(area.width(), 1.0f), std::max(area.height(), 1.0f)}, false,
        more | (padded ? ImGuiWindowFlags_AlwaysUseWindowPadding : ImGuiWindowFlags_NoScrollWithMouse));
    ImGui::PopStyleVar();
}

}  // namespace

bool App::splitter(Ui& ui, const char* id, const Rect& bar, bool vertical, float& size, float sign,
                   float least, float most) {
    ImGui::SetCursorScreenPos(bar.min);
    ImGui::InvisibleButton(id, {std::max(1.0f, bar.width()), std::max(1.0f, bar.height())});
    const bool hot = ImGui::IsItemHovered() || ImGui::IsItemActive();
    if (hot) ImGui::SetMouseCursor(vertical ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
    ImGui::GetWindowDrawList()->AddRectFilled(bar.min, bar.max, hot ? ui.theme.accent : ui.theme.line);
    if (!ImGui::IsItemActive()) return false;
    const ImVec2 moved = ImGui::GetIO().MouseDelta;
    size = std::clamp(size + sign * (vertical ? moved.x : moved.y) / ui.scale, least, std::max(least, most));
    return true;
}

/// In the place of a side panel that is folded: a click unfolds it.
void App::draw_rail(Ui& ui, const char* id, const Rect& area, std::initializer_list<const char*> names,
                    float& size, float usual) {
    begin_area(id, area, false, ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoNavInputs);
    const float margin = ui.px(3);
    const float side = area.width() - 2 * margin;
    ImGui::SetCursorPosY(margin);
    ImGui::PushStyleColor(ImGuiCol_Button, ui.theme.panel);
    ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.dim);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2{0, 0});
    for (const char* name : names) {
        ImGui::SetCursorPosX(margin);
        ImGui::PushID(name);
        if (ImGui::Button(std::string(name, 1).c_str(), {side, side})) size = usual;
        ImGui::PopID();
        if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", name);
    }
    ImGui::PopStyleVar();
    ImGui::PopStyleColor(2);
    ImGui::EndChild();
}

void App::draw_middle(Ui& ui, const Rect& area) {
    const float bar = ui.px(3);
    const float wide = area.width() / ui.scale;
    const bool left = preferences_.left > 0;
    const bool right = preferences_.right > 0;
    const float left_width =
        ui.px(left ? std::max(std::min(preferences_.left, wide * 0.4f), 120.0f) : rail_width);
    const float right_width =
        ui.px(right ? std::max(std::min(preferences_.right, wide * 0.5f), 180.0f) : rail_width);
    const Rect middle{{area.min.x + left_width + bar, area.min.y},
                      {area.max.x - right_width - bar, area.max.y}};
    const Rect at_left{area.min, {area.min.x + left_width, area.max.y}};
    const Rect at_right{{middle.max.x + bar, area.min.y}, area.max};
    const Rect left_bar{{at_left.max.x, area.min.y}, {middle.min.x, area.max.y}};
    const Rect right_bar{{middle.max.x, area.min.y}, {at_right.min.x, area.max.y}};
    if (left) {
        begin_area("browser", at_left, true);
        begin_place(Place::Browser);
        browser_->draw(ui);
        end_place(ui, Place::Browser, at_left);
        ImGui::EndChild();
        splitter(ui, "##left", left_bar, true, preferences_.left, 1, 120, wide * 0.4f);
    } else {
        draw_rail(ui, "left rail", at_left, {"Nodes", "Models", "Patches"}, preferences_.left, 200);
        ImGui::GetWindowDrawList()->AddRectFilled(left_bar.min, left_bar.max, ui.theme.line);
    }
    canvas_area_ = middle;
    begin_area("canvas", middle, false);
    begin_place(Place::Canvas);
    canvas_.draw(ui, middle);
    draw_recovery(ui, middle);
    draw_hint(ui, middle);
    ImGui::EndChild();
    if (!right) {
        draw_rail(ui, "right rail", at_right, {"View", "Inspector"}, preferences_.right, 320);
        ImGui::GetWindowDrawList()->AddRectFilled(right_bar.min, right_bar.max, ui.theme.line);
        return;
    }
    splitter(ui, "##right", right_bar, true, preferences_.right, -1, 180, wide * 0.5f);
    const float tall = area.height() / ui.scale;
    const float preview = ui.px(std::clamp(preferences_.preview, 80.0f, std::max(80.0f, tall - 120)));
    const Rect above{at_right.min, {area.max.x, area.min.y + preview}};
    const Rect below{{at_right.min.x, area.min.y + preview + bar}, area.max};
    begin_area("preview", above, true);
    begin_place(Place::Preview);
    preview_->draw(ui);
    end_place(ui, Place::Preview, above);
    ImGui::EndChild();
    splitter(ui, "##preview", {{above.min.x, above.max.y}, {area.max.x, below.min.y}}, false,
             preferences_.preview, 1, 80, std::max(80.0f, tall - 120));
    begin_area("inspector", below, true);
    begin_place(Place::Inspector);
    inspector_->draw(ui);
    end_place(ui, Place::Inspector, below);
    ImGui::EndChild();
}

void App::draw_bottom(Ui& ui, const Rect& area) {
    const bool folded = preferences_.bottom <= 0;
    const float bar = ui.px(3);
    if (!folded)
        splitter(ui, "##bottom", {area.min, {area.max.x, area.min.y + bar}}, false, preferences_.bottom, -1,
                 80, ImGui::GetIO().DisplaySize.y / ui.scale * 0.6f);
    const Rect below{{area.min.x, area.min.y + (folded ? 0 : bar)}, area.max};
    begin_area("bottom", below, false);
    begin_place(Place::Lower);
    struct Tab {
        const char* name;
        Panel* panel;
    };
    const std::array tabs{Tab{"Dials", dials_.get()}, Tab{"History", history_.get()}, Tab{"Log", log_.get()},
                          Tab{"Performance", performance_.get()}};
    ImGui::SetCursorPos({ui.px(8), ui.px(2)});
    for (int i = 0; i < static_cast<int>(tabs.size()); ++i) {
        const bool active = !folded && preferences_.bottom_tab == i;
        ImGui::PushStyleColor(ImGuiCol_Button, active ? ui.theme.raised : ui.theme.panel);
        ImGui::PushStyleColor(ImGuiCol_Text, active ? ui.theme.text : ui.theme.dim);
        if (ImGui::Button(tabs[i].name)) {
            preferences_.bottom_tab = i;
            if (folded) preferences_.bottom = 170;
        }
        ImGui::PopStyleColor(2);
        ImGui::SameLine(0, ui.px(2));
    }
    // The last thing that was said, so that nobody has to look for it.
    const auto& notes = session_->notes();
    const std::string standing = session_->standing_problem();
    if (!standing.empty() || !notes.empty()) {
        const bool bad = !standing.empty() || notes.back().kind == Note::Kind::Error;
        const ImU32 colour = bad                                        ? ui.theme.error
                             : notes.back().kind == Note::Kind::Warning ? ui.theme.warning
                                                                        : ui.theme.dim;
        ImGui::SameLine(0, ui.px(16));
        ImGui::AlignTextToFramePadding();
        ImGui::PushStyleColor(ImGuiCol_Text, colour);
        ImGui::TextUnformatted((standing.empty() ? notes.back().text : standing).c_str());
        ImGui::PopStyleColor();
    }
    ImGui::NewLine();
    if (!folded) {
        const ImVec2 at = ImGui::GetCursorScreenPos();
        begin_area("tab", {{area.min.x, at.y}, area.max}, true, ImGuiWindowFlags_NavFlattened);
        tabs[std::clamp(preferences_.bottom_tab, 0, static_cast<int>(tabs.size()) - 1)].panel->draw(ui);
        ImGui::EndChild();
    }
    end_place(ui, Place::Lower, below);
    ImGui::EndChild();
}

void App::draw_recovery(Ui& ui, const Rect& area) {
    if (!ask_recovery_) return;
    std::string text;
    for (const std::string& sentence : session_->workspace().recovered()) text += sentence + "\n";
    text.pop_back();
    const float width = std::min(ui.px(520), area.width() - ui.px(24));
    ImGui::SetNextWindowPos({area.min.x + (area.width() - width) / 2, area.min.y + ui.px(12)});
    ImGui::SetNextWindowSize({width, 0});
    ImGui::Begin("recovered", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_AlwaysAutoResize);
    begin_place(Place::Recovered);
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopTextWrapPos();
    if (ImGui::Button("Keep it")) ask_recovery_ = false;
    ImGui::SameLine();
    // By undoing: nothing is lost.
    if (!session_->workspace().path().empty() && ImGui::Button("Back to the file as it was saved")) {
        ask_recovery_ = false;
        while (session_->workspace().modified() && session_->can_undo()) session_->undo();
    }
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("Undoes what was not saved; Redo brings it back");
    const ImVec2 low = ImGui::GetWindowPos();
    const ImVec2 size = ImGui::GetWindowSize();
    end_place(ui, Place::Recovered, {low, {low.x + size.x, low.y + size.y}});
    ImGui::End();
}

void App::draw_hint(Ui& ui, const Rect& area) {
    if (!preferences_.hints || ask_recovery_) return;
    int& done = preferences_.hints_done;
    while (done < static_cast<int>(hints.size()) && hints[done].done(ui)) ++done;
    if (done == 2 && output_ != nullptr && output_->is_open()) ++done;
    if (done == 3 && recorder_ != nullptr) ++done;
    if (done >= static_cast<int>(hints.size())) return;
    const char* text = hints[done].text;
    const float cross = ui.px(24);
    const ImVec2 size{ImGui::CalcTextSize(text).x + cross + ui.px(20), ImGui::GetFrameHeight() + ui.px(10)};
    // A window of its own, so that the canvas under it does not take its clicks.
    ImGui::SetCursorScreenPos({area.min.x + ui.px(12), area.max.y - size.y - ui.px(12)});
    ImGui::PushStyleColor(ImGuiCol_ChildBg, faded(ui.theme.raised, 0.94f));
    ImGui::PushStyleVar(ImGuiStyleVar_ChildBorderSize, 1);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {ui.px(10), ui.px(5)});
    ImGui::BeginChild("hint", size, true, ImGuiWindowFlags_NoScrollbar);
    ImGui::PopStyleVar(2);
    ImGui::PopStyleColor();
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(text);
    ImGui::SameLine(size.x - cross - ui.px(4));
    ImGui::PushStyleColor(ImGuiCol_Button, IM_COL32_BLACK_TRANS);
    if (ImGui::Button("×")) preferences_.hints = false;
    ImGui::PopStyleColor();
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("No more hints; Help > Hints brings them back");
    ImGui::EndChild();
}

void App::draw_popups(Ui& ui) {
    if (show_keys_) {
        const ImVec2 size = ImGui::GetIO().DisplaySize;
        ImGui::SetNextWindowPos({size.x / 2, size.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
        ImGui::SetNextWindowSize({std::min(ui.px(640), size.x * 0.9f), size.y * 0.8f});
        if (ImGui::Begin("Keys", &show_keys_,
                         ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings |
                             ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoResize)) {
            begin_place(Place::Keys);
            keys_->draw(ui);
        }
        ImGui::End();
    }
    dialogs_.draw(ui);
}

}  // namespace gan
