#include "editor/dialogs.h"

#include <fmt/format.h>
#include <imgui_stdlib.h>

#include <algorithm>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_entries = 5000;  // of a folder that are listed

bool pressed(const Ui& ui, Key key) {
    return std::any_of(ui.events.presses.begin(), ui.events.presses.end(),
                       [key](const Chord& chord) { return chord.key == key; });
}

}  // namespace

void Dialogs::begin(Kind kind, const std::string& title) {
    kind_ = kind;
    title_ = title;
    fresh_ = true;
    problem_.clear();
    replaces_.clear();
}

void Dialogs::open_file(const std::string& title, const fs::path& folder, std::vector<std::string> endings,
                        std::function<void(const std::string&)> chosen) {
    begin(Kind::Open, title);
    endings_ = std::move(endings);
    chosen_ = std::move(chosen);
    name_.clear();
    proposed_.clear();
    go(folder);
}

void Dialogs::save_file(const std::string& title, const fs::path& proposed,
                        std::function<void(const std::string&)> chosen) {
    begin(Kind::Save, title);
    endings_ = {proposed.extension().string()};
    chosen_ = std::move(chosen);
    name_ = proposed_ = proposed.filename().string();
    go(proposed.parent_path());
}

void Dialogs::ask(const std::string& title, const std::string& question, std::vector<Answer> answers) {
    begin(Kind::Ask, title);
    question_ = question;
    answers_ = std::move(answers);
    answer_ = 0;
}

void Dialogs::go(const fs::path& folder) {
    std::error_code failed;
    fs::path there =
        fs::absolute(folder.empty() ? fs::current_path(failed) : folder, failed).lexically_normal();
    entries_.clear();
    problem_.clear();
    for (fs::directory_iterator entry(there, fs::directory_options::skip_permission_denied, failed), end;
         !failed && entry != end && entries_.size() < most_entries; entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        std::error_code ignored;
        const bool is_folder = entry->is_directory(ignored);
        const bool fits = endings_.empty() || std::find(endings_.begin(), endings_.end(),
                                                        entry->path().extension().string()) != endings_.end();
        if (name.starts_with(".") || (!is_folder && !fits)) continue;
        entries_.push_back({name, is_folder});
    }
    if (failed) problem_ = fmt::format("{} cannot be listed ({})", there.string(), failed.message());
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        return std::pair(!a.folder, a.name) < std::pair(!b.folder, b.name);
    });
    entries_.insert(entries_.begin(), {"..", true});
    folder_ = std::move(there);
    wants_keys_ = true;
}

void Dialogs::accept() {
    const fs::path path = folder_ / name_;
    std::error_code ignored;
    if (name_.empty()) return;
    if (fs::is_directory(path, ignored)) {
        name_ = proposed_;
        go(path);
        return;
    }
    fs::path file = path;
    if (kind_ == Kind::Save && file.extension().empty() && !endings_.empty()) file += endings_.front();
    const bool there = fs::exists(file, ignored);
    if (kind_ == Kind::Open && !there) {
        problem_ = fmt::format("{} is not there", file.string());
        return;
    }
    if (kind_ == Kind::Save && there && replaces_ != file.string()) {
        replaces_ = file.string();
        problem_ =
            fmt::format("{} is there already; press Save again to replace it", file.filename().string());
        return;
    }
    const auto chosen = std::move(chosen_);
    end();
    chosen(file.string());
}

void Dialogs::draw_files(Ui& ui) {
    const float width = ui.px(560);
    ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.dim);
    ImGui::TextUnformatted(folder_.string().c_str());
    ImGui::PopStyleColor();
    fs::path next;
    if (ImGui::BeginChild("files", {width, ui.px(300)}, true)) {
        for (const Entry& entry : entries_) {
            const std::string label = entry.folder ? entry.name + "/" : entry.name;
            const bool chosen = entry.name == name_;
            ImGui::PushStyleColor(ImGuiCol_Text, entry.folder ? ui.theme.accent : ui.theme.text);
            if (ImGui::Selectable(label.c_str(), chosen, ImGuiSelectableFlags_AllowDoubleClick)) {
                if (entry.folder) {
                    next = folder_ / entry.name;
                } else {
                    name_ = proposed_ = entry.name;
                    replaces_.clear();
                    wants_keys_ = true;
                    if (ImGui::IsMouseDoubleClicked(0) && kind_ == Kind::Open) accept();
                }
            }
            ImGui::PopStyleColor();
            if (kind_ == Kind::None) break;
            if (chosen && std::exchange(scroll_, false)) ImGui::SetScrollHereY();
        }
    }
    ImGui::EndChild();
    if (kind_ == Kind::None) return;
    if (!next.empty()) go(next);
    if (std::exchange(wants_keys_, false)) ImGui::SetKeyboardFocusHere();
    ImGui::SetNextItemWidth(width);
    const bool entered = ImGui::InputText(
        "##name", &name_, ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_CallbackHistory,
        move_choice, this);
    if (!problem_.empty()) {
        ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.warning);
        ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + width);
        ImGui::TextUnformatted(problem_.c_str());
        ImGui::PopTextWrapPos();
        ImGui::PopStyleColor();
    }
    const bool pressed = ImGui::Button(kind_ == Kind::Open ? "Open" : "Save", {ui.px(100), 0});
    ImGui::SameLine();
    if (ImGui::Button("Cancel", {ui.px(100), 0})) {
        end();
        return;
    }
    if (entered || pressed) accept();
}

