#include "editor/panels/parameter_widgets.h"

#include "editor/keyboard.h"
#include "editor/panels/param_edits.h"
#include "editor/panels/parts.h"
#include "editor/panels/typed_number.h"
#include "runtime/graph/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gan {
namespace {

using nlohmann::json;

constexpr size_t longest_line = 48;     // characters of a text parameter in one line
constexpr size_t longest_segment = 10;  // characters of a choice that is a button

const NodeRecord* record_of(const Ui& ui, NodeId node) {
    const auto found = ui.session.graph().nodes.find(node);
    return found == ui.session.graph().nodes.end() ? nullptr : &found->second;
}

bool differs_from_default(const NodeRecord& record, const ParamBase& param) {
    return record.params.contains(std::string(param.name)) &&
           value_of_param(record, param) != param.default_value();
}

/// Whether nodes that are changed together have different values now; of very many, the first ones count.
bool is_mixed(const Ui& ui, const Subject& subject, const ParamBase& param) {
    constexpr size_t most_compared = 1000;
    const NodeRecord* shown = record_of(ui, subject.node);
    if (shown == nullptr || subject.nodes.size() < 2) return false;
    const std::string name(param.name);
    const json value = value_of_param(*shown, param);
    const bool is_default = value == param.default_value();
    const auto last =
        subject.nodes.begin() + static_cast<std::ptrdiff_t>(std::min(subject.nodes.size(), most_compared));
    return std::any_of(subject.nodes.begin(), last, [&](NodeId node) {
        const NodeRecord* other = record_of(ui, node);
        if (other == nullptr) return false;
        const auto stored = other->params.find(name);
        return stored == other->params.end() ? !is_default : *stored != value;
    });
}

std::string about_param(const ParamBase& param) {
    std::string text(param.description);
    if (param.info.kind == ParamInfo::Kind::Number)
        text += fmt::format("\n{} to {}{}{}, {} at first", number_text(param.info.min),
                            number_text(param.info.max), param.info.unit.empty() ? "" : " ", param.info.unit,
                            number_text(param.info.value));
    if (param.info.setup) text += "\nA change prepares something anew; it cannot be wired.";
    return text;
}

/// Choices that are few and short are buttons beside one another.
bool fits_segments(const std::vector<std::string>& words, float width) {
    if (words.size() > 4) return false;
    const float each = width / static_cast<float>(words.size());
    return std::all_of(words.begin(), words.end(), [each](const std::string& word) {
        return word.size() <= longest_segment && ImGui::CalcTextSize(word.c_str()).x + 6 <= each;
    });
}

/// Editors that a column would cramp stand below their label.
bool needs_whole_width(const Subject& subject, const ParamBase& param) {
    return param.info.kind == ParamInfo::Kind::Data && subject.type->id != "latent.keep";
}

std::vector<std::string> endings_for(const Subject& subject) {
    if (subject.type->id == "model.load") return {".safetensors", ".pth", ".pt"};
    if (subject.type->id == "image.shader") return {".frag", ".glsl", ".fs", ".isf"};
    return {".png", ".jpg", ".jpeg", ".webp"};
}

}  // namespace

void ParameterWidgets::update(Ui& ui) {
    numbers_.update(ui);
    texts_.update(ui);
}

