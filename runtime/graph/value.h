#pragma once

#include "runtime/base/image_info.h"
#include "runtime/base/latent.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gan {

/// What a wire can carry.
enum class PortType { Scalar, Bool, Text, Trigger, Latent, Conditioning, Model, Image };

std::string_view name_of(PortType type);

/// A running count of pulses, so that none is lost between two readings.
struct Trigger {
    uint64_t count = 0;
};

/// A weighted mix of classes. A class is a number ("281"), or a name that only the model can tell.
struct ClassMix {
    struct Entry {
        std::string name;
        double weight = 1;
    };
    std::vector<Entry> classes;
    std::vector<float> offset;  // in the space of embeddings; or empty
};

/// A loaded network, of which the graph knows only that it can be named.
class ModelHandle {
public:
    virtual ~ModelHandle() = default;
    virtual std::string description() const = 0;
};
using ModelRef = std::shared_ptr<const ModelHandle>;

/// A picture in a GPU's memory, of which the graph knows only that it can be fetched.
class DeviceImage {
public:
    virtual ~DeviceImage() = default;
    /// As Image::pixels(). Waits for the GPU. Throws Error. [any thread]
    virtual std::vector<float> read() const = 0;
};
using DeviceImageRef = std::shared_ptr<const DeviceImage>;

/// A picture, immutable once it is on a wire: in host memory, on a GPU, or both.
class Image : public ImageInfo {
public:
    Image(const ImageInfo& info, std::vector<float> pixels);
    Image(const ImageInfo& info, DeviceImageRef device);
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;

    /// (height, width, channels); colours sRGB-encoded in [0, 1], whatever they are kept as, with straight
    /// alpha; data as they are. Fetched when first asked for: may wait, and throw Error. [any thread]
    const std::vector<float>& pixels() const;
    /// Where it is on a GPU, or null. [any thread]
    DeviceImageRef device() const;
    /// Keeps a copy on a GPU, so that the next who asks finds it. Only one of host pixels. [any thread]
    void keep(DeviceImageRef device) const;

private:
    mutable std::mutex fetching_;        // one waits for the GPU, and who asks for device() does not
    mutable std::vector<float> pixels_;  // empty: not fetched yet
    mutable std::mutex mutex_;
    mutable DeviceImageRef device_;
    const bool made_on_host_;
};
using ImageRef = std::shared_ptr<const Image>;

/// Whether two values are the same bit for bit; models and images are the same when they are one object.
bool same(double a, double b);
bool same(bool a, bool b);
bool same(const std::string& a, const std::string& b);
bool same(const Trigger& a, const Trigger& b);
bool same(const Latent& a, const Latent& b);
bool same(const ClassMix& a, const ClassMix& b);
bool same(const ModelRef& a, const ModelRef& b);
bool same(const ImageRef& a, const ImageRef& b);

/// Why a value may not go on a wire ("is not a finite number"), or null.
const char* fault_of(double value);
const char* fault_of(const Latent& value);
const char* fault_of(const ClassMix& value);
template <class T>
const char* fault_of(const T&) {
    return nullptr;
}

template <class T>
constexpr PortType port_type_of() = delete;
template <>
constexpr PortType port_type_of<double>() {
    return PortType::Scalar;
}
template <>
constexpr PortType port_type_of<bool>() {
    return PortType::Bool;
}
template <>
constexpr PortType port_type_of<std::string>() {
    return PortType::Text;
}
template <>
constexpr PortType port_type_of<Trigger>() {
    return PortType::Trigger;
}
template <>
constexpr PortType port_type_of<Latent>() {
    return PortType::Latent;
}
template <>
constexpr PortType port_type_of<ClassMix>() {
    return PortType::Conditioning;
}
template <>
constexpr PortType port_type_of<ModelRef>() {
    return PortType::Model;
}
template <>
constexpr PortType port_type_of<ImageRef>() {
    return PortType::Image;
}

}  // namespace gan
