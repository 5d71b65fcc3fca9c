#pragma once

#include "runtime/abi/failure.h"
#include "runtime/abi/gan.h"
#include "runtime/abi/parameters.h"
#include "runtime/gpu/gpu.h"
#include "runtime/gpu/shared_image.h"
#include "runtime/graph/performance.h"
#include "runtime/live/live.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gan {

/// One patch that a host has open. What it does is done on the thread that asks, where that has the stack for
/// it, one after another. Functions throw Failure. [any thread]
class HostedPatch {
public:
    struct Options {
        std::optional<std::string> path;  // absolute; neither it nor a text: the first patch that comes along
        std::optional<std::string> text;
        std::string folder;  // absolute; empty: the path's
        std::string model;
        std::string gpu;
        int threads = 0;
        std::function<void()> opened;  // called by its thread once it is open
    };
    /// Begins to open it.
    explicit HostedPatch(Options options);
    ~HostedPatch();
    HostedPatch(const HostedPatch&) = delete;
    HostedPatch& operator=(const HostedPatch&) = delete;

    /// GAN_OK, GAN_PENDING, or why it is not open.
    int wait(double seconds);
    double progress() const { return progress_; }
    void cancel();
    /// Cancels, and waits until nothing goes on: whoever comes later has GAN_ERROR_CANCELLED.
    void stop();
    std::string message() const;
    void say(const std::string& message);  // what message() returns from now on

    gan_patch_info info();
    gan_parameter parameter(uint32_t index);
    void set(const std::string& id, double value);
    void set(const std::string& id, const std::string& text);
    double number(const std::string& id);
    std::string text(const std::string& id);
    std::string input_name(uint32_t index);
    void set_input(const char* input, const gan_frame& frame);

    void render(int64_t tick, const gan_frame& frame);
    void play(bool on);
    void seek(int64_t tick);
    void set_rate(int64_t num, int64_t den);
    void set_tempo(double beats);
    /// Whether there is a newer picture than `number`, which becomes its number.
    bool latest(const gan_frame& frame, uint64_t& number);

    gan_gpu_image export_image(const gan_gpu_image& wanted);
    /// The moment of its timeline.
    uint64_t render_image(int64_t tick);

private:
    enum class State { Opening, Open, Failed, Cancelled };
    class Breakable;
    void work();
    void open();
    /// Does it once the patch is open and others have done. What it throws is thrown here.
    void run(const std::function<void()>& job);
    void require_still(const char* what) const;
    void make_player();
    const ImageRef& picture_at(int64_t tick);
    void render(int64_t tick, const std::function<void(const ImageRef&)>& take);
    void apply_edit(const Edit& edit);
    std::vector<std::string> inputs() const;

    const Options options_;
    std::atomic<double> progress_ = 0;

    mutable std::mutex mutex_;  // of what follows; held for moments
    std::condition_variable changed_;
    State state_ = State::Opening;
    int open_result_ = GAN_OK;  // Failed: why
    std::string message_;
    bool breakable_ = true;   // what goes on can be given up: it opens, or renders
    bool cancelled_ = false;  // it was
    bool closing_ = false;
    std::mutex turn_;  // of those who do something with the open patch; locked before mutex_

    // Of the thread that opens, then of who has the turn:
    std::unique_ptr<Gpu> gpu_;
    std::string folder_;
    Settings settings_;
    std::unique_ptr<Desk> desk_;
    std::unique_ptr<Parameters> parameters_;
    HostPictures pictures_;
    std::unique_ptr<Player> player_;  // also under mutex_ when it is replaced
    int width_ = 0, height_ = 0;
    std::unique_ptr<SharedImage> exported_;
    int64_t position_ = 0;          // where playing goes on
    std::unique_ptr<Live> live_;    // while it plays
    uint64_t pictures_before_ = 0;  // of those that played before
    std::thread thread_;            // last: it uses the others
};

}  // namespace gan