void ParameterWidgets::draw_row(Ui& ui, const Subject& subject, const ParamBase& param) {
    const NodeRecord* record = record_of(ui, subject.node);
    if (record == nullptr) return;
    const std::string name(param.name);
    ImGui::PushID(name.c_str());
    const ImVec2 row = ImGui::GetCursorScreenPos();
    const bool changed = differs_from_default(*record, param);
    const bool mixed_values = is_mixed(ui, subject, param);
    const float mark = ui.px(8);
    if (changed || mixed_values) {
        const ImVec2 centre(row.x + ui.px(3), row.y + ImGui::GetFrameHeight() / 2);
        ImDrawList& list = *ImGui::GetWindowDrawList();
        if (mixed_values)
            list.AddCircle(centre, ui.px(2.5f), ui.theme.accent, 12);
        else
            list.AddCircleFilled(centre, ui.px(2.5f), ui.theme.accent, 12);
    }
    const float column = label_width(ui);
    const float start = ImGui::GetCursorScreenPos().x;
    ImGui::SetCursorScreenPos({start + mark, row.y});
    ImGui::AlignTextToFramePadding();
    const bool exposed = is_exposed(*record, name);
    const std::string label = elided(name, column - mark - ui.px(6));
    ImGui::PushStyleColor(ImGuiCol_Text, exposed ? ui.theme.accent : changed ? ui.theme.text : ui.theme.dim);
    ImGui::TextUnformatted(label.c_str());
    ImGui::PopStyleColor();
    const ImVec2 end(row.x + column, row.y + ImGui::GetFrameHeight());
    if (ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(row, end)) {
        std::string about = label == name ? "" : name + ": ";
        about += about_param(param);
        if (exposed) about += "\nExposed: it is a dial of the patch.";
        if (mixed_values) about += "\nThe selected nodes have different values.";
        ImGui::BeginTooltip();
        ImGui::PushTextWrapPos(ui.px(320));
        ImGui::TextUnformatted(about.c_str());
        ImGui::PopTextWrapPos();
        ImGui::EndTooltip();
    }
    if (!needs_whole_width(subject, param)) same_line_at(start + column);
    ImGui::BeginGroup();
    const bool is_input = !param.info.setup && subject.sample->input(param.name) != nullptr;
    const auto source = is_input ? source_of_input(ui.session.graph(), {subject.node, name}) : std::nullopt;
    if (source)
        draw_linked(ui, subject, param, *source);
    else
        draw_widget(ui, subject, param);
    ImGui::EndGroup();
    // Editors of data use the right button themselves.
    const bool own_right = param.info.kind == ParamInfo::Kind::Data;
    const ImVec2 widget_end = ImGui::GetItemRectMax();
    const ImVec2 high =
        own_right ? end : ImVec2(std::max(widget_end.x, end.x), std::max(widget_end.y, end.y));
    const bool clicked = ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem) &&
                         ImGui::IsMouseHoveringRect(row, high) && ImGui::IsMouseReleased(1);
    if (clicked || asks_for_menu(ui, {row, {std::max(widget_end.x, end.x), std::max(widget_end.y, end.y)}}))
        ImGui::OpenPopup("parameter");
    draw_menu(ui, subject, param);
    ImGui::PopID();
}

void ParameterWidgets::draw_widget(Ui& ui, const Subject& subject, const ParamBase& param) {
    const NodeRecord* record = record_of(ui, subject.node);
    if (record == nullptr) return;
    switch (param.info.kind) {
        case ParamInfo::Kind::Number:
            return draw_number(ui, subject, param);
        case ParamInfo::Kind::Toggle: {
            bool on = toggle_of_param(*record, param);
            if (ImGui::Checkbox("##toggle", &on)) set_param(ui, subject.nodes, std::string(param.name), on);
            tooltip(ui, param.description);
            return;
        }
        case ParamInfo::Kind::Choice:
            return draw_choice(ui, subject, param);
        case ParamInfo::Kind::Text:
            return draw_text(ui, subject, param);
        case ParamInfo::Kind::Data:
            return draw_data(ui, subject, param);
    }
}

/// The live value, dim, and where it comes from.
void ParameterWidgets::draw_linked(Ui& ui, const Subject& subject, const ParamBase& param,
                                   const PortRef& source) {
    const OutputShown* output = ui.session.shown()->find(source);
    const double* value = output == nullptr ? nullptr : std::get_if<double>(&output->value);
    const std::string label = ui.session.graph().label(source.node, ui.session.types());
    const float width = ImGui::GetContentRegionAvail().x;
    if (value != nullptr) {
        numbers_.draw(
            ui, "live", *value, range_of(param.info), [](Ui&, std::optional<double>, uint64_t) {}, {width, 0},
            NumberEdit::Look::Field, false);
        tooltip(ui, fmt::format("Comes from {} ({}); cut the wire to set it here", label, source.port));
    } else {
        ImGui::AlignTextToFramePadding();
        const std::string why = output == nullptr ? "waits for its value" : output->error;
        elided_text(ui, why.empty() ? "no value" : why, width, ui.theme.dim);
    }
    const WithFont font(small_font(ui));
    const std::string text = elided(fmt::format("linked from {}", label), width - ui.px(12));
    ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.dim);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(0, 0));
    if (ImGui::Selectable(text.c_str(), false, 0, {width, ImGui::GetTextLineHeight()}))
        canvas_.go_to(ui, source.node);
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();
    tooltip(ui, fmt::format("Goes to {} ({})", label, source.port));
    static_cast<void>(subject);
}

void ParameterWidgets::draw_number(Ui& ui, const Subject& subject, const ParamBase& param) {
    const NodeRecord* record = record_of(ui, subject.node);
    const NumberRange range = range_of(param.info);
    const std::string name(param.name);
    const NumberEdit::Apply apply = [nodes = subject.nodes, name, whole = range.whole](
                                        Ui& later, std::optional<double> value, uint64_t gesture) {
        std::optional<json> stored;
        if (value) stored = number_json(*value, whole);
        set_param(later, nodes, name, stored, gesture);
    };
    const double value = number_of_param(*record, param);
    if (name == "seed" && range.whole)
        seeds_.draw(ui, numbers_, fmt::format("{}.{}", subject.node, name), value, range, apply);
    else
        numbers_.draw(ui, "number", value, range, apply);
}

