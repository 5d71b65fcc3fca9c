#include "editor/panels/panels.h"

#include "editor/panels/parts.h"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace gan {
namespace {

/// From what was opened over what was done to what was undone; a click goes there.
class HistoryPanel final : public Panel {
public:
    void draw(Ui& ui) override {
        const bool fresh = seen_ != ui.session.number() || changes_ != ui.session.changes();
        if (fresh) {
            seen_ = ui.session.number();
            changes_ = ui.session.changes();
            past_ = ui.session.document().past();
            future_ = ui.session.document().future();
        }
        const int here = static_cast<int>(past_.size());
        const int rows = here + 1 + static_cast<int>(future_.size());
        int wanted = here;
        ImGui::BeginChild("steps", {0, 0}, false, ImGuiWindowFlags_NavFlattened);
        const float height = ImGui::GetTextLineHeightWithSpacing();
        ImGuiListClipper clipper;
        clipper.Begin(rows, height);
        while (clipper.Step())
            for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row)
                if (draw_row(ui, row, here)) wanted = row;
        if (fresh) {
            const float top = height * static_cast<float>(here);
            if (top < ImGui::GetScrollY() || top + height > ImGui::GetScrollY() + ImGui::GetWindowHeight())
                ImGui::SetScrollY(top - ImGui::GetWindowHeight() / 2);
        }
        ImGui::EndChild();
        go(ui, wanted - here);
    }

private:
    bool draw_row(Ui& ui, int row, int here) const {
        ImGui::PushID(row);
        const auto index = static_cast<size_t>(row);
        const std::string& name = row == 0      ? opened_
                                  : row <= here ? past_[index - 1]
                                                : future_[index - past_.size() - 1];
        const ImVec2 at = ImGui::GetCursorScreenPos();
        const ImVec2 end(at.x + ImGui::GetContentRegionAvail().x, at.y + ImGui::GetTextLineHeight());
        const bool clicked = ImGui::Selectable("##step", row == here);
        if (row != here) tooltip(ui, row < here ? "Undoes up to here" : "Redoes up to here");
        ImDrawList& list = *ImGui::GetWindowDrawList();
        if (row == here) list.AddRectFilled({at.x, at.y}, {at.x + ui.px(3), end.y}, ui.theme.accent);
        const std::string number = fmt::format("{}", row);
        ImFont* mono = ui.fonts.mono_at(ui.px(11));
        const float wide = mono->CalcTextSizeA(ui.px(11), FLT_MAX, 0, number.c_str()).x;
        list.AddText(mono, ui.px(11), {at.x + ui.px(40) - wide, at.y + ui.px(1)}, ui.theme.dim,
                     number.c_str());
        list.AddText({at.x + ui.px(52), at.y}, row > here ? ui.theme.dim : ui.theme.text,
                     elided(name, end.x - at.x - ui.px(56)).c_str());
        ImGui::PopID();
        return clicked;
    }

    /// A step that cannot be undone says so in a note, and ends the way.
    static void go(Ui& ui, int steps) {
        for (; steps != 0; steps += steps < 0 ? 1 : -1) {
            const int64_t before = ui.session.changes();
            if (steps < 0)
                ui.session.undo();
            else
                ui.session.redo();
            if (ui.session.changes() == before) return;
        }
    }

    const std::string opened_ = "As it was opened";
    int64_t seen_ = -1;  // session
    int64_t changes_ = -1;
    std::vector<std::string> past_, future_;  // the next one to redo first
};

}  // namespace

std::unique_ptr<Panel> make_history() {
    return std::make_unique<HistoryPanel>();
}

}  // namespace gan
