#include "nodes/hosts/frei0r.h"

#include "nodes/hosts/background.h"
#include "nodes/hosts/frei0r_ports.h"
#include "nodes/hosts/host_text.h"
#include "nodes/hosts/host_time.h"
#include "nodes/hosts/hosted_patch.h"
#include "nodes/hosts/label.h"
#include "runtime/abi/gan.h"
#include "runtime/base/plain_rounding.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace gan {
namespace {

constexpr bool is_filter = GAN_HOST_FILTER != 0;

constexpr std::chrono::milliseconds patience(33);  // a frame, of a host that must not be held up

/// What an instance of a host shows. Hosts that cut pictures into bands update one instance at once, from
/// several threads, and set parameters meanwhile.
class Plugin {
public:
    Plugin(unsigned width, unsigned height) : width_(width), height_(height) {}
    ~Plugin() {
        ending_ = true;
        background_.end([this] { patch_.cancel(); });
    }
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;

    void set(int index, const void* value);
    void get(int index, void* value);
    void update(double time, HostTime::Unit told, const uint32_t* in, uint32_t* out);

private:
    size_t pixels() const { return size_t{width_} * height_; }
    gan_frame frame(uint32_t* pixels) const;
    void show(const PortValues& values, const Moment& moment, const uint32_t* in, uint32_t* out);
    void show_newest(const PortValues& values, const Moment& moment, const uint32_t* in, uint32_t* out);
    void show_instead(const uint32_t* in, uint32_t* out, const std::string& why) const;

    const unsigned width_, height_;
    std::mutex values_mutex_;  // of the next two; held for moments
    PortValues values_;
    HostTime time_;
    std::mutex turn_;  // of those who update

    std::mutex patch_mutex_;  // of the next two
    HostedPatch patch_;
    std::string said_;  // last, on stderr
    std::atomic<bool> ending_ = false;
    Background background_;  // last: it uses the others
};

void Plugin::set(int index, const void* value) {
    const PortInfo* info = port_info(index);
    if (info == nullptr) return;
    if (info->type == F0R_PARAM_STRING) {
        const std::string text = host_text(value);
        const std::lock_guard lock(values_mutex_);
        *values_.text(index) = text;
        return;
    }
    if (value == nullptr) return;
    double number = 0;
    std::memcpy(&number, value, sizeof(number));
    number = std::isnan(number) ? info->value : std::clamp(number, 0.0, 1.0);  // FFmpeg takes any
    const std::lock_guard lock(values_mutex_);
    *values_.number(index) = number;
}

void Plugin::get(int index, void* value) {
    const PortInfo* info = port_info(index);
    if (info == nullptr || value == nullptr) return;
    const std::lock_guard lock(values_mutex_);
    if (info->type == F0R_PARAM_STRING) {
        const char* text = values_.text(index)->c_str();
        std::memcpy(value, &text, sizeof(text));
    } else {
        std::memcpy(value, values_.number(index), sizeof(double));
    }
}

void Plugin::update(double time, HostTime::Unit told, const uint32_t* in, uint32_t* out) {
    const std::lock_guard turn(turn_);
    PortValues values;
    Moment moment;
    {
        const std::lock_guard lock(values_mutex_);
        values = values_;
        const auto chosen = static_cast<int>(std::lround(2 * values.time_unit));
        moment = time_.moment(time, chosen == 0   ? told
                                    : chosen == 1 ? HostTime::Unit::Seconds
                                                  : HostTime::Unit::Milliseconds);
    }
    if (values.wait >= 0.5)
        show(values, moment, in, out);
    else
        show_newest(values, moment, in, out);
}

gan_frame Plugin::frame(uint32_t* pixels) const {
    return {.abi = GAN_ABI,
            .size = sizeof(gan_frame),
            .pixels = pixels,
            .width = width_,
            .height = height_,
            .stride = int64_t{width_} * static_cast<int64_t>(sizeof(uint32_t)),
            .format = GAN_RGBA8,
            .encoding = GAN_SRGB};
}

void Plugin::show(const PortValues& values, const Moment& moment, const uint32_t* in, uint32_t* out) {
    const std::lock_guard lock(patch_mutex_);
    std::string problem;
    try {
        patch_.open(patch_path(values), values.model);
        if (is_filter && in != nullptr && !patch_.takes_input()) {
            std::copy_n(in, pixels(), out);  // what such a patch makes is no change of the host's picture
        } else {
            const gan_frame picture = frame(out);
            const gan_frame given = frame(const_cast<uint32_t*>(in));
            patch_.render(moment, values.dials, is_filter && in != nullptr ? &given : nullptr, picture);
        }
        said_.clear();
        return;
    } catch (const std::bad_alloc&) {
        problem = "there is not enough memory";
    } catch (const std::exception& failure) {
        problem = failure.what();
    }
    show_instead(in, out, "Ganymede: " + problem);
    if (problem == said_ || ending_) return;
    std::fprintf(stderr, "ganymede: %s\n", problem.c_str());  // hosts have no way to hear of it
    said_ = problem;
}

void Plugin::show_newest(const PortValues& values, const Moment& moment, const uint32_t* in, uint32_t* out) {
    std::vector<uint32_t> given;
    if (is_filter && in != nullptr) given.assign(in, in + pixels());
    const Background::Picture newest = background_.newest(
        [this, values, moment, given = std::move(given)](Background::Picture& picture) {
            picture.resize(pixels());
            show(values, moment, given.empty() ? nullptr : given.data(), picture.data());
        },
        patience);
    if (newest.size() == pixels()) {
        std::copy(newest.begin(), newest.end(), out);
        return;
    }
    const auto percent = static_cast<int>(100 * patch_.progress());
    show_instead(in, out, "Ganymede is opening the patch, " + std::to_string(percent) + " %");
}

void Plugin::show_instead(const uint32_t* in, uint32_t* out, const std::string& why) const {
    constexpr uint32_t dark = 0xff202020;
    if (is_filter && in != nullptr)
        std::copy_n(in, pixels(), out);
    else
        std::fill_n(out, pixels(), dark);
    draw_label(out, width_, height_, why);
}

/// Nothing that is thrown reaches the host.
template <class Work>
void guarded(f0r_instance_t instance, const Work& work) noexcept {
    if (instance == nullptr) return;
    try {
        const PlainRounding plain;
        work(*static_cast<Plugin*>(instance));
    } catch (...) {
        std::fputs("ganymede: there is not enough memory, or no further thread\n", stderr);
    }
}

/// In what unit those hosts pass the time whose library it is that calls.
HostTime::Unit unit_of(const void* caller) {
    Dl_info found{};
    if (::dladdr(caller, &found) == 0 || found.dli_fname == nullptr) return HostTime::Unit::Unknown;
    std::string_view name = found.dli_fname;
    name.remove_prefix(name.rfind('/') + 1);
    if (name.starts_with("libavfilter")) return HostTime::Unit::Milliseconds;
    if (name.starts_with("libmlt") || name.starts_with("libgst")) return HostTime::Unit::Seconds;
    return HostTime::Unit::Unknown;
}

std::atomic<int> users = 0;

}  // namespace
}  // namespace gan

