#include "editor/window/output_window.h"

#include "editor/window/glfw.h"
#include "editor/window/output_screen.h"
#include "editor/window/screen_numbers.h"
#include "editor/window/window_place.h"

#include <algorithm>
#include <utility>

namespace gan {

struct OutputWindow::Impl {
    Impl(Gpu& gpu, Live& live) : gpu(gpu), live(&live) {}
    ~Impl() { close(); }
    void close();
    void listen();
    static Impl& at(GLFWwindow* window);
    void arrange();
    void tell();

    Gpu& gpu;
    Live* live;
    GLFWwindow* window = nullptr;
    std::unique_ptr<OutputScreen> screen;  // ends before the window
    std::unique_ptr<ScreenNumbers> numbers;
    OutputScreen::Wish wish;
    WindowSystem::Screen place;
    bool fullscreen = false;
    OutputWindow::Pace last_pace;

    // Since the last update:
    std::vector<Chord> presses;
    bool close_asked = false;
    bool switch_asked = false;
};

void OutputWindow::Impl::close() {
    if (screen != nullptr) last_pace = screen->pace();
    screen.reset();
    if (window != nullptr) glfwDestroyWindow(window);
    window = nullptr;
    close_asked = switch_asked = false;
}

OutputWindow::Impl& OutputWindow::Impl::at(GLFWwindow* window) {
    return *static_cast<Impl*>(glfwGetWindowUserPointer(window));
}

void OutputWindow::Impl::listen() {
    glfwSetWindowUserPointer(window, this);
    glfwSetKeyCallback(window, [](GLFWwindow* of, int key, int scancode, int action, int modifiers) {
        if (action == GLFW_RELEASE) return;
        Impl& self = at(of);
        const Chord chord = chord_of(key, scancode, modifiers);
        if (action == GLFW_REPEAT && !repeats(chord.key)) return;
        if (chord == Chord{.key = Key::Escape} || chord == Chord{.key = Key::F4, .alt = true})
            self.close_asked = true;
        else if (chord == Chord{.key = Key::F11})
            self.switch_asked = action == GLFW_PRESS || self.switch_asked;
        else if (chord.key != Key::None)
            self.presses.push_back(chord);
    });
    glfwSetWindowCloseCallback(window, [](GLFWwindow* of) {
        glfwSetWindowShouldClose(of, GLFW_FALSE);
        at(of).close_asked = true;
    });
    glfwSetFramebufferSizeCallback(window, [](GLFWwindow* of, int width, int height) {
        Impl& self = at(of);
        self.wish.width = width;
        self.wish.height = height;
        self.tell();
    });
    glfwSetWindowRefreshCallback(window, [](GLFWwindow* of) {
        if (Impl& self = at(of); self.screen != nullptr) self.screen->redraw();
    });
}

/// Puts the window where it belongs. Fullscreen is a window of the screen's size: switching the screen's own
/// mode flickers, and hides what else is open.
void OutputWindow::Impl::arrange() {
    glfwSetWindowAttrib(window, GLFW_DECORATED, fullscreen ? GLFW_FALSE : GLFW_TRUE);
    glfwSetWindowAttrib(window, GLFW_FLOATING, fullscreen ? GLFW_TRUE : GLFW_FALSE);
    const WindowPlace to = output_place(place, fullscreen);
    glfwSetWindowSize(window, to.width, to.height);
    glfwSetWindowPos(window, to.x, to.y);
    glfwSetInputMode(window, GLFW_CURSOR, fullscreen ? GLFW_CURSOR_HIDDEN : GLFW_CURSOR_NORMAL);
}

void OutputWindow::Impl::tell() {
    if (screen != nullptr) screen->wish(wish);
}

OutputWindow::OutputWindow(Gpu& gpu, Live& live) : impl_(std::make_unique<Impl>(gpu, live)) {}

OutputWindow::~OutputWindow() = default;

void OutputWindow::open(const WindowSystem& system, int screen, bool fullscreen) {
    Impl& self = *impl_;
    const std::vector<WindowSystem::Screen> screens = system.screens();
    if (screens.empty()) throw Error("there is no screen for the output window; connect one, and try again");
    const size_t index = std::min(static_cast<size_t>(std::max(screen, 0)), screens.size() - 1);
    self.place = screens[index];
    self.fullscreen = fullscreen;
    self.wish.number = static_cast<int>(index) + 1;
    self.wish.hertz = self.place.hertz;
    if (self.window != nullptr) {
        self.arrange();
        self.tell();
        return;
    }
    self.last_pace = {};
    glfwWindowHint(GLFW_AUTO_ICONIFY, GLFW_FALSE);
    glfwWindowHint(GLFW_DECORATED, fullscreen ? GLFW_FALSE : GLFW_TRUE);
    glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
    self.window = make_glfw_window(self.place.width / 2, self.place.height / 2, "Ganymede output");
    if (self.window == nullptr) throw Error("the output window cannot be opened: {}", glfw_problem());
    self.arrange();
    glfwShowWindow(self.window);
    self.listen();
    glfwGetFramebufferSize(self.window, &self.wish.width, &self.wish.height);
    self.screen = std::make_unique<OutputScreen>(self.gpu, self.window, *self.live, self.wish);
}

void OutputWindow::close() {
    impl_->close();
}

bool OutputWindow::is_open() const {
    return impl_->window != nullptr;
}

bool OutputWindow::fullscreen() const {
    return is_open() && impl_->fullscreen;
}

void OutputWindow::set_fullscreen(bool fullscreen) {
    if (!is_open() || fullscreen == impl_->fullscreen) return;
    impl_->fullscreen = fullscreen;
    impl_->arrange();
}

void OutputWindow::follow(Live& live) {
    impl_->live = &live;
    if (impl_->screen != nullptr) impl_->screen->follow(live);
}

void OutputWindow::set_scaling(OutputScaling scaling) {
    impl_->wish.scaling = scaling;
    impl_->tell();
}

void OutputWindow::show(OutputShows what) {
    impl_->wish.shows = what;
    impl_->tell();
}

OutputShows OutputWindow::shows() const {
    return impl_->wish.shows;
}

void OutputWindow::set_mailbox(bool mailbox) {
    impl_->wish.mailbox = mailbox;
    impl_->tell();
}

void OutputWindow::identify(const WindowSystem& system) {
    impl_->numbers.reset();
    impl_->numbers = std::make_unique<ScreenNumbers>(impl_->gpu, system);
}

bool OutputWindow::events() const {
    const Impl& self = *impl_;
    return self.close_asked || self.switch_asked || !self.presses.empty() ||
           (self.numbers != nullptr && (self.numbers->over() || self.numbers->stale()));
}

void OutputWindow::update(Events& events_in) {
    Impl& self = *impl_;
    const std::vector<Chord> presses = std::exchange(self.presses, {});
    events_in.presses.insert(events_in.presses.end(), presses.begin(), presses.end());
    if (std::exchange(self.switch_asked, false)) set_fullscreen(!self.fullscreen);
    if (std::exchange(self.close_asked, false)) self.close();
    if (self.numbers == nullptr) return;
    try {
        self.numbers->draw();
    } catch (const Error&) {
        self.numbers.reset();  // the screen or the GPU went away: there is nothing to number
        return;
    }
    if (self.numbers->over()) self.numbers.reset();
}

OutputWindow::Pace OutputWindow::pace() const {
    return impl_->screen != nullptr ? impl_->screen->pace() : impl_->last_pace;
}

}  // namespace gan
