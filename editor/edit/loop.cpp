#include "editor/edit/loop.h"

#include <cmath>
#include <numeric>

namespace gan {
namespace {

constexpr double longest_loop = 600;  // seconds
constexpr double usual_loop = 60;

}  // namespace

int64_t natural_loop(const Graph& graph, const NodeTypes& types, const Settings& settings) {
    if (settings.length > 1) return settings.length;
    const Tick tick{.rate = settings.tick_rate.value(), .tempo = settings.tempo};
    const auto most = std::llround(longest_loop * tick.rate);
    int64_t loop = 0;  // nothing goes round yet
    for (const auto& [id, record] : graph.nodes) {
        const NodeType* type = types.find(record.type);
        if (type == nullptr || !type->traits.timed) continue;
        const auto node = make_node(*type, record.params);
        for (const auto& [name, value] : record.params.items())
            if (ParamBase* param = node->param(name); param != nullptr && name != type->shaped_by)
                param->set(value);
        const auto period = node->period(tick);
        if (!period || *period < 1 || *period > static_cast<double>(most)) continue;
        // Rounds of 2.5 ticks meet whole ticks after two.
        int64_t whole = 0;
        for (int rounds = 1; rounds <= 1000 && whole == 0; ++rounds) {
            const double ticks = *period * rounds;
            if (std::abs(ticks - std::round(ticks)) < 1e-9 * ticks) whole = std::llround(ticks);
        }
        if (whole == 0) continue;
        const int64_t together = loop == 0 ? whole : std::lcm(loop, whole);
        if (together <= most) loop = together;
    }
    return loop > 1 ? loop : std::max<int64_t>(2, std::llround(usual_loop * tick.rate));
}

}  // namespace gan
