#include "runtime/graph/value.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace gan {
namespace {

bool same_floats(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

bool finite(const std::vector<float>& values) {
    return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

}  // namespace

std::string_view name_of(PortType type) {
    static constexpr std::string_view names[] = {"scalar", "bool",         "text",  "trigger",
                                                 "latent", "conditioning", "model", "image"};
    return names[static_cast<size_t>(type)];
}

Image::Image(const ImageInfo& info, std::vector<float> pixels)
    : ImageInfo(info), pixels_(std::move(pixels)), made_on_host_(true) {}

Image::Image(const ImageInfo& info, DeviceImageRef device)
    : ImageInfo(info), device_(std::move(device)), made_on_host_(false) {}

const std::vector<float>& Image::pixels() const {
    const std::lock_guard lock(fetching_);
    if (pixels_.empty())
        if (const DeviceImageRef there = device()) pixels_ = there->read();
    return pixels_;
}

DeviceImageRef Image::device() const {
    const std::lock_guard lock(mutex_);
    return device_;
}

void Image::keep(DeviceImageRef device) const {
    const std::lock_guard lock(mutex_);
    if (made_on_host_) device_ = std::move(device);
}

bool same(double a, double b) {
    return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}
bool same(bool a, bool b) {
    return a == b;
}
bool same(const std::string& a, const std::string& b) {
    return a == b;
}
bool same(const Trigger& a, const Trigger& b) {
    return a.count == b.count;
}
bool same(const Latent& a, const Latent& b) {
    return same(a.std, b.std) && same_floats(a.z, b.z);
}
bool same(const ClassMix& a, const ClassMix& b) {
    return std::equal(
               a.classes.begin(), a.classes.end(), b.classes.begin(), b.classes.end(),
               [](const auto& x, const auto& y) { return x.name == y.name && same(x.weight, y.weight); }) &&
           same_floats(a.offset, b.offset);
}
bool same(const ModelRef& a, const ModelRef& b) {
    return a == b;
}
bool same(const ImageRef& a, const ImageRef& b) {
    return a == b;
}

const char* fault_of(double value) {
    return std::isfinite(value) ? nullptr : "is not a finite number";
}
const char* fault_of(const Latent& value) {
    return finite(value.z) && std::isfinite(value.std) ? nullptr : "holds numbers that are not finite";
}
const char* fault_of(const ClassMix& value) {
    for (const auto& entry : value.classes)
        if (!std::isfinite(entry.weight)) return "has a weight that is not a finite number";
    return finite(value.offset) ? nullptr : "has an offset that is not finite";
}

}  // namespace gan
