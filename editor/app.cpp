#include "editor/app.h"

#include "nodes/plugins.h"
#include "runtime/base/assets.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr const char* keys_file = "keys.json";
constexpr size_t delays_kept = 60;  // of edits

using SteadyClock = std::chrono::steady_clock;

/// px of the screen for each of ours.
float scale_of_text(float screen_scale, const Preferences& preferences) {
    return std::clamp(screen_scale * preferences.font_scale, 0.5f, 6.0f);  // the atlas has to hold it
}

/// Rises when anything that a frame draws of the player's work changed, the time aside.
uint64_t picture_of_work(const Shown& shown) {
    uint64_t sum = reinterpret_cast<uintptr_t>(shown.picture.get()) ^ (shown.playing ? 1 : 0);
    for (const NodeShown& node : shown.nodes) {
        sum = sum * 1099511628211u + node.error.size();
        for (const OutputShown& output : node.outputs) sum = sum * 1099511628211u + output.version;
    }
    return sum;
}

/// ImGui goes on with the undo steps of a field that was left, though its text may be another by now: a step
/// beyond its end writes outside of it (ImGui's issue 4947, in 1.86).
void forget_text_that_was_left() {
    ImGuiContext& context = *ImGui::GetCurrentContext();
    if (context.ActiveId != context.InputTextState.ID) context.InputTextState.ID = 0;
}

}  // namespace

App::App(AppOptions options, Gpu& gpu, AppHost host)
    : gpu_(gpu), host_(std::move(host)), options_(std::move(options)) {
    std::vector<std::string> problems;
    if (options_.remember && !options_.safe) preferences_ = load_preferences();
    if (options_.dark) preferences_.dark = *options_.dark;
    const std::string problem = make_fonts(options_.scale);
    ImGui::GetIO().IniFilename = nullptr;
    add_commands();
    if (options_.remember && !options_.safe) {
        const fs::path keys = preferences_folder() / keys_file;
        std::error_code ignored;
        try {
            if (fs::exists(keys, ignored)) commands_.from_json(read_text(keys), problems);
        } catch (const std::exception& error) {
            problems.emplace_back(error.what());
        }
        left_behind_ = Workspace::left_behind();
        for (const std::string& journal : left_behind_)
            problems.push_back(
                fmt::format("work on a patch without a file was left behind: File > Left behind opens {}",
                            fs::path(journal).filename().string()));
    }
    browser_ = make_browser(canvas_, [this](const std::string& path) { open(path); });
    preview_ = make_preview();
    inspector_ = make_inspector(canvas_);
    dials_ = make_dials();
    history_ = make_history();
    log_ = make_log(canvas_);
    canvas_.on_patch = [this](const std::string& path) { open(path); };
    performance_ = make_performance(
        canvas_, [this]() -> std::optional<Device::Counters> { return gpu_.device()->counters(); },
        [this] { return edit_delays_; });
    keys_ = make_keys([this] {
        if (!options_.remember || options_.safe) return;
        try {
            fs::create_directories(preferences_folder());
            const std::string text = commands_.to_json();
            AtomicFile file(preferences_folder() / keys_file, OnInterrupt::Finish);
            file.write(std::as_bytes(std::span(text)));
            file.commit();
        } catch (const std::exception& error) {
            session_->note(Note::Kind::Warning, fmt::format("keys are not kept: {}", error.what()));
        }
    });
    preferences_kept_ = preferences_;
    std::unique_ptr<Workspace> workspace;
    try {
        workspace =
            workspace_of(options_.patch.empty() ? asset("patches/first.ganymede").string() : options_.patch);
    } catch (const std::exception& error) {
        problems.emplace_back(error.what());
        workspace = Workspace::create({}, installed_nodes());
    }
    begin_session(std::move(workspace));
    if (!problem.empty()) problems.push_back(problem);
    for (const PluginFile& library : installed_plugins().files())
        problems.insert(problems.end(), library.problems.begin(), library.problems.end());
    for (const std::string& sentence : problems) session_->note(Note::Kind::Warning, sentence);
    if (!left_behind_.empty() && options_.patch.empty()) ask_left_behind();
}

