#include "editor/panels/panels.h"

#include "editor/key_hold.h"
#include "editor/keyboard.h"
#include "editor/panels/parts.h"
#include "editor/panels/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <future>

namespace gan {
namespace {

constexpr double smallest_zoom = 1.0 / 64;
constexpr double largest_zoom = 64;
constexpr double square_zoom = 2;       // above it pixels are squares
constexpr double key_step = 24;         // px of the screen that an arrow key moves the picture by
constexpr double fetch_interval = 0.1;  // seconds between two looks at pixels

/// Fetches the pixels of the picture under the mouse off the editor's thread, which never waits for the GPU.
class PixelProbe {
public:
    /// Once a frame while the mouse is over a picture.
    void look(Ui& ui, const ImageRef& image) {
        take();
        if (!pending_.valid() && image != fetched_ && ui.seconds - last_ >= fetch_interval) {
            last_ = ui.seconds;
            pending_ = std::async(std::launch::async, [image] {
                Fetched result{image, {}};
                try {
                    image->pixels();
                } catch (const std::exception& error) {
                    result.fault = error.what();
                }
                return result;
            });
        }
        if (pending_.valid() || image != fetched_) ui.moving = true;
    }
    /// "12, 40   0.123 0.456 0.789  #1f74c9"; empty: not known yet.
    std::string text(const ImageInfo& info, int x, int y) const {
        if (!fault_.empty()) return fault_;
        if (fetched_ == nullptr || fetched_->width != info.width || fetched_->height != info.height)
            return {};
        const Image& image = *fetched_;
        const std::vector<float>& pixels = image.pixels();  // there already
        const size_t first =
            (static_cast<size_t>(y) * static_cast<size_t>(image.width) + static_cast<size_t>(x)) *
            static_cast<size_t>(image.channels);
        if (first + static_cast<size_t>(image.channels) > pixels.size()) return {};
        std::string values;
        for (int c = 0; c < image.channels; ++c)
            values += fmt::format(" {:.3f}", pixels[first + static_cast<size_t>(c)]);
        if (!is_data(image) && image.channels >= 3) {
            values += "  #";
            for (size_t c = 0; c < 3; ++c)
                values += fmt::format("{:02x}", std::lround(std::clamp(pixels[first + c], 0.0f, 1.0f) * 255));
        }
        return values;
    }

private:
    struct Fetched {
        ImageRef image;
        std::string fault;
    };
    void take() {
        if (!pending_.valid() || pending_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            return;
        Fetched result = pending_.get();
        fault_ = std::move(result.fault);
        fetched_ = std::move(result.image);
    }

    std::future<Fetched> pending_;
    ImageRef fetched_;
    std::string fault_;
    double last_ = -1;
};

/// The picture that is looked at, or why there is none.
struct Viewed {
    ImageRef image;
    std::string problem;
};

Viewed viewed_picture(const Ui& ui) {
    const ShownRef& shown = ui.session.shown();
    const NodeId id = ui.selection.viewed;
    if (id == 0) {
        const std::string& error = shown->picture_error;
        if (shown->picture == nullptr && error.empty())
            return {nullptr, "There is no picture yet. Link one to an Output node."};
        return {shown->picture, error};
    }
    const NodeShown* node = shown->find(id);
    if (node == nullptr || !node->watched) return {nullptr, "The player has not come to this node yet."};
    for (const OutputShown& output : node->outputs) {
        if (output.type != PortType::Image) continue;
        if (const auto* image = std::get_if<ImageRef>(&output.value); image != nullptr && *image != nullptr)
            return {*image, output.error};
        return {nullptr, output.error.empty() ? "This node has made no picture yet." : output.error};
    }
    return {nullptr, node->error.empty() ? "This node makes no picture." : node->error};
}

class Preview final : public Panel {
public:
    void draw(Ui& ui) override {
        const Viewed viewed = viewed_picture(ui);
        if (viewed.image != nullptr) {
            kept_ = viewed.image;
            kept_of_ = ui.selection.viewed;
        } else if (kept_of_ != ui.selection.viewed) {
            kept_ = nullptr;
        }
        draw_what(ui);
        draw_tools(ui);
        const float line = ImGui::GetTextLineHeight() + ui.px(4);
        const float error_lines = viewed.problem.empty() || kept_ == nullptr ? 0 : line;
        const ImVec2 space = ImGui::GetContentRegionAvail();
        const ImVec2 size(std::max(space.x, ui.px(32)),
                          std::max(space.y - 2 * line - error_lines, ui.px(32)));
        hover_.clear();
        if (kept_ != nullptr) {
            draw_picture(ui, kept_, size);
        } else {
            const ImVec2 low = ImGui::GetCursorScreenPos();
            ImGui::GetWindowDrawList()->AddRectFilled(low, {low.x + size.x, low.y + size.y}, ui.theme.canvas);
            ImGui::BeginChild("none", size, false, ImGuiWindowFlags_NoScrollbar);
            centred_text(ui, viewed.problem, ui.theme.dim);
            ImGui::EndChild();
        }
        if (error_lines > 0) elided_text(ui, viewed.problem, size.x, ui.theme.error);
        draw_facts(ui, size.x);
    }

private:
    /// What is viewed, and the way back to the Output.
    void draw_what(Ui& ui) {
        const Graph& graph = ui.session.graph();
        const NodeId viewed = ui.selection.viewed;
        const std::string label = viewed == 0 ? "Output" : graph.label(viewed, ui.session.types());
        const bool pinned = viewed == 0;
        const float button = ImGui::CalcTextSize("Output").x + ui.px(16);
        ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - (pinned ? 0 : button + ui.px(4)));
        if (ImGui::BeginCombo("##viewed", label.c_str())) {
            if (ImGui::Selectable("Output", pinned)) ui.selection.viewed = 0;
            for (const auto& [id, record] : graph.nodes) {
                const NodeType* type = ui.session.types().find(record.type);
                if (type == nullptr) continue;
                const auto& outputs = ui.session.types().sample(*type, record.params).outputs();
                if (std::none_of(outputs.begin(), outputs.end(),
                                 [](const OutputBase* output) { return output->type == PortType::Image; }))
                    continue;
                ImGui::PushID(static_cast<int>(id));
                if (ImGui::Selectable(graph.label(id, ui.session.types()).c_str(), id == viewed))
                    ui.selection.viewed = id;
                ImGui::PopID();
            }
            ImGui::EndCombo();
        }
        tooltip(ui, "The node whose picture is shown here; the output window always shows the Output's");
        if (pinned) return;
        ImGui::SameLine(0, ui.px(4));
        if (ImGui::Button("Output", {button, 0})) ui.selection.viewed = 0;
        tooltip(ui, "Shows the Output's picture again");
    }

