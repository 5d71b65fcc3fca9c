#include "editor/panels/panels.h"

#include "editor/canvas/canvas.h"
#include "editor/edit/patch_path.h"
#include "editor/edit/search.h"
#include "editor/keyboard.h"
#include "editor/panels/file_picker.h"
#include "editor/panels/model_library.h"
#include "editor/panels/parts.h"
#include "runtime/base/assets.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr double look_again = 4;  // seconds between two looks at folders
constexpr size_t longest_card = 1 << 20;

/// "latent" of "latent.truncation".
std::string family_of(const std::string& type) {
    return type.substr(0, type.find('.'));
}

class Browser final : public Panel {
public:
    Browser(Canvas& canvas, std::function<void(const std::string&)> open_patch)
        : canvas_(canvas), open_patch_(std::move(open_patch)) {}

    void draw(Ui& ui) override {
        look(ui);
        search_field(ui, "search", filter_, "Search");
        ImGui::BeginChild("parts", {0, 0}, false, ImGuiWindowFlags_NavFlattened);
        if (begin_part(ui, "Nodes")) draw_nodes(ui);
        if (begin_part(ui, "Models")) draw_models(ui);
        if (begin_part(ui, "Patches")) draw_patches(ui);
        ImGui::EndChild();
        draw_card(ui);
        if (library_.busy()) ui.moving = true;
        // Last: the session that this frame is drawn with may end with it.
        if (!opens_.empty()) open_patch_(std::exchange(opens_, {}));
    }

private:
    static bool begin_part(Ui& ui, const char* name) {
        ImGui::PushStyleColor(ImGuiCol_Header, ui.theme.panel);
        const bool open = ImGui::CollapsingHeader(name, ImGuiTreeNodeFlags_DefaultOpen);
        ImGui::PopStyleColor();
        return open;
    }

    void look(Ui& ui) {
        const std::string patch = ui.session.workspace().path();
        if (looked_ >= 0 && patch == patch_ && ui.seconds - looked_ < look_again) return;
        looked_ = ui.seconds;
        patch_ = patch;
        if (examples_.empty()) {
            try {
                examples_ = asset("patches");
            } catch (const Error&) {
                // Installed without any.
            }
        }
        library_.look(folders_of_models(fs::path(patch).parent_path()), examples_);
    }

    // Nodes.
    void draw_nodes(Ui& ui) {
        if (filter_.empty()) return draw_families(ui);
        const std::vector<NodeType>& all = ui.session.types().all();
        std::vector<SearchEntry> entries;
        entries.reserve(all.size());
        for (const NodeType& type : all)
            entries.push_back(
                {.name = type.name, .id = type.id, .description = type.description, .aliases = type.aliases});
        const std::vector<size_t> found = search(filter_, entries, ui.preferences.recent_nodes);
        if (found.empty()) dim_text(ui, "No node fits.");
        for (size_t i : found) draw_type(ui, all[i]);
    }

