#include "nodes/builtin.h"
#include "nodes/clock.h"
#include "runtime/base/error.h"
#include "runtime/model/classes.h"

namespace gan {
namespace {

enum class Easing { Linear, Smooth, Hold };

class ClassWalk final : public Node {
public:
    TextParam classes{*this, "classes", "Names or numbers, with commas between them", "0, 1"};
    Number length{*this,
                  "period",
                  "From one class to the next",
                  {.value = 4, .min = 0.01, .max = 4096, .curve = Curve::Log, .setup = true}};
    Choice<Clock> unit{*this, "unit", "Of the period", clock_names, Clock::Beats, true};
    Number phase{*this,
                 "phase",
                 "Added to the place on the way",
                 {.value = 0, .min = -4096, .max = 4096, .unit = "periods"}};
    Choice<Easing> easing{
        *this, "easing", "How it goes from one to the next", {"linear", "smooth", "hold"}, Easing::Smooth};
    Output<ClassMix> out{*this, "class", "One class, or two on the way; after the last comes the first"};

    void process(const Tick& tick) override {
        const std::vector<std::string> list = names();
        if (list.empty()) throw Error("'classes' is empty; write for example 3, 7");
        const Cycle cycle = cycle_at(tick, length, unit, phase);
        double t = cycle.phase;
        if (easing == Easing::Smooth) t = t * t * (3 - 2 * t);
        if (easing == Easing::Hold) t = 0;
        const auto count = static_cast<int64_t>(list.size());
        const int64_t first = (cycle.count % count + count) % count;
        ClassMix mix{.classes = {{list[static_cast<size_t>(first)], 1 - t}}, .offset = {}};
        if (t > 0) mix.classes.push_back({list[static_cast<size_t>((first + 1) % count)], t});
        out = std::move(mix);
    }
    std::optional<double> period(const Tick& tick) const override {
        return static_cast<double>(names().size()) * ticks_of(tick, length, unit);
    }

private:
    std::vector<std::string> names() const {
        std::vector<std::string> list = split(*classes, ',');
        for (std::string& name : list) name = trimmed(name);
        std::erase(list, "");
        return list;
    }
};

}  // namespace

NodeType class_walk() {
    NodeType type =
        node_type<ClassWalk>("class.walk", "Class Walk", "Goes through a list of classes", {.timed = true});
    type.aliases = {"sequence", "morph"};
    return type;
}

}  // namespace gan
