#include "nodes/picture.h"
#include "runtime/abi/frame.h"
#include "runtime/abi/hosted_patch.h"
#include "runtime/base/file.h"
#include "runtime/base/pixel.h"

#include <algorithm>
#include <chrono>

namespace gan {
namespace {

using Clock = std::chrono::steady_clock;

void require_tick(int64_t tick) {
    if (tick < 0 || tick > most_ticks)
        throw Failure(GAN_ERROR_ARGUMENT, "tick {} is out of range: 0 to {}", tick, most_ticks);
}

}  // namespace

/// While it lives, cancel() gives up what the thread is at; the player that was interrupted plays no more.
class HostedPatch::Breakable {
public:
    explicit Breakable(HostedPatch& hosted) : hosted_(hosted) {
        const std::lock_guard lock(hosted_.mutex_);
        hosted_.breakable_ = true;
        if (hosted_.closing_) hosted_.player_->give_up();
    }
    ~Breakable() {
        {
            const std::lock_guard lock(hosted_.mutex_);
            hosted_.breakable_ = false;
            if (!std::exchange(hosted_.cancelled_, false) || hosted_.closing_) return;
        }
        hosted_.make_player();
    }
    Breakable(const Breakable&) = delete;
    Breakable& operator=(const Breakable&) = delete;

private:
    HostedPatch& hosted_;
};

void HostedPatch::render(int64_t tick, const std::function<void(const ImageRef&)>& take) {
    require_tick(tick);
    run([&] {
        require_still("it renders");
        const Breakable breakable(*this);
        try {
            const ImageRef& picture = picture_at(tick);
            if (picture == nullptr) throw Error("the patch's Output shows no picture");
            take(picture);
        } catch (const Interrupted&) {
            throw Failure(GAN_ERROR_CANCELLED, "rendering tick {} was cancelled", tick);
        }
    });
}

void HostedPatch::render(int64_t tick, const gan_frame& frame) {
    check_frame(frame);
    render(tick, [&](const ImageRef& picture) { write_frame(*picture, frame); });
}

gan_gpu_image HostedPatch::export_image(const gan_gpu_image& wanted) {
    if (wanted.width < 1 || wanted.height < 1 || wanted.width > max_side || wanted.height > max_side)
        throw Failure(GAN_ERROR_ARGUMENT, "an image of {}x{} is out of range: 1 to {} pixels a side",
                      wanted.width, wanted.height, max_side);
    if (wanted.format != GAN_RGBA8 && wanted.format != GAN_RGBA16F)
        throw Failure(GAN_ERROR_ARGUMENT, "images are of the format GAN_RGBA8 or GAN_RGBA16F, not {}",
                      wanted.format);
    gan_gpu_image made = wanted;
    run([&] {
        const std::shared_ptr<Device> device = gpu_->device();
        if (!device->info().shares_memory)
            throw Failure(GAN_ERROR_UNSUPPORTED, "the driver of {} exports no memory", device->info().name);
        exported_ = nullptr;
        auto image =
            std::make_unique<SharedImage>(device, static_cast<int>(wanted.width),
                                          static_cast<int>(wanted.height), wanted.format == GAN_RGBA8);
        made.memory_type = image->memory_type();
        made.memory_size = image->allocated();
        std::copy(device->info().uuid.begin(), device->info().uuid.end(), made.device);
        std::copy(device->info().driver_uuid.begin(), device->info().driver_uuid.end(), made.driver);
        made.memory = image->descriptor();
        made.ready = device->info().shares_semaphores ? device->descriptor_of_own_timeline() : -1;
        exported_ = std::move(image);
    });
    return made;
}

uint64_t HostedPatch::render_image(int64_t tick) {
    uint64_t moment = 0;
    render(tick, [&](const ImageRef& picture) {
        if (exported_ == nullptr)
            throw Failure(GAN_ERROR_ORDER, "there is no image to render into; call gan_export_image() first");
        const std::shared_ptr<Device> device = gpu_->device();
        if (device.get() != &exported_->device())
            throw Error("the GPU was lost and opened again; export the image again");
        moment = exported_->put(texture_of({.gpu = gpu_.get()}, *picture), *picture);
        if (device->info().shares_semaphores) return;
        device->wait(moment);
        moment = 0;
    });
    return moment;
}

void HostedPatch::play(bool on) {
    run([&] {
        if (on == (live_ != nullptr)) return;
        if (on) {
            Cue seek{.action = TransportCommand{.kind = TransportCommand::Kind::Seek, .ticks = position_}};
            live_ = std::make_unique<Live>(Live::Start{.plan = desk_->plan(),
                                                       .settings = settings_,
                                                       .folder = folder_,
                                                       .cues = {std::move(seek)},
                                                       .pictures = pictures_},
                                           *gpu_);
            return;
        }
        const ShownRef last = live_->shown();
        if (last != nullptr) position_ = last->tick;
        pictures_before_ += live_->next_picture(0, Clock::now()).number;
        live_.reset();
        // The nodes are the same, so that nothing is prepared again; those with state start over.
        player_->post(desk_->plan());
        player_->reset();
    });
}

void HostedPatch::seek(int64_t tick) {
    require_tick(tick);
    run([&] {
        position_ = tick;
        if (live_ != nullptr)
            live_->give({.action = TransportCommand{.kind = TransportCommand::Kind::Seek, .ticks = tick}});
    });
}

void HostedPatch::set_rate(int64_t num, int64_t den) {
    constexpr int64_t most = 1'000'000;  // as patches have it
    if (num < 1 || den < 1) throw Failure(GAN_ERROR_ARGUMENT, "{}/{} ticks a second are no rate", num, den);
    const Rational rate{num, den};
    if (rate.num > most || rate.den > most)
        throw Failure(GAN_ERROR_ARGUMENT,
                      "{}/{} ticks a second cannot be kept: in lowest terms, both numbers are 1 to {}", num,
                      den, most);
    run([&] {
        require_still("its rate changes");
        apply_edit({SetSetting{"tick_rate", nlohmann::json{rate.num, rate.den}}});
    });
}

void HostedPatch::set_tempo(double beats) {
    if (!(beats >= 1 && beats <= 1000))
        throw Failure(GAN_ERROR_ARGUMENT, "{} beats a minute are out of range: 1 to 1000", beats);
    run([&] { apply_edit({SetSetting{"tempo", beats}}); });
}

bool HostedPatch::latest(const gan_frame& frame, uint64_t& number) {
    check_frame(frame);
    bool newer = false;
    run([&] {
        if (live_ == nullptr)
            throw Failure(GAN_ERROR_ORDER, "the patch does not play; call gan_play(), or gan_render()");
        const Live::Picture picture = live_->next_picture(0, Clock::now());
        const uint64_t now = picture.image == nullptr ? 0 : pictures_before_ + picture.number;
        newer = now > number;
        if (newer) {
            write_frame(*picture.image, frame);
            number = now;
            return;
        }
        const ShownRef last = live_->shown();
        if (last != nullptr && !last->picture_error.empty())
            throw Failure(GAN_ERROR_RENDER, "{}", last->picture_error);
    });
    return newer;
}

}  // namespace gan
