#pragma once

#include "runtime/abi/gan.h"
#include "tests/render.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gan {

/// A structure of gan.h, empty but for what says which it is.
template <class T>
T structure() {
    T value{};
    value.abi = GAN_ABI;
    value.size = sizeof(T);
    return value;
}

/// Memory for a picture, as a host has it: every byte is `untouched` at first, `padding` follows each row.
struct HostPicture {
    static constexpr uint8_t untouched = 0xab;

    explicit HostPicture(uint32_t width = 64, uint32_t height = 64, uint32_t format = GAN_RGBA8,
                         uint32_t encoding = GAN_SRGB, int64_t padding = 0);
    HostPicture(HostPicture&&) = default;
    /// As numbers, the padding included.
    template <class T>
    std::vector<T> numbers() const {
        const auto* first = reinterpret_cast<const T*>(bytes.data());
        return {first, first + bytes.size() / sizeof(T)};
    }

    std::vector<uint8_t> bytes;
    gan_frame frame;
};

/// A patch that was opened, and is closed at the end.
class HostPatch {
public:
    /// Waits until it is open, unless told not to.
    explicit HostPatch(const gan_open_options& options, bool waits = true);
    HostPatch(HostPatch&& other) noexcept : opened(other.opened), id_(other.id_) { other.id_ = 0; }
    ~HostPatch();
    operator gan_patch() const { return id_; }

    int opened = GAN_PENDING;  // what gan_wait() said

private:
    gan_patch id_ = 0;
};

gan_open_options from_path(const std::string& path);
/// `text` is borrowed.
gan_open_options from_text(const std::string& text);
std::string error_of(gan_patch patch);

/// RGBA in 8 bits. The rendering succeeds.
std::vector<uint8_t> rendered(gan_patch patch, int64_t tick, uint32_t width = 64, uint32_t height = 64);

/// The first patch without its wire to the truncation, with the path of its model whole, an Input that is
/// named camera, and a parameter of every kind exposed.
nlohmann::json exposing_patch();
/// The first patch, its truncation smoothed: a picture depends on the ticks before.
nlohmann::json remembering_patch();

/// Numbers that a program printed, a name and a number a line.
std::map<std::string, double> figures(const std::string& text);

/// Compares what the library does with what the program does.
class Abi : public Render {
protected:
    /// RGBA in 8 bits of what `ganymede render` writes with these arguments.
    std::vector<uint8_t> of_program(std::vector<std::string> arguments);
    /// Saves a patch; returns its path.
    std::string saved(const nlohmann::json& patch, const std::string& name = "saved.ganymede");
    /// Runs a program to its end.
    Outcome run_other(const std::vector<std::string>& command);
};

}  // namespace gan
