#include "editor/app.h"
#include "editor/edit/patch_path.h"
#include "nodes/patches.h"
#include "nodes/plugins.h"
#include "runtime/base/assets.h"
#include "runtime/base/error.h"
#include "runtime/graph/journal.h"
#include "runtime/graph/patch.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <optional>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr size_t patches_remembered = 12;

/// "2026-11-29 13:05"
std::string time_of_change(const std::string& path) {
    std::error_code failed;
    const fs::file_time_type time = fs::last_write_time(path, failed);
    if (failed) return "at a time that is not known";
    const auto there = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
        std::chrono::file_clock::to_sys(time));
    return fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(std::chrono::system_clock::to_time_t(there)));
}

/// In small letters.
std::string ending_of(const std::string& path) {
    std::string ending = fs::path(path).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    return ending;
}

bool is_example(const std::string& path) {
    try {
        std::error_code ignored;
        return fs::equivalent(fs::path(path).parent_path(), asset("patches/first.ganymede").parent_path(),
                              ignored);
    } catch (const Error&) {
        return false;  // there are none
    }
}

}  // namespace

void App::remember(const std::string& path) {
    std::erase(preferences_.recent, path);
    preferences_.recent.insert(preferences_.recent.begin(), path);
    if (preferences_.recent.size() > patches_remembered) preferences_.recent.resize(patches_remembered);
}

void App::open(const std::string& path) {
    if (!commands_.at("file.open").enabled()) return;
    if (dialogs_.open()) {
        session_->note(Note::Kind::Warning, path + " is not opened: answer the question first");
        return;
    }
    std::error_code ignored;
    if (!session_->workspace().path().empty() &&
        fs::equivalent(path, session_->workspace().path(), ignored)) {
        session_->note(Note::Kind::Info, path + " is open already");
        return;
    }
    when_kept([this, path] { open_now(path); });
}

/// A picture carries its patch, which has no file of its own; an example is opened as a copy, so that nobody
/// saves over it. So is, in safe mode, a patch with a journal: what is in that may be what keeps the editor
/// from starting, and stays where it is.
std::unique_ptr<Workspace> App::workspace_of(const std::string& path) {
    const fs::path file = path;
    const bool picture = is_named_png(path);
    const bool example = is_example(path);
    std::optional<std::string> journal;
    if (options_.safe && !picture && !example && file.extension() != ".journal")
        journal = journal_warning(path);
    copied_from_ = example ? file.filename().string() : journal ? path : std::string();
    if (!picture && !example && !journal) return Workspace::open(path, installed_nodes());
    Patch patch = picture ? open_patch(path) : load_patch(path, installed_nodes());
    auto workspace = Workspace::create(std::move(patch.graph), installed_nodes());
    if (journal)
        to_say_ = fmt::format(
            "{}; this is a copy of the patch as it was saved. To have them, open it without --safe.",
            *journal);
    return workspace;
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

void App::ask_left_behind() {
    const std::string newest = *std::max_element(
        left_behind_.begin(), left_behind_.end(), [](const std::string& a, const std::string& b) {
            std::error_code failed;
            return fs::last_write_time(a, failed) < fs::last_write_time(b, failed);
        });
    const size_t more = left_behind_.size() - 1;
    std::string question = fmt::format(
        "The editor ended while a patch without a file was open; it was last changed {}. Nothing of it is lost.",
        time_of_change(newest));
    if (more > 0) question += fmt::format(" {} more: see File > Left behind.", more);
    dialogs_.ask("Unsaved work", question, {{"Open it", [this, newest] { open(newest); }}, {"Not now", {}}});
}

void App::once_typed(std::function<void()> then) {
    if (typed_ != nullptr)
        typed_ = [first = std::move(typed_), then = std::move(then)] {
            first();
            then();
        };
    else if (ImGui::GetIO().WantTextInput || canvas_.searching())
        typed_ = std::move(then);
    else
        then();
}

void App::when_kept(std::function<void()> then) {
    once_typed([this, then = std::move(then)] {
        if (!session_->workspace().modified()) {
            later_ = then;
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
    });
}

void App::new_patch() {
    when_kept([this] {
        copied_from_.clear();
        begin_session(Workspace::create({}, installed_nodes()));
    });
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
    const fs::path proposed = !now.empty()           ? now
                              : copied_from_.empty() ? fs::path("untitled.ganymede")
                                                     : fs::path(copied_from_);
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
    const std::string ending = ending_of(path);
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

}  // namespace gan
