#include "tests/editor_screen.h"

#include "runtime/base/assets.h"

#include <imgui.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

namespace gan::test {
namespace {

constexpr double frame_seconds = 1.0 / 60;

/// ImGui's named keys, and ours for them.
struct NamedKey {
    ImGuiKey imgui;
    Key ours;
};
constexpr NamedKey named_keys[] = {{ImGuiKey_Tab, Key::Tab},
                                   {ImGuiKey_LeftArrow, Key::Left},
                                   {ImGuiKey_RightArrow, Key::Right},
                                   {ImGuiKey_UpArrow, Key::Up},
                                   {ImGuiKey_DownArrow, Key::Down},
                                   {ImGuiKey_PageUp, Key::PageUp},
                                   {ImGuiKey_PageDown, Key::PageDown},
                                   {ImGuiKey_Home, Key::Home},
                                   {ImGuiKey_End, Key::End},
                                   {ImGuiKey_Insert, Key::Insert},
                                   {ImGuiKey_Delete, Key::Delete},
                                   {ImGuiKey_Backspace, Key::Backspace},
                                   {ImGuiKey_Space, Key::Space},
                                   {ImGuiKey_Enter, Key::Enter},
                                   {ImGuiKey_Escape, Key::Escape},
                                   {ImGuiKey_A, Key::A},
                                   {ImGuiKey_C, Key::C},
                                   {ImGuiKey_V, Key::V},
                                   {ImGuiKey_X, Key::X},
                                   {ImGuiKey_Y, Key::Y},
                                   {ImGuiKey_Z, Key::Z}};

void set_key(Key key, bool down) {
    ImGuiIO& io = ImGui::GetIO();
    for (const auto& [imgui, ours] : named_keys) {
        if (ours != key) continue;
#if IMGUI_VERSION_NUM >= 18700
        io.AddKeyEvent(imgui, down);
#else
        io.KeysDown[io.KeyMap[imgui]] = down;
#endif
    }
}

}  // namespace

EditorScreen::EditorScreen(const Options& options) : options_(options) {
    gpu_ = std::make_unique<Gpu>("software", options.validate);
    instance_ = VulkanInstance::get(options.validate);
    instance_->take_messages();
    IMGUI_CHECKVERSION();
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    io.DisplaySize = {static_cast<float>(options.width), static_cast<float>(options.height)};
    io.DeltaTime = static_cast<float>(frame_seconds);
    io.ClipboardUserData = &clipboard_;
    io.SetClipboardTextFn = [](void* user, const char* text) { *static_cast<std::string*>(user) = text; };
    io.GetClipboardTextFn = [](void* user) { return static_cast<std::string*>(user)->c_str(); };
#if IMGUI_VERSION_NUM < 18700
    for (int i = 0; i < static_cast<int>(std::size(named_keys)); ++i) io.KeyMap[named_keys[i].imgui] = i;
#endif
    app_ = std::make_unique<App>(
        AppOptions{.patch = options.patch, .remember = false, .dark = options.dark, .scale = options.scale},
        *gpu_, AppHost{});
    app_->preferences().hints = false;
    renderer_ = std::make_unique<Renderer>(gpu_->device(), *gpu_, *io.Fonts);
    target_ = std::make_unique<Offscreen>(gpu_->device(), static_cast<uint32_t>(options.width),
                                          static_cast<uint32_t>(options.height));
    if (!options.patch.empty()) return;
    app_->commands().run("file.new");
    frame();  // which it takes effect with
}

EditorScreen::~EditorScreen() {
    app_.reset();
    renderer_.reset();
    target_.reset();
    ImGui::DestroyContext();
}

void EditorScreen::frame() {
    seconds_ += frame_seconds;
    app_->before_frame(options_.scale);
    ImGui::NewFrame();
    app_->frame(events_, seconds_);
    ImGui::Render();
    for (const Chord& chord : events_.presses) set_key(chord.key, false);
    if (!events_.presses.empty()) hold(false, false, false);
    events_ = {};
    button_changed_ = false;
    if (options_.draw)
        drawn_ = renderer_->draw(target_->target(), *ImGui::GetDrawData(), app_->pictures(),
                                 app_->background(), VK_NULL_HANDLE, VK_NULL_HANDLE);
    ImGui::GetIO().MouseWheel = 0;
}

void EditorScreen::pass() {
    if (!at_once_) frame();
}

void EditorScreen::at_once(const std::function<void()>& act) {
    at_once_ = true;
    act();
    at_once_ = false;
    frame();
}

void EditorScreen::frames(int count) {
    for (int i = 0; i < count; ++i) frame();
}

bool EditorScreen::until(const std::function<bool()>& holds, double seconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        frame();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

void EditorScreen::settle() {
    session().play(false);
    int still = 0;
    int64_t number = -1;
    // Edits pass through the planner's thread: what is still twice in a row, some frames apart, is still.
    until([&] {
        const ShownRef& shown = session().shown();
        still = shown->still && shown->number == number ? still + 1 : 0;
        number = shown->number;
        return still > 12;
    });
}

void EditorScreen::move(float x, float y) {
    if (button_changed_) frame();
    ImGui::GetIO().MousePos = {x, y};
    pass();
}

void EditorScreen::button(int which, bool down) {
    if (button_changed_) frame();
    bool& is_down = ImGui::GetIO().MouseDown[which];
    button_changed_ = std::exchange(is_down, down) != down;
    pass();
}

void EditorScreen::click(float x, float y, int which) {
    move(x, y);
    button(which, true);
    button(which, false);
}

void EditorScreen::double_click(float x, float y) {
    click(x, y);
    click(x, y);
}

void EditorScreen::drag(float x0, float y0, float x1, float y1, int which) {
    move(x0, y0);
    button(which, true);
    for (int i = 1; i <= 8; ++i)
        move(x0 + (x1 - x0) * static_cast<float>(i) / 8, y0 + (y1 - y0) * static_cast<float>(i) / 8);
    button(which, false);
}

void EditorScreen::wheel(float steps) {
    ImGui::GetIO().MouseWheel += steps;
    pass();
}

void EditorScreen::hold(bool ctrl, bool shift, bool alt) {
    ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 18700
    io.AddKeyEvent(ImGuiMod_Ctrl, ctrl);
    io.AddKeyEvent(ImGuiMod_Shift, shift);
    io.AddKeyEvent(ImGuiMod_Alt, alt);
#else
    io.KeyCtrl = ctrl;
    io.KeyShift = shift;
    io.KeyAlt = alt;
#endif
}

void EditorScreen::press(const Chord& chord) {
    events_.presses.push_back(chord);
    hold(chord.ctrl, chord.shift, chord.alt);
    set_key(chord.key, true);
    pass();  // after which it is up again
    pass();
}

void EditorScreen::press(const char* chord) {
    press(chord_from_text(chord).value());
}

void EditorScreen::type(const std::string& text) {
    ImGui::GetIO().AddInputCharactersUTF8(text.c_str());
    pass();
    pass();
}

void EditorScreen::drop(const std::string& path) {
    events_.dropped.push_back(path);
    pass();
}

void EditorScreen::wait() {
    renderer_->wait(drawn_);
}

Picture8 EditorScreen::shot(bool afresh) {
    if (afresh) *target_->target().drawn = {};
    do {
        renderer_->draw(target_->target(), *ImGui::GetDrawData(), app_->pictures(), app_->background(),
                        VK_NULL_HANDLE, VK_NULL_HANDLE);
    } while (renderer_->behind());
    const std::vector<uint8_t> pixels = target_->read();
    Picture8 picture{options_.width, options_.height, 3, std::vector<uint8_t>(pixels.size() / 4 * 3)};
    const uint8_t* from = pixels.data();
    uint8_t* to = picture.pixels.data();
    for (const uint8_t* end = from + pixels.size(); from != end; from += 4, to += 3) std::memcpy(to, from, 3);
    return picture;
}

std::vector<std::string> EditorScreen::messages() {
    return instance_->take_messages();
}

}  // namespace gan::test
