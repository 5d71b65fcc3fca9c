#pragma once

#include "editor/panels/param_edits.h"
#include "editor/ui.h"
#include "runtime/gpu/device.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gan {

class Canvas;

/// Each panel draws itself into the current ImGui child window and keeps what it needs between frames. What
/// changes the patch goes through Session::edit(). [editor's thread]
class Panel {
public:
    virtual ~Panel() = default;
    virtual void draw(Ui& ui) = 0;
    /// It waits for a key: what is pressed runs no command now.
    virtual bool takes_keys() const { return false; }
};

/// Every parameter of the active node (of all selected, where they share a type) with the widget that fits
/// it; its name, comment, ports with their values, and why it ran.
std::unique_ptr<Panel> make_inspector(Canvas& canvas);
/// The picture of the viewed node: fitted or pixel-exact, zoom and pan, channels, 3x3, the pixel under the
/// mouse.
std::unique_ptr<Panel> make_preview();
/// Nodes by family, models with their sheets, patches with their pictures; each can be dragged into the
/// canvas. `open_patch` is called with a path.
std::unique_ptr<Panel> make_browser(Canvas& canvas, std::function<void(const std::string&)> open_patch);
/// Exposed parameters as large dials: the performance page.
std::unique_ptr<Panel> make_dials();
/// Undo steps with their names; a click goes there.
std::unique_ptr<Panel> make_history();
/// What was said, and what is wrong now; a click goes to the node.
std::unique_ptr<Panel> make_log(Canvas& canvas);
/// Milliseconds a node, the graph of frame times, late frames with their cause, why nodes ran; what the GPU
/// did, where `counters` tells, and how soon edits are seen, where `delays` tells: milliseconds of the last
/// ones.
std::unique_ptr<Panel> make_performance(Canvas& canvas,
                                        std::function<std::optional<Device::Counters>()> counters = {},
                                        std::function<std::vector<float>()> delays = {});
/// All commands with their keys, searchable, rebindable in place (F1). `changed`: keys are to be saved.
std::unique_ptr<Panel> make_keys(std::function<void()> changed);

/// Nodes whose values the panels show now: the active one and those that it takes from, the viewed one,
/// models where classes are picked, sources of exposed parameters. To be watched beside Canvas::visible().
std::set<NodeId> nodes_in_panels(const Ui& ui);
/// The same from one frame to the next, found anew only when it may have changed.
class PanelNodes {
public:
    const std::set<NodeId>& update(const Ui& ui);

private:
    GraphMark graph_;
    NodeId active_ = 0;
    NodeId viewed_ = 0;
    std::set<NodeId> nodes_;
};

/// The payload types of ImGui's drag and drop: text ending with 0.
constexpr const char* drag_node_type = "node type";  // a type's id
constexpr const char* drag_model = "model";          // path of a model file
constexpr const char* drag_patch = "patch";          // path of a patch

}  // namespace gan
