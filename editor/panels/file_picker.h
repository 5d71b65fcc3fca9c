#pragma once

#include "editor/ui.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// A popup list of folders and files, filtered by typing. One serves a whole panel.
class FilePicker {
public:
    /// A button that opens it. `preferred`: endings (".safetensors") that are listed first. `current`: what
    /// is chosen now. Returns what was chosen in this frame: from the patch's folder where that is near, else
    /// absolute.
    std::optional<std::string> draw(Ui& ui, const char* id, const std::string& current,
                                    const std::vector<std::string>& preferred, const char* about);

private:
    struct Entry {
        std::string name;
        bool folder = false;
        bool preferred = false;
    };
    void go(const std::filesystem::path& folder, const std::vector<std::string>& preferred);
    std::optional<std::filesystem::path> draw_list(Ui& ui, const std::vector<std::string>& preferred);

    std::filesystem::path folder_;
    std::vector<Entry> entries_;
    std::string problem_;
    std::string filter_;
    bool fresh_ = false;
};

}  // namespace gan