void ParameterWidgets::draw_choice(Ui& ui, const Subject& subject, const ParamBase& param) {
    const std::vector<std::string>& words = param.info.choices;
    int index = choice_of_param(*record_of(ui, subject.node), param);
    const float width = ImGui::GetContentRegionAvail().x;
    bool chosen = false;
    if (fits_segments(words, width)) {
        chosen = segmented(ui, "choice", words, index, width);
    } else {
        ImGui::SetNextItemWidth(width);
        const bool known = index >= 0 && static_cast<size_t>(index) < words.size();
        if (ImGui::BeginCombo("##choice", known ? words[static_cast<size_t>(index)].c_str() : "")) {
            for (size_t i = 0; i < words.size(); ++i)
                if (ImGui::Selectable(words[i].c_str(), index == static_cast<int>(i))) {
                    index = static_cast<int>(i);
                    chosen = true;
                }
            ImGui::EndCombo();
        }
    }
    if (chosen) set_param(ui, subject.nodes, std::string(param.name), words[static_cast<size_t>(index)]);
}

void ParameterWidgets::draw_text(Ui& ui, const Subject& subject, const ParamBase& param) {
    const std::string text = text_of_param(*record_of(ui, subject.node), param);
    const std::string name(param.name);
    if (is_class_text(subject.type->id, name))
        return classes_.draw(ui, texts_, subject.node, subject.nodes, name, text,
                             ImGui::GetContentRegionAvail().x);
    const TextEdit::Apply apply = [nodes = subject.nodes, name](Ui& later, const std::string& next) {
        set_param(later, nodes, name, next);
    };
    TextEdit::Look look;
    look.mono = name == "expression" || name == "hash";
    if (text.size() > longest_line && text.find(' ') != std::string::npos) look.lines = 3;
    if (text.find('\n') != std::string::npos) look.lines = 8;
    if (!param.info.file) {
        texts_.draw(ui, "text", text, look, apply);
        return;
    }
    look.lines = 1;
    look.hint = "no file is chosen";
    look.width = ImGui::GetContentRegionAvail().x - ImGui::GetFrameHeight() - ui.px(4);
    texts_.draw(ui, "text", text, look, apply);
    tooltip(ui, text);
    ImGui::SameLine(0, ui.px(4));
    if (const auto file = files_.draw(ui, "file", text, endings_for(subject), "Chooses a file")) {
        // A model that was chosen is found by its file, not by the hash of another.
        if (subject.type->id == "model.load" && subject.sample->param("hash") != nullptr) {
            std::vector<Edit> edits;
            for (NodeId node : subject.nodes) {
                edits.push_back({SetParam{node, name, *file}});
                edits.push_back({SetParam{node, "hash", std::nullopt}});
            }
            ui.session.edit({std::move(edits)},
                            fmt::format("Choose {}", std::filesystem::path(*file).filename().string()));
        } else {
            set_param(ui, subject.nodes, name, *file);
        }
    }
}

void ParameterWidgets::draw_menu(Ui& ui, const Subject& subject, const ParamBase& param) {
    if (!ImGui::BeginPopup("parameter")) return;
    const NodeRecord* record = record_of(ui, subject.node);
    const std::string name(param.name);
    if (record != nullptr) {
        dim_text(ui, name);
        ImGui::Separator();
        const bool set = std::any_of(subject.nodes.begin(), subject.nodes.end(), [&](NodeId node) {
            const NodeRecord* other = record_of(ui, node);
            return other != nullptr && other->params.contains(name);
        });
        if (ImGui::MenuItem("Reset to default", nullptr, false, set))
            set_param(ui, subject.nodes, name, std::nullopt);
        if (param.info.kind != ParamInfo::Kind::Data) {
            const bool exposed = is_exposed(*record, name);
            if (ImGui::MenuItem(exposed ? "Unexpose" : "Expose as a dial")) {
                if (exposed)
                    unexpose(ui, subject.node, name);
                else
                    expose(ui, subject.node, name);
            }
        }
        if (ImGui::MenuItem("Copy value")) {
            const json value = value_of_param(*record, param);
            ImGui::SetClipboardText(value.is_string() ? value.get<std::string>().c_str()
                                                      : value.dump().c_str());
        }
        if (const auto source = source_of_input(ui.session.graph(), {subject.node, name})) {
            ImGui::Separator();
            const std::string label = ui.session.graph().label(source->node, ui.session.types());
            if (ImGui::MenuItem(fmt::format("Go to {}", label).c_str())) canvas_.go_to(ui, source->node);
            const bool direct = ui.session.graph().links.contains({subject.node, name});
            if (ImGui::MenuItem("Disconnect", nullptr, false, direct))
                ui.session.edit({RemoveLink{{subject.node, name}}},
                                fmt::format("Disconnect {} from {}", name, label));
        }
    }
    ImGui::EndPopup();
}

}  // namespace gan
