#include "nodes/builtin.h"
#include "nodes/clock.h"
#include "runtime/base/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

/// From its key. Two of no length make a straight line.
struct Handle {
    double time = 0;
    double value = 0;
    bool none() const { return time == 0 && value == 0; }
};

struct Key {
    double at = 0;
    double value = 0;
    Handle in;          // towards the key before: time at most 0
    Handle out;         // towards the key after: time at least 0
    bool hold = false;  // the value stays until the next key
};

constexpr double limit = 1e9;  // of times and values

double number_of(const json& object, const char* name, size_t key) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number() || !(std::abs(found->get<double>()) <= limit))
        throw Error("key {} needs a number \"{}\" of at most {:g}", key + 1, name, limit);
    return found->get<double>();
}

Handle handle_of(const json& object, const char* name, size_t key) {
    const auto found = object.find(name);
    if (found == object.end()) return {};
    const auto fits = [](const json& x) { return x.is_number() && std::abs(x.get<double>()) <= limit; };
    if (!found->is_array() || found->size() != 2 || !fits((*found)[0]) || !fits((*found)[1]))
        throw Error("handle \"{}\" of key {} must be [time, value], from the key", name, key + 1);
    return {(*found)[0].get<double>(), (*found)[1].get<double>()};
}

std::vector<Key> parse_keys(const json& list) {
    if (!list.is_array() || list.empty() || list.size() > 10'000)
        throw Error("keys must be a list of 1 to 10000 such as {{\"at\": 0, \"value\": 1}}");
    std::vector<Key> keys;
    for (size_t i = 0; i < list.size(); ++i) {
        if (!list[i].is_object()) throw Error("key {} must be such as {{\"at\": 0, \"value\": 1}}", i + 1);
        const auto hold = list[i].find("hold");
        keys.push_back({.at = number_of(list[i], "at", i),
                        .value = number_of(list[i], "value", i),
                        .in = handle_of(list[i], "in", i),
                        .out = handle_of(list[i], "out", i),
                        .hold = hold != list[i].end() && hold->is_boolean() && hold->get<bool>()});
    }
    std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.at < b.at; });
    for (size_t i = 1; i < keys.size(); ++i)
        if (keys[i].at == keys[i - 1].at) throw Error("two keys are at {}", keys[i].at);
    return keys;
}

double bezier(double p0, double p1, double p2, double p3, double s) {
    const double r = 1 - s;
    return r * r * r * p0 + 3 * r * r * s * p1 + 3 * r * s * s * p2 + s * s * s * p3;
}

/// The curve between two keys, a cubic Bezier. Its handles are cut in time to the segment, as those of CSS's
/// cubic-bezier() are, so that time never runs backwards along it and bisection finds the one place.
double between(const Key& a, const Key& b, double at) {
    const double width = b.at - a.at;
    const double x1 = std::clamp(a.out.time / width, 0.0, 1.0);
    const double x2 = 1 + std::clamp(b.in.time / width, -1.0, 0.0);
    const double x = (at - a.at) / width;
    if (a.out.none() && b.in.none()) return a.value + (b.value - a.value) * x;
    double low = 0;
    double high = 1;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (bezier(0, x1, x2, 1, middle) < x ? low : high) = middle;
    }
    return bezier(a.value, a.value + a.out.value, b.value + b.in.value, b.value, high);
}

double value_at(const std::vector<Key>& keys, double at) {
    const auto next =
        std::upper_bound(keys.begin(), keys.end(), at, [](double x, const Key& key) { return x < key.at; });
    if (next == keys.begin()) return keys.front().value;
    const Key& last = *(next - 1);
    if (next == keys.end() || last.hold || last.at == at) return last.value;
    return between(last, *next, at);
}

enum class After { Hold, Loop };

/// Keys are {"at", "value"} with, if wanted, handles "in" and "out" ([time, value], from the key) and "hold".
class CurveNode final : public Node {
    std::vector<Key> keys_;  // by time; stands before the parameter that fills it

public:
    DataParam keys{*this, "keys", "List of {\"at\", \"value\", \"in\", \"out\", \"hold\"}",
                   R"([{"at": 0, "value": 0}, {"at": 4, "value": 1}])",
                   [this](const nlohmann::json& list) { keys_ = parse_keys(list); }};
    Choice<Clock> unit{*this, "unit", "Of the keys' times", clock_names, Clock::Beats, true};
    Choice<After> after{*this, "after", "What follows the last key", {"hold", "loop"}, After::Hold};
    Input<double> position{*this, "position", "Where on the curve; otherwise the time of the patch",
                           Need::Optional};
    Output<double> out{*this, "value", "Of the curve"};

    void process(const Tick& tick) override {
        const double first = keys_.front().at;
        const double length = keys_.back().at - first;
        const bool loop = after == After::Loop && length > 0;
        double at = 0;
        if (position.linked()) {
            at = *position;
            if (loop) at = first + length * ((at - first) / length - std::floor((at - first) / length));
        } else if (loop) {
            at = first + length * cycle_at(tick, length, unit, -first / length).phase;
        } else {
            const Cycle cycle = cycle_at(tick, 1, unit);
            at = static_cast<double>(cycle.count) + cycle.phase;
        }
        out = value_at(keys_, at);
    }
};

}  // namespace

NodeType curve() {
    NodeType type = node_type<CurveNode>("control.curve", "Curve", "A drawn curve over time, by its keys",
                                         {.timed = true});
    type.aliases = {"keyframes", "animation", "automation", "envelope", "bezier"};
    return type;
}

}  // namespace gan
