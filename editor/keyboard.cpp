#include "editor/keyboard.h"

#include <imgui_internal.h>

#include <algorithm>

namespace gan {

void show_ring() {
    ImGuiContext& context = *ImGui::GetCurrentContext();
    context.NavDisableHighlight = false;
    context.NavDisableMouseHover = true;
}

void take_keys(bool anew) {
    ImGuiWindow* window = ImGui::GetCurrentWindow();
    ImGui::ClearActiveID();
    ImGui::FocusWindow(window);
    ImGui::NavInitWindow(window, anew);
    show_ring();
}

void take_keys_for_menus() {
    ImGuiWindow* window = ImGui::GetCurrentWindow();
    ImGui::ClearActiveID();
    ImGui::FocusWindow(window);
    ImGui::GetCurrentContext()->NavLayer = ImGuiNavLayer_Menu;
    ImGui::NavInitWindow(window, true);
    show_ring();
}

bool has_ring() {
    return ImGui::IsItemFocused() && !ImGui::GetCurrentContext()->NavDisableHighlight;
}

void draw_ring() {
    const ImGuiLastItemData& item = ImGui::GetCurrentContext()->LastItemData;
    if (item.ID != 0) ImGui::RenderNavHighlight(item.Rect, item.ID);
}

bool pressed_by_key() {
    return !ImGui::IsMouseClicked(0) && !ImGui::IsMouseReleased(0);
}

bool press_last(const char* id) {
    const ImRect area = ImGui::GetCurrentContext()->LastItemData.Rect;
    const ImGuiID own = ImGui::GetID(id);
    if (!ImGui::ItemAdd(area, own)) return false;
    bool hovered = false;
    bool held = false;
    const bool pressed = ImGui::ButtonBehavior(area, own, &hovered, &held);
    ImGui::RenderNavHighlight(area, own);
    return pressed;
}

bool menu_key(const Ui& ui) {
    const Chord bound = ui.commands.key_of("edit.menu");
    return std::any_of(ui.events.presses.begin(), ui.events.presses.end(), [&](const Chord& chord) {
        return chord == Chord{.key = Key::Menu} || (bound.key != Key::None && chord == bound);
    });
}

bool asks_for_menu(const Ui& ui) {
    return has_ring() && menu_key(ui);
}

bool asks_for_menu(const Ui& ui, const Rect& area) {
    const ImGuiContext& context = *ImGui::GetCurrentContext();
    ImGuiWindow* window = ImGui::GetCurrentWindow();
    if (context.NavWindow != window || context.NavId == 0 || context.NavDisableHighlight || !menu_key(ui))
        return false;
    const ImRect ring = ImGui::WindowRectRelToAbs(window, window->NavRectRel[context.NavLayer]);
    return area.contains(ring.GetCenter());
}

void walk_through() {
    ImGuiWindow* window = ImGui::GetCurrentWindow();
    if ((window->Flags & ImGuiWindowFlags_ChildWindow) == 0) return;
    window->Flags |= ImGuiWindowFlags_NavFlattened;
    window->RootWindowForNav = window->ParentWindow->RootWindowForNav;
}

}  // namespace gan
