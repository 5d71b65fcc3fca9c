#include "editor/panels/panels.h"

#include "editor/keyboard.h"
#include "editor/panels/class_picker.h"
#include "editor/panels/number_edit.h"
#include "editor/panels/param_edits.h"
#include "editor/panels/parts.h"
#include "editor/panels/text_edit.h"
#include "runtime/graph/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

/// The performance page: everything that is exposed, large.
class Dials final : public Panel {
public:
    void draw(Ui& ui) override {
        numbers_.update(ui);
        texts_.update(ui);
        if (seen_ != ui.session.number() || changes_ != ui.session.changes()) {
            seen_ = ui.session.number();
            changes_ = ui.session.changes();
            params_ = exposed_params(ui.session.graph(), ui.session.types());
        }
        if (params_.empty()) {
            centred_text(
                ui,
                "No parameter is exposed. Right click one in the inspector and choose \"Expose as a dial\": "
                "it then stands here, large, and hosts and the command line know it by its name.",
                ui.theme.dim);
            return;
        }
        const float width = ui.px(112);
        const float gap = ui.px(8);
        const float space = std::max(ImGui::GetContentRegionAvail().x, width);
        const int columns = std::max(static_cast<int>((space + gap) / (width + gap)), 1);
        int column = 0;
        for (const ExposedParam& exposed : params_) {
            const Node* sample = sample_of(ui, exposed.node);
            const ParamBase* param = sample == nullptr ? nullptr : sample->param(exposed.param);
            if (param == nullptr || param->info.kind == ParamInfo::Kind::Data) continue;
            if (column > 0) ImGui::SameLine(0, gap);
            column = (column + 1) % columns;
            ImGui::PushID(text_of({exposed.node, exposed.param}).c_str());
            ImGui::BeginGroup();
            draw_one(ui, exposed, *sample, *param, width);
            ImGui::EndGroup();
            const Rect place{ImGui::GetItemRectMin(), ImGui::GetItemRectMax()};
            if ((ImGui::IsItemHovered() && ImGui::IsMouseReleased(1)) || asks_for_menu(ui, place))
                ImGui::OpenPopup("dial");
            draw_menu(ui, exposed, *param);
            ImGui::PopID();
        }
    }

private:
    void draw_one(Ui& ui, const ExposedParam& exposed, const Node& sample, const ParamBase& param,
                  float width) {
        const NodeRecord& record = ui.session.graph().nodes.at(exposed.node);
        const float dial = ui.px(92);
        const ImVec2 start = ImGui::GetCursorPos();
        if (param.info.kind == ParamInfo::Kind::Number) {
            draw_dial(ui, exposed, sample, param, {width, dial});
        } else {
            // In the middle of the same height, so that names line up.
            ImGui::SetCursorPosY(start.y + (dial - ImGui::GetFrameHeight()) / 2);
            draw_other(ui, exposed, record, param, width);
            ImGui::SetCursorPos({start.x, start.y + dial});
            ImGui::Dummy({width, 0});
        }
        const std::string name = elided(exposed.name, width);
        const float shift = (width - ImGui::CalcTextSize(name.c_str()).x) / 2;
        ImGui::SetCursorPosX(start.x + std::max(shift, 0.0f));
        ImGui::TextUnformatted(name.c_str());
        tooltip(ui,
                fmt::format("{}: {} of {}\n{}\nA double click resets it, Ctrl + click types it.",
                            exposed.name, exposed.param,
                            ui.session.graph().label(exposed.node, ui.session.types()), param.description));
    }

    void draw_dial(Ui& ui, const ExposedParam& exposed, const Node& sample, const ParamBase& param,
                   const ImVec2& size) {
        const NodeRecord& record = ui.session.graph().nodes.at(exposed.node);
        NumberRange range = range_of(param.info);
        range.min = exposed.min;
        range.max = exposed.max;
        double value = number_of_param(record, param);
        bool wired = false;
        if (!param.info.setup && sample.input(param.name) != nullptr)
            if (const auto source = source_of_input(ui.session.graph(), {exposed.node, exposed.param})) {
                wired = true;
                const OutputShown* output = ui.session.shown()->find(*source);
                const auto* live = output == nullptr ? nullptr : std::get_if<double>(&output->value);
                if (live != nullptr) value = *live;
            }
        numbers_.draw(
            ui, "dial", value, range,
            [node = exposed.node, name = exposed.param, whole = range.whole](
                Ui& later, std::optional<double> next, uint64_t gesture) {
                std::optional<json> stored;
                if (next) stored = number_json(*next, whole);
                set_param(later, {node}, name, stored, gesture);
            },
            size, NumberEdit::Look::Dial, !wired);
        if (wired) tooltip(ui, "A wire decides it; cut that to turn it here");
    }

