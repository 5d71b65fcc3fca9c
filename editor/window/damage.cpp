#include "editor/window/damage.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

namespace gan {
namespace {

constexpr int tile = 32;           // px a side
constexpr size_t most_boxes = 48;  // more take longer than drawing everything
constexpr double most_of_all = 0.7;

int tiles(int px) {
    return (px + tile - 1) / tile;
}

/// Of sums in their order.
uint64_t mixed_in(uint64_t sum, uint64_t next) {
    constexpr uint64_t odd = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio: spreads bits
    sum = (sum ^ next) * odd;
    return sum ^ sum >> 29;
}

}  // namespace

Damage::Damage(int width, int height, uint64_t beneath)
    : width_(width),
      height_(height),
      columns_(tiles(width)),
      rows_(tiles(height)),
      sums_(static_cast<size_t>(columns_) * static_cast<size_t>(rows_), mixed_in(1, beneath)) {}

void Damage::add(const DrawPart& part, std::span<const ImDrawVert> corners,
                 std::span<const ImDrawIdx> indices, const ImVec2& origin, const ImVec2& scale,
                 uint64_t look) {
    const auto bits = [](const PixelBox& box) {
        return std::hash<std::string_view>()({reinterpret_cast<const char*>(&box), sizeof(box)});
    };
    const uint64_t with = mixed_in(mixed_in(static_cast<uint64_t>(part.fill) + 1, look), bits(part.clip));
    for (uint32_t i = 0; i + 2 < part.indices; i += 3) {
        std::array<ImDrawVert, 3> triangle;
        for (uint32_t k = 0; k < 3; ++k)
            triangle[k] = corners[static_cast<size_t>(part.first_corner) + indices[part.first_index + i + k]];
        const auto [left, right] = std::minmax({triangle[0].pos.x, triangle[1].pos.x, triangle[2].pos.x});
        const auto [top, bottom] = std::minmax({triangle[0].pos.y, triangle[1].pos.y, triangle[2].pos.y});
        const auto place = [](float at, float zero, float scaled, int most, float up) {
            const float px = (at - zero) * scaled + up;
            return px > 0 ? static_cast<int32_t>(std::min(px, static_cast<float>(most))) : 0;
        };
        const PixelBox box = overlap(
            {place(left, origin.x, scale.x, width_, 0), place(top, origin.y, scale.y, height_, 0),
             place(right, origin.x, scale.x, width_, 1), place(bottom, origin.y, scale.y, height_, 1)},
            part.clip);
        if (box.empty()) continue;
        static_assert(sizeof(triangle) == 3 * 20);  // no gaps, whose bits would be chance
        const uint64_t sum = mixed_in(
            with,
            std::hash<std::string_view>()({reinterpret_cast<const char*>(&triangle), sizeof(triangle)}));
        for (int y = box.top / tile; y < tiles(box.bottom); ++y)
            for (int x = box.left / tile; x < tiles(box.right); ++x) {
                uint64_t& at =
                    sums_[static_cast<size_t>(y) * static_cast<size_t>(columns_) + static_cast<size_t>(x)];
                at = mixed_in(at, sum);
            }
    }
}

std::vector<PixelBox> Damage::changed(const DrawnTiles& drawn) const {
    const std::vector<PixelBox> all{{0, 0, width_, height_}};
    if (drawn.sums.size() != sums_.size()) return all;
    std::vector<PixelBox> boxes;
    size_t above = 0;  // where those begin that end at this row
    double area = 0;
    for (int y = 0; y < rows_; ++y) {
        const size_t row = static_cast<size_t>(y) * static_cast<size_t>(columns_);
        const auto same = [&](int x) {
            const size_t at = row + static_cast<size_t>(x);
            return sums_[at] == drawn.sums[at];
        };
        const size_t begin = boxes.size();
        for (int x = 0; x < columns_; ++x) {
            if (same(x)) continue;
            const int first = x;
            while (x < columns_ && !same(x)) ++x;
            boxes.push_back(
                {first * tile, y * tile, std::min(x * tile, width_), std::min((y + 1) * tile, height_)});
            area += double{1} * (boxes.back().right - boxes.back().left) * tile;
        }
        // A run below one of the same width makes it higher.
        for (size_t i = above; i < begin; ++i)
            for (size_t k = begin; k < boxes.size(); ++k)
                if (boxes[i].left == boxes[k].left && boxes[i].right == boxes[k].right &&
                    boxes[i].bottom == boxes[k].top) {
                    boxes[k].top = boxes[i].top;
                    boxes[i] = {};
                }
        above = begin;
    }
    std::erase_if(boxes, [](const PixelBox& box) { return box.empty(); });
    if (boxes.size() > most_boxes || area > most_of_all * width_ * height_) return all;
    return boxes;
}

}  // namespace gan