App::~App() {
    recorder_.reset();
    output_.reset();
    if (given_up_) session_->workspace().discard();
    keep_preferences();
}

/// What is wrong with them, as a sentence; or empty.
std::string App::make_fonts(float screen_scale) {
    std::string problem;
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    fonts_ = add_fonts(atlas, scale_of_text(screen_scale, preferences_), problem);
    ImGui::GetIO().FontDefault = fonts_.sans_at(13 * fonts_.scale);
    atlas.Build();
    return problem;
}

void App::before_frame(float screen_scale) {
    if (scale_of_text(screen_scale, preferences_) != fonts_.scale) make_fonts(screen_scale);
}

void App::keep_preferences() {
    // Not with each frame of a drag.
    if (!options_.remember || options_.safe || preferences_ == preferences_kept_ || ImGui::IsAnyMouseDown())
        return;
    preferences_kept_ = preferences_;
    try {
        save_preferences(preferences_);
    } catch (const std::exception& error) {
        session_->note(Note::Kind::Warning, error.what());
    }
}

void App::begin_session(std::unique_ptr<Workspace> workspace) {
    std::optional<Note> recorded;
    if (recorder_ != nullptr) {
        recorder_->stop();
        while (!recorder_->status().done) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        recorded = words_of_recording();
        recorder_.reset();
    }
    // Of a copy that stands for its file, relative paths start where that is.
    const fs::path origin = to_say_.empty() ? fs::path() : fs::path(copied_from_);
    auto session =
        std::make_unique<Session>(std::move(workspace), gpu_, host_.wake, origin.parent_path().string());
    if (output_ != nullptr) output_->follow(session->live());
    selection_ = {};
    last_loop_.reset();
    // Not before the other patch is there: until then, nothing is lost.
    if (std::exchange(given_up_, false)) session_->workspace().discard();
    session_ = std::move(session);
    ask_recovery_ = !session_->workspace().recovered().empty();
    if (options_.safe) session_->play(false);
    if (!session_->workspace().path().empty()) remember(session_->workspace().path());
    title_.clear();
    if (recorded) session_->note(recorded->kind, recorded->text);
    if (!to_say_.empty()) session_->note(Note::Kind::Warning, std::exchange(to_say_, {}));
}

bool App::due(double seconds) {
    if (edit_shown_ != SteadyClock::time_point{}) {
        const auto delay = SteadyClock::now() - std::exchange(edit_shown_, {});
        if (edit_delays_.size() == delays_kept) edit_delays_.erase(edit_delays_.begin());
        edit_delays_.push_back(std::chrono::duration<float, std::milli>(delay).count());
    }
    news_ |= session_->update();
    if (notes_seen_ != session_->notes().size()) return true;
    if (recorder_ != nullptr && recorder_->status().done) return true;
    if (output_ != nullptr && output_->events()) return true;
    if (moving_) return true;
    // The cursor of a field that is typed in blinks.
    if (typing_ && seconds - last_frame_ > 0.25) return true;
    if (!news_ && session_->shown()->still) return false;
    const uint64_t work = picture_of_work(*session_->shown());
    if (std::exchange(seen_, work) != work) return true;
    // Only the time went on.
    return news_ && seconds - last_frame_ > 0.1;
}

void App::update_hidden() {
    session_->update();
    session_->take_shown_edit();  // nobody sees it
    update_output();
    update_recorder();
    if (const auto then = std::exchange(typed_, nullptr)) then();
    if (const auto later = std::exchange(later_, nullptr)) later();
}

void App::update_output() {
    if (output_ == nullptr) return;
    Events pressed;
    output_->update(pressed);
    press_keys(pressed, false);
}

/// What is to be said of a recording that has ended.
Note App::words_of_recording() {
    const auto status = recorder_->status();
    const std::string recorded =
        fmt::format("recorded {}: {} frames, {} lost", recorder_->path(), status.frames, status.lost);
    if (status.problem.empty()) return {Note::Kind::Info, recorded};
    return {Note::Kind::Error, status.frames > 0 ? status.problem + "; " + recorded : status.problem};
}

