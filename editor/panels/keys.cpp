#include "editor/panels/panels.h"

#include "editor/edit/search.h"
#include "editor/keyboard.h"
#include "editor/panels/parts.h"

#include <fmt/format.h>

#include <optional>

namespace gan {
namespace {

class KeysPanel final : public Panel {
public:
    explicit KeysPanel(std::function<void()> changed) : changed_(std::move(changed)) {}

    bool takes_keys() const override {
        const int frame = ImGui::GetFrameCount();
        return taken_ == frame || (!waiting_.empty() && frame - frame_ <= 1);
    }

    void draw(Ui& ui) override {
        take(ui);
        draw_tools(ui);
        draw_question(ui);
        const std::vector<Command>& all = ui.commands.all();
        std::vector<size_t> rows;
        if (filter_.empty()) {
            for (size_t i = 0; i < all.size(); ++i) rows.push_back(i);
        } else {
            std::vector<SearchEntry> entries;
            for (const Command& command : all)
                entries.push_back({.name = command.name,
                                   .id = command.id,
                                   .description = command.about,
                                   .aliases = {text_of(ui.commands.key_of(command.id))}});
            rows = search(filter_, entries, {});
        }
        const ImGuiTableFlags flags = ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY |
                                      ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_SizingStretchProp;
        if (!ImGui::BeginTable("keys", 3, flags, ImGui::GetContentRegionAvail())) return;
        walk_through();
        ImGui::TableSetupScrollFreeze(0, 1);
        ImGui::TableSetupColumn("Does", ImGuiTableColumnFlags_None, 2);
        ImGui::TableSetupColumn("Key", ImGuiTableColumnFlags_None, 1.2f);
        ImGui::TableSetupColumn("About", ImGuiTableColumnFlags_None, 3);
        ImGui::TableHeadersRow();
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(rows.size()));
        while (clipper.Step())
            for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row)
                draw_command(ui, all[rows[static_cast<size_t>(row)]]);
        ImGui::EndTable();
    }

private:
    /// The key that was pressed for the command that waits for one.
    void take(Ui& ui) {
        if (waiting_.empty()) return;
        // Not drawn for a while: nobody saw that it waits.
        const int frame = ImGui::GetFrameCount();
        const bool seen = frame - frame_ <= 1;
        frame_ = frame;
        if (!seen) {
            waiting_.clear();
            return;
        }
        for (const Chord& chord : ui.events.presses) {
            if (chord.key == Key::None) continue;
            const std::string id = std::exchange(waiting_, {});
            taken_ = frame;
            if (chord.key == Key::Escape) return;
            const Command* other = ui.commands.bound_to(chord);
            if (other != nullptr && other->id == id) return;
            if (other != nullptr) {
                question_ = Question{id, other->id, chord};
            } else {
                ui.commands.bind(id, chord);
                changed_();
            }
            return;
        }
    }

    void draw_tools(Ui& ui) {
        const float button = ImGui::CalcTextSize("Reset all").x + ui.px(20);
        ImGui::BeginChild("tools", {ImGui::GetContentRegionAvail().x - button, ImGui::GetFrameHeight()},
                          false, ImGuiWindowFlags_NavFlattened);
        search_field(ui, "search", filter_, "Search by what it does, or by its key");
        ImGui::EndChild();
        ImGui::SameLine();
        if (ImGui::Button("Reset all")) ImGui::OpenPopup("reset");
        tooltip(ui, "Every command has the key again that it came with");
        if (ImGui::BeginPopup("reset")) {
            ImGui::TextUnformatted("All keys that you bound are given up.");
            if (ImGui::Button("Reset all keys")) {
                ui.commands.unbind_all();
                changed_();
                ImGui::CloseCurrentPopup();
            }
            ImGui::SameLine();
            if (ImGui::Button("Keep them")) ImGui::CloseCurrentPopup();
            ImGui::EndPopup();
        }
    }

