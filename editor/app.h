#pragma once

#include "editor/canvas/canvas.h"
#include "editor/dialogs.h"
#include "editor/key_hold.h"
#include "editor/panels/number_edit.h"
#include "editor/panels/panels.h"
#include "editor/recorder.h"
#include "editor/ui.h"
#include "editor/window/output_window.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// What the editor asks of the window that it is shown in; a test has none of it.
struct AppHost {
    std::function<void()> wake = [] {};  // another frame, soon [any thread]
    std::function<void(const std::string&)> set_title = [](const std::string&) {};
    const WindowSystem* windows = nullptr;           // for the output window; null: there is none
    std::function<int()> screen = [] { return 0; };  // that the editor's window is on
};

struct AppOptions {
    std::string patch;     // opened at once; empty: the first patch
    bool safe = false;     // without what is remembered, and time stands still
    bool remember = true;  // preferences and keys are read and written
    std::optional<bool> dark;
    float scale = 1;  // of the screen
};

/// The editor: one window's content, a frame at a time. Knows no window system of its own, so that tests run
/// it without a display. [editor's thread]
class App {
public:
    /// Adds its fonts to the current ImGui context. The Gpu must live longer.
    App(AppOptions options, Gpu& gpu, AppHost host);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// Before ImGui::NewFrame(): makes the fonts anew where text has another size now. `screen_scale`: of the
    /// screen that the window is on.
    void before_frame(float screen_scale);
    /// Between ImGui::NewFrame() and ImGui::Render(). `seconds`: since the editor started.
    void frame(const Events& events, double seconds);
    const std::vector<Pictures::Entry>& pictures() const { return pictures_.entries(); }
    ImU32 background() const { return theme().canvas; }

    /// Whether a frame would show something new: something moves, or the player showed something else. Asked
    /// once a frame is drawn: what it shows of edits has then been seen.
    bool due(double seconds);
    /// Instead of frame() while the window has no size: the output window and the recorder go on.
    void update_hidden();
    /// Asked to close: closed() once nothing would be lost; asks the person first where something would.
    void close();
    bool closed() const { return closed_; }

    Session& session() { return *session_; }
    Selection& selection() { return selection_; }
    Canvas& canvas() { return canvas_; }
    Commands& commands() { return commands_; }
    Preferences& preferences() { return preferences_; }
    /// Milliseconds from the last edits of values to the first drawn frame with a picture that has them,
    /// oldest first.
    const std::vector<float>& edit_delays() const { return edit_delays_; }

    /// Opens another patch (a picture that carries one, a journal); what is open is kept first, or asked
    /// about. A note says why it could not be.
    void open(const std::string& path);

private:
    const Theme& theme() const { return theme_named(preferences_.dark); }
    Ui ui(const Events& events, double seconds);
    void begin_session(std::unique_ptr<Workspace> workspace);
    std::unique_ptr<Workspace> workspace_of(const std::string& path);  // throws
    void open_now(const std::string& path);
    void ask_left_behind();
    /// Runs it at the end of a frame in which the field that is typed in was left: what was typed counts. At
    /// once when nothing is; after what waits for the same.
    void once_typed(std::function<void()> then);
    void when_kept(std::function<void()> then);  // asks about what is unsaved
    void new_patch();
    void save(const std::function<void()>& then = [] {});
    void save_as(const std::function<void()>& then = [] {});
    void drop(Ui& ui, const std::string& path);
    void remember(const std::string& path);
    void add_commands();
    void add_file_commands();
    void add_edit_commands();
    void add_view_commands();
    void add_key_commands();
    void add_play_commands();
    void update_output();
    void update_recorder();
    Note words_of_recording();
    void collect();
    void keep_preferences();
    std::string make_fonts(float screen_scale);