    void draw_other(Ui& ui, const ExposedParam& exposed, const NodeRecord& record, const ParamBase& param,
                    float width) {
        const std::vector<NodeId> node{exposed.node};
        if (param.info.kind == ParamInfo::Kind::Toggle) {
            const bool on = toggle_of_param(record, param);
            ImGui::PushStyleColor(ImGuiCol_Button, on ? ui.theme.accent : ui.theme.raised);
            ImGui::PushStyleColor(ImGuiCol_ButtonHovered, on ? ui.theme.accent : ui.theme.hovered);
            ImGui::PushStyleColor(ImGuiCol_Text, on ? ui.theme.on_accent : ui.theme.text);
            if (ImGui::Button(on ? "on" : "off", {width, 0})) set_param(ui, node, exposed.param, !on);
            ImGui::PopStyleColor(3);
        } else if (param.info.kind == ParamInfo::Kind::Choice) {
            const auto& words = param.info.choices;
            const auto index = static_cast<size_t>(choice_of_param(record, param));
            ImGui::SetNextItemWidth(width);
            if (ImGui::BeginCombo("##choice", index < words.size() ? words[index].c_str() : "")) {
                for (size_t i = 0; i < words.size(); ++i)
                    if (ImGui::Selectable(words[i].c_str(), i == index))
                        set_param(ui, node, exposed.param, words[i]);
                ImGui::EndCombo();
            }
        } else if (const std::string text = text_of_param(record, param);
                   is_class_text(record.type, exposed.param)) {
            classes_.draw(ui, texts_, exposed.node, node, exposed.param, text, width);
        } else {
            texts_.draw(ui, "text", text, {.width = width},
                        [node, name = exposed.param](Ui& later, const std::string& next) {
                            set_param(later, node, name, next);
                        });
        }
    }

    /// Its name and range as the patch shows them.
    void draw_menu(Ui& ui, const ExposedParam& exposed, const ParamBase& param) {
        ImGui::SetNextWindowSize({ui.px(260), 0});
        if (!ImGui::BeginPopup("dial")) return;
        const NodeId node = exposed.node;
        const std::string name = exposed.param;
        row_label(ui, "name", "By which hosts, performers and the command line know it");
        texts_.draw(ui, "name", exposed.name, {}, [node, name](Ui& later, const std::string& text) {
            if (!text.empty()) set_exposed(later, node, name, "name", text);
        });
        if (param.info.kind == ParamInfo::Kind::Number) {
            const auto draw_bound = [&](const char* member, double value, double otherwise) {
                row_label(ui, member, "Of this dial: the parameter's own range, or a part of it");
                NumberRange range = range_of(param.info);
                range.value = otherwise;
                numbers_.draw(
                    ui, member, value, range,
                    [node, name, member, range](Ui& later, std::optional<double> next, uint64_t gesture) {
                        set_exposed(later, node, name, member,
                                    number_json(next.value_or(range.value), range.whole), gesture);
                    });
            };
            draw_bound("min", exposed.min, param.info.min);
            draw_bound("max", exposed.max, param.info.max);
        }
        ImGui::Separator();
        if (ImGui::MenuItem("Reset to default")) set_param(ui, {node}, name, std::nullopt);
        if (ImGui::MenuItem("Select its node")) ui.selection.only(node);
        if (ImGui::MenuItem("Unexpose")) unexpose(ui, node, name);
        ImGui::EndPopup();
    }

    int64_t seen_ = -1;  // session
    int64_t changes_ = -1;
    std::vector<ExposedParam> params_;  // of the patch after so many changes
    NumberEdit numbers_;
    TextEdit texts_;
    ClassPicker classes_;
};

}  // namespace

std::unique_ptr<Panel> make_dials() {
    return std::make_unique<Dials>();
}

}  // namespace gan
