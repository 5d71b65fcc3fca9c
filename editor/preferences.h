#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace gan {

/// What the editor remembers between runs, in ${XDG_CONFIG_HOME:-~/.config}/ganymede/editor.json. Read
/// leniently: what is missing or makes no sense has its default.
struct Preferences {
    bool dark = true;
    float font_scale = 1;  // 0.5 to 3, beside the screen's own
    float left = 200;      // widths and heights of panels, px at scale 1; 0: collapsed
    float right = 320;
    float preview = 300;
    float bottom = 170;
    int bottom_tab = 0;
    bool minimap = true;
    bool thumbnails = true;
    bool hints = true;                      // the line that says what to try next
    int hints_done = 0;                     // how many of them were followed
    std::vector<std::string> recent;        // patches, newest first, at most 12
    std::vector<std::string> recent_nodes;  // types added, newest first, at most 12
    int window_width = 1440;
    int window_height = 900;
    bool output_mailbox = false;  // present mode of the output window
    int output_scaling = 0;
    int record_form = 0;  // in record_forms
    bool operator==(const Preferences&) const = default;
};

std::filesystem::path preferences_folder();
Preferences load_preferences();
/// Throws Error.
void save_preferences(const Preferences& preferences);

}  // namespace gan