    // app_keys.cpp: which panel has the keys
    enum class Place { Canvas, Recovered, Browser, Preview, Inspector, Lower, Bar, Keys, Menus, count };
    enum class Come { No, Back, Anew };  // to where the ring was, or to the first widget
    std::vector<Place> places() const;
    float* size_of_panel();  // of the one that has the keys; null: it has none of its own
    void walk_panels(int by);
    void give_keys(Place place);
    void show_keys(bool shown);
    void begin_place(Place place);
    void end_place(Ui& ui, Place place, const Rect& area) const;
    Place place_of_keys() const;
    void follow_keys(Ui& ui);
    void press_keys(const Events& events, bool here);
    void play_when_released();

    // app_bars.cpp and app_layout.cpp
    void draw_menu(Ui& ui);
    void draw_transport(Ui& ui, const Rect& area);
    void draw_time(Ui& ui);
    void draw_record_forms();
    void draw_middle(Ui& ui, const Rect& area);
    void draw_bottom(Ui& ui, const Rect& area);
    void draw_recovery(Ui& ui, const Rect& area);
    void draw_hint(Ui& ui, const Rect& area);
    void draw_popups(Ui& ui);
    void draw_rail(Ui& ui, const char* id, const Rect& area, std::initializer_list<const char*> names,
                   float& size, float usual);
    bool splitter(Ui& ui, const char* id, const Rect& bar, bool vertical, float& size, float sign,
                  float least, float most);

    // app_play.cpp
    void tap();
    void record(bool video);
    void screenshot();
    void open_output();
    int output_screen() const;
    void place_output(bool fullscreen);
    OutputWindow* output();

    Gpu& gpu_;
    const AppHost host_;
    const AppOptions options_;
    Preferences preferences_;
    Preferences preferences_kept_;  // as the file has them
    Fonts fonts_;
    Commands commands_;
    Pictures pictures_;
    Selection selection_;
    std::unique_ptr<Session> session_;
    Canvas canvas_;
    Dialogs dialogs_;
    std::unique_ptr<Panel> browser_, preview_, inspector_, dials_, history_, log_, performance_, keys_;
    std::unique_ptr<OutputWindow> output_;
    std::unique_ptr<Recorder> recorder_;
    std::string title_;
    std::string copied_from_;  // the example, by its name, or the file that is open as a copy; or empty
    std::string to_say_;       // of what is being opened
    bool show_keys_ = false;
    bool ask_recovery_ = false;             // what a journal gave back is shown, to be kept or not
    std::vector<std::string> left_behind_;  // journals of untitled patches
    std::vector<double> taps_;              // seconds
    uint64_t tapping_ = 0;
    std::optional<TickRange> last_loop_;
    NumberEdit tempo_edit_;
    KeyHold time_hold_;
    Place keys_at_ = Place::Canvas;
    Come keys_come_ = Come::No;
    std::array<ImGuiID, static_cast<size_t>(Place::count)> place_windows_{};
    bool escape_leaves_ = false;                          // nothing in the panel with the keys wants Escape
    int frames_for_keys_ = 0;                             // that are drawn in any case
    std::chrono::steady_clock::time_point edit_shown_{};  // that the frame shows first; zero: none
    std::vector<float> edit_delays_;
    PanelNodes panel_nodes_;
    Rect canvas_area_{};
    bool widget_hovered_ = false;  // one of a panel, in the last frame; see Ui
    std::function<void()> typed_;  // see once_typed()
    std::function<void()> later_;  // once nothing of this frame looks at the session any more
    bool moving_ = false;
    bool typing_ = false;
    bool closed_ = false;
    bool given_up_ = false;  // what is unsaved is not wanted any more
    bool news_ = false;      // the player showed something since the last frame
    size_t notes_seen_ = 0;
    bool play_released_ =
        false;           // Space was pressed: plays or pauses once it is released, if nothing was dragged
    uint64_t seen_ = 0;  // of what was visible in the last frame
    double last_frame_ = -1;
    Ui* now_ = nullptr;  // while frame() runs: what commands act on
    double seconds_ = 0;
    std::optional<int> output_screen_;  // that was chosen; none: another than the editor's
};

}  // namespace gan