    void draw_families(Ui& ui) {
        std::map<std::string, std::vector<const NodeType*>> families;
        for (const NodeType& type : ui.session.types().all()) families[family_of(type.id)].push_back(&type);
        for (const auto& [family, types] : families) {
            ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.dim);
            const bool open = ImGui::TreeNodeEx(family.c_str(), ImGuiTreeNodeFlags_SpanAvailWidth);
            ImGui::PopStyleColor();
            if (!open) continue;
            for (const NodeType* type : types) draw_type(ui, *type);
            ImGui::TreePop();
        }
    }

    /// A single click only selects: it may begin a drag.
    static bool is_meant() { return ImGui::IsMouseDoubleClicked(0) || pressed_by_key(); }

    /// Dragged onto the canvas, or added by a double click or by Enter.
    void draw_type(Ui& ui, const NodeType& type) {
        ImGui::PushID(type.id.c_str());
        const bool clicked =
            ImGui::Selectable(type.name.c_str(), false, ImGuiSelectableFlags_AllowDoubleClick);
        if (clicked && is_meant()) canvas_.add(ui, type.id);
        if (!dragging(drag_node_type, type.id, type.name))
            tooltip(ui, fmt::format("{}\n{}", type.description, type.id));
        ImGui::PopID();
    }

    static bool dragging(const char* kind, const std::string& payload, const std::string& label) {
        if (!ImGui::BeginDragDropSource()) return false;
        ImGui::SetDragDropPayload(kind, payload.c_str(), payload.size() + 1);
        ImGui::TextUnformatted(label.c_str());
        ImGui::EndDragDropSource();
        return true;
    }

    // Models.
    void draw_models(Ui& ui) {
        const auto models = library_.models();
        size_t shown = 0;
        for (const ModelEntry& model : *models) {
            if (!contains_word(model.name, filter_)) continue;
            ++shown;
            draw_model(ui, model);
        }
        if (shown > 0) return;
        wrapped_text(ui,
                     !models->empty() ? "No model fits."
                     : library_.busy()
                         ? "Looking for models…"
                         : "There are no models in the patch's folder, its folder \"models\", or those "
                           "that GANYMEDE_MODELS names.",
                     ui.theme.dim);
    }

    static std::string facts_of(const ModelEntry& model) {
        if (!model.problem.empty()) return "cannot be read";
        const std::string size = fmt::format("{:.1f} MB", static_cast<double>(model.bytes) / 1e6);
        if (model.resolution == 0) return size;
        return fmt::format("{} px, {} classes, {}", model.resolution, model.classes, size);
    }

    void draw_model(Ui& ui, const ModelEntry& model) {
        ImGui::PushID(model.path.c_str());
        const float side = ui.px(36);
        const ImVec2 at = ImGui::GetCursorScreenPos();
        const float width = ImGui::GetContentRegionAvail().x;
        const bool clicked =
            ImGui::Selectable("##model", false, ImGuiSelectableFlags_AllowDoubleClick, {width, side});
        if (clicked && is_meant()) add_model(ui, model);
        const ImageRef sheet = library_.picture(model.sheet);
        if (!dragging(drag_model, model.path.string(), model.name) && ImGui::IsItemHovered())
            draw_model_tooltip(ui, model, sheet);
        if (asks_for_menu(ui)) ImGui::OpenPopup("menu");
        if (ImGui::BeginPopupContextItem("menu")) {
            if (ImGui::MenuItem("Add to the patch")) add_model(ui, model);
            if (ImGui::MenuItem("Show its card", nullptr, false, !model.card.empty())) open_card(model);
            if (ImGui::MenuItem("Copy its path")) ImGui::SetClipboardText(model.path.c_str());
            ImGui::EndPopup();
        }
        ImDrawList& list = *ImGui::GetWindowDrawList();
        const ImVec2 end(at.x + side, at.y + side);
        if (sheet != nullptr) {
            // The middle of the sheet, square.
            const float wide = static_cast<float>(sheet->width);
            const float tall = static_cast<float>(sheet->height);
            const float u = std::min(1.0f, tall / wide) / 2;
            const float v = std::min(1.0f, wide / tall) / 2;
            ui.pictures.draw(list, sheet, at, end, {}, {0.5f - u, 0.5f - v}, {0.5f + u, 0.5f + v});
        } else {
            list.AddRectFilled(at, end, ui.theme.raised, ui.px(3));
            port_mark(list, {(at.x + end.x) / 2, (at.y + end.y) / 2}, ui.px(6), PortType::Model,
                      ui.theme.of(PortType::Model));
        }
        const float left = end.x + ui.px(6);
        list.AddText({left, at.y + ui.px(2)}, ui.theme.text, elided(model.name, at.x + width - left).c_str());
        const WithFont font(small_font(ui));
        list.AddText({left, at.y + ui.px(19)}, model.problem.empty() ? ui.theme.dim : ui.theme.error,
                     elided(facts_of(model), at.x + width - left).c_str());
        ImGui::PopID();
    }

    static void draw_model_tooltip(Ui& ui, const ModelEntry& model, const ImageRef& sheet) {
        ImGui::BeginTooltip();
        ImGui::TextUnformatted(model.name.c_str());
        dim_text(ui, facts_of(model));
        if (!model.problem.empty()) {
            ImGui::PushTextWrapPos(ui.px(320));
            ImGui::TextUnformatted(model.problem.c_str());
            ImGui::PopTextWrapPos();
        }
        if (sheet != nullptr && sheet->width > 0 && sheet->height > 0) {
            const float share = std::min(ui.px(480) / static_cast<float>(sheet->width),
                                         ui.px(360) / static_cast<float>(sheet->height));
            const ImVec2 size(static_cast<float>(sheet->width) * share,
                              static_cast<float>(sheet->height) * share);
            const ImVec2 at = ImGui::GetCursorScreenPos();
            ImGui::Dummy(size);
            ui.pictures.draw(*ImGui::GetWindowDrawList(), sheet, at, {at.x + size.x, at.y + size.y});
        }
        dim_text(ui, model.card.empty() ? "Drag it into the canvas"
                                        : "Drag it into the canvas; right click: its card");
        ImGui::EndTooltip();
    }

    void add_model(Ui& ui, const ModelEntry& model) {
        const ImVec2 middle(ImGui::GetIO().DisplaySize.x / 2, ImGui::GetIO().DisplaySize.y / 2);
        canvas_.add_at(ui, "model.load", {{"path", path_in_patch(ui.session.workspace().path(), model.path)}},
                       middle);
    }

    // A model's card.
    void open_card(const ModelEntry& model) {
        card_name_ = model.name;
        try {
            card_ = read_text(model.card, longest_card);
        } catch (const Error& error) {
            card_ = error.what();
        }
        card_sheet_ = model.sheet;
        card_opens_ = true;
    }

    void draw_card(Ui& ui) {
        const std::string title = card_name_ + "###card";
        if (card_opens_) ImGui::OpenPopup("###card");
        card_opens_ = false;
        ImGui::SetNextWindowSize({ui.px(640), ui.px(480)}, ImGuiCond_Appearing);
        bool open = true;
        if (!ImGui::BeginPopupModal(title.c_str(), &open)) return;
        if (key_pressed(ui, Key::Escape)) ImGui::CloseCurrentPopup();
        ImGui::BeginChild("card");
        if (const ImageRef sheet = library_.picture(card_sheet_); sheet != nullptr && sheet->width > 0) {
            const float width = ImGui::GetContentRegionAvail().x;
            const float height = width * static_cast<float>(sheet->height) / static_cast<float>(sheet->width);
            const ImVec2 at = ImGui::GetCursorScreenPos();
            ImGui::Dummy({width, height});
            ui.pictures.draw(*ImGui::GetWindowDrawList(), sheet, at, {at.x + width, at.y + height});
        }
        draw_markdown(ui);
        ImGui::EndChild();
        ImGui::EndPopup();
    }

    /// Headings as such, all else as it is written.
    void draw_markdown(Ui& ui) const {
        for (size_t start = 0; start < card_.size();) {
            const size_t end = std::min(card_.find('\n', start), card_.size());
            std::string line = card_.substr(start, end - start);
            start = end + 1;
            const size_t level = line.find_first_not_of('#');
            const bool is_heading = level != 0 && level != std::string::npos && line[level] == ' ';
            if (line.starts_with("![")) continue;  // the sheet, which stands above
            if (is_heading) line = line.substr(level + 1);
            const WithFont font(is_heading              ? ui.fonts.sans_at(ui.px(16))
                                : line.starts_with("|") ? mono_font(ui)
                                                        : nullptr);
            wrapped_text(ui, line.empty() ? " " : line, ui.theme.text);
        }
    }

    // Patches.
    void draw_patches(Ui& ui) {
        const auto examples = library_.patches();
        bool any = false;
        if (!ui.preferences.recent.empty()) {
            bool first = true;
            for (const std::string& path : ui.preferences.recent) {
                const std::string name = fs::path(path).stem().string();
                if (!contains_word(name, filter_)) continue;
                if (std::exchange(first, false)) heading(ui, "RECENT");
                draw_patch(ui, {.path = path, .name = name, .picture = {}}, path == patch_);
                any = true;
            }
        }
        bool first = true;
        for (const PatchEntry& patch : *examples) {
            if (!contains_word(patch.name, filter_)) continue;
            if (std::exchange(first, false)) heading(ui, "EXAMPLES");
            draw_patch(ui, patch, patch.path.string() == patch_);
            any = true;
        }
        if (!any) dim_text(ui, filter_.empty() ? "There are no patches yet." : "No patch fits.");
    }

    void draw_patch(Ui& ui, const PatchEntry& patch, bool current) {
        ImGui::PushID(patch.path.c_str());
        const ImageRef picture = library_.picture(patch.picture);
        const float side = picture == nullptr ? ImGui::GetTextLineHeight() : ui.px(32);
        const ImVec2 at = ImGui::GetCursorScreenPos();
        const float width = ImGui::GetContentRegionAvail().x;
        const bool clicked =
            ImGui::Selectable("##patch", current, ImGuiSelectableFlags_AllowDoubleClick, {width, side});
        if (clicked && is_meant()) opens_ = patch.path.string();
        if (!dragging(drag_patch, patch.path.string(), patch.name))
            tooltip(ui, fmt::format("{}\nA double click or Enter opens it.", patch.path.string()));
        ImDrawList& list = *ImGui::GetWindowDrawList();
        float left = at.x;
        if (picture != nullptr) {
            ui.pictures.draw(list, picture, at, {at.x + side, at.y + side});
            left += side + ui.px(6);
        }
        list.AddText({left, at.y + (side - ImGui::GetTextLineHeight()) / 2}, ui.theme.text,
                     elided(patch.name, at.x + width - left).c_str());
        ImGui::PopID();
    }

    Canvas& canvas_;
    const std::function<void(const std::string&)> open_patch_;
    std::string filter_;
    std::string patch_;  // whose folder was looked at
    fs::path examples_;
    double looked_ = -1;  // seconds
    std::string opens_;   // the patch that was chosen in this frame
    std::string card_name_, card_, card_sheet_;
    bool card_opens_ = false;
    ModelLibrary library_;
};

}  // namespace

std::unique_ptr<Panel> make_browser(Canvas& canvas, std::function<void(const std::string&)> open_patch) {
    return std::make_unique<Browser>(canvas, std::move(open_patch));
}

}  // namespace gan
