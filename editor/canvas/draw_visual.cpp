#include "editor/canvas/number_text.h"
#include "editor/canvas/state.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr size_t most_bars = 128;

/// Of a node as long as the program runs: nodes of another patch may have the same ids.
uint64_t thumbnail_key(const Session& session, NodeId node) {
    constexpr int id_bits = 54;  // max_node_id is 2^53
    return static_cast<uint64_t>(session.number()) << id_bits | static_cast<uint64_t>(node);
}

void draw_thumbnail(const Pen& pen, const Box& box, const ImageRef& image, NodeId node) {
    const float aspect = static_cast<float>(image->width) / static_cast<float>(std::max(image->height, 1));
    const float width = std::min(box.width(), box.height() * aspect);
    const float height = width / std::max(aspect, 1e-3f);
    const ImVec2 corner = pen.at(box.centre() - Spot{width / 2, height / 2});
    const ImVec2 min{std::round(corner.x), std::round(corner.y)};
    // Rounded apart from where it is: moved, it keeps its size.
    const ImVec2 max{min.x + std::round(pen.length(width)), min.y + std::round(pen.length(height))};
    pen.ui.pictures.draw_thumbnail(pen.list, image, min, max, thumbnail_key(pen.ui.session, node),
                                   {.opacity = pen.opacity});
}

void draw_picture(const Pen& pen, const NodeShape& shape, const Box& box, const OutputShown* output,
                  const Shown* shown) {
    const Theme& theme = pen.ui.theme;
    pen.fill(box, mixed(theme.raised, theme.canvas, 0.6f), 2);
    const ImageRef* image = output == nullptr ? nullptr : std::get_if<ImageRef>(&output->value);
    // The Output holds its last good picture.
    const bool sink = shape.type != nullptr && shape.type->traits.sink && shape.type->id == "image.output";
    if ((image == nullptr || *image == nullptr) && sink && shown != nullptr) image = &shown->picture;
    if (image == nullptr || *image == nullptr) return;
    if (pen.ui.preferences.thumbnails)
        draw_thumbnail(pen, box, *image, shape.id);
    else
        pen.text(box.centre(), fmt::format("{} x {}", (*image)->width, (*image)->height), 11, theme.dim, 0.5f,
                 true);
}

void draw_sparkline(const Pen& pen, const Box& box, const LiveMarks::Trace* trace,
                    const OutputShown* output) {
    const Theme& theme = pen.ui.theme;
    pen.fill(box, mixed(theme.raised, theme.canvas, 0.6f), 2);
    const double* value = output == nullptr ? nullptr : std::get_if<double>(&output->value);
    if (trace != nullptr && trace->count > 0) {
        float low = trace->at(0), high = low;
        for (int i = 1; i < trace->count; ++i) {
            low = std::min(low, trace->at(i));
            high = std::max(high, trace->at(i));
        }
        const float range = high - low;
        const Box room{{box.min.x + 4, box.min.y + 5}, {box.max.x - 46, box.max.y - 5}};
        const auto samples = static_cast<int>(trace->values.size());
        for (int i = 0; i < trace->count; ++i) {
            const float x = static_cast<float>(samples - trace->count + i) / static_cast<float>(samples - 1);
            const float y = range > 0 ? (trace->at(i) - low) / range : 0.5f;
            pen.list.PathLineTo(pen.at({room.min.x + x * room.width(), room.max.y - y * room.height()}));
        }
        pen.list.PathStroke(pen.ink(theme.of(PortType::Scalar)), ImDrawFlags_None, pen.ui.px(1.5f));
        if (range > 0) {
            pen.text({box.max.x - 4, box.min.y + 7}, short_number(high), 9, theme.dim, 1, true);
            pen.text({box.max.x - 4, box.max.y - 7}, short_number(low), 9, theme.dim, 1, true);
        }
    }
    if (value != nullptr)
        pen.text({box.max.x - 4, box.centre().y}, short_number(*value), 11, theme.text, 1, true);
}

