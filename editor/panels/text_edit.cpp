#include "editor/panels/text_edit.h"

#include "editor/panels/parts.h"

#include <imgui_stdlib.h>

#include <utility>

namespace gan {

void TextEdit::finish(Ui& ui) {
    const Typing typed = std::exchange(typing_, {});
    if (typed.text != typed.first) typed.apply(ui, typed.text);
}

void TextEdit::update(Ui& ui) {
    if (typing_.id != 0 && typing_.frame + 1 < ImGui::GetFrameCount()) finish(ui);
}

bool TextEdit::draw(Ui& ui, const char* id, const std::string& value, const Look& look, const Apply& apply) {
    ImGui::PushID(id);
    const ImGuiID own = ImGui::GetID("##text");
    std::string idle = value;
    std::string* text = typing_.id == own ? &typing_.text : &idle;
    const WithFont font(look.mono ? mono_font(ui) : nullptr);
    const float width = look.width > 0 ? look.width : ImGui::GetContentRegionAvail().x;
    if (look.lines > 1) {
        const float height = ImGui::GetTextLineHeight() * static_cast<float>(look.lines) + ui.px(8);
        ImGui::InputTextMultiline("##text", text, {width, height},
                                  look.mono ? ImGuiInputTextFlags_AllowTabInput : ImGuiInputTextFlags_None);
    } else {
        ImGui::SetNextItemWidth(width);
        ImGui::InputTextWithHint("##text", look.hint, text);
    }
    const bool active = ImGui::IsItemActive();
    if (active && typing_.id != own) {
        if (typing_.id != 0) finish(ui);
        typing_ = {.id = own, .text = idle, .first = value, .apply = apply};
    }
    if (typing_.id == own) {
        typing_.frame = ImGui::GetFrameCount();
        if (!active) finish(ui);
    }
    ImGui::PopID();
    return active;
}

}  // namespace gan
