#include "editor/app.h"

#include "editor/window/window_place.h"
#include "runtime/base/error.h"
#include "runtime/cli/collect.h"
#include "runtime/cli/frame_sink.h"
#include "runtime/graph/patch.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <string_view>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr size_t taps_kept = 8;
constexpr double longest_beat = 2;  // seconds; 30 beats a minute

/// A new file or folder beside the patch, or in the home folder: "show-20261128-201500.mp4".
fs::path new_file(const Session& session, const char* ending) {
    fs::path folder = session.folder();
    std::error_code ignored;
    if (folder.empty() ||
        (fs::status(folder, ignored).permissions() & fs::perms::owner_write) == fs::perms::none) {
        const char* home = std::getenv("HOME");
        folder = home != nullptr ? fs::path(home) : fs::current_path(ignored);
    }
    const std::time_t now = std::time(nullptr);
    const std::string stem = fmt::format("{}-{:%Y%m%d-%H%M%S}", session.title(), *std::localtime(&now));
    fs::path path = folder / (stem + ending);
    for (int i = 2; fs::exists(path, ignored); ++i) path = folder / fmt::format("{}-{}{}", stem, i, ending);
    return path;
}

const RecordForm& form_of_recording(const Preferences& preferences) {
    const int last = static_cast<int>(record_forms.size()) - 1;
    return record_forms[static_cast<size_t>(std::clamp(preferences.record_form, 0, last))];
}

}  // namespace

void App::tap() {
    if (!taps_.empty() && seconds_ - taps_.back() > longest_beat) taps_.clear();
    taps_.push_back(seconds_);
    if (taps_.size() > taps_kept) taps_.erase(taps_.begin());
    if (taps_.size() < 3) return;
    // The middle of the distances: one bad tap moves nothing.
    std::vector<double> beats;
    for (size_t i = 1; i < taps_.size(); ++i) beats.push_back(taps_[i] - taps_[i - 1]);
    std::nth_element(beats.begin(), beats.begin() + static_cast<ptrdiff_t>(beats.size() / 2), beats.end());
    const double tempo = std::round(600 / beats[beats.size() / 2]) / 10;
    if (tapping_ == 0 || taps_.size() == 3) tapping_ = session_->new_gesture();
    session_->edit({SetSetting{"tempo", std::clamp(tempo, 1.0, 1000.0)}}, "Tap the tempo", tapping_);
}

void App::record(bool video) {
    if (recorder_ != nullptr) {
        recorder_->stop();
        return;
    }
    const RecordForm& form = form_of_recording(preferences_);
    const bool pictures = video && form.ending == std::string_view(".png");
    fs::path path = new_file(*session_, !video ? ".take" : pictures ? "" : form.ending);
    if (pictures) path /= "%05d.png";
    try {
        const Recorder::Options options = video
                                              ? Recorder::Options{.video = path.string(), .codec = form.codec}
                                              : Recorder::Options{.take = path.string()};
        recorder_ = std::make_unique<Recorder>(*session_, options);
        session_->note(Note::Kind::Info, "recording into " + path.string());
    } catch (const std::exception& error) {
        session_->note(Note::Kind::Error, error.what());
    }
}

void App::screenshot() {
    const NodeShown* viewed = session_->shown()->find(selection_.viewed);
    ImageRef picture = session_->shown()->picture;
    if (viewed != nullptr)
        for (const OutputShown& output : viewed->outputs)
            if (const auto* image = std::get_if<ImageRef>(&output.value);
                image != nullptr && *image != nullptr) {
                picture = *image;
                break;
            }
    if (picture == nullptr) {
        session_->note(Note::Kind::Warning,
                       "there is no picture to save: " + session_->shown()->picture_error);
        return;
    }
    const std::string path = new_file(*session_, ".png").string();
    try {
        const auto sink = open_sink({.out = path, .size = {}, .patch = patch_text(session_->graph())});
        sink->write(0, picture);
        sink->finish();
        session_->note(Note::Kind::Info,
                       "saved " + path + "; drop it on the canvas to have this patch again");
    } catch (const std::exception& error) {
        session_->note(Note::Kind::Error, error.what());
    }
}

OutputWindow* App::output() {
    if (output_ == nullptr && host_.windows != nullptr) {
        output_ = std::make_unique<OutputWindow>(gpu_, session_->live());
        output_->set_scaling(static_cast<OutputScaling>(std::clamp(preferences_.output_scaling, 0, 4)));
        output_->set_mailbox(preferences_.output_mailbox);
    }
    return output_.get();
}

void App::place_output(bool fullscreen) {
    OutputWindow* window = output();
    if (window == nullptr) return;
    try {
        window->open(*host_.windows, output_screen(), fullscreen);
    } catch (const std::exception& error) {
        session_->note(Note::Kind::Error, error.what());
    }
}

void App::open_output() {
    OutputWindow* window = output();
    if (window == nullptr) return;
    if (window->is_open()) {
        window->close();
        return;
    }
    // Over the whole of another screen than the editor's.
    place_output(output_screen() != host_.screen());
}

int App::output_screen() const {
    return screen_for_output(output_screen_, host_.screen(),
                             static_cast<int>(host_.windows->screens().size()));
}

void App::collect() {
    const fs::path now = session_->workspace().path();
    const fs::path proposed =
        (now.empty() ? fs::path() : now.parent_path()) / (session_->title() + "-collected");
    dialogs_.save_file("Collect into a folder", proposed, [this](const std::string& folder) {
        try {
            const fs::path path = session_->workspace().path();
            const fs::path named = path.empty() ? session_->folder() / fs::path("untitled.ganymede") : path;
            const size_t files = collect_patch(session_->graph(), named.string(), folder, false);
            session_->note(Note::Kind::Info,
                           fmt::format("{}: the patch and {} file{}", folder, files, files == 1 ? "" : "s"));
        } catch (const std::exception& error) {
            session_->note(Note::Kind::Error, error.what());
            dialogs_.ask("This could not be collected", error.what(), {{"OK", {}}});
        }
    });
}

}  // namespace gan