const Dialogs::Entry* Dialogs::neighbour(int by) const {
    const auto chosen = std::find_if(entries_.begin(), entries_.end(),
                                     [this](const Entry& entry) { return entry.name == name_; });
    // With none chosen, Down begins at the top.
    const auto from = chosen == entries_.end() ? ptrdiff_t{-1} : chosen - entries_.begin();
    const auto to = std::max<ptrdiff_t>(from + by, 0);
    return to < std::ssize(entries_) ? &entries_[static_cast<size_t>(to)] : nullptr;
}

/// A field keeps its text while it has the keys: only from here can it be changed.
int Dialogs::move_choice(ImGuiInputTextCallbackData* data) {
    auto& dialogs = *static_cast<Dialogs*>(data->UserData);
    const Entry* entry = dialogs.neighbour(data->EventKey == ImGuiKey_UpArrow ? -1 : 1);
    if (entry == nullptr) return 0;
    data->DeleteChars(0, data->BufTextLen);
    data->InsertChars(0, entry->name.c_str());
    dialogs.replaces_.clear();
    dialogs.scroll_ = true;
    return 0;
}

void Dialogs::answer(size_t index) {
    const auto run = answers_[index].run;
    end();
    if (run) run();
}

void Dialogs::draw_question(Ui& ui, bool first) {
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + ui.px(460));
    ImGui::TextUnformatted(question_.c_str());
    ImGui::PopTextWrapPos();
    ImGui::Dummy({0, ui.px(6)});
    const size_t last = answers_.size() - 1;
    // What was pressed before it was asked is no answer.
    if (!first) {
        if (pressed(ui, Key::Escape)) return answer(last);
        if (pressed(ui, Key::Enter)) return answer(answer_);
        if ((pressed(ui, Key::Left) || pressed(ui, Key::Up)) && answer_ > 0) --answer_;
        if ((pressed(ui, Key::Right) || pressed(ui, Key::Down)) && answer_ < last) ++answer_;
    }
    for (size_t i = 0; i < answers_.size(); ++i) {
        if (i > 0) ImGui::SameLine();
        const bool chosen = i == answer_;
        if (chosen) {
            ImGui::PushStyleColor(ImGuiCol_Button, ui.theme.accent);
            ImGui::PushStyleColor(ImGuiCol_ButtonHovered, ui.theme.accent);
            ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.on_accent);
        }
        const bool clicked = ImGui::Button(answers_[i].name.c_str());
        if (chosen) ImGui::PopStyleColor(3);
        if (clicked) return answer(i);
    }
}

void Dialogs::draw(Ui& ui) {
    if (kind_ == Kind::None) return;
    const std::string id = title_ + "###dialog";
    const bool first = std::exchange(fresh_, false);
    // An answer may have begun another dialog, which is the same popup; and a field that gets the keys late
    // has ImGui close it.
    if (!ImGui::IsPopupOpen("###dialog")) ImGui::OpenPopup("###dialog");
    const ImVec2 size = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({size.x / 2, size.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
    bool stays = true;
    if (ImGui::BeginPopupModal(
            id.c_str(), &stays,
            ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoMove)) {
        if (kind_ == Kind::Ask)
            draw_question(ui, first);
        else if (!first && pressed(ui, Key::Escape))
            end();
        else
            draw_files(ui);
        if (kind_ == Kind::None) ImGui::CloseCurrentPopup();
        ImGui::EndPopup();
    }
    if (stays) return;
    if (kind_ == Kind::Ask)
        answer(answers_.size() - 1);
    else
        end();
}

}  // namespace gan