    void draw_tools(Ui& ui) {
        if (small_button(ui, "Fit", "The whole picture; a double click does it, too", fit_)) fit_ = true;
        ImGui::SameLine(0, ui.px(2));
        if (small_button(ui, "1:1", "A pixel of the picture is one of the screen", !fit_ && zoom_ == 1)) {
            fit_ = false;
            zoom_ = 1;
        }
        ImGui::SameLine(0, ui.px(8));
        static constexpr std::array names{"RGB", "R", "G", "B", "A"};
        static constexpr std::array abouts{"The picture in its colours", "Red alone", "Green alone",
                                           "Blue alone", "Alpha alone: white is opaque"};
        for (size_t i = 0; i < names.size(); ++i) {
            const auto channels = static_cast<PictureView::Channels>(i);
            if (i > 0) ImGui::SameLine(0, ui.px(2));
            if (small_button(ui, names[i], abouts[i], channels_ == channels)) channels_ = channels;
        }
        ImGui::SameLine(0, ui.px(8));
        if (small_button(ui, "3x3", "Nine of them, to see whether it tiles", tiled_)) tiled_ = !tiled_;
    }

    void draw_picture(Ui& ui, const ImageRef& image, const ImVec2& size) {
        const ImVec2 low = ImGui::GetCursorScreenPos();
        const ImVec2 high(low.x + size.x, low.y + size.y);
        const bool held = hold_.button(ui, "picture", size);
        const bool hovered = ImGui::IsItemHovered();
        const ImGuiIO& io = ImGui::GetIO();
        const double copies = tiled_ ? 3 : 1;
        const double width = std::max(image->width, 1) * copies;
        const double height = std::max(image->height, 1) * copies;
        const double fitted = std::min(size.x / width, size.y / height);
        const ImVec2 middle((low.x + high.x) / 2, (low.y + high.y) / 2);
        if (fit_) {
            zoom_ = fitted;
            centre_x_ = centre_y_ = 0.5;
        }
        // Zoom about the mouse: what is under it stays there.
        if (hovered && io.MouseWheel != 0) {
            const double before = zoom_;
            zoom_ = std::clamp(zoom_ * std::pow(1.25, static_cast<double>(io.MouseWheel)), smallest_zoom,
                               largest_zoom);
            if (std::abs(zoom_ - 1) < 0.08) zoom_ = 1;
            const double dx = io.MousePos.x - middle.x;
            const double dy = io.MousePos.y - middle.y;
            centre_x_ += dx * (1 / before - 1 / zoom_) / width;
            centre_y_ += dy * (1 / before - 1 / zoom_) / height;
            fit_ = false;
        }
        if (held) {
            const KeySteps steps = arrow_steps(ui);
            centre_x_ += steps.across * key_step / zoom_ / width;
            centre_y_ -= steps.up * key_step / zoom_ / height;
            double factor = 1;
            if (key_pressed(ui, Key::Equal)) factor = 1.25;
            if (key_pressed(ui, Key::Minus)) factor = 0.8;
            zoom_ = std::clamp(zoom_ * factor, smallest_zoom, largest_zoom);
            fit_ = fit_ && factor == 1 && steps.across == 0 && steps.up == 0;
            tooltip(ui, "Arrows move it, + and - zoom, Space lets go");
        } else if (has_ring()) {
            tooltip(ui, "Space takes hold of the picture: arrows then move it, + and - zoom");
        } else if (ImGui::IsItemActive() && ImGui::IsMouseDragging(0, ui.px(2))) {
            centre_x_ -= io.MouseDelta.x / zoom_ / width;
            centre_y_ -= io.MouseDelta.y / zoom_ / height;
            fit_ = false;
            ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeAll);
        }
        if (hovered && ImGui::IsMouseDoubleClicked(0)) fit_ = true;
        centre_x_ = std::clamp(centre_x_, 0.0, 1.0);
        centre_y_ = std::clamp(centre_y_, 0.0, 1.0);

