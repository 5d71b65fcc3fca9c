#include "editor/app.h"

#include "editor/edit/edits.h"
#include "editor/edit/patch_path.h"
#include "nodes/builtin.h"
#include "runtime/base/assets.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/cli/patch_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr size_t patches_remembered = 12;
constexpr const char* keys_file = "keys.json";

bool is_example(const std::string& path) {
    try {
        std::error_code ignored;
        return fs::equivalent(fs::path(path).parent_path(), asset("patches/first.ganymede").parent_path(),
                              ignored);
    } catch (const Error&) {
        return false;  // there are none
    }
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

}  // namespace

App::App(AppOptions options, Gpu& gpu, AppHost host)
    : gpu_(gpu), host_(std::move(host)), options_(std::move(options)) {
    std::string problem;
    std::vector<std::string> problems;
    if (options_.remember && !options_.safe) preferences_ = load_preferences();
    if (options_.dark) preferences_.dark = *options_.dark;
    fonts_ = add_fonts(*ImGui::GetIO().Fonts, options_.scale * preferences_.font_scale, problem);
    ImGui::GetIO().FontDefault = fonts_.sans_at(13 * fonts_.scale);
    ImGui::GetIO().Fonts->Build();
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
        canvas_, [this]() -> std::optional<Device::Counters> { return gpu_.device()->counters(); });
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
        workspace = Workspace::create({}, builtin_nodes());
    }
    begin_session(std::move(workspace));
    if (!problem.empty()) problems.push_back(problem);
    for (const std::string& sentence : problems) session_->note(Note::Kind::Warning, sentence);
}

App::~App() {
    recorder_.reset();
    output_.reset();
    if (given_up_) session_->workspace().discard();
    keep_preferences();
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
    recorder_.reset();
    auto session = std::make_unique<Session>(std::move(workspace), gpu_, host_.wake);
    if (output_ != nullptr) output_->follow(session->live());
    selection_ = {};
    // Not before the other patch is there: until then, nothing is lost.
    if (std::exchange(given_up_, false)) session_->workspace().discard();
    session_ = std::move(session);
    ask_recovery_ = !session_->workspace().recovered().empty();
    if (options_.safe) session_->play(false);
    if (!session_->workspace().path().empty()) remember(session_->workspace().path());
    title_.clear();
}

void App::remember(const std::string& path) {
    std::erase(preferences_.recent, path);
    preferences_.recent.insert(preferences_.recent.begin(), path);
    if (preferences_.recent.size() > patches_remembered) preferences_.recent.resize(patches_remembered);
}

void App::open(const std::string& path) {
    if (!commands_.at("file.open").enabled()) return;
    std::error_code ignored;
    if (!session_->workspace().path().empty() &&
        fs::equivalent(path, session_->workspace().path(), ignored)) {
        session_->note(Note::Kind::Info, path + " is open already");
        return;
    }
    when_kept([this, path] { open_now(path); });
}

/// A picture carries its patch, which has no file of its own; an example is opened as a copy, so that nobody
/// saves over it.
std::unique_ptr<Workspace> App::workspace_of(const std::string& path) {
    const bool picture = fs::path(path).extension() == ".png";
    const bool example = is_example(path);
    example_ = example ? fs::path(path).filename().string() : std::string();
    if (!picture && !example) return Workspace::open(path, builtin_nodes());
    Patch patch = picture ? open_patch(path) : load_patch(path, builtin_nodes());
    return Workspace::create(std::move(patch.graph), builtin_nodes());
}

void App::open_now(const std::string& path) {
    try {
        std::unique_ptr<Workspace> workspace = workspace_of(path);
        begin_session(std::move(workspace));
        std::erase(left_behind_, path);
    } catch (const std::exception& error) {
        given_up_ = false;
        session_->note(Note::Kind::Error, error.what());
        dialogs_.ask("This cannot be opened", error.what(), {{"OK", {}}});
    }
}

void App::when_kept(std::function<void()> then) {
    if (!session_->workspace().modified()) {
        later_ = std::move(then);
        return;
    }
    dialogs_.ask("Unsaved changes", fmt::format("{} has changes that are not saved.", session_->title()),
                 {{"Save", [this, then] { save([this, then] { later_ = then; }); }},
                  {"Don't save",
                   [this, then] {
                       given_up_ = true;
                       later_ = then;
                   }},
                  {"Cancel", {}}});
}

void App::new_patch() {
    when_kept([this] { begin_session(Workspace::create({}, builtin_nodes())); });
}

