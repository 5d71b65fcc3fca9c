#include "editor/panels/panels.h"

#include "editor/canvas/canvas.h"
#include "editor/edit/ports.h"
#include "editor/keyboard.h"
#include "editor/panels/param_edits.h"
#include "editor/panels/parameter_widgets.h"
#include "editor/panels/parts.h"
#include "editor/panels/settings_edit.h"
#include "editor/panels/value_text.h"
#include "runtime/graph/group.h"

#include <fmt/format.h>

#include <algorithm>

namespace gan {
namespace {

using nlohmann::json;

std::string words_in_field(const NodeRecord& record, const char* field) {
    const auto found = record.fields.find(field);
    return found != record.fields.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<json> text_or_nothing(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return json(text);
}

class Inspector final : public Panel {
public:
    explicit Inspector(Canvas& canvas) : canvas_(canvas), widgets_(canvas) {}

    void draw(Ui& ui) override {
        widgets_.update(ui);
        const Graph& graph = ui.session.graph();
        const auto found = graph.nodes.find(ui.selection.active);
        if (found == graph.nodes.end()) {
            settings_.draw(ui, widgets_.numbers());
            if (!ui.selection.nodes.empty()) return;
            ImGui::Dummy({0, ui.px(6)});
            wrapped_text(ui, "Select a node to see its parameters.", ui.theme.dim);
            return;
        }
        const NodeId id = found->first;
        ImGui::PushID(fmt::format("node {}", id).c_str());
        draw_node(ui, id, found->second);
        ImGui::PopID();
    }

private:
    /// All that are selected when they share a type, else the active one alone.
    static std::vector<NodeId> changed_nodes(const Ui& ui, NodeId active, const NodeRecord& record) {
        const Graph& graph = ui.session.graph();
        const auto shares = [&](NodeId node) {
            const auto other = graph.nodes.find(node);
            return other != graph.nodes.end() && other->second.type == record.type;
        };
        const auto& selected = ui.selection.nodes;
        if (!selected.contains(active) || !std::all_of(selected.begin(), selected.end(), shares))
            return {active};
        return {selected.begin(), selected.end()};
    }

    void draw_node(Ui& ui, NodeId id, const NodeRecord& record) {
        const NodeType* type = ui.session.types().find(record.type);
        const std::vector<NodeId> nodes = changed_nodes(ui, id, record);
        draw_head(ui, id, record, type, nodes);
        if (record.type == note_type || record.type == frame_type) return draw_mark(ui, id, record);
        draw_state(ui, id);
        if (type != nullptr) {
            const Subject subject{id, nodes, type, &ui.session.types().sample(*type, record.params)};
            if (!subject.sample->params().empty()) heading(ui, "PARAMETERS");
            for (const ParamBase* param : subject.sample->params()) widgets_.draw_row(ui, subject, *param);
            draw_ports(ui, id, *subject.sample);
        } else if (record.type == group_type) {
            draw_group(ui, id, record);
        } else {
            draw_missing(ui, record);
        }
        draw_comment(ui, nodes, record);
    }

    void draw_head(Ui& ui, NodeId id, const NodeRecord& record, const NodeType* type,
                   const std::vector<NodeId>& nodes) {
        const Graph& graph = ui.session.graph();
        widgets_.texts().draw(ui, "name", words_in_field(record, "name"),
                              {.hint = graph.label(id, ui.session.types()).c_str()},
                              [nodes](Ui& later, const std::string& name) {
                                  set_field(later, nodes, "name", text_or_nothing(name), "Rename");
                              });
        tooltip(ui, "The name that is shown; empty: the type's");
        const std::string kind = type != nullptr             ? type->name
                                 : record.type == group_type ? "Group"
                                 : record.type == note_type  ? "Note"
                                 : record.type == frame_type ? "Frame"
                                                             : record.type;
        const float line = ImGui::GetContentRegionAvail().x;
        const std::string number = fmt::format("{} #{}", record.type, id);
        elided_text(ui, kind, line * 0.45f, ui.theme.text);
        if (type != nullptr) tooltip(ui, type->description);
        ImGui::SameLine();
        {
            const WithFont font(ui.fonts.mono_at(ui.px(11)));
            const float left = ImGui::GetContentRegionAvail().x;
            const std::string shown = elided(number, left);
            ImGui::SetCursorPosX(ImGui::GetCursorPosX() +
                                 std::max(left - ImGui::CalcTextSize(shown.c_str()).x, 0.0f));
            dim_text(ui, shown);
            if (shown != number) tooltip(ui, number);
        }
        if (type != nullptr) wrapped_text(ui, type->description, ui.theme.dim);
        if (nodes.size() > 1)
            wrapped_text(ui, fmt::format("{} nodes of this type are changed together.", nodes.size()),
                         ui.theme.accent);
        else if (ui.selection.nodes.size() > 1)
            wrapped_text(ui,
                         fmt::format("{} nodes of several types are selected; this one is changed.",
                                     ui.selection.nodes.size()),
                         ui.theme.dim);
        if (record.type != note_type && record.type != frame_type) {
            draw_flag(ui, record, nodes, "bypass", "Bypass", "What comes in goes out unchanged");
            ImGui::SameLine();
            draw_flag(ui, record, nodes, "mute", "Mute", "Nothing runs and nothing comes out");
        }
    }

    static void draw_flag(Ui& ui, const NodeRecord& record, const std::vector<NodeId>& nodes,
                          const char* field, const char* name, const char* about) {
        bool on = record.flag(field);
        if (ImGui::Checkbox(name, &on)) {
            std::optional<json> value;
            if (on) value = true;
            set_field(ui, nodes, field, value,
                      on                                  ? name
                      : field == std::string_view("mute") ? "Unmute"
                                                          : "Unbypass");
        }
        tooltip(ui, about);
    }

    /// Why it ran, how long that took, and what is wrong.
    static void draw_state(Ui& ui, NodeId id) {
        const NodeShown* shown = ui.session.shown()->find(id);
        if (shown == nullptr) return;
        const std::string reason(name_of(shown->reason));
        dim_text(ui, reason);
        tooltip(ui, "Why it ran in the last tick, or did not");
        if (shown->microseconds > 0) {
            ImGui::SameLine();
            const WithFont font(mono_font(ui));
            const std::string time = shown->microseconds < 1000
                                         ? fmt::format("{:.0f} µs", shown->microseconds)
                                         : fmt::format("{:.2f} ms", shown->microseconds / 1000);
            const float left = ImGui::GetContentRegionAvail().x - ImGui::CalcTextSize(time.c_str()).x;
            ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(left, 0.0f));
            dim_text(ui, time);
        }
        if (!shown->error.empty()) wrapped_text(ui, shown->error, ui.theme.error);
    }

    void draw_ports(Ui& ui, NodeId id, const Node& sample) {
        const Graph& graph = ui.session.graph();
        const auto is_param = [&](const InputBase* input) { return sample.param(input->name) != nullptr; };
        if (!std::all_of(sample.inputs().begin(), sample.inputs().end(), is_param)) {
            heading(ui, "INPUTS");
            for (const InputBase* input : sample.inputs()) {
                if (is_param(input)) continue;
                const std::string name(input->name);
                const auto source = source_of_input(graph, {id, name});
                const OutputShown* output = source ? ui.session.shown()->find(*source) : nullptr;
                ImGui::PushID(name.c_str());
                draw_port(ui, input->type, name, input->description, output,
                          source            ? ""
                          : input->optional ? "not linked"
                                            : "must be linked",
                          !source && !input->optional, source ? source->node : 0);
                ImGui::PopID();
            }
        }
        if (sample.outputs().empty()) return;
        heading(ui, "OUTPUTS");
        for (const OutputBase* output : sample.outputs()) {
            ImGui::PushID(output->name.data(), output->name.data() + output->name.size());
            draw_port(ui, output->type, std::string(output->name), output->description,
                      ui.session.shown()->find({id, std::string(output->name)}), "no value yet", false, 0);
            ImGui::PopID();
        }
    }

    /// A line: mark, name, value. `from`: the node that a click goes to; 0: none.
    void draw_port(Ui& ui, PortType type, const std::string& name, std::string_view about,
                   const OutputShown* output, const std::string& otherwise, bool wanting, NodeId from) {
        const float start = ImGui::GetCursorScreenPos().x;
        const float column = label_width(ui);
        port_mark(ui, type);
        ImGui::SameLine(0, ui.px(2));
        elided_text(ui, name, column - ui.px(20), ui.theme.dim);
        tooltip(ui, fmt::format("{} ({})", about, name_of(type)));
        same_line_at(start + column);
        std::string value = output == nullptr ? otherwise : value_text(output->value);
        ImU32 colour = output == nullptr ? (wanting ? ui.theme.warning : ui.theme.dim) : ui.theme.text;
        if (output != nullptr && !output->error.empty()) {
            value = output->error;
            colour = ui.theme.error;
        }
        if (value.empty()) value = "waits for its value";
        const bool number = output != nullptr && (type == PortType::Scalar || type == PortType::Bool) &&
                            output->error.empty();
        {
            const WithFont font(number ? mono_font(ui) : nullptr);
            elided_text(ui, value, ImGui::GetContentRegionAvail().x, colour);
        }
        if (from == 0) return;
        const std::string label = ui.session.graph().label(from, ui.session.types());
        if (press_last("source")) canvas_.go_to(ui, from);
        if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
        tooltip(ui, fmt::format("{}\nfrom {}; a click goes there", value, label));
    }

    void draw_group(Ui& ui, NodeId id, const NodeRecord& record) {
        const Graph& graph = ui.session.graph();
        if (const GraphMark mark = mark_of_graph(ui); mark != counted_in_ || id != counted_) {
            counted_in_ = mark;
            counted_ = id;
            members_ = members_of(graph, id).size();
        }
        dim_text(ui, fmt::format("{} node{} inside", members_, members_ == 1 ? "" : "s"));
        ImGui::SameLine();
        if (small_button(ui, "Enter", "Shows what is inside")) canvas_.enter(ui, id);
        for (const bool outputs : {false, true}) {
            const auto ports = group_ports(record, outputs ? "outputs" : "inputs");
            if (ports.empty()) continue;
            heading(ui, outputs ? "OUTPUTS" : "INPUTS");
            for (const auto& [name, inner] : ports) {
                if (inner.empty()) continue;
                const PortRef port{id, name};
                const auto type = outputs ? type_of_output(graph, ui.session.types(), port)
                                          : type_of_input(graph, ui.session.types(), port);
                const auto source =
                    outputs ? inner.front() : source_of_input(graph, port).value_or(PortRef{});
                ImGui::PushID(outputs ? 1 : 0);
                ImGui::PushID(name.c_str());
                draw_port(ui, type.value_or(PortType::Scalar), name,
                          fmt::format("Stands for {} of {}", inner.front().port,
                                      graph.label(inner.front().node, ui.session.types())),
                          ui.session.shown()->find(source), outputs ? "no value is watched" : "not linked",
                          false, source.node);
                ImGui::PopID();
                ImGui::PopID();
            }
        }
    }

    static void draw_missing(Ui& ui, const NodeRecord& record) {
        wrapped_text(ui,
                     fmt::format("The node type {} {}. Its parameters and links are kept; install what "
                                 "brings it, or put another node in its place.",
                                 record.type, ui.session.types().why_missing(record.type)),
                     ui.theme.warning);
        if (!record.params.empty()) heading(ui, "KEPT PARAMETERS");
        for (const auto& [name, value] : record.params.items()) {
            row_label(ui, name);
            elided_text(ui, value.dump(), ImGui::GetContentRegionAvail().x, ui.theme.dim);
        }
    }

    /// A note or a frame.
    void draw_mark(Ui& ui, NodeId id, const NodeRecord& record) {
        if (record.type == note_type) {
            heading(ui, "TEXT");
            widgets_.texts().draw(ui, "text", words_in_field(record, "text"), {.lines = 8},
                                  [id](Ui& later, const std::string& text) {
                                      set_field(later, {id}, "text", text_or_nothing(text), "Write");
                                  });
        }
        row_label(ui, "colour", "Of its background");
        const std::string text = words_in_field(record, "colour");
        unsigned value = 0x5A6270;
        if (text.size() == 7 && text[0] == '#')
            value = static_cast<unsigned>(std::strtoul(text.c_str() + 1, nullptr, 16));
        float colour[3] = {static_cast<float>(value >> 16 & 255) / 255,
                           static_cast<float>(value >> 8 & 255) / 255, static_cast<float>(value & 255) / 255};
        if (!colour_edit(ui, "##colour", colour, colour_gesture_)) return;
        const auto byte = [](float v) { return static_cast<int>(std::clamp(v, 0.0f, 1.0f) * 255 + 0.5f); };
        set_field(ui, {id}, "colour",
                  fmt::format("#{:02x}{:02x}{:02x}", byte(colour[0]), byte(colour[1]), byte(colour[2])),
                  "Colour", colour_gesture_);
    }

    void draw_comment(Ui& ui, const std::vector<NodeId>& nodes, const NodeRecord& record) {
        heading(ui, "COMMENT", "For whoever reads the patch; Ctrl+Enter or leaving the field keeps it");
        widgets_.texts().draw(ui, "comment", words_in_field(record, "comment"), {.lines = 3},
                              [nodes](Ui& later, const std::string& text) {
                                  set_field(later, nodes, "comment", text_or_nothing(text), "Comment");
                              });
    }

    Canvas& canvas_;
    ParameterWidgets widgets_;
    SettingsEdit settings_;
    uint64_t colour_gesture_ = 0;
    GraphMark counted_in_;  // that the next two are of
    NodeId counted_ = 0;
    size_t members_ = 0;
};

}  // namespace

std::unique_ptr<Panel> make_inspector(Canvas& canvas) {
    return std::make_unique<Inspector>(canvas);
}

}  // namespace gan
