#include "editor/window/glfw.h"
#include "editor/window/window.h"

#include <algorithm>
#include <array>

namespace gan {
namespace {

// Frames that a painter has in flight (3) and two more: whoever waits for a semaphore has done so when its
// turn comes again.
constexpr size_t ready_semaphores = 5;

Semaphore binary_semaphore(Device& device) {
    const VkSemaphoreCreateInfo info{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
    VkSemaphore semaphore = VK_NULL_HANDLE;
    device.check_alive(vkCreateSemaphore(device.handle(), &info, nullptr, &semaphore), "show a window");
    return {device.handle(), semaphore};
}

}  // namespace

VkPresentModeKHR present_mode(bool mailbox, const std::vector<VkPresentModeKHR>& offered) {
    const bool has = std::find(offered.begin(), offered.end(), VK_PRESENT_MODE_MAILBOX_KHR) != offered.end();
    return mailbox && has ? VK_PRESENT_MODE_MAILBOX_KHR : VK_PRESENT_MODE_FIFO_KHR;
}

struct Swapchain::Impl {
    std::shared_ptr<Device> device;
    GLFWwindow* window = nullptr;
    bool mailbox = false;  // is wanted
    VkPresentModeKHR mode = VK_PRESENT_MODE_FIFO_KHR;
    VkSurfaceKHR surface = VK_NULL_HANDLE;
    VkSwapchainKHR chain = VK_NULL_HANDLE;
    VkSurfaceFormatKHR format{};
    VkExtent2D size{};
    int made_for_width = 0;  // the window's, as it was said to be
    int made_for_height = 0;
    std::vector<VulkanImageView> views;
    std::vector<DrawnTiles> drawn;  // in each image
    std::vector<Semaphore> done;    // of each image: used again when it is shown again
    std::vector<Semaphore> ready;
    size_t turn = 0;
    uint32_t image = 0;
    bool acquired = false;  // and not presented yet
    bool stale = false;     // the window changed

