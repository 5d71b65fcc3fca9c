#include "editor/panels/panels.h"

#include "editor/canvas/canvas.h"
#include "editor/panels/param_edits.h"
#include "editor/panels/parts.h"

#include <fmt/format.h>

#include <array>
#include <unordered_map>

namespace gan {
namespace {

constexpr size_t most_trouble = 200;  // nodes in error that are listed

std::string time_text(double seconds) {
    const auto whole = static_cast<int64_t>(seconds);
    if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

class LogPanel final : public Panel {
public:
    explicit LogPanel(Canvas& canvas) : canvas_(canvas) {}

    void draw(Ui& ui) override {
        draw_tools(ui);
        ImGui::BeginChild("log", {0, 0}, false, ImGuiWindowFlags_NavFlattened);
        draw_trouble(ui);
        draw_notes(ui);
        ImGui::EndChild();
    }

private:
    static ImU32 colour_of(const Ui& ui, Note::Kind kind) {
        return kind == Note::Kind::Error     ? ui.theme.error
               : kind == Note::Kind::Warning ? ui.theme.warning
                                             : ui.theme.text;
    }

    void draw_tools(Ui& ui) {
        static constexpr std::array names{"Said", "Warnings", "Errors"};
        for (size_t i = 0; i < names.size(); ++i) {
            if (small_button(ui, names[i], "Shows or hides them", shown_[i])) shown_[i] = !shown_[i];
            ImGui::SameLine(0, ui.px(2));
        }
        ImGui::SameLine(0, ui.px(8));
        if (small_button(ui, "Copy", "All that is shown, as text")) copy_ = true;
        ImGui::SameLine(0, ui.px(8));
        search_field(ui, "filter", filter_, "Filter");
    }

    /// What is wrong now.
    void draw_trouble(Ui& ui) {
        text_.clear();
        if (const GraphMark graph = mark_of_graph(ui); graph != labels_of_) {
            labels_of_ = graph;
            labels_.clear();
        }
        if (const std::string problem = ui.session.standing_problem(); !problem.empty()) {
            wrapped_text(ui, problem, ui.theme.error);
            text_ += problem + "\n";
        }
        size_t listed = 0;
        size_t left_out = 0;
        for (const NodeShown& node : ui.session.shown()->nodes) {
            if (node.error.empty()) continue;
            if (!filter_.empty() && !contains_word(label_of(ui, node.id), filter_) &&
                !contains_word(node.error, filter_))
                continue;
            if (++listed > most_trouble) {
                ++left_out;
                continue;
            }
            const std::string& label = label_of(ui, node.id);
            ImGui::PushID(static_cast<int>(node.id));
            const float start = ImGui::GetCursorScreenPos().x;
            if (ImGui::Selectable("##node")) canvas_.go_to(ui, node.id);
            tooltip(ui, fmt::format("{}\nA click goes to {}.", node.error, label));
            same_line_at(start);
            elided_text(ui, label, ui.px(130), ui.theme.text);
            same_line_at(start + ui.px(140));
            elided_text(ui, node.error, ImGui::GetContentRegionAvail().x, ui.theme.error);
            ImGui::PopID();
            text_ += fmt::format("{}: {}\n", label, node.error);
        }
        if (left_out > 0) dim_text(ui, fmt::format("and {} more nodes", left_out));
        if (!text_.empty()) ImGui::Separator();
    }

    const std::string& label_of(const Ui& ui, NodeId node) {
        std::string& label = labels_[node];
        if (label.empty()) label = ui.session.graph().label(node, ui.session.types());
        return label;
    }

    void draw_notes(Ui& ui) {
        const std::vector<Note>& notes = ui.session.notes();
        rows_.clear();
        for (size_t i = notes.size(); i-- > 0;)
            if (shown_[static_cast<size_t>(notes[i].kind)] && contains_word(notes[i].text, filter_))
                rows_.push_back(i);
        if (copy_) {
            for (size_t i : rows_)
                text_ += fmt::format("{}  {}\n", time_text(notes[i].seconds), notes[i].text);
            ImGui::SetClipboardText(text_.c_str());
            copy_ = false;
        }
        if (rows_.empty() && text_.empty())
            dim_text(ui, notes.empty() ? "Nothing was said, and nothing is wrong."
                                       : "Nothing that is shown fits.");
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(rows_.size()));
        while (clipper.Step())
            for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row)
                draw_note(ui, notes[rows_[static_cast<size_t>(row)]], row);
    }

    static void draw_note(Ui& ui, const Note& note, int row) {
        ImGui::PushID(row);
        const float start = ImGui::GetCursorScreenPos().x;
        if (ImGui::Selectable("##note")) ImGui::SetClipboardText(note.text.c_str());
        tooltip(ui, note.text + "\nA click copies it.");
        same_line_at(start);
        {
            const WithFont font(ui.fonts.mono_at(ui.px(11)));
            dim_text(ui, fmt::format("{:>7}", time_text(note.seconds)));
        }
        same_line_at(start + ui.px(64));
        const std::string text =
            note.count > 1 ? fmt::format("{}  ({} times)", note.text, note.count) : note.text;
        ImGui::PushStyleColor(ImGuiCol_Text, colour_of(ui, note.kind));
        ImGui::TextUnformatted(elided(text, ImGui::GetContentRegionAvail().x).c_str());
        ImGui::PopStyleColor();
        ImGui::PopID();
    }

    Canvas& canvas_;
    std::array<bool, 3> shown_{true, true, true};  // by Note::Kind
    std::string filter_;
    std::string text_;  // of what is wrong, for the clipboard
    std::vector<size_t> rows_;
    GraphMark labels_of_;
    std::unordered_map<NodeId, std::string> labels_;
    bool copy_ = false;
};

}  // namespace

std::unique_ptr<Panel> make_log(Canvas& canvas) {
    return std::make_unique<LogPanel>(canvas);
}

}  // namespace gan
