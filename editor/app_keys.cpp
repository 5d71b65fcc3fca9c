#include "editor/app.h"
#include "editor/keyboard.h"

#include <imgui_internal.h>

#include <algorithm>
#include <array>

namespace gan {
namespace {

constexpr float panel_step = 20;  // px that a panel grows or shrinks by

bool is_function_key(const Chord& chord) {
    return chord.key >= Key::F1 && chord.key <= Key::F12;
}

bool is_one_of(const Chord& chord, std::initializer_list<Key> keys) {
    return std::find(keys.begin(), keys.end(), chord.key) != keys.end();
}

/// What a text field takes for itself.
bool is_for_text(const Chord& chord) {
    if (chord.alt || is_function_key(chord)) return false;
    return !chord.ctrl || is_one_of(chord, {Key::A, Key::C, Key::V, Key::X, Key::Y, Key::Z, Key::Left,
                                            Key::Right, Key::Home, Key::End, Key::Backspace, Key::Delete});
}

/// What a panel takes for itself while it has the keys: all that means another thing on the canvas.
bool is_for_panel(const Chord& chord) {
    if (chord.alt || is_function_key(chord)) return false;
    return !chord.ctrl || is_one_of(chord, {Key::Left, Key::Right, Key::Up, Key::Down, Key::Home, Key::End,
                                            Key::Backspace, Key::Delete});
}

bool a_popup_is_open() {
    return ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
}

/// A key that ImGui's navigation reads is down: it would count as pressed if the navigation began now.
bool navigation_key_is_down() {
    constexpr std::array keys{ImGuiKey_Space,     ImGuiKey_Enter,      ImGuiKey_Escape,  ImGuiKey_Tab,
                              ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow, ImGuiKey_DownArrow};
    return std::any_of(keys.begin(), keys.end(),
                       [](ImGuiKey key) { return ImGui::IsKeyDown(ImGui::GetKeyIndex(key)); });
}

}  // namespace

void App::add_key_commands() {
    const auto any_panel = [this] { return !dialogs_.open() && !show_keys_; };
    commands_.add({"view.next_panel",
                   "To the next panel",
                   "It gets the keys: arrows, Space and Enter; Escape goes back to the canvas",
                   {.key = Key::F6},
                   [this] { walk_panels(1); },
                   any_panel});
    commands_.add({"view.previous_panel",
                   "To the panel before",
                   "The same, the other way round",
                   {.key = Key::F6, .shift = true},
                   [this] { walk_panels(-1); },
                   any_panel});
    commands_.add({"view.menus",
                   "To the menus",
                   "Arrows go through them; Escape goes back to the canvas",
                   {.key = Key::F7},
                   [this] { give_keys(keys_at_ == Place::Menus ? Place::Canvas : Place::Menus); },
                   any_panel});
    const auto has_size = [this] { return size_of_panel() != nullptr; };
    const auto resize = [this](float by) {
        return [this, by] {
            if (float* size = size_of_panel()) *size = std::clamp(*size + by, 80.0f, 1200.0f);
        };
    };
    commands_.add({"view.grow",
                   "Larger panel",
                   "The one that has the keys",
                   {.key = Key::Equal, .ctrl = true, .shift = true},
                   resize(panel_step),
                   has_size});
    commands_.add({"view.shrink",
                   "Smaller panel",
                   "The one that has the keys",
                   {.key = Key::Minus, .ctrl = true, .shift = true},
                   resize(-panel_step),
                   has_size});
}

/// In the order in which keys walk through them.
std::vector<App::Place> App::places() const {
    std::vector<Place> shown{Place::Canvas};
    if (ask_recovery_) shown.push_back(Place::Recovered);
    if (preferences_.left > 0) shown.push_back(Place::Browser);
    if (preferences_.right > 0) shown.insert(shown.end(), {Place::Preview, Place::Inspector});
    shown.insert(shown.end(), {Place::Lower, Place::Bar, Place::Menus});
    return shown;
}

float* App::size_of_panel() {
    float* size = keys_at_ == Place::Browser     ? &preferences_.left
                  : keys_at_ == Place::Preview   ? &preferences_.preview
                  : keys_at_ == Place::Inspector ? &preferences_.right
                  : keys_at_ == Place::Lower     ? &preferences_.bottom
                                                 : nullptr;
    return size != nullptr && *size > 0 ? size : nullptr;
}

void App::walk_panels(int by) {
    const std::vector<Place> all = places();
    const auto here = std::find(all.begin(), all.end(), keys_at_);
    const auto count = static_cast<int>(all.size());
    const int from = here == all.end() ? 0 : static_cast<int>(here - all.begin());
    give_keys(all[static_cast<size_t>((from + by + count) % count)]);
}

void App::give_keys(Place place) {
    if (ImGui::GetTopMostPopupModal() != nullptr) return;  // it wants an answer first
    keys_at_ = place;
    keys_come_ = Come::Back;
}

void App::show_keys(bool shown) {
    show_keys_ = shown;
    give_keys(shown ? Place::Keys : Place::Canvas);
}

/// After ImGui began the window, or the menu bar, that a place is.
void App::begin_place(Place place) {
    place_windows_[static_cast<size_t>(place)] = ImGui::GetCurrentWindow()->ID;
    if (place != keys_at_ || keys_come_ == Come::No) return;
    if (place == Place::Menus)
        take_keys_for_menus();
    else if (place != Place::Canvas)
        take_keys(keys_come_ == Come::Anew);
    else if (!a_popup_is_open() && !ImGui::IsAnyItemActive())
        ImGui::SetWindowFocus();
}

/// Before it ends: what has the keys has a frame.
void App::end_place(Ui& ui, Place place, const Rect& area) const {
    if (place != keys_at_ || (ImGui::GetIO().ConfigFlags & ImGuiConfigFlags_NavEnableKeyboard) == 0) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float half = ui.px(1);
    list.PushClipRect(area.min, area.max);
    list.AddRect({area.min.x + half, area.min.y + half}, {area.max.x - half, area.max.y - half},
                 ui.theme.accent, 0, 0, 2 * half);
    list.PopClipRect();
}

/// Where the keys of ImGui are now, as far as they are in a panel.
App::Place App::place_of_keys() const {
    const ImGuiContext& context = *ImGui::GetCurrentContext();
    for (const ImGuiWindow* window = context.NavWindow; window != nullptr; window = window->ParentWindow)
        for (size_t i = 0; i < place_windows_.size(); ++i) {
            if (place_windows_[i] != window->ID) continue;
            const auto place = static_cast<Place>(i);
            // The menus are a part of the window that all the others are in.
            const bool in_menus = window != context.NavWindow || context.NavLayer == ImGuiNavLayer_Menu;
            return place == Place::Menus && !in_menus ? Place::Canvas : place;
        }
    return Place::Canvas;
}

/// Once all is drawn: a click elsewhere, or an answer, may have taken the keys from where they were.
void App::follow_keys(Ui& ui) {
    const ImGuiContext& context = *ImGui::GetCurrentContext();
    const bool asked = dialogs_.open() || canvas_.searching();
    if (canvas_.searching()) keys_at_ = Place::Canvas;
    if (keys_come_ != Come::No) {
        const bool gone = context.NavId != 0 && !context.NavIdIsAlive;  // what had the ring
        keys_come_ = keys_come_ == Come::Back && keys_at_ != Place::Canvas && gone ? Come::Anew : Come::No;
    } else if (keys_at_ != Place::Canvas && !asked) {
        const bool closed = keys_at_ == Place::Keys && !show_keys_;
        if (const Place now = place_of_keys(); now == Place::Menus)
            keys_at_ = now;  // Alt goes there from any panel
        else if (closed || now != keys_at_)
            keys_at_ = Place::Canvas;
        if (keys_at_ == Place::Canvas && !ImGui::IsAnyMouseDown()) keys_come_ = Come::Back;
    }
    // The ring moves a frame after the key, and a field gets the keys two after.
    if (keys_come_ != Come::No || !ui.events.presses.empty()) frames_for_keys_ = 3;
    if (frames_for_keys_ > 0 && --frames_for_keys_ > 0) ui.moving = true;
    const bool popup = a_popup_is_open();
    escape_leaves_ = keys_at_ != Place::Canvas && !popup && context.ActiveId == 0;
    ImGuiConfigFlags& flags = ImGui::GetIO().ConfigFlags;
    if (asked || keys_->takes_keys() || (keys_at_ == Place::Canvas && !popup)) {
        flags &= ~ImGuiConfigFlags_NavEnableKeyboard;
    } else if ((flags & ImGuiConfigFlags_NavEnableKeyboard) == 0 && !navigation_key_is_down()) {
        flags |= ImGuiConfigFlags_NavEnableKeyboard;
        if (keys_at_ != Place::Canvas) show_ring();
    }
}

/// `here`: they were pressed in the editor's window, not in that of the output.
void App::press_keys(const Events& events, bool here) {
    if (keys_->takes_keys()) return;
    if (dialogs_.open() || show_keys_ || canvas_.lists()) {
        for (const Chord& chord : events.presses)
            if (!dialogs_.open() && show_keys_ &&
                (chord.key == Key::F1 ||
                 (chord.key == Key::Escape && (escape_leaves_ || keys_at_ != Place::Keys))))
                show_keys(false);
        return;
    }
    const bool typing = ImGui::GetIO().WantTextInput || canvas_.searching();
    // A menu or list is open: it has the plain keys.
    const bool menu = a_popup_is_open();
    for (const Chord& chord : events.presses) {
        if ((typing || menu) && is_for_text(chord)) continue;
        if (here && keys_at_ != Place::Canvas && is_for_panel(chord)) {
            if (chord.key == Key::Escape && escape_leaves_) give_keys(Place::Canvas);
            continue;
        }
        // Over a number, these are its own.
        const bool resets =
            chord.key == Key::Delete || chord.key == Key::Backspace || chord.key == Key::Enter;
        if (widget_hovered_ && resets && !chord.ctrl) continue;
        if (canvas_.busy() && (resets || chord.key == Key::Escape)) continue;
        if (canvas_.takes_backspace() && chord.key == Key::Backspace) continue;
        const Command* command = commands_.bound_to(chord);
        if (command != nullptr && command->id == "play.toggle" && chord == Chord{.key = Key::Space}) {
            play_released_ = true;
            continue;
        }
        if (!commands_.press(chord) && chord == Chord{.key = Key::Menu}) commands_.run("edit.menu");
    }
}

/// Space and a drag move the canvas: only by itself, Space plays.
void App::play_when_released() {
    if (!play_released_) return;
    if (ImGui::IsAnyMouseDown()) play_released_ = false;
    if (ImGui::IsKeyDown(ImGui::GetKeyIndex(ImGuiKey_Space))) return;
    if (std::exchange(play_released_, false)) commands_.run("play.toggle");
}

}  // namespace gan
