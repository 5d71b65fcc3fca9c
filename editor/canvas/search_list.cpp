#include "editor/canvas/search_list.h"

#include <algorithm>
#include <numeric>

namespace gan {
namespace {

constexpr const char* search_popup = "search list of the canvas";
constexpr int most_lines = 12;

int grow_text(ImGuiInputTextCallbackData* data) {
    if (data->EventFlag != ImGuiInputTextFlags_CallbackResize) return 0;
    auto& text = *static_cast<std::string*>(data->UserData);
    text.resize(static_cast<size_t>(data->BufTextLen));
    data->Buf = text.data();
    return 0;
}

}  // namespace

std::string first_line(const std::string& text, size_t most) {
    const size_t line = std::min(text.find('\n'), text.size());
    if (line <= most) return text.substr(0, line);
    size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a letter
    return text.substr(0, end) + "…";
}

bool input_text(const char* label, std::string& text, ImGuiInputTextFlags flags) {
    return ImGui::InputText(label, text.data(), text.capacity() + 1,
                            flags | ImGuiInputTextFlags_CallbackResize, grow_text, &text);
}

bool input_text_lines(const char* label, std::string& text, const ImVec2& size) {
    return ImGui::InputTextMultiline(label, text.data(), text.capacity() + 1, size,
                                     ImGuiInputTextFlags_CallbackResize, grow_text, &text);
}

void SearchList::open(Purpose purpose, std::string hint, std::vector<Entry> entries, const ImVec2& screen,
                      Context context) {
    purpose_ = purpose;
    hint_ = std::move(hint);
    entries_ = std::move(entries);
    texts_.clear();
    for (const Entry& entry : entries_) texts_.push_back(entry.text);
    context_ = std::move(context);
    screen_ = screen;
    height_ = 0;
    words_.clear();
    found_.clear();
    open_ = opening_ = true;
}

void SearchList::find(const Ui& ui) {
    const bool in_order =
        purpose_ == Purpose::Ports || purpose_ == Purpose::Value || purpose_ == Purpose::Word;
    if (in_order && words_.empty()) {
        found_.resize(entries_.size());
        std::iota(found_.begin(), found_.end(), size_t{0});
    } else {
        found_ = search(words_, texts_,
                        purpose_ == Purpose::Add ? ui.preferences.recent_nodes : std::vector<std::string>());
    }
    chosen_ = 0;
    scroll_ = true;
}

void SearchList::read_keys(const Ui& ui, bool& taken, bool& closed) {
    const auto move = [&](int by) {
        if (found_.empty()) return;
        const auto last = static_cast<int>(found_.size()) - 1;
        chosen_ = static_cast<size_t>(std::clamp(static_cast<int>(chosen_) + by, 0, last));
        scroll_ = true;
    };
    for (const Chord& chord : ui.events.presses) switch (chord.key) {
            case Key::Up:
                move(-1);
                break;
            case Key::Down:
                move(1);
                break;
            case Key::PageUp:
                move(1 - most_lines);
                break;
            case Key::PageDown:
                move(most_lines - 1);
                break;
            case Key::Enter:
                taken = !found_.empty();
                break;
            case Key::Escape:
                closed = true;
                break;
            default:
                break;
        }
}

void SearchList::draw_rows(Ui& ui, bool& taken) {
    const float line = ImGui::GetTextLineHeight() + ui.px(6);
    const float room = ImGui::GetMainViewport()->Size.y - 6 * line;
    const int most = std::clamp(static_cast<int>(room / line), 1, most_lines);
    const int lines = std::clamp(static_cast<int>(found_.size()), 1, most);
    ImGui::BeginChild("found", {0, line * static_cast<float>(lines)}, false);
    if (found_.empty()) ImGui::TextDisabled("Nothing fits. Try another word.");
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float top = ImGui::GetCursorPosY();
    if (scroll_) {
        const float at = line * static_cast<float>(chosen_);
        const float seen = ImGui::GetScrollY(), height = ImGui::GetWindowHeight();
        if (at < seen) ImGui::SetScrollY(at);
        if (at + line > seen + height) ImGui::SetScrollY(at + line - height);
        scroll_ = false;
    }
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(found_.size()), line);
    while (clipper.Step())
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const auto row = static_cast<size_t>(i);
            const Entry& entry = entries_[found_[row]];
            ImGui::SetCursorPosY(top + line * static_cast<float>(i));
            const ImVec2 min = ImGui::GetCursorScreenPos();
            const ImVec2 max{min.x + ImGui::GetContentRegionAvail().x, min.y + line};
            ImGui::PushID(i);
            if (ImGui::InvisibleButton("row", {max.x - min.x, line})) {
                chosen_ = row;
                taken = true;
            }
            const bool hovered = ImGui::IsItemHovered();
            ImGui::PopID();
            if (row == chosen_)
                list.AddRectFilled(min, max, faded(ui.theme.accent, 0.35f), ui.px(3));
            else if (hovered)
                list.AddRectFilled(min, max, ui.theme.hovered, ui.px(3));
            const float middle = (min.y + max.y) / 2, text = middle - ImGui::GetTextLineHeight() / 2;
            list.AddCircleFilled({min.x + ui.px(8), middle}, ui.px(3.5f), entry.colour, 12);
            list.AddText({min.x + ui.px(18), text}, ui.theme.text, entry.text.name.c_str());
            const float small = ui.px(11);
            const ImFont* font = ui.fonts.sans_at(small);
            const char* id = entry.text.id.c_str();
            const float wide = font->CalcTextSizeA(small, 1e9f, 0, id).x;
            const float begin = min.x + ui.px(26) + ImGui::CalcTextSize(entry.text.name.c_str()).x;
            if (max.x - ui.px(6) - wide > begin)
                list.AddText(font, small, {max.x - ui.px(6) - wide, middle - small / 2}, ui.theme.dim, id);
        }
    ImGui::EndChild();
}

