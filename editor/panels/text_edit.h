#pragma once

#include "editor/ui.h"

#include <functional>
#include <string>

namespace gan {

/// The editor's text fields. What was typed counts when Enter is pressed (Ctrl+Enter where there are several
/// lines) or the field is left; Escape takes it back. One serves a whole panel.
class TextEdit {
public:
    struct Look {
        const char* hint = "";
        int lines = 1;
        bool mono = false;
        float width = 0;  // 0: as wide as is left
    };
    /// May be called in the frame after the field was last drawn, so it must hold what it needs by value.
    using Apply = std::function<void(Ui&, const std::string&)>;

    /// Once a frame, before the fields: what was being typed in one that is drawn no more counts.
    void update(Ui& ui);
    /// At ImGui's cursor; true while it is typed in.
    bool draw(Ui& ui, const char* id, const std::string& value, const Look& look, const Apply& apply);

private:
    struct Typing {
        ImGuiID id = 0;  // 0: nothing is typed
        std::string text, first;
        Apply apply;
        int frame = 0;  // in which it was drawn last
    };
    void finish(Ui& ui);
    Typing typing_;
};

}  // namespace gan
