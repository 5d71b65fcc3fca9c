#include "runtime/cli/pipe_sink.h"

#include "nodes/output.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

namespace gan {
namespace {

void write_all(std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes = bytes.subspan(static_cast<size_t>(written));
        } else if (errno == EPIPE) {
            throw Interrupted();  // it has seen enough
        } else if (errno == EINTR) {
            check_interrupted();
        } else {
            throw Error("stdout cannot be written to ({})", std::strerror(errno));
        }
    }
}

class PipeSink final : public FrameSink {
public:
    PipeSink(bool y4m, const SinkOptions& options) : y4m_(y4m), options_(options) {}

    void write(int64_t, const ImageRef& image) override {
        if (picture_.width == 0) start(*image);
        size_.wrap_x = image->wrap_x;
        size_.wrap_y = image->wrap_y;
        picture_ = to_picture(float_picture(*image), size_);
        bytes_.clear();
        if (y4m_)
            add_planes();
        else
            add_pixels();
        write_all(bytes_);
    }

private:
    void start(const Image& image) {
        size_ = options_.size.value_or(Size{image.width, image.height});
        if (!y4m_) return;
        const std::string header = fmt::format("YUV4MPEG2 W{} H{} F{}:{} Ip A1:1 C444\n", size_.width,
                                               size_.height, options_.fps.num, options_.fps.den);
        write_all({reinterpret_cast<const uint8_t*>(header.data()), header.size()});
    }

    std::array<uint8_t, 4> pixel(size_t i) const {
        const auto channels = static_cast<size_t>(picture_.channels);
        const uint8_t* at = &picture_.pixels[i * channels];
        const uint8_t alpha = channels == 4 ? at[3] : 255;
        return channels < 3 ? std::array<uint8_t, 4>{at[0], at[0], at[0], alpha}
                            : std::array<uint8_t, 4>{at[0], at[1], at[2], alpha};
    }

    size_t pixels() const { return static_cast<size_t>(size_.width) * static_cast<size_t>(size_.height); }

    void add_pixels() {
        for (size_t i = 0; i < pixels(); ++i) {
            const auto rgba = pixel(i);
            bytes_.insert(bytes_.end(), rgba.begin(), rgba.end());
        }
    }

    // ITU-R BT.601: luma 16 to 235, differences of colour 16 to 240.
    void add_planes() {
        constexpr const char* frame = "FRAME\n";
        bytes_.insert(bytes_.end(), frame, frame + std::strlen(frame));
        constexpr float planes[3][4] = {
            {65.481f, 128.553f, 24.966f, 16}, {-37.797f, -74.203f, 112, 128}, {112, -93.786f, -18.214f, 128}};
        for (const auto& [red, green, blue, zero] : planes)
            for (size_t i = 0; i < pixels(); ++i) {
                const auto rgba = pixel(i);
                const float value = (red * static_cast<float>(rgba[0]) + green * static_cast<float>(rgba[1]) +
                                     blue * static_cast<float>(rgba[2])) /
                                        255 +
                                    zero;
                bytes_.push_back(static_cast<uint8_t>(value + 0.5f));
            }
    }

    const bool y4m_;
    const SinkOptions options_;
    Size size_;
    Picture8 picture_;  // the last one
    std::vector<uint8_t> bytes_;
};

}  // namespace

std::unique_ptr<FrameSink> open_pipe_sink(const std::string& form, const SinkOptions& options) {
    if (form != "y4m" && form != "rgba") throw Error("--stdout {}: it writes y4m or rgba", form);
    if (::isatty(STDOUT_FILENO) == 1)
        throw Error(
            "--stdout {} is for a program that reads it; write for example: ganymede play {} --stdout {} | "
            "ffplay -",
            form, "PATCH", form);
    ::signal(SIGPIPE, SIG_IGN);  // the reader's end is an error of write() instead
    return std::make_unique<PipeSink>(form == "y4m", options);
}

}  // namespace gan