void App::update_recorder() {
    if (recorder_ == nullptr || !recorder_->status().done) return;
    const Note words = words_of_recording();
    session_->note(words.kind, words.text);
    recorder_.reset();
}

Ui App::ui(const Events& events, double seconds) {
    return {.session = *session_,
            .selection = selection_,
            .commands = commands_,
            .preferences = preferences_,
            .pictures = pictures_,
            .theme = theme(),
            .fonts = fonts_,
            .events = events,
            .scale = fonts_.scale,
            .seconds = seconds};
}

void App::frame(const Events& events, double seconds) {
    forget_text_that_was_left();
#if IMGUI_VERSION_NUM < 18700
    // Enter presses what has the ring, as Space does; later versions do it themselves.
    const auto is_enter = [](const Chord& chord) { return chord.key == Key::Enter; };
    if (ImGuiContext& context = *ImGui::GetCurrentContext();
        context.NavActivateInputId != 0 && context.ActiveId == 0 &&
        std::any_of(events.presses.begin(), events.presses.end(), is_enter))
        context.NavActivateId = context.NavActivateDownId = context.NavActivatePressedId =
            context.NavActivateInputId;
#endif
    pictures_.clear();
    session_->update();
    news_ = false;
    edit_shown_ = session_->take_shown_edit();
    notes_seen_ = session_->notes().size();
    seconds_ = last_frame_ = seconds;
    apply_theme(theme(), fonts_.scale);
    const Graph& graph = session_->graph();
    std::erase_if(selection_.nodes, [&](NodeId id) { return !graph.nodes.contains(id); });
    for (NodeId* id : {&selection_.active, &selection_.viewed, &selection_.inside})
        if (!graph.nodes.contains(*id)) *id = 0;

    Ui now = ui(events, seconds);
    now_ = &now;
    for (const std::string& path : events.dropped) drop(now, path);
    press_keys(events, true);
    const bool leaves_field = typed_ != nullptr;
    if (leaves_field && ImGui::GetIO().WantTextInput) ImGui::ClearActiveID();
    play_when_released();
    update_output();

    const ImVec2 size = ImGui::GetIO().DisplaySize;
    if (host_.windows != nullptr) {
        preferences_.window_width = static_cast<int>(size.x);
        preferences_.window_height = static_cast<int>(size.y);
    }
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(size);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::Begin("editor", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoScrollWithMouse |
                     (keys_at_ == Place::Canvas ? ImGuiWindowFlags_NoNavInputs : ImGuiWindowFlags_None) |
                     ImGuiWindowFlags_MenuBar);
    ImGui::PopStyleVar();
    draw_menu(now);
    const float bar = ImGui::GetCursorScreenPos().y;
    const float top = bar + ImGui::GetFrameHeight() + now.px(9);
    draw_transport(now, {{0, bar}, {size.x, top}});
    const float bottom = std::clamp(preferences_.bottom, 0.0f, size.y / fonts_.scale * 0.6f) * fonts_.scale;
    const float rail = std::max(bottom, now.px(26));
    draw_middle(now, {{0, top}, {size.x, size.y - rail}});
    draw_bottom(now, {{0, size.y - rail}, size});
    ImGui::End();

    std::set<NodeId> watched = canvas_.visible();
    const std::set<NodeId>& in_panels = panel_nodes_.update(now);
    watched.insert(in_panels.begin(), in_panels.end());
    session_->watch(watched);
    widget_hovered_ = now.widget_hovered;
    update_recorder();
    // Last: what is answered here may open another patch.
    draw_popups(now);
    follow_keys(now);
    now_ = nullptr;
    if (leaves_field || !ImGui::GetIO().WantTextInput)
        if (const auto then = std::exchange(typed_, nullptr)) then();
    if (const auto later = std::exchange(later_, nullptr)) later();
    const std::string title = session_->title() + (session_->workspace().modified() ? " •" : "");
    if (std::exchange(title_, title) != title) host_.set_title(title + " – Ganymede");
    moving_ = now.moving || ImGui::IsAnyMouseDown() || play_released_ || typed_ != nullptr;
    typing_ = ImGui::GetIO().WantTextInput;
    keep_preferences();
}

}  // namespace gan
