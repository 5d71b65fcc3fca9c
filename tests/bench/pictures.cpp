// Picture nodes on the chosen device beside OpenCV on the processor, at 512x512 (or SIDE): what a whole
// operation takes on floats of four channels, OpenCV's in linear light as well. Interleaved rounds, medians,
// and the ratio within each round.
//     cmake --preset dev && cmake --build build/dev --target pictures && build/dev/tests/bench/pictures [SIDE
//     [GPU]] [--quick] [--json FILE]
// OpenCV (libopencv-dev) is found when it is installed. The bound of a pass: it reads and writes 8
// bytes a pixel, 4 MB at 512x512; what a bare copy of that takes is printed, too, and the frame bridge's
// staged path.

#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "runtime/gpu/frame_bridge.h"
#include "runtime/gpu/transfer.h"
#include "tests/bench/figures.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#ifdef GAN_OPENCV
#include <opencv2/imgproc.hpp>
#endif

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <random>

namespace {

using namespace gan;

class Source final : public Node {
public:
    Output<ImageRef> image{*this, "image", "A picture"};
    void process(const Tick&) override {}
};

double milliseconds(int times, const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() /
           times;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct Case {
    std::string name;
    std::function<void()> ours;
    std::function<void()> peer;  // none: there is none
};

void print(Figures& figures, const Case& one) {
    const int times = figures.repeats(8, 2);
    std::vector<double> ours, peers, ratios;
    one.ours();
    if (one.peer) one.peer();
    for (int round = 0; round < figures.repeats(9, 3); ++round) {
        ours.push_back(milliseconds(times, one.ours));
        if (!one.peer) continue;
        peers.push_back(milliseconds(times, one.peer));
        ratios.push_back(peers.back() / ours.back());
    }
    if (one.peer)
        fmt::print("{:<22} {:8.3f} ms   peer {:8.3f} ms   peer/ours {:5.2f}\n", one.name, median(ours),
                   median(peers), median(ratios));
    else
        fmt::print("{:<22} {:8.3f} ms\n", one.name, median(ours));
    figures.add(one.name, median(ours), "ms");
    if (one.peer) figures.add(one.name + ", peer over ours", median(ratios), "ratio");
}

/// Runs a node again and again on a picture that lies on the GPU, and waits for each.
std::function<void()> node(Gpu& gpu, const ImageRef& picture, const char* type,
                           const nlohmann::json& params) {
    struct Held {
        Source source;
        std::unique_ptr<Node> node;
    };
    auto held = std::make_shared<Held>();
    held->source.image = picture;
    held->node = builtin_nodes().find(type)->create();
    for (const auto& [name, value] : params.items()) held->node->param(name)->set(value);
    held->node->input("image")->link(&held->source.image);
    return [held, &gpu] {
        held->node->process({.gpu = &gpu});
        gpu.device()->wait(gpu.device()->flush());
    };
}

}  // namespace

int main(int argc, char** argv) {
    Figures figures(argc, argv);
    const auto& arguments = figures.arguments();
    const int side = arguments.empty() ? 512 : std::atoi(arguments[0].c_str());
    Gpu gpu(arguments.size() > 1 ? arguments[1] : "");
    figures.about("device", gpu.device()->info().name);
    figures.about("side", side);
#ifdef GAN_OPENCV
    figures.about("peer", "OpenCV " CV_VERSION);
#endif
    fmt::print("{}, {}x{}\n", gpu.device()->info().name, side, side);
    const ImageInfo info{.width = side, .height = side, .channels = 4};
    std::mt19937 random(1);
    std::vector<float> pixels(static_cast<size_t>(side) * side * 4);
    for (float& value : pixels) value = static_cast<float>(random() % 1000) / 999;
    const auto picture = std::make_shared<Image>(info, pixels);

    // Into three places in turn, as the bridge has slots: into one, the same 4 MB would stay in the cache.
    std::array<std::vector<float>, 3> copies;
    copies.fill(std::vector<float>(pixels.size()));
    const std::function<void()> bare = [&, turn = size_t{0}]() mutable {
        std::memcpy(copies[turn++ % 3].data(), pixels.data(), pixels.size() * 4);
    };
    print(figures, {"copy on the processor", bare, nullptr});
    {
        FrameBridge bridge(gpu.device(), {.info = info});
        const auto hand_over = [&] {
            const auto target = bridge.begin();
            std::memcpy(target->values.data(), pixels.data(), target->values.size_bytes());
            bridge.publish(*target);
        };
        print(figures, {"staged: to the bridge", hand_over, bare});
        print(figures, {"staged: to a texture",
                        [&] {
                            hand_over();
                            bridge.take();
                            gpu.device()->wait(gpu.device()->flush());
                        },
                        nullptr});
    }
#ifdef GAN_OPENCV
    const cv::Mat from(side, side, CV_32FC4, pixels.data());
    cv::Mat to;
    const cv::Mat matrix =
        (cv::Mat_<float>(4, 4) << 1.1f, 0.1f, 0, 0, 0.1f, 1, 0.1f, 0, 0, 0.1f, 0.9f, 0, 0, 0, 0, 1);
    const std::function<void()> grade = [&] {
        cv::transform(from, to, matrix);
        cv::pow(cv::max(to, 0), 1.2, to);
        to = to * 1.1 + cv::Scalar(0.01, 0.01, 0.01, 0);
    };
    const std::function<void()> blur = [&] { cv::GaussianBlur(from, to, {}, 4, 4, cv::BORDER_REPLICATE); };
    const std::function<void()> resize = [&] {
        cv::resize(from, to, {side * 2, side * 2}, 0, 0, cv::INTER_LANCZOS4);
    };
    const cv::Mat turn =
        cv::getRotationMatrix2D({static_cast<float>(side) / 2, static_cast<float>(side) / 2}, 30, 1.1);
    const std::function<void()> warp = [&] {
        cv::warpAffine(from, to, turn, from.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    };
#else
    const std::function<void()> grade, blur, resize, warp;
#endif
    print(figures,
          {"Grade",
           node(gpu, picture, "image.grade", {{"hue", 20}, {"contrast", 1.2}, {"lift", 0.01}, {"gain", 1.1}}),
           grade});
    print(figures, {"Blur, sigma 4", node(gpu, picture, "image.blur", {{"size", 4}}), blur});
    print(figures, {"Resize, twice", node(gpu, picture, "image.resize", {{"scale", 2}}), resize});
    print(figures,
          {"Transform", node(gpu, picture, "image.transform", {{"rotate", 30}, {"scale", 1.1}}), warp});
    print(figures, {"Sharpen", node(gpu, picture, "image.sharpen", nlohmann::json::object()), nullptr});
    print(figures, {"Normal Map", node(gpu, picture, "image.normal_map", nlohmann::json::object()), nullptr});
    print(figures,
          {"Gradient Map", node(gpu, picture, "image.gradient_map", nlohmann::json::object()), nullptr});
    print(figures,
          {"Kaleidoscope", node(gpu, picture, "image.kaleidoscope", nlohmann::json::object()), nullptr});
    return figures.finish();
}
