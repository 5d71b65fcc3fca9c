#include "editor/window/window.h"

#include "editor/window/glfw.h"
#include "editor/window/window_place.h"

#include <imgui_impl_glfw.h>

#include <array>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

namespace gan {

struct Window::Impl {
    using Clock = std::chrono::steady_clock;
    explicit Impl(Gpu& gpu) : gpu(gpu) {}
    ~Impl();
    void open(const std::string& title, int width, int height);
    void listen();
    static Impl& at(GLFWwindow* window);
    void connect();

    Gpu& gpu;
    GLFWwindow* window = nullptr;
    bool own_context = false;
    bool input_ready = false;
    std::shared_ptr<Device> device;
    std::unique_ptr<Swapchain> swapchain;
    std::unique_ptr<Renderer> renderer;
    void take_hand();

    /// What the mouse did: it moved, or a button changed there.
    struct HandEvent {
        ImVec2 place;
        int button = -1;
        bool down = false;
    };
    std::deque<HandEvent> hand;  // that no frame has seen yet
    /// As the last event told it. glfwGetCursorPos() says where it is now: after a slow frame, further on.
    std::optional<ImVec2> mouse;
    std::array<bool, 3> buttons{};
    Events came;
    bool anything = true;  // came in
    std::string problem;
    Clock::time_point again{};  // while there is a problem: no frame is shown before
};

Window::Impl::~Impl() {
    renderer.reset();
    swapchain.reset();
    if (input_ready) ImGui_ImplGlfw_Shutdown();
    if (own_context) ImGui::DestroyContext();
    if (window != nullptr) glfwDestroyWindow(window);
}

void Window::Impl::open(const std::string& title, int width, int height) {
    device = gpu.device();
    window = make_glfw_window(width, height, title);
    if (window == nullptr) throw Error("the window cannot be opened: {}", glfw_problem());
    listen();
    if (ImGui::GetCurrentContext() == nullptr) {
        IMGUI_CHECKVERSION();
        ImGui::CreateContext();
        own_context = true;
    }
    ImGui_ImplGlfw_InitForVulkan(window, true);  // after our callbacks, which it calls
    input_ready = true;
    ImGuiIO& io = ImGui::GetIO();
    io.BackendRendererName = "ganymede";
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    connect();
}

/// What is the GPU's, for the one that there is now.
void Window::Impl::connect() {
    renderer.reset();
    swapchain.reset();
    device = gpu.device();
    swapchain = std::make_unique<Swapchain>(device, window, false);
    renderer = std::make_unique<Renderer>(device, gpu, *ImGui::GetIO().Fonts);
}

/// Of a window that something came from.
Window::Impl& Window::Impl::at(GLFWwindow* window) {
    Impl& impl = *static_cast<Impl*>(glfwGetWindowUserPointer(window));
    impl.anything = true;
    return impl;
}

void Window::Impl::listen() {
    glfwSetWindowUserPointer(window, this);
    glfwSetKeyCallback(window, [](GLFWwindow* of, int key, int scancode, int action, int modifiers) {
        Impl& impl = at(of);
        if (action == GLFW_RELEASE) return;
        const Chord chord = chord_of(key, scancode, modifiers);
        if (chord.key != Key::None && (action == GLFW_PRESS || repeats(chord.key)))
            impl.came.presses.push_back(chord);
    });
    glfwSetDropCallback(window, [](GLFWwindow* of, int count, const char** paths) {
        Impl& impl = at(of);
        impl.came.dropped.insert(impl.came.dropped.end(), paths, paths + count);
    });
    glfwSetWindowCloseCallback(window, [](GLFWwindow* of) {
        glfwSetWindowShouldClose(of, GLFW_FALSE);  // the editor may have to ask first
        at(of).came.close = true;
    });
    glfwSetCharCallback(window, [](GLFWwindow* of, unsigned) { at(of); });
    glfwSetCursorPosCallback(window, [](GLFWwindow* of, double x, double y) {
        Impl& impl = at(of);
        impl.mouse = {static_cast<float>(x), static_cast<float>(y)};
        if (!impl.hand.empty() && impl.hand.back().button < 0) impl.hand.pop_back();
        impl.hand.push_back({*impl.mouse});
    });
    glfwSetCursorEnterCallback(window, [](GLFWwindow* of, int) { at(of); });
    glfwSetMouseButtonCallback(window, [](GLFWwindow* of, int button, int action, int) {
        Impl& impl = at(of);
        if (button < 0 || button > 2) return;
        if (!impl.mouse) {
            double x = 0;
            double y = 0;
            glfwGetCursorPos(of, &x, &y);
            impl.mouse = {static_cast<float>(x), static_cast<float>(y)};
        }
        impl.hand.push_back({*impl.mouse, button, action == GLFW_PRESS});
    });
    glfwSetScrollCallback(window, [](GLFWwindow* of, double, double) { at(of); });
    glfwSetWindowFocusCallback(window, [](GLFWwindow* of, int) { at(of); });
    glfwSetWindowIconifyCallback(window, [](GLFWwindow* of, int) { at(of); });
    glfwSetWindowRefreshCallback(window, [](GLFWwindow* of) { at(of); });
    glfwSetFramebufferSizeCallback(window, [](GLFWwindow* of, int, int) { at(of); });
    glfwSetWindowContentScaleCallback(window, [](GLFWwindow* of, float, float) { at(of); });
}

/// A frame sees one button change, where it happened: when frames are slow, a click would else be one at the
/// place where the mouse went afterwards. ImGui 1.87 and later keep such a queue themselves.
void Window::Impl::take_hand() {
#if IMGUI_VERSION_NUM < 18700
    ImGuiIO& io = ImGui::GetIO();
    bool changed = false;
    while (!hand.empty() && !changed) {
        const HandEvent event = hand.front();
        hand.pop_front();
        io.MousePos = event.place;
        if (event.button < 0) continue;
        buttons[static_cast<size_t>(event.button)] = event.down;
        changed = true;
    }
    for (size_t i = 0; i < buttons.size(); ++i) io.MouseDown[i] = buttons[i];
    anything = anything || !hand.empty();
#else
    hand.clear();
#endif
}

Window::Window(Gpu& gpu, const std::string& title, int width, int height)
    : impl_(std::make_unique<Impl>(gpu)) {
    impl_->open(title, width, height);
}

Window::~Window() = default;

GLFWwindow* Window::handle() const {
    return impl_->window;
}

void Window::set_title(const std::string& title) {
    glfwSetWindowTitle(impl_->window, title.c_str());
}

float Window::content_scale() const {
    float across = 1;
    float down = 1;
    glfwGetWindowContentScale(impl_->window, &across, &down);
    return across > 0 ? across : 1;
}

int Window::screen() const {
    WindowPlace here;
    glfwGetWindowPos(impl_->window, &here.x, &here.y);
    glfwGetWindowSize(impl_->window, &here.width, &here.height);
    return screen_of(here, WindowSystem::screens());
}

bool Window::begin(Events& events_in) {
    Impl& self = *impl_;
    self.anything = false;
    int width = 0;
    int height = 0;
    glfwGetFramebufferSize(self.window, &width, &height);
    if (width <= 0 || height <= 0 || glfwGetWindowAttrib(self.window, GLFW_ICONIFIED) != 0) return false;
    const Events came = std::exchange(self.came, {});
    events_in.presses.insert(events_in.presses.end(), came.presses.begin(), came.presses.end());
    events_in.dropped.insert(events_in.dropped.end(), came.dropped.begin(), came.dropped.end());
    events_in.close = events_in.close || came.close;
    ImFontAtlas& fonts = *ImGui::GetIO().Fonts;
    if (!fonts.IsBuilt()) {
        unsigned char* pixels = nullptr;
        fonts.GetTexDataAsAlpha8(&pixels, &width, &height);
    }
    ImGui_ImplGlfw_NewFrame();
    self.take_hand();
    ImGui::NewFrame();
    return true;
}

bool Window::close_requested() {
    const bool asked = std::exchange(impl_->came.close, false);
    if (asked) glfwRestoreWindow(impl_->window);
    return asked;
}

bool Window::events() const {
    return impl_->anything || (!impl_->problem.empty() && Impl::Clock::now() >= impl_->again);
}

std::string Window::problem() const {
    return impl_->problem;
}

void Window::end(const std::vector<Pictures::Entry>& pictures, ImU32 background) {
    constexpr std::chrono::milliseconds pause{500};
    Impl& self = *impl_;
    const ImDrawData* data = ImGui::GetDrawData();
    if (data == nullptr || (!self.problem.empty() && Impl::Clock::now() < self.again)) return;
    try {
        if (self.swapchain == nullptr || self.device->lost() || self.gpu.device() != self.device)
            self.connect();
        int width = 0;
        int height = 0;
        glfwGetFramebufferSize(self.window, &width, &height);
        RenderTarget target;
        VkSemaphore ready = VK_NULL_HANDLE;
        VkSemaphore done = VK_NULL_HANDLE;
        if (!self.swapchain->acquire(width, height, target, ready, done)) {
            self.anything = true;  // it is shown once the window can show it
            return;
        }
        self.renderer->draw(target, *data, pictures, background, ready, done);
        self.swapchain->present();
        self.anything = self.anything || self.renderer->behind();
        self.problem.clear();
    } catch (const Error& error) {
        // A later frame makes everything anew; what the player had on a lost GPU, it makes anew as well.
        self.renderer.reset();
        self.swapchain.reset();
        self.problem = error.what();
        self.again = Impl::Clock::now() + pause;
    }
}

}  // namespace gan
