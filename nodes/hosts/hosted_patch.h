#pragma once

#include "nodes/hosts/host_time.h"
#include "runtime/abi/gan.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace gan {

/// A patch that a host's plugin shows, opened when it is first rendered. One thread at a time, but for those
/// functions that say [any thread].
class HostedPatch {
public:
    /// Dials of the plugin: hosts ask for parameters before there is a patch. The patch's exposed numbers in
    /// their order; 0 is the least that is possible, 0.5 what the patch itself says, 1 the greatest.
    using Dials = std::array<double, 8>;
    static constexpr double untouched = 0.5;

    HostedPatch() = default;
    ~HostedPatch() { close(); }
    HostedPatch(const HostedPatch&) = delete;
    HostedPatch& operator=(const HostedPatch&) = delete;

    /// Opens a patch and waits, unless it is the one that is open. Empty: the first that comes with Ganymede,
    /// and its own model. Throws std::runtime_error that says why it is not open, every time.
    void open(const std::string& patch, const std::string& model);
    /// Whether it takes pictures.
    bool takes_input() const { return info_.inputs > 0; }
    /// Renders into `frame`; `input` may be null. Throws std::runtime_error.
    void render(const Moment& moment, const Dials& dials, const gan_frame* input, const gan_frame& frame);

    /// Gives up what open() or render() are at. [any thread]
    void cancel() const;
    /// How much of the opening is done, from 0 to 1. [any thread]
    double progress() const;

private:
    struct Dial {
        gan_parameter parameter;
        double set = 0;  // to what
    };
    void begin();
    void read_dials();
    void close();
    void require(int result) const;  // GAN_OK, or throws

    std::string patch_, model_;
    std::string problem_;  // why they are not open
    bool asked_ = false;   // open() was called
    std::atomic<gan_patch> handle_ = 0;
    gan_patch_info info_{};
    std::vector<Dial> dials_;
};

}  // namespace gan