void draw_bars(const Pen& pen, const Box& box, const OutputShown* output) {
    const Theme& theme = pen.ui.theme;
    pen.fill(box, mixed(theme.raised, theme.canvas, 0.6f), 2);
    const Latent* latent = output == nullptr ? nullptr : std::get_if<Latent>(&output->value);
    if (latent == nullptr || latent->z.empty()) return;
    const size_t count = std::min(latent->z.size(), most_bars);
    const ImVec2 min = pen.at({box.min.x + 2, box.min.y + 2}), max = pen.at({box.max.x - 2, box.max.y - 2});
    const float middle = (min.y + max.y) / 2, step = (max.x - min.x) / static_cast<float>(count);
    const float bar = std::max(1.0f, step * 0.75f);
    constexpr float most = 3;  // standard deviations
    const ImU32 colour = pen.ink(theme.of(PortType::Latent));
    pen.list.PrimReserve(static_cast<int>(6 * count), static_cast<int>(4 * count));
    for (size_t i = 0; i < count; ++i) {
        const float z = std::isfinite(latent->z[i]) ? std::clamp(latent->z[i] / most, -1.0f, 1.0f) : 0;
        const float x = min.x + step * static_cast<float>(i);
        const float y = middle - z * (max.y - min.y) / 2;
        pen.list.PrimRect({x, std::min(y, middle - 0.5f)}, {x + bar, std::max(y, middle + 0.5f)}, colour);
    }
}

void draw_classes(const Pen& pen, const Box& box, const OutputShown* output, const LoadedModel* model) {
    const Theme& theme = pen.ui.theme;
    const ClassMix* mix = output == nullptr ? nullptr : std::get_if<ClassMix>(&output->value);
    if (mix == nullptr) return;
    std::vector<const ClassMix::Entry*> entries;
    for (const auto& entry : mix->classes) entries.push_back(&entry);
    const auto lines = static_cast<size_t>(std::lround(box.height() / class_height));
    const size_t shown = std::min(entries.size(), lines);
    std::partial_sort(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(shown), entries.end(),
                      [](const auto* a, const auto* b) { return a->weight > b->weight; });
    constexpr float line = class_height;
    const TextMeasure measure{pen.ui.fonts, pen.ui.scale};
    for (size_t i = 0; i < shown; ++i) {
        const float top = box.min.y + line * static_cast<float>(i);
        const auto share = static_cast<float>(std::clamp(entries[i]->weight, 0.0, 1.0));
        pen.fill({{box.min.x, top + 1}, {box.min.x + box.width() * share, top + line - 1}},
                 faded(theme.of(PortType::Conditioning), 0.22f), 2);
        std::string name =
            model == nullptr ? entries[i]->name : class_label(model->config(), entries[i]->name);
        if (i + 1 == shown && entries.size() > shown)
            name += fmt::format(" and {} more", entries.size() - shown);
        pen.text({box.min.x + 4, top + line / 2}, measure.cut(name, 11, box.width() - 48), 11, theme.text);
        pen.text({box.max.x - 4, top + line / 2}, short_number(entries[i]->weight), 11, theme.dim, 1, true);
    }
}

void draw_words(const Pen& pen, const Box& box, const OutputShown* output) {
    const ModelRef* model = output == nullptr ? nullptr : std::get_if<ModelRef>(&output->value);
    if (model == nullptr || *model == nullptr) return;
    pen.paragraph(box, (*model)->description(), 11, pen.ui.theme.dim);
}

}  // namespace

void draw_visual(const Pen& pen, CanvasState& state, const NodeShape& shape, const Shown* shown) {
    if (shape.visual == Visual::None) return;
    const Box box = shape.visual_box.moved(shape.at);
    const OutputShown* output = shown == nullptr ? nullptr : shown->find(shape.source);
    switch (shape.visual) {
        case Visual::Picture:
            draw_picture(pen, shape, box, output, shown);
            break;
        case Visual::Sparkline:
            draw_sparkline(pen, box, state.marks.trace(shape.id), output);
            break;
        case Visual::Bars:
            draw_bars(pen, box, output);
            break;
        case Visual::Classes:
            draw_classes(pen, box, output, state.class_models.of(pen.ui, shape.id).get());
            break;
        case Visual::Words:
            draw_words(pen, box, output);
            break;
        case Visual::None:
            break;
    }
}

}  // namespace gan