    ~Impl();
    void make_surface();
    void choose_format();
    VkSurfaceCapabilitiesKHR capabilities() const;
    std::vector<VkPresentModeKHR> offered_modes() const;
    bool make(int width, int height);
    void drop();
    void drop_surface();
};

void Swapchain::Impl::make_surface() {
    if (!device->info().presents)
        throw Error("{} cannot show pictures in windows; choose another GPU with --gpu, or a newer driver",
                    device->info().name);
    if (glfwCreateWindowSurface(device->instance()->handle(), window, nullptr, &surface) != VK_SUCCESS)
        throw Error("Vulkan cannot draw into a window here ({}); a newer driver may help", glfw_problem());
    VkBool32 shows = VK_FALSE;
    const VkResult asked =
        vkGetPhysicalDeviceSurfaceSupportKHR(device->info().handle, device->family(), surface, &shows);
    if (asked != VK_SUCCESS || shows == VK_FALSE)
        throw Error("{} cannot show pictures on this screen; choose another GPU with --gpu",
                    device->info().name);
    choose_format();
}

void Swapchain::Impl::choose_format() {
    uint32_t count = 0;
    vkGetPhysicalDeviceSurfaceFormatsKHR(device->info().handle, surface, &count, nullptr);
    std::vector<VkSurfaceFormatKHR> formats(count);
    vkGetPhysicalDeviceSurfaceFormatsKHR(device->info().handle, surface, &count, formats.data());
    formats.resize(count);
    for (const VkFormat wanted : {VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM,
                                  VK_FORMAT_A8B8G8R8_UNORM_PACK32, VK_FORMAT_A2B10G10R10_UNORM_PACK32})
        for (const VkSurfaceFormatKHR& there : formats)
            if (there.format == wanted && there.colorSpace == VK_COLOR_SPACE_SRGB_NONLINEAR_KHR) {
                format = there;
                return;
            }
    throw Error("{} has no picture format for this screen that Ganymede knows; a newer driver may help",
                device->info().name);
}

VkSurfaceCapabilitiesKHR Swapchain::Impl::capabilities() const {
    VkSurfaceCapabilitiesKHR result{};
    const VkResult asked = vkGetPhysicalDeviceSurfaceCapabilitiesKHR(device->info().handle, surface, &result);
    device->check_alive(asked, "show a window");
    return result;
}

std::vector<VkPresentModeKHR> Swapchain::Impl::offered_modes() const {
    uint32_t count = 0;
    vkGetPhysicalDeviceSurfacePresentModesKHR(device->info().handle, surface, &count, nullptr);
    std::vector<VkPresentModeKHR> modes(count);
    vkGetPhysicalDeviceSurfacePresentModesKHR(device->info().handle, surface, &count, modes.data());
    modes.resize(count);
    return modes;
}

/// False: the window has no size.
bool Swapchain::Impl::make(int width, int height) {
    if (surface == VK_NULL_HANDLE) make_surface();
    const VkSurfaceCapabilitiesKHR can = capabilities();
    VkExtent2D wanted = can.currentExtent;
    constexpr uint32_t ours_to_say = ~uint32_t{0};
    if (wanted.width == ours_to_say)
        wanted = {std::clamp(static_cast<uint32_t>(std::max(width, 0)), can.minImageExtent.width,
                             can.maxImageExtent.width),
                  std::clamp(static_cast<uint32_t>(std::max(height, 0)), can.minImageExtent.height,
                             can.maxImageExtent.height)};
    if (width <= 0 || height <= 0 || wanted.width == 0 || wanted.height == 0) return false;
    if (chain != VK_NULL_HANDLE) device->settle();
    uint32_t count = std::max(can.minImageCount + 1, uint32_t{3});
    if (can.maxImageCount > 0) count = std::min(count, can.maxImageCount);
    mode = present_mode(mailbox, offered_modes());
    const bool opaque = (can.supportedCompositeAlpha & VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR) != 0;
    const VkSwapchainCreateInfoKHR info{
        .sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR,
        .surface = surface,
        .minImageCount = count,
        .imageFormat = format.format,
        .imageColorSpace = format.colorSpace,
        .imageExtent = wanted,
        .imageArrayLayers = 1,
        .imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT,
        .imageSharingMode = VK_SHARING_MODE_EXCLUSIVE,
        .preTransform = can.currentTransform,
        .compositeAlpha = opaque ? VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR : VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR,
        .presentMode = mode,
        .clipped = VK_FALSE,  // images are drawn further in part
        .oldSwapchain = chain};
    VkSwapchainKHR made = VK_NULL_HANDLE;
    const VkResult result = vkCreateSwapchainKHR(device->handle(), &info, nullptr, &made);
    drop();
    device->check_alive(result, "show a window");
    chain = made;
    size = wanted;
    made_for_width = width;
    made_for_height = height;
    stale = acquired = false;

    vkGetSwapchainImagesKHR(device->handle(), chain, &count, nullptr);
    std::vector<VkImage> images(count);
    device->check_alive(vkGetSwapchainImagesKHR(device->handle(), chain, &count, images.data()),
                        "show a window");
    for (VkImage shown : images) {
        const VkImageViewCreateInfo view_info{.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                              .image = shown,
                                              .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                              .format = format.format,
                                              .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
        VkImageView view = VK_NULL_HANDLE;
        device->check_alive(vkCreateImageView(device->handle(), &view_info, nullptr, &view), "show a window");
        views.emplace_back(device->handle(), view);
        done.push_back(binary_semaphore(*device));
    }
    drawn.resize(views.size());
    for (size_t i = 0; i < ready_semaphores; ++i) ready.push_back(binary_semaphore(*device));
    return true;
}

/// What was made for the window as it was; nothing of it is in use.
void Swapchain::Impl::drop() {
    views.clear();
    drawn.clear();
    done.clear();
    ready.clear();
    turn = 0;
    if (chain != VK_NULL_HANDLE) vkDestroySwapchainKHR(device->handle(), chain, nullptr);
    chain = VK_NULL_HANDLE;
}

void Swapchain::Impl::drop_surface() {
    if (surface != VK_NULL_HANDLE) vkDestroySurfaceKHR(device->instance()->handle(), surface, nullptr);
    surface = VK_NULL_HANDLE;
}

Swapchain::Impl::~Impl() {
    try {
        if (chain != VK_NULL_HANDLE) device->settle();
    } catch (const Error&) {
        // The device is lost: nothing of it is in use.
    }
    drop();
    drop_surface();
}

Swapchain::Swapchain(std::shared_ptr<Device> device, GLFWwindow* window, bool mailbox)
    : impl_(std::make_unique<Impl>()) {
    impl_->device = std::move(device);
    impl_->window = window;
    impl_->mailbox = mailbox;
    impl_->make_surface();
}

Swapchain::~Swapchain() = default;

bool Swapchain::acquire(int width, int height, RenderTarget& target, VkSemaphore& ready, VkSemaphore& done) {
    constexpr uint64_t longest = 100'000'000;  // nanoseconds: nobody may see the window
    constexpr int tries = 4;                   // while it changes
    Impl& self = *impl_;
    if (self.acquired)
        self.stale = true;  // what drew the last frame failed, and left its semaphore signalled
    for (int i = 0; i < tries; ++i) {
        // Not every driver says that a window has grown: a software driver goes on in its corner.
        const bool resized = width != self.made_for_width || height != self.made_for_height;
        if (self.chain == VK_NULL_HANDLE || self.stale || resized)
            if (!self.make(width, height)) return false;
        const VkSemaphore semaphore = self.ready[self.turn].get();
        const VkResult result = vkAcquireNextImageKHR(self.device->handle(), self.chain, longest, semaphore,
                                                      VK_NULL_HANDLE, &self.image);
        if (result == VK_ERROR_OUT_OF_DATE_KHR) {
            self.stale = true;
            continue;
        }
        if (result == VK_ERROR_SURFACE_LOST_KHR) {
            self.device->settle();
            self.drop();
            self.drop_surface();
            continue;
        }
        if (result == VK_TIMEOUT || result == VK_NOT_READY) return false;
        if (result != VK_SUBOPTIMAL_KHR) self.device->check_alive(result, "show a window");
        self.turn = (self.turn + 1) % self.ready.size();
        self.acquired = true;
        target = {.view = self.views[self.image].get(),
                  .format = self.format.format,
                  .final_layout = VK_IMAGE_LAYOUT_PRESENT_SRC_KHR,
                  .width = self.size.width,
                  .height = self.size.height,
                  .drawn = &self.drawn[self.image]};
        ready = semaphore;
        done = self.done[self.image].get();
        return true;
    }
    return false;
}

void Swapchain::present() {
    Impl& self = *impl_;
    const VkSemaphore done = self.done[self.image].get();
    const VkPresentInfoKHR info{.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR,
                                .waitSemaphoreCount = 1,
                                .pWaitSemaphores = &done,
                                .swapchainCount = 1,
                                .pSwapchains = &self.chain,
                                .pImageIndices = &self.image};
    const VkResult result = self.device->present(info);
    self.acquired = false;
    // A window that changed is an ordinary thing; one whose surface is lost says so when it is drawn next.
    if (result == VK_ERROR_SURFACE_LOST_KHR) return;
    if (result == VK_ERROR_OUT_OF_DATE_KHR) {
        self.stale = true;
    } else if (result == VK_SUBOPTIMAL_KHR) {
        const VkExtent2D now = self.capabilities().currentExtent;
        self.stale = now.width != self.size.width || now.height != self.size.height;
    } else {
        self.device->check_alive(result, "show a window");
    }
}

void Swapchain::set_mailbox(bool mailbox) {
    if (mailbox == impl_->mailbox) return;
    impl_->mailbox = mailbox;
    impl_->stale = true;
}

bool Swapchain::mailbox() const {
    return impl_->mode == VK_PRESENT_MODE_MAILBOX_KHR;
}

}  // namespace gan
