#include "editor/window/output_screen.h"

#include "editor/window/output_picture.h"
#include "nodes/picture.h"

#include <algorithm>
#include <utility>

namespace gan {
namespace {

using namespace std::chrono_literals;

/// How soon it is noticed that something else is to be shown while no picture comes.
constexpr auto asked_for = 30ms;

}  // namespace

/// What is the GPU's.
struct OutputScreen::Drawing {
    Drawing(Gpu& gpu, GLFWwindow* window, bool mailbox)
        : device(gpu.device()), swapchain(device, window, mailbox), painter(device) {}
    std::shared_ptr<Device> device;
    Swapchain swapchain;
    Painter painter;
};

OutputScreen::OutputScreen(Gpu& gpu, GLFWwindow* window, Live& live, const Wish& wish)
    : gpu_(gpu), window_(window), wish_(wish), live_(&live) {
    thread_ = std::thread([this] { work(); });
}

OutputScreen::~OutputScreen() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void OutputScreen::wish(const Wish& wish) {
    const std::lock_guard lock(mutex_);
    if (wish == wish_) return;
    wish_ = wish;
    dirty_ = true;
    changed_.notify_all();
}

void OutputScreen::redraw() {
    const std::lock_guard lock(mutex_);
    dirty_ = true;
    changed_.notify_all();
}

void OutputScreen::follow(Live& live) {
    std::unique_lock lock(mutex_);
    if (live_ == &live) return;
    const Live* const former = std::exchange(live_, &live);
    ++followed_;
    changed_.wait(lock, [&] { return asked_ != former; });
}

OutputWindow::Pace OutputScreen::pace() const {
    const std::lock_guard lock(mutex_);
    return pace_;
}

void OutputScreen::work() {
    for (;;) {
        std::string problem;
        try {
            show_until_stopped();
            return;
        } catch (const DeviceLost&) {
            // It is opened anew at once, and the next picture is made there.
        } catch (const std::exception& error) {
            problem = error.what();
        }
        std::unique_lock lock(mutex_);
        measured_.begin_anew();
        dirty_ = true;
        if (problem.empty()) continue;
        pace_.problem = problem;
        if (changed_.wait_for(lock, 500ms, [&] { return stopping_; })) return;
    }
}

void OutputScreen::show_until_stopped() {
    std::unique_lock lock(mutex_);
    Wish wish = wish_;
    lock.unlock();
    Drawing drawing(gpu_, window_, wish.mailbox);
    Clock::time_point due{};
    bool unshown = false;  // a new picture came, and is not shown yet
    for (;;) {
        lock.lock();
        // A software driver shows at once whatever it is given: the timer keeps to the screen's rate. It ends
        // a little before a screen that does pace takes the next one.
        if (!drawing.swapchain.mailbox()) changed_.wait_until(lock, due, [&] { return stopping_; });
        if (wish_.shows != OutputShows::Picture)
            changed_.wait_for(lock, asked_for, [&] { return stopping_ || dirty_; });
        if (stopping_) return;
        wish = wish_;
        bool dirty = std::exchange(dirty_, false);
        const bool nothing_frozen = wish.shows == OutputShows::Frozen && image_ == nullptr;
        if (wish.shows == OutputShows::Picture || nothing_frozen) asked_ = live_;
        const Live* const live = asked_;
        if (std::exchange(seen_of_, followed_) != followed_) seen_ = 0;
        lock.unlock();

        bool fresh = false;
        if (live != nullptr) {
            fresh = take(*live, dirty ? Clock::now() : Clock::now() + asked_for);
            lock.lock();
            asked_ = nullptr;
            changed_.notify_all();
            // What came while it waited.
            wish = wish_;
            dirty = std::exchange(dirty_, false) || dirty;
            lock.unlock();
        }
        if (!fresh && !dirty) continue;
        due = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(0.95 / std::max(wish.hertz, 1.0)));
        drawing.swapchain.set_mailbox(wish.mailbox);
        unshown = unshown || fresh;
        if (!draw(drawing, wish) || !std::exchange(unshown, false)) continue;
        measured_.shown(Clock::now());
        lock.lock();
        ++pace_.shown;
        pace_.milliseconds = measured_.average();
        pace_.worst = measured_.worst();
        lock.unlock();
    }
}

/// Whether a new picture came.
bool OutputScreen::take(const Live& live, Clock::time_point until) {
    const Live::Picture picture = live.next_picture(seen_, until);
    if (picture.image == nullptr || picture.number <= seen_) return false;
    image_ = picture.image;
    seen_ = picture.number;
    return true;
}

/// Whether a picture is shown now: not where none is wanted, or the window has no image to draw into.
bool OutputScreen::draw(Drawing& with, const Wish& wish) {
    // Before the window's image is taken, which has to be given back in time.
    TextureRef texture;
    if (gpu_.device() != with.device) throw DeviceLost("the GPU stopped answering");
    if (shows_picture(wish.shows) && image_ != nullptr) {
        try {
            texture = texture_of(Tick{.gpu = &gpu_}, *image_);
        } catch (const DeviceLost&) {
            if (with.device->lost()) throw;
            image_.reset();  // it went with a device that was lost before
        }
    }
    if (texture != nullptr && texture->device != with.device) throw DeviceLost("the GPU stopped answering");
    RenderTarget target;
    VkSemaphore ready = VK_NULL_HANDLE;
    VkSemaphore done = VK_NULL_HANDLE;
    if (!with.swapchain.acquire(wish.width, wish.height, target, ready, done)) {
        const std::lock_guard lock(mutex_);
        dirty_ = wish.width > 0 && wish.height > 0;
        return false;
    }
    with.painter.begin();
    draw_output(with.painter, target, wish, image_, texture);
    with.painter.end(ready, done);
    with.swapchain.present();
    const std::lock_guard lock(mutex_);
    pace_.problem.clear();
    pace_.mailbox = with.swapchain.mailbox();
    return texture != nullptr;
}

}  // namespace gan