        // On whole pixels of the screen, or 1:1 would be blurred.
        const ImVec2 corner(std::floor(middle.x - static_cast<float>(centre_x_ * width * zoom_)),
                            std::floor(middle.y - static_cast<float>(centre_y_ * height * zoom_)));
        const ImVec2 end(corner.x + static_cast<float>(width * zoom_),
                         corner.y + static_cast<float>(height * zoom_));
        ImDrawList& list = *ImGui::GetWindowDrawList();
        list.PushClipRect(low, high, true);
        list.AddRectFilled(low, high, ui.theme.canvas);
        PictureView view;
        view.channels = channels_;
        view.smooth = zoom_ < square_zoom;
        const auto uv = static_cast<float>(copies);
        ui.pictures.draw(list, image, corner, end, view, {0, 0}, {uv, uv});
        list.PopClipRect();

        if (!hovered) return;
        const double x = (io.MousePos.x - corner.x) / zoom_;
        const double y = (io.MousePos.y - corner.y) / zoom_;
        if (x < 0 || y < 0 || x >= width || y >= height) return;
        const int px = static_cast<int>(x) % std::max(image->width, 1);
        const int py = static_cast<int>(y) % std::max(image->height, 1);
        probe_.look(ui, image);
        hover_ = fmt::format("{}, {}", px, py) + "  " + probe_.text(*image, px, py);
    }

    void draw_facts(Ui& ui, float width) {
        const WithFont font(ui.fonts.mono_at(ui.px(11)));
        std::string facts = fmt::format("tick {}", ui.session.shown()->tick);
        if (kept_ != nullptr)
            facts = fmt::format("{}  {}  {:.0f} %", value_text(static_cast<const ImageInfo&>(*kept_)), facts,
                                zoom_ * 100);
        elided_text(ui, facts, width, ui.theme.dim);
        elided_text(ui, hover_.empty() ? " " : hover_, width, hover_.empty() ? ui.theme.dim : ui.theme.text);
    }

    KeyHold hold_;
    bool fit_ = true;
    bool tiled_ = false;
    PictureView::Channels channels_ = PictureView::Channels::Colour;
    double zoom_ = 1;
    double centre_x_ = 0.5, centre_y_ = 0.5;  // what is in the middle, of the whole
    ImageRef kept_;                           // the last good one
    NodeId kept_of_ = 0;
    PixelProbe probe_;
    std::string hover_;
};

}  // namespace

std::unique_ptr<Panel> make_preview() {
    return std::make_unique<Preview>();
}

}  // namespace gan
