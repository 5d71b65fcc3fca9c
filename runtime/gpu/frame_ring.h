#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace gan {

enum class FramePolicy {
    Latest,  // the producer never waits: a newer frame takes the place of one that nobody took
    Lock,    // nothing is lost: the producer waits for the consumer
};

/// The order in which one producer fills slots and one consumer empties them; the slots' memory is somebody
/// else's. A slot is free, being written, published or being read. A GPU that reads a slot goes on after the
/// slot was released: until a moment of the consumer's timeline, which is kept with it. With as many slots as
/// are read at once + 2, a producer under Latest always finds one.
class FrameRing {
public:
    struct Place {
        size_t slot = 0;
        uint64_t after = 0;  // moment of the consumer's timeline before which it must not be written
    };
    struct Frame {
        size_t slot = 0;
        uint64_t number = 0;  // counts the published ones from 1
    };
    struct Counters {
        uint64_t published = 0;
        uint64_t taken = 0;
        uint64_t dropped = 0;  // published and never taken, or not even written since no slot was free
    };

    FrameRing(size_t slots, FramePolicy policy) : policy_(policy), slots_(slots) {}

    /// A slot to write a frame into. `reached`: the moment that the consumer's timeline has come to. Latest:
    /// at once, and to be written at once; nothing when every slot is being read, the frame is dropped. Lock:
    /// waits until one is released; nothing when the ring was closed. [producer]
    std::optional<Place> begin(uint64_t reached = 0);
    /// What was written may be taken. Returns the frame's number. [producer]
    uint64_t publish(size_t slot);
    /// What was begun is not written after all. [producer]
    void abandon(size_t slot);

    /// The frame to show next: under Latest the newest that was not taken, under Lock the next one. Nothing
    /// when there is none. [consumer]
    std::optional<Frame> take();
    /// The same; waits for one. Nothing when the ring was closed and all were taken. [consumer]
    std::optional<Frame> wait();
    /// The slot may be written again, after this moment of the consumer's timeline. [consumer]
    void release(size_t slot, uint64_t after = 0);

    /// Nobody waits any more. [any thread]
    void close();
    Counters counters() const;

private:
    enum class State { Free, Writing, Published, Reading };
    struct Slot {
        State state = State::Free;
        uint64_t number = 0;
        uint64_t after = 0;
    };
    std::optional<Place> free_place() const;
    std::optional<Frame> take_next();

    const FramePolicy policy_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Slot> slots_;
    Counters counters_;
    bool closed_ = false;
};

}  // namespace gan
