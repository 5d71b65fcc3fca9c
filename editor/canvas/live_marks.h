#pragma once

#include "editor/canvas/scene.h"

#include <array>
#include <unordered_map>

namespace gan {

/// What is remembered of values from one frame to the next, of nodes that are seen: the course of numbers,
/// costs, and when wires carried something new.
class LiveMarks {
public:
    struct Trace {
        std::array<float, 64> values{};  // a ring; the oldest at `next` when it is full
        int next = 0;
        int count = 0;
        double seen = 0;                // seconds
        float at(int age_order) const;  // 0 the oldest
    };
    struct Cost {
        double milliseconds = 0;  // smoothed
        double seen = 0;          // when it last ran, seconds
    };
    struct Pulse {
        uint64_t version = 0;
        double started = -1e9;  // seconds
        double changed = -1e9;
        double steady = 0;  // how long it has changed with hardly a pause, seconds
        double seen = 0;
    };
    /// How a wire shows that something flows: a share of its length, or nothing.
    struct Flow {
        float place = -1;  // -1: nothing
        bool steady = false;
    };

    /// Before nodes and wires of a frame are told.
    void begin(const Ui& ui);
    /// Each node that is seen in detail.
    void node(const NodeShape& shape);
    /// Each wire that is seen in detail.
    Flow wire(const WireShape& wire);

    const Trace* trace(NodeId node) const;
    Cost cost(NodeId node) const;
    bool fresh() const { return fresh_; }
    /// Whether a wire of this frame is drawn as flowing.
    void set_moving() { moving_ = true; }
    bool moving() const { return moving_; }
    void clear();

private:
    void drop_old();

    ShownRef shown_;
    bool fresh_ = false;
    bool moving_ = false;
    int64_t number_ = -1;
    double seconds_ = 0;
    std::unordered_map<NodeId, Trace> traces_;
    std::unordered_map<NodeId, Cost> costs_;
    std::unordered_map<std::string, Pulse> pulses_;  // by the input
};

}  // namespace gan
