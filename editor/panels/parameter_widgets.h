#pragma once

#include "editor/canvas/canvas.h"
#include "editor/panels/class_picker.h"
#include "editor/panels/curve_editor.h"
#include "editor/panels/file_picker.h"
#include "editor/panels/gradient_editor.h"
#include "editor/panels/number_edit.h"
#include "editor/panels/seed_edit.h"
#include "editor/panels/text_edit.h"

#include <string>
#include <vector>

namespace gan {

/// The nodes whose parameters are shown: all of one type, and changed together.
struct Subject {
    NodeId node = 0;            // whose values are shown
    std::vector<NodeId> nodes;  // that are changed, this one among them
    const NodeType* type = nullptr;
    const Node* sample = nullptr;
};

/// The widget that fits each parameter, with its label, what is wired to it, and a menu (right click): reset,
/// expose, copy, disconnect. One serves a whole panel.
class ParameterWidgets {
public:
    explicit ParameterWidgets(Canvas& canvas) : canvas_(canvas) {}

    void update(Ui& ui);  // once a frame, before the others
    void draw_row(Ui& ui, const Subject& subject, const ParamBase& param);
    /// The widget alone, as wide as is left; `param` need not be wired.
    void draw_widget(Ui& ui, const Subject& subject, const ParamBase& param);

    NumberEdit& numbers() { return numbers_; }
    TextEdit& texts() { return texts_; }

private:
    void draw_linked(Ui& ui, const Subject& subject, const ParamBase& param, const PortRef& source);
    void draw_number(Ui& ui, const Subject& subject, const ParamBase& param);
    void draw_choice(Ui& ui, const Subject& subject, const ParamBase& param);
    void draw_text(Ui& ui, const Subject& subject, const ParamBase& param);
    void draw_data(Ui& ui, const Subject& subject, const ParamBase& param);
    void draw_menu(Ui& ui, const Subject& subject, const ParamBase& param);

    Canvas& canvas_;
    NumberEdit numbers_;
    TextEdit texts_;
    SeedEdit seeds_;
    NodeId edited_ = 0;  // whose data the next two hold places in
    CurveEditor curve_;
    GradientEditor gradient_;
    ClassPicker classes_;
    FilePicker files_;
};

/// Where the patch is on a curve, in the unit of its keys; nothing when a wire decides it and its value is
/// not known.
std::optional<double> curve_playhead(const Ui& ui, NodeId node, const Node& sample);

}  // namespace gan