    /// A key that another command has goes only where the person says so.
    void draw_question(Ui& ui) {
        if (!question_) return;
        const Question question = *question_;
        const Command& wanted = ui.commands.at(question.wanted);
        const Command& holder = ui.commands.at(question.holder);
        const Chord old = ui.commands.key_of(question.wanted);
        wrapped_text(
            ui,
            fmt::format("{} is the key of {}. {}", text_of(question.chord), holder.name,
                        old.key == Key::None
                            ? fmt::format("Give it to {}? {} then has none.", wanted.name, holder.name)
                            : fmt::format("Swap them? {} then has {}.", holder.name, text_of(old))),
            ui.theme.warning);
        if (ImGui::Button(old.key == Key::None ? "Give it" : "Swap")) {
            ui.commands.bind(question.holder, old);
            ui.commands.bind(question.wanted, question.chord);
            question_.reset();
            changed_();
        }
        ImGui::SameLine();
        if (ImGui::Button("Leave it") || key_pressed(ui, Key::Escape)) question_.reset();
    }

    void draw_command(Ui& ui, const Command& command) {
        ImGui::PushID(command.id.c_str());
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        ImGui::AlignTextToFramePadding();
        elided_text(ui, command.name, ImGui::GetContentRegionAvail().x, ui.theme.text);
        ImGui::TableNextColumn();
        const Chord chord = ui.commands.key_of(command.id);
        const bool waits = waiting_ == command.id;
        const bool own = !(chord == command.key);
        const std::string text = waits ? "press a key…" : chord.key == Key::None ? "none" : text_of(chord);
        ImGui::PushStyleColor(ImGuiCol_Text, waits                    ? ui.theme.on_accent
                                             : chord.key == Key::None ? ui.theme.dim
                                             : own                    ? ui.theme.accent
                                                                      : ui.theme.text);
        ImGui::PushStyleColor(ImGuiCol_Button, waits ? ui.theme.accent : ui.theme.raised);
        {
            const WithFont font(mono_font(ui));
            if (ImGui::Button((text + "###key").c_str(), {ImGui::GetContentRegionAvail().x, 0})) {
                waiting_ = waits ? std::string() : command.id;
                frame_ = ImGui::GetFrameCount();
                question_.reset();
            }
        }
        ImGui::PopStyleColor(2);
        tooltip(ui, waits ? "Escape leaves it as it is" : "A click waits for another key; right click: more");
        if (asks_for_menu(ui)) ImGui::OpenPopup("key menu");
        if (ImGui::BeginPopupContextItem("key menu")) {
            const std::string shipped = command.key.key == Key::None ? "none" : text_of(command.key);
            if (ImGui::MenuItem(fmt::format("Back to {}", shipped).c_str(), nullptr, false, own))
                bind_or_ask(ui, command.id, command.key);
            if (ImGui::MenuItem("No key", nullptr, false, chord.key != Key::None)) {
                ui.commands.bind(command.id, {});
                changed_();
            }
            ImGui::EndPopup();
        }
        ImGui::TableNextColumn();
        ImGui::AlignTextToFramePadding();
        elided_text(ui, command.about, ImGui::GetContentRegionAvail().x, ui.theme.dim);
        ImGui::PopID();
    }

    void bind_or_ask(Ui& ui, const std::string& id, const Chord& chord) {
        const Command* other = chord.key == Key::None ? nullptr : ui.commands.bound_to(chord);
        if (other != nullptr && other->id != id) {
            question_ = Question{id, other->id, chord};
            return;
        }
        ui.commands.bind(id, chord);
        changed_();
    }

    struct Question {
        std::string wanted;  // id of the command that is to have the key
        std::string holder;  // of the one that has it
        Chord chord;
    };
    const std::function<void()> changed_;
    std::string filter_;
    std::string waiting_;  // id of the command that the next key is for; or empty
    int frame_ = 0;        // when it was last drawn waiting
    int taken_ = -1;       // when the key came
    std::optional<Question> question_;
};

}  // namespace

std::unique_ptr<Panel> make_keys(std::function<void()> changed) {
    return std::make_unique<KeysPanel>(std::move(changed));
}

}  // namespace gan
