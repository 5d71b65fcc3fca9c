#include "nodes/builtin.h"

#include <algorithm>

namespace gan {
namespace {

class MapRange final : public Node {
public:
    Input<double> in{*this, "value", "Any number"};
    Number from_low{*this, "from low", "What becomes 'to low'", {.value = 0, .min = -1e6, .max = 1e6}};
    Number from_high{*this, "from high", "What becomes 'to high'", {.value = 1, .min = -1e6, .max = 1e6}};
    Number to_low{*this, "to low", "What 'from low' becomes", {.value = 0, .min = -1e6, .max = 1e6}};
    Number to_high{*this, "to high", "What 'from high' becomes", {.value = 1, .min = -1e6, .max = 1e6}};
    Toggle clamp{*this, "clamp", "Never beyond 'to low' and 'to high'", true};
    Output<double> out{*this, "value", "In the new range"};

    void process(const Tick&) override {
        const double width = from_high - from_low;
        double share = width == 0 ? 0.0 : (*in - from_low) / width;
        if (clamp) share = std::clamp(share, 0.0, 1.0);
        out = to_low + (to_high - to_low) * share;
    }
};

}  // namespace

NodeType map_range() {
    return node_type<MapRange>("control.map_range", "Map Range", "Maps one range of numbers onto another");
}

}  // namespace gan
