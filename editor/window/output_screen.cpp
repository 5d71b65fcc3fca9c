#include "editor/window/output_screen.h"

#include "editor/window/painter.h"
#include "nodes/picture.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

using namespace std::chrono_literals;

/// How soon it is noticed that something else is to be shown while no picture comes.
constexpr auto asked_for = 30ms;
/// Without a picture for so long, what follows is a new beginning, and no late picture.
constexpr auto pause_length = 1s;

struct Placed {
    ImVec2 min;
    ImVec2 max;
    Painter::Filter filter = Painter::Filter::Smooth;
};

Placed placed(const ImageInfo& picture, const RenderTarget& target, OutputScaling scaling) {
    const auto width = static_cast<float>(target.width);
    const auto height = static_cast<float>(target.height);
    const auto w = static_cast<float>(picture.width);
    const auto h = static_cast<float>(picture.height);
    const float fits = std::min(width / w, height / h);
    float across = fits;
    float down = fits;
    Painter::Filter filter = Painter::Filter::Smooth;
    switch (scaling) {
        case OutputScaling::Fit:
            break;
        case OutputScaling::Fill:
            across = down = std::max(width / w, height / h);
            break;
        case OutputScaling::Integer:
            if (fits >= 1) {
                across = down = std::floor(fits);
                filter = Painter::Filter::Nearest;
            }
            break;
        case OutputScaling::Bicubic:
            filter = Painter::Filter::Bicubic;
            break;
        case OutputScaling::Stretch:
            across = width / w;
            down = height / h;
            break;
    }
    const ImVec2 size{std::round(w * across), std::round(h * down)};
    const ImVec2 min{std::floor(0.5F * (width - size.x)), std::floor(0.5F * (height - size.y))};
    return {min, {min.x + size.x, min.y + size.y}, filter};
}

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
        last_.reset();
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
    for (;;) {
        lock.lock();
        // A software driver shows at once whatever it is given: the timer keeps to the screen's rate. It ends
        // a little before a screen that does pace takes the next one.
        if (!wish_.mailbox) changed_.wait_until(lock, due, [&] { return stopping_; });
        if (wish_.shows != OutputShows::Picture)
            changed_.wait_for(lock, asked_for, [&] { return stopping_ || dirty_; });
        if (stopping_) return;
        wish = wish_;
        bool dirty = std::exchange(dirty_, false);
        if (wish.shows == OutputShows::Picture) asked_ = live_;
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
        draw(drawing, wish);
        if (fresh) count(Clock::now());
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

void OutputScreen::draw(Drawing& with, const Wish& wish) {
    // Before the window's image is taken, which has to be given back in time.
    TextureRef texture;
    const bool pictured = wish.shows == OutputShows::Picture || wish.shows == OutputShows::Frozen;
    if (gpu_.device() != with.device) throw DeviceLost("the GPU stopped answering");
    if (pictured && image_ != nullptr) {
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
        return;
    }
    Painter& painter = with.painter;
    painter.begin();
    painter.start(target, IM_COL32_BLACK);
    if (wish.shows == OutputShows::TestCard) {
        painter.fill_card(wish.number, false);
        painter.rectangle({0, 0}, {static_cast<float>(target.width), static_cast<float>(target.height)});
    } else if (texture != nullptr) {
        const Placed at = placed(*image_, target, wish.scaling);
        const PictureView view{.checker = false};
        painter.fill_picture(*texture, *image_, view, at.filter,
                             {static_cast<float>(texture->width) / std::max(at.max.x - at.min.x, 1.0F),
                              static_cast<float>(texture->height) / std::max(at.max.y - at.min.y, 1.0F)});
        painter.rectangle(at.min, at.max);
    }
    painter.finish();
    painter.end(ready, done);
    with.swapchain.present();
    const std::lock_guard lock(mutex_);
    pace_.problem.clear();
}

void OutputScreen::count(Clock::time_point shown) {
    const std::lock_guard lock(mutex_);
    ++pace_.shown;
    if (last_ && shown - *last_ < pause_length) {
        intervals_[measured_++ % intervals_.size()] =
            std::chrono::duration<double, std::milli>(shown - *last_).count();
    } else {
        measured_ = 0;
    }
    last_ = shown;
    const size_t known = std::min(measured_, intervals_.size());
    double sum = 0;
    pace_.worst = 0;
    for (size_t i = 0; i < known; ++i) {
        sum += intervals_[i];
        pace_.worst = std::max(pace_.worst, intervals_[i]);
    }
    pace_.milliseconds = known > 0 ? sum / static_cast<double>(known) : 0;
}

}  // namespace gan
