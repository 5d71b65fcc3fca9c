#include "editor/panels/file_picker.h"

#include "editor/edit/patch_path.h"
#include "editor/panels/parts.h"

#include <algorithm>
#include <cctype>
#include <system_error>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_files = 20'000;  // that are listed of a folder

std::string small_letters(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

void FilePicker::go(const fs::path& folder, const std::vector<std::string>& preferred) {
    std::error_code error;
    folder_ = fs::weakly_canonical(folder, error);
    if (error) folder_ = folder;
    entries_.clear();
    problem_.clear();
    filter_.clear();
    fresh_ = true;
    for (fs::directory_iterator file(folder_, fs::directory_options::skip_permission_denied, error), end;
         !error && file != end && entries_.size() < most_files; file.increment(error)) {
        const std::string name = file->path().filename().string();
        if (name.empty() || name.front() == '.') continue;
        std::error_code ignored;
        const bool is_folder = file->is_directory(ignored);
        const std::string ending = small_letters(file->path().extension().string());
        entries_.push_back(
            {.name = name,
             .folder = is_folder,
             .preferred = std::find(preferred.begin(), preferred.end(), ending) != preferred.end()});
    }
    if (error) problem_ = "This folder cannot be read: " + error.message() + ".";
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        if (a.folder != b.folder) return a.folder;
        if (a.preferred != b.preferred) return a.preferred;
        return small_letters(a.name) < small_letters(b.name);
    });
}

std::optional<fs::path> FilePicker::draw_list(Ui& ui, const std::vector<std::string>& preferred) {
    std::optional<fs::path> chosen;
    std::optional<fs::path> next;
    if (small_button(ui, "Up", "The folder above")) next = folder_.parent_path();
    ImGui::SameLine();
    const std::string patch_folder = fs::path(ui.session.workspace().path()).parent_path().string();
    if (!patch_folder.empty()) {
        if (small_button(ui, "Patch", "The patch's folder")) next = patch_folder;
        ImGui::SameLine();
    }
    elided_text(ui, folder_.string(), ImGui::GetContentRegionAvail().x, ui.theme.dim);
    if (fresh_) ImGui::SetKeyboardFocusHere();
    fresh_ = false;
    search_field(ui, "filter", filter_, "Filter");
    // In the list, Enter takes what has the ring.
    const bool enter = ImGui::IsWindowFocused() && key_pressed(ui, Key::Enter);
    std::vector<const Entry*> shown;
    for (const Entry& entry : entries_)
        if (contains_word(entry.name, filter_)) shown.push_back(&entry);
    ImGui::BeginChild("files", {0, ui.px(260)}, true, ImGuiWindowFlags_NavFlattened);
    if (!problem_.empty()) wrapped_text(ui, problem_, ui.theme.error);
    if (problem_.empty() && shown.empty())
        dim_text(ui, entries_.empty() ? "This folder is empty." : "Nothing fits the filter.");
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(shown.size()));
    while (clipper.Step())
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const Entry& entry = *shown[static_cast<size_t>(i)];
            ImGui::PushID(i);
            ImGui::PushStyleColor(ImGuiCol_Text,
                                  entry.folder || entry.preferred ? ui.theme.text : ui.theme.dim);
            if (ImGui::Selectable((entry.folder ? entry.name + "/" : entry.name).c_str(), false,
                                  ImGuiSelectableFlags_DontClosePopups)) {
                if (entry.folder)
                    next = folder_ / entry.name;
                else
                    chosen = folder_ / entry.name;
            }
            ImGui::PopStyleColor();
            ImGui::PopID();
        }
    ImGui::EndChild();
    if (enter && !filter_.empty() && !shown.empty()) {
        const Entry& first = *shown.front();
        (first.folder ? next : chosen) = folder_ / first.name;
    }
    if (next) go(*next, preferred);
    return chosen;
}

std::optional<std::string> FilePicker::draw(Ui& ui, const char* id, const std::string& current,
                                            const std::vector<std::string>& preferred, const char* about) {
    std::optional<std::string> result;
    ImGui::PushID(id);
    if (ImGui::Button("…", {ImGui::GetFrameHeight(), 0})) {
        const fs::path patch = fs::path(ui.session.workspace().path()).parent_path();
        std::error_code ignored;
        fs::path folder = current.empty() ? patch : (patch / current).parent_path();
        if (folder.empty() || !fs::is_directory(folder, ignored)) folder = patch;
        if (folder.empty()) folder = fs::current_path(ignored);
        go(folder, preferred);
        ImGui::OpenPopup("files");
    }
    tooltip(ui, about);
    ImGui::SetNextWindowSize({ui.px(380), 0});
    if (ImGui::BeginPopup("files")) {
        if (const auto chosen = draw_list(ui, preferred)) {
            result = path_in_patch(ui.session.workspace().path(), *chosen);
            ImGui::CloseCurrentPopup();
        }
        ImGui::EndPopup();
    }
    ImGui::PopID();
    return result;
}

}  // namespace gan