void App::save(const std::function<void()>& then) {
    if (session_->workspace().path().empty()) {
        save_as(then);
        return;
    }
    try {
        session_->save();
        ask_recovery_ = false;
        then();
    } catch (const std::exception& error) {
        session_->note(Note::Kind::Error, error.what());
        dialogs_.ask("This could not be saved", error.what(),
                     {{"Save under another name", [this, then] { save_as(then); }}, {"Cancel", {}}});
    }
}

void App::save_as(const std::function<void()>& then) {
    const fs::path now = session_->workspace().path();
    const fs::path proposed = !now.empty()       ? now
                              : example_.empty() ? fs::path("untitled.ganymede")
                                                 : fs::path(example_);
    dialogs_.save_file("Save as", proposed, [this, then](const std::string& path) {
        try {
            session_->save_as(path);
            remember(path);
            ask_recovery_ = false;
            then();
        } catch (const std::exception& error) {
            session_->note(Note::Kind::Error, error.what());
            dialogs_.ask("This could not be saved", error.what(), {{"OK", {}}});
        }
    });
}

void App::close() {
    if (!dialogs_.open()) when_kept([this] { closed_ = true; });
}

void App::drop(Ui& ui, const std::string& path) {
    std::string ending = fs::path(path).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const std::string named = path_in_patch(session_->workspace().path(), path);
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const ImVec2 at{
        std::clamp(mouse.x, canvas_area_.min.x, std::max(canvas_area_.min.x, canvas_area_.max.x)),
        std::clamp(mouse.y, canvas_area_.min.y, std::max(canvas_area_.min.y, canvas_area_.max.y))};
    const bool picture = ending == ".png" || ending == ".jpg" || ending == ".jpeg" || ending == ".webp";
    const auto carries_patch = [&] {
        try {
            open_patch(path);
            return true;
        } catch (const std::exception&) {
            return false;
        }
    };
    if (ending == ".safetensors" || ending == ".pth" || ending == ".pt")
        canvas_.add_at(ui, "model.load", {{"path", named}}, at);
    else if (picture && !(ending == ".png" && carries_patch()))
        canvas_.add_at(ui, "image.file", {{"path", named}}, at);
    else
        open(path);
}

bool App::due(double seconds) {
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
    update_output();
    update_recorder();
}

void App::update_output() {
    if (output_ == nullptr) return;
    Events pressed;
    output_->update(pressed);
    press_keys(pressed);
}

void App::update_recorder() {
    if (recorder_ == nullptr) return;
    const auto status = recorder_->status();
    if (!status.done) return;
    if (!status.problem.empty()) session_->note(Note::Kind::Error, status.problem);
    if (status.frames > 0)
        session_->note(Note::Kind::Info, fmt::format("recorded {}: {} frames, {} lost", recorder_->path(),
                                                     status.frames, status.lost));
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
    pictures_.clear();
    session_->update();
    news_ = false;
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
    press_keys(events);
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
                     ImGuiWindowFlags_NoNavInputs | ImGuiWindowFlags_MenuBar);
    ImGui::PopStyleVar();
    draw_menu(now);
    draw_transport(now);
    const float top = ImGui::GetCursorScreenPos().y;
    const float bottom = std::clamp(preferences_.bottom, 0.0f, size.y / fonts_.scale * 0.6f) * fonts_.scale;
    const float rail = std::max(bottom, now.px(26));
    draw_middle(now, {{0, top}, {size.x, size.y - rail}});
    draw_bottom(now, {{0, size.y - rail}, size});
    ImGui::End();

    std::set<NodeId> watched = canvas_.visible();
    const std::set<NodeId>& in_panels = panel_nodes_.update(now);
    watched.insert(in_panels.begin(), in_panels.end());
    session_->watch(watched);
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    panel_hovered_ = ImGui::IsAnyItemHovered() && !canvas_area_.contains(mouse);
    update_recorder();
    // Last: what is answered here may open another patch.
    draw_popups(now);
    now_ = nullptr;
    if (const auto later = std::exchange(later_, nullptr)) later();
    const std::string title = session_->title() + (session_->workspace().modified() ? " •" : "");
    if (std::exchange(title_, title) != title) host_.set_title(title + " – Ganymede");
    moving_ = now.moving || ImGui::IsAnyMouseDown() || play_released_;
    typing_ = ImGui::GetIO().WantTextInput;
    keep_preferences();
}

}  // namespace gan
