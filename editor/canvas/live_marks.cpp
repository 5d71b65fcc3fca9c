#include "editor/canvas/live_marks.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr double pulse_time = 0.3;     // seconds that one travels
constexpr double steady_pause = 0.35;  // changes that follow one another so soon are one flow
constexpr double steady_after = 0.6;
constexpr double shimmer_time = 2.4;
constexpr size_t most_marks = 2048;

}  // namespace

float LiveMarks::Trace::at(int age_order) const {
    const int first = count < static_cast<int>(values.size()) ? 0 : next;
    return values[static_cast<size_t>(first + age_order) % values.size()];
}

void LiveMarks::begin(const Ui& ui) {
    shown_ = ui.session.shown();
    seconds_ = ui.seconds;
    moving_ = false;
    fresh_ = shown_ && shown_->number != number_;
    if (shown_) number_ = shown_->number;
    drop_old();
}

void LiveMarks::node(const NodeShape& shape) {
    if (!fresh_) return;
    if (const NodeShown* shown = shown_->find(shape.id); shown != nullptr && shown->microseconds > 0) {
        Cost& cost = costs_[shape.id];
        const double now = shown->microseconds / 1000;
        cost.milliseconds = seconds_ - cost.seen > 1 ? now : 0.85 * cost.milliseconds + 0.15 * now;
        cost.seen = seconds_;
    }
    if (shape.visual != Visual::Sparkline) return;
    const OutputShown* output = shown_->find(shape.source);
    if (output == nullptr) return;
    const double* value = std::get_if<double>(&output->value);
    if (value == nullptr) return;
    Trace& trace = traces_[shape.id];
    trace.values[static_cast<size_t>(trace.next)] = static_cast<float>(*value);
    trace.next = (trace.next + 1) % static_cast<int>(trace.values.size());
    trace.count = std::min(trace.count + 1, static_cast<int>(trace.values.size()));
    trace.seen = seconds_;
}

LiveMarks::Flow LiveMarks::wire(const WireShape& wire) {
    const OutputShown* output = shown_ ? shown_->find(wire.source) : nullptr;
    if (output == nullptr) return {};
    Pulse& pulse = pulses_[text_of(wire.to)];
    if (pulse.seen == 0) pulse.version = output->version;
    pulse.seen = seconds_;
    if (output->version != pulse.version) {
        const double pause = seconds_ - pulse.changed;
        pulse.steady = pause < steady_pause ? pulse.steady + pause : 0;
        pulse.version = output->version;
        pulse.changed = seconds_;
        if (seconds_ - pulse.started > pulse_time) pulse.started = seconds_;
    }
    if (pulse.steady > steady_after && seconds_ - pulse.changed < steady_pause)
        return {static_cast<float>(std::fmod(seconds_, shimmer_time) / shimmer_time), true};
    const double passed = seconds_ - pulse.started;
    if (passed < pulse_time) return {static_cast<float>(passed / pulse_time), false};
    return {};
}

const LiveMarks::Trace* LiveMarks::trace(NodeId node) const {
    const auto found = traces_.find(node);
    return found == traces_.end() ? nullptr : &found->second;
}

LiveMarks::Cost LiveMarks::cost(NodeId node) const {
    const auto found = costs_.find(node);
    return found == costs_.end() ? Cost{} : found->second;
}

void LiveMarks::clear() {
    traces_.clear();
    costs_.clear();
    pulses_.clear();
    number_ = -1;
}

/// What has not been seen for a while is forgotten, once there is much of it.
void LiveMarks::drop_old() {
    const auto old = [&](const auto& entry) { return seconds_ - entry.second.seen > 10; };
    if (traces_.size() > most_marks) std::erase_if(traces_, old);
    if (costs_.size() > most_marks) std::erase_if(costs_, old);
    if (pulses_.size() > most_marks) std::erase_if(pulses_, old);
}

}  // namespace gan
