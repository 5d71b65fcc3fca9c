#include "editor/window/glfw.h"
#include "editor/window/window.h"
#include "runtime/base/error.h"

#include <fmt/format.h>

#include <algorithm>

namespace gan {

std::string glfw_problem() {
    const char* description = nullptr;
    if (glfwGetError(&description) == GLFW_NO_ERROR || description == nullptr) return "it does not say why";
    return description;
}

WindowSystem::WindowSystem() {
    if (glfwInit() == GLFW_FALSE)
        throw Error("no window can be opened here ({}); start Ganymede on a desktop, or set DISPLAY to one",
                    glfw_problem());
}

WindowSystem::~WindowSystem() {
    glfwTerminate();
}

std::vector<WindowSystem::Screen> WindowSystem::screens() {
    int count = 0;
    GLFWmonitor** monitors = glfwGetMonitors(&count);
    std::vector<Screen> screens;
    for (int i = 0; i < count; ++i) {
        const GLFWvidmode* mode = glfwGetVideoMode(monitors[i]);
        if (mode == nullptr) continue;
        const char* name = glfwGetMonitorName(monitors[i]);
        Screen& screen = screens.emplace_back();
        screen.name = name != nullptr ? name : fmt::format("screen {}", i + 1);
        glfwGetMonitorPos(monitors[i], &screen.x, &screen.y);
        screen.width = mode->width;
        screen.height = mode->height;
        if (mode->refreshRate > 0) screen.hertz = mode->refreshRate;
    }
    return screens;
}

void WindowSystem::wait(double seconds) {
    if (seconds > 0)
        glfwWaitEventsTimeout(seconds);
    else
        glfwPollEvents();
}

void WindowSystem::wake() {
    glfwPostEmptyEvent();
}

GLFWwindow* make_glfw_window(int width, int height, const std::string& title) {
    glfwWindowHint(GLFW_CLIENT_API, GLFW_NO_API);
    GLFWwindow* window =
        glfwCreateWindow(std::max(width, 1), std::max(height, 1), title.c_str(), nullptr, nullptr);
    glfwDefaultWindowHints();
    return window;
}

}  // namespace gan