std::optional<SearchList::Entry> SearchList::draw(Ui& ui) {
    if (!open_) return std::nullopt;
    const bool first = std::exchange(opening_, false);
    if (first) {
        ImGui::OpenPopup(search_popup);
        find(ui);
    }
    const float width = ui.px(340);
    // It moves up and to the left as far as it must, and stays there while its list gets shorter.
    const ImVec2 room = ImGui::GetMainViewport()->Size;
    const float margin = ui.px(8);
    screen_ = {std::max(margin, std::min(screen_.x, room.x - width - margin)),
               std::max(margin, std::min(screen_.y, room.y - height_ - margin))};
    ImGui::SetNextWindowPos(screen_);
    ImGui::SetNextWindowSize({width, 0});
    if (!ImGui::BeginPopup(search_popup)) {
        open_ = false;
        return std::nullopt;
    }
    // Of what its content needed in the last frame; in the first, when ImGui only measures, nothing.
    height_ = ImGui::GetWindowHeight();
    bool taken = false, closed = false;
    if (first) ImGui::SetKeyboardFocusHere();
    ImGui::SetNextItemWidth(-1);
    const std::string before = words_;
    ImGui::PushID("words");
    ImGui::InputTextWithHint("##words", hint_.c_str(), words_.data(), words_.capacity() + 1,
                             ImGuiInputTextFlags_CallbackResize, grow_text, &words_);
    ImGui::PopID();
    if (words_ != before) find(ui);
    if (!first) read_keys(ui, taken, closed);
    draw_rows(ui, taken);
    if (chosen_ < found_.size()) {
        const std::string& about = entries_[found_[chosen_]].text.description;
        ImGui::Separator();
        ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.dim);
        ImGui::PushTextWrapPos(0);
        ImGui::TextUnformatted(about.empty() ? " " : about.c_str());
        ImGui::PopTextWrapPos();
        ImGui::PopStyleColor();
    }
    if (taken || closed) {
        open_ = false;
        ImGui::CloseCurrentPopup();
    }
    ImGui::EndPopup();
    if (taken && chosen_ < found_.size()) return entries_[found_[chosen_]];
    return std::nullopt;
}

}  // namespace gan
