#include "nodes/builtin.h"
#include "nodes/clock.h"

namespace gan {
namespace {

class Tempo final : public Node {
public:
    Output<double> bpm{*this, "bpm", "Beats a minute, as the patch is set"};
    Output<double> beat{*this, "beat", "Beats so far"};
    Output<double> beat_phase{*this, "beat phase", "From 0 to 1 within the beat"};
    Output<double> bar{*this, "bar", "Bars so far, of four beats"};
    Output<double> bar_phase{*this, "bar phase", "From 0 to 1 within the bar"};
    void process(const Tick& tick) override {
        const Cycle beats = cycle_at(tick, 1, Clock::Beats);
        const Cycle bars = cycle_at(tick, 1, Clock::Bars);
        bpm = tick.tempo;
        beat = static_cast<double>(beats.count);
        beat_phase = beats.phase;
        bar = static_cast<double>(bars.count);
        bar_phase = bars.phase;
    }
};

}  // namespace

NodeType tempo() {
    return node_type<Tempo>("control.tempo", "Tempo", "Beats and bars of the patch", {.timed = true});
}

}  // namespace gan
