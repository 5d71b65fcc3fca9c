#include "editor/window/thumbnails.h"

#include "editor/window/renderer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

namespace gan {
namespace {

ImageRef grey_picture(float grey) {
    const ImageInfo info{.width = 4, .height = 4};
    return std::make_shared<Image>(info, std::vector<float>(size_t{3} * 4 * 4, grey));  // (4, 4, 3)
}

/// Pictures drawn by the software driver, under Vulkan's validation layers.
class ThumbnailsTest : public testing::Test {
protected:
    static constexpr int width = 800, height = 600;
    ThumbnailsTest() {
        instance_->take_messages();
        ImGui::CreateContext();
        ImGuiIO& io = ImGui::GetIO();
        io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
        io.DisplaySize = {width, height};
        io.IniFilename = nullptr;
        io.Fonts->Build();
        renderer_ = std::make_unique<Renderer>(gpu_.device(), gpu_, *io.Fonts);
        target_ = std::make_unique<Offscreen>(gpu_.device(), width, height);
    }
    ~ThumbnailsTest() override {
        renderer_.reset();
        target_.reset();
        ImGui::DestroyContext();
        EXPECT_EQ(instance_->take_messages(), std::vector<std::string>{}) << "Vulkan was misused";
    }
    /// (height, width, 4): one frame of what `draw` draws.
    template <class Draw>
    std::vector<uint8_t> frame(const Draw& draw) {
        pictures_.clear();
        ImGui::NewFrame();
        draw(*ImGui::GetBackgroundDrawList());
        ImGui::Render();
        renderer_->draw(target_->target(), *ImGui::GetDrawData(), pictures_.entries(), IM_COL32_BLACK,
                        VK_NULL_HANDLE, VK_NULL_HANDLE);
        return target_->read();
    }

    Gpu gpu_{"software", true};
    const std::shared_ptr<VulkanInstance> instance_ = VulkanInstance::get(true);
    std::unique_ptr<Renderer> renderer_;
    std::unique_ptr<Offscreen> target_;
    Pictures pictures_;
};

/// 48 of 100 x 100 px are almost twice what one frame draws anew.
TEST_F(ThumbnailsTest, ManyThatChangeWithEveryFrameAreFewFramesLateAndNewestAtRest) {
    constexpr int columns = 8, count = 48, side = 100, steps = 12;
    constexpr float step_grey = 1.0f / 16;
    const auto show = [&](const ImageRef& picture) {
        const auto pixels = frame([&](ImDrawList& list) {
            for (int i = 0; i < count; ++i) {
                const ImVec2 min(static_cast<float>(i % columns * side),
                                 static_cast<float>(i / columns * side));
                pictures_.draw_thumbnail(list, picture, min, {min.x + side, min.y + side},
                                         static_cast<uint64_t>(i) + 1);
            }
        });
        std::vector<int> shown;  // step, of each
        for (int i = 0; i < count; ++i) {
            const size_t x = static_cast<size_t>(i % columns * side + side / 2);
            const size_t y = static_cast<size_t>(i / columns * side + side / 2);
            shown.push_back(static_cast<int>(
                std::lround(static_cast<float>(pixels[4 * (y * width + x)]) / (255 * step_grey))));
        }
        return shown;
    };
    ImageRef picture;
    for (int step = 1; step <= steps; ++step) {
        picture = grey_picture(step_grey * static_cast<float>(step));
        for (const int shown : show(picture)) EXPECT_GE(shown, std::max(1, step - 2));
        EXPECT_TRUE(renderer_->behind());
    }
    std::vector<int> shown;
    for (int i = 0; i < 4 && renderer_->behind(); ++i) shown = show(picture);
    EXPECT_FALSE(renderer_->behind());
    EXPECT_EQ(shown, std::vector<int>(count, steps));
}

/// One step of 255: an 8-bit colour is rounded before it fades, and corners are elsewhere, which moves the
/// places looked at by a rounding error.
TEST_F(ThumbnailsTest, AreWhatThePictureItselfIsInEverySizeAndPlace) {
    std::mt19937_64 random(7);
    std::vector<float> noise(size_t{3} * 64 * 64);  // (64, 64, 3)
    for (float& value : noise) value = static_cast<float>(random() % 256) / 255;
    const ImageRef picture = std::make_shared<Image>(ImageInfo{.width = 64, .height = 64}, noise);
    struct Place {
        ImVec2 min, size;
        float opacity;
    };
    for (const Place& place : {Place{{10, 10}, {64, 64}, 1}, Place{{10, 10}, {200, 120}, 1},
                               Place{{31, 77}, {200, 120}, 1}, Place{{31, 77}, {23, 31}, 1},
                               Place{{-20, 500}, {150, 150}, 1}, Place{{31, 77}, {150, 150}, 0.4f}}) {
        const ImVec2 min = place.min, max(min.x + place.size.x, min.y + place.size.y);
        const PictureView view{.opacity = place.opacity};
        const auto itself = frame([&](ImDrawList& list) { pictures_.draw(list, picture, min, max, view); });
        const auto kept =
            frame([&](ImDrawList& list) { pictures_.draw_thumbnail(list, picture, min, max, 1, view); });
        EXPECT_FALSE(renderer_->behind());
        int most = 0;
        for (size_t i = 0; i < kept.size(); ++i) most = std::max(most, std::abs(kept[i] - itself[i]));
        EXPECT_LE(most, 1) << place.size.x << "x" << place.size.y << " at " << min.x << ", " << min.y;
    }
}

}  // namespace
}  // namespace gan
