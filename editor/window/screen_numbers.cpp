#include "editor/window/screen_numbers.h"

#include "editor/window/glfw.h"
#include "editor/window/painter.h"
#include "editor/window/window_place.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace gan {
namespace {

constexpr std::chrono::seconds numbers_last{3};

}  // namespace

struct ScreenNumbers::Impl {
    struct Sign {
        GLFWwindow* window = nullptr;
        std::unique_ptr<Swapchain> swapchain;
    };
    std::shared_ptr<Device> device;
    std::unique_ptr<Painter> painter;
    std::vector<Sign> signs;
    bool stale = true;  // has to be drawn
    std::atomic<bool> over = false;
    std::mutex mutex;
    std::condition_variable_any ending;
    std::jthread timer;  // ends first

    ~Impl() {
        timer = {};
        painter.reset();
        for (Sign& sign : signs) {
            sign.swapchain.reset();
            glfwDestroyWindow(sign.window);
        }
    }
};

ScreenNumbers::ScreenNumbers(Gpu& gpu, const WindowSystem& system) : impl_(std::make_unique<Impl>()) {
    Impl& self = *impl_;
    self.device = gpu.device();
    self.painter = std::make_unique<Painter>(self.device);
    for (const WindowSystem::Screen& screen : system.screens()) {
        const WindowPlace place = number_place(screen);
        glfwWindowHint(GLFW_DECORATED, GLFW_FALSE);
        glfwWindowHint(GLFW_FLOATING, GLFW_TRUE);
        glfwWindowHint(GLFW_FOCUSED, GLFW_FALSE);
        glfwWindowHint(GLFW_FOCUS_ON_SHOW, GLFW_FALSE);
        glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
        GLFWwindow* window = make_glfw_window(place.width, place.height,
                                              fmt::format("Ganymede screen {}", self.signs.size() + 1));
        if (window == nullptr) throw Error("the number of a screen cannot be shown: {}", glfw_problem());
        self.signs.push_back({.window = window});
        glfwSetWindowUserPointer(window, &self);
        glfwSetWindowRefreshCallback(
            window, [](GLFWwindow* of) { static_cast<Impl*>(glfwGetWindowUserPointer(of))->stale = true; });
        glfwSetWindowPos(window, place.x, place.y);
        glfwShowWindow(window);
        self.signs.back().swapchain = std::make_unique<Swapchain>(self.device, window, true);
    }
    draw();
    self.timer = std::jthread([&self](const std::stop_token& stop) {
        std::unique_lock lock(self.mutex);
        self.ending.wait_for(lock, stop, numbers_last, [] { return false; });
        self.over = true;
        WindowSystem::wake();
    });
}

ScreenNumbers::~ScreenNumbers() = default;

bool ScreenNumbers::over() const {
    return impl_->over;
}

bool ScreenNumbers::stale() const {
    return impl_->stale;
}

void ScreenNumbers::draw() {
    Impl& self = *impl_;
    if (!std::exchange(self.stale, false)) return;
    int number = 0;
    for (Impl::Sign& sign : self.signs) {
        ++number;
        int width = 0;
        int height = 0;
        glfwGetFramebufferSize(sign.window, &width, &height);
        RenderTarget target;
        VkSemaphore ready = VK_NULL_HANDLE;
        VkSemaphore done = VK_NULL_HANDLE;
        if (!sign.swapchain->acquire(width, height, target, ready, done)) {
            self.stale = true;
            continue;
        }
        self.painter->begin();
        self.painter->start(target, IM_COL32_BLACK);
        self.painter->fill_card(number, true);
        self.painter->rectangle({0, 0},
                                {static_cast<float>(target.width), static_cast<float>(target.height)});
        self.painter->finish();
        self.painter->end(ready, done);
        sign.swapchain->present();
    }
}

}  // namespace gan