using namespace gan;

// GStreamer takes 0 for a failure, FFmpeg what is below. MLT calls it for every clip.
int f0r_init() {
    ++users;
    return 1;
}

// MLT calls it while it still has instances.
void f0r_deinit() {
    --users;
}

void f0r_get_plugin_info(f0r_plugin_info_t* info) {
    if (info == nullptr) return;
    *info = {.name = is_filter ? "Ganymede Filter" : "Ganymede",
             .author = "Ganymede's authors",
             .plugin_type = is_filter ? F0R_PLUGIN_TYPE_FILTER : F0R_PLUGIN_TYPE_SOURCE,
             .color_model = F0R_COLOR_MODEL_RGBA8888,
             .frei0r_version = frei0r_major_version,
             .major_version = GAN_VERSION_MAJOR,
             .minor_version = GAN_VERSION_MINOR,
             .num_params = static_cast<int>(Port::Count),
             .explanation = is_filter
                                ? "Pictures of a BigGAN, made with the picture that comes in, by a patch"
                                : "Pictures of a BigGAN, made by a patch"};
}

void f0r_get_param_info(f0r_param_info_t* info, int index) {
    const PortInfo* port = port_info(index);
    if (info == nullptr || port == nullptr) return;
    *info = {.name = port->name, .type = port->type, .explanation = port->explanation};
}

f0r_instance_t f0r_construct(unsigned int width, unsigned int height) {
    if (width == 0 || height == 0) return nullptr;
    try {
        return std::make_unique<Plugin>(width, height).release();
    } catch (...) {
        return nullptr;
    }
}

void f0r_destruct(f0r_instance_t instance) {
    guarded(instance, [](Plugin& plugin) { const std::unique_ptr<Plugin> last(&plugin); });
}

void f0r_set_param_value(f0r_instance_t instance, f0r_param_t value, int index) {
    guarded(instance, [&](Plugin& plugin) { plugin.set(index, value); });
}

void f0r_get_param_value(f0r_instance_t instance, f0r_param_t value, int index) {
    guarded(instance, [&](Plugin& plugin) { plugin.get(index, value); });
}

void f0r_update(f0r_instance_t instance, double time, const uint32_t* in, uint32_t* out) {
    const void* caller = __builtin_extract_return_addr(__builtin_return_address(0));
    if (out == nullptr) return;
    guarded(instance, [&](Plugin& plugin) { plugin.update(time, unit_of(caller), in, out); });
}
