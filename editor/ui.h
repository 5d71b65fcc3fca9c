#pragma once

#include "editor/commands.h"
#include "editor/input.h"
#include "editor/pictures.h"
#include "editor/preferences.h"
#include "editor/session.h"
#include "editor/theme.h"

#include <imgui.h>

#include <set>
#include <string>
#include <vector>

namespace gan {

/// What is selected and looked at. No part of the patch, so that no undo changes it. Ids that are no longer a
/// node's are removed at the start of each frame.
struct Selection {
    std::set<NodeId> nodes;
    NodeId active = 0;  // the one that was selected last: the inspector's; 0: none
    NodeId viewed = 0;  // whose picture the preview shows; 0: the Output's
    NodeId inside = 0;  // the group that the canvas shows; 0: the patch itself

    void only(NodeId node) {
        nodes = {node};
        active = node;
    }
    void clear() {
        nodes.clear();
        active = 0;
    }
};

struct Rect {
    ImVec2 min;
    ImVec2 max;
    float width() const { return max.x - min.x; }
    float height() const { return max.y - min.y; }
    bool contains(const ImVec2& p) const {
        return p.x >= min.x && p.y >= min.y && p.x < max.x && p.y < max.y;
    }
};

/// What the canvas and the panels are drawn with, one frame after another. [editor's thread]
struct Ui {
    Session& session;
    Selection& selection;
    Commands& commands;
    Preferences& preferences;
    Pictures& pictures;
    const Theme& theme;
    const Fonts& fonts;
    const Events& events;
    float scale = 1;      // of everything that is measured in px
    double seconds = 0;   // of this frame, since the editor started
    bool moving = false;  // set by what is still moving: the next frame is drawn without an event
    bool widget_hovered =
        false;  // set by a number, curve or gradient under the mouse: Enter and Delete are its own

    float px(float length) const { return length * scale; }
};

}  // namespace gan
