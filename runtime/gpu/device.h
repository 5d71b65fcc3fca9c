#pragma once

#include "runtime/gpu/instance.h"
#include "shaders/code.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gan {

class Device;

/// What a texture keeps of a pixel. All have four channels.
enum class PixelFormat { Rgba16f, Rgba32f };
VkFormat vulkan_format(PixelFormat format);

/// That see what a pass binds.
constexpr VkShaderStageFlags shader_stages = VK_SHADER_STAGE_COMPUTE_BIT | VK_SHADER_STAGE_FRAGMENT_BIT;

/// A picture in a GPU's memory. Returns to its device's pool when nobody refers to it. Textures stay in
/// VK_IMAGE_LAYOUT_GENERAL.
struct Texture {
    std::shared_ptr<Device> device;
    int width = 0;
    int height = 0;
    PixelFormat format = PixelFormat::Rgba16f;
    VulkanImage image;
    DeviceMemory memory;
    VulkanImageView view;
    Framebuffer framebuffer;  // once something was drawn into it
    bool fresh = true;        // nothing was written to it, its layout is undefined
};
using TextureRef = std::shared_ptr<Texture>;

/// Memory of plain numbers that the GPU reads and writes: the host's, or its own for another API.
struct Buffer {
    VulkanBuffer buffer;
    DeviceMemory memory;
    std::byte* data = nullptr;  // null: not the host's
    size_t size = 0;
    size_t allocated = 0;     // bytes of its memory, of which `size` are used
    bool external = false;    // written by another API
    uint64_t busy_until = 0;  // of the device's timeline: the GPU uses it until then
};

/// A fragment shader that draws whole pictures, of the format it was made for by Device::drawing().
struct Drawing {
    std::shared_ptr<Device> device;
    Pipeline pipeline;
};
using DrawingRef = std::shared_ptr<Drawing>;

/// What the push constants of every shader begin with (shaders/picture.glsl).
struct PassHeader {
    uint32_t wraps = 0;  // two bits an input: it tiles from left to right, from top to bottom
    int32_t width = 0;   // of the result
    int32_t height = 0;
    int32_t first_row = 0;  // the pass begins there
};

/// One run of a shader over `width` x `height` pixels, from the header's first row on, or one drawing over
/// all of `output`. Shaders are written against shaders/picture.glsl, which says what is bound where.
struct Pass {
    ShaderCode shader;                        // must live as long as the device, which knows it by its place
    DrawingRef drawing = {};                  // instead
    std::span<const TextureRef> inputs = {};  // at bindings 1 to 4
    TextureRef output = {};                   // at binding 0; or null
    Buffer* buffer = nullptr;                 // at binding 5; or null
    std::span<const std::byte> constants = {};  // at most max_constants
    int width = 0;
    int height = 0;
};

/// Makes calls fail in tests: 1 is the next call, 0 none.
struct Faults {
    int allocation = 0;  // out of memory
    int submission = 0;  // device lost
};

/// A GPU at work: memory, a pool of textures, and one queue that runs passes in the order they were asked
/// for. Passes are recorded, and submitted by flush() or when many have come together. Every function throws
/// Error, DeviceLost when the GPU is gone. [any thread]
class Device : public std::enable_shared_from_this<Device> {
public:
    static constexpr size_t max_inputs = 4;
    static constexpr size_t max_constants = 128;  // bytes; what every GPU has

    static std::shared_ptr<Device> open(std::shared_ptr<VulkanInstance> instance, const GpuInfo& gpu);
    ~Device();

    const GpuInfo& info() const { return info_; }
    bool lost() const { return lost_; }

    /// A texture of undefined content. Throws Error when the size is below 1 or above what the GPU has.
    TextureRef texture(int width, int height, PixelFormat format);
    /// Host memory of at least `size` bytes that the GPU does not use. Give it back with release().
    std::unique_ptr<Buffer> host_buffer(size_t size);
    /// The buffer is used again once the passes recorded until now have run.
    void release(std::unique_ptr<Buffer> buffer);

    /// Memory of the GPU's own that another API writes, and a descriptor for it that the caller owns.
    std::unique_ptr<Buffer> shared_buffer(size_t size);
    int descriptor_of(const Buffer& buffer);
    /// A timeline that another API signals, and descriptors, which the caller owns, of it and of the device's
    /// own. Only where GpuInfo::shares_semaphores.
    Semaphore shared_timeline();
    int descriptor_of(const Semaphore& timeline);
    int descriptor_of_own_timeline() { return descriptor_of(timeline_); }

    /// Compiles a fragment shader (SPIR-V). Slow; passes of other threads go on meanwhile.
    DrawingRef drawing(std::span<const uint32_t> fragment, PixelFormat format);
    /// Makes the pipeline of a shader's passes before the first one is run, into textures of this format.
    /// Slow; passes of other threads go on meanwhile.
    void prepare(const ShaderCode& shader, PixelFormat format);
    void run(const Pass& pass);
    /// The passes recorded from now until the next flush() run after this moment of another timeline.
    void run_after(const Semaphore& timeline, uint64_t moment);
    /// Submits what was recorded and returns the moment of the device's timeline when it will have run.
    uint64_t flush();
    void wait(uint64_t moment) const;
    /// Whether the driver has all that comes until this moment. Where another presents meanwhile, it gets the
    /// rest only afterwards: who waits for that waits for the screen.
    bool handed_over(uint64_t moment);
    /// The moment that its timeline has come to.
    uint64_t reached() const;

    // For those who draw windows with this device.
    VkDevice handle() const { return device_; }
    uint32_t family() const { return family_; }  // of its queue, for command pools
    const std::shared_ptr<VulkanInstance>& instance() const { return instance_; }
    /// Memory for an image or a buffer of the caller's own; `liked`: if there is such. `next`: what
    /// VkMemoryAllocateInfo points to; `type`, when not null, receives the index of its type.
    DeviceMemory memory(const VkMemoryRequirements& needs, VkMemoryPropertyFlags liked,
                        const std::string& what, const void* next = nullptr, uint32_t* type = nullptr);
    /// Submits commands of the caller's own after all passes that were recorded until now, and returns the
    /// moment when they will have run. They wait for `ready` before they draw, and signal `done`: binary
    /// semaphores, or null.
    uint64_t submit(VkCommandBuffer commands, VkSemaphore ready, VkSemaphore done);
    /// vkQueuePresentKHR, with its result. Meanwhile passes are recorded and flushed, until four submissions
    /// wait for it to return, or memory runs out.
    VkResult present(const VkPresentInfoKHR& info);
    /// Waits until all that was submitted and presented is done with.
    void settle();
    /// check(), which remembers a loss of the device.
    void check_alive(VkResult result, const std::string& what) const;

    /// For tests and the performance panel.
    struct Counters {
        uint64_t allocations = 0;  // of memory, since it was opened
        uint64_t pipelines = 0;    // built
        uint64_t passes = 0;
        uint64_t submissions = 0;
        uint64_t textures = 0;    // alive, in use or in the pool
        uint64_t host_bytes = 0;  // of pictures that were copied between the processor's memory and the GPU's
    };
    Counters counters() const;
    void count_host_copy(size_t bytes);
    void inject(const Faults& faults);
    /// Whether passes are drawn from now on, not computed. The software driver draws unless told, in half the
    /// time where a pixel is read once (README); other GPUs compute, since those made for it have few units
    /// that draw.
    void draw_passes(bool draws);

private:
    Device(std::shared_ptr<VulkanInstance> instance, const GpuInfo& gpu);
    /// Commands on their way to the driver.
    struct Submission {
        VkCommandBuffer commands = VK_NULL_HANDLE;
        std::vector<std::pair<VkSemaphore, uint64_t>> awaited = {};  // timelines' moments
        VkSemaphore ready = VK_NULL_HANDLE;
        VkSemaphore done = VK_NULL_HANDLE;
    };
    uint64_t submit(Submission submission);
    struct Commands {
        VkCommandBuffer buffer = VK_NULL_HANDLE;
        uint64_t busy_until = 0;
    };
    struct Idle {
        std::unique_ptr<Texture> texture;
        uint64_t since = 0;        // moment
        uint64_t submissions = 0;  // of passes, then
    };
    void open_device();
    void make_layouts();
    void make_commands();
    DeviceMemory allocate(const VkMemoryRequirements& needs, VkMemoryPropertyFlags wanted,
                          VkMemoryPropertyFlags liked, const void* next, const std::string& what,
                          uint32_t* chosen = nullptr);
    std::unique_ptr<Texture> make_texture(int width, int height, PixelFormat format);
    std::unique_ptr<Buffer> make_buffer(size_t size, bool host);
    void recycle(Texture* texture);
    void trim(uint64_t idle_for);
    VkPipeline pipeline(const ShaderCode& shader, PixelFormat format, std::unique_lock<std::mutex>* lock);
    Pipeline make_computing(std::span<const uint32_t> compute) const;
    Pipeline make_drawing(std::span<const uint32_t> fragment, VkRenderPass into) const;
    ShaderModule module(std::span<const uint32_t> shader) const;
    const RenderPass& render_pass(PixelFormat format);
    void draw(VkCommandBuffer commands, const Pass& pass);
    VkCommandBuffer recording();
    void bind(VkCommandBuffer commands, const Pass& pass, bool drawn);
    void pass_on(VkCommandBuffer commands, const Buffer& buffer, bool to_us) const;
    Semaphore make_timeline(bool exported);
    uint64_t submit();
    void offer();
    void hand_over();
    std::unique_lock<std::mutex> idle_queue();

    const std::shared_ptr<VulkanInstance> instance_;
    const GpuInfo info_;
    VkDevice device_ = VK_NULL_HANDLE;
    VkQueue queue_ = VK_NULL_HANDLE;
    uint32_t family_ = 0;
    VkPhysicalDeviceMemoryProperties memory_types_{};

    // Who has mutex_ only tries to get queue_mutex_: while another presents, submissions are left to that
    // one. It waits for queue_mutex_ only when all command buffers are on their way, or memory ran out; who
    // has queue_mutex_ therefore never waits for mutex_.
    mutable std::mutex mutex_;
    std::mutex queue_mutex_;  // of queue_ alone
    mutable std::atomic<bool> lost_ = false;
    Faults faults_;
    Counters counters_;
    bool draws(const ShaderCode& shader) const { return draws_ && !shader.fragment.empty(); }
    bool draws_ = info_.kind == GpuInfo::Kind::Software;
    DescriptorSetLayout bindings_;
    PipelineLayout layout_;
    std::map<std::pair<const uint32_t*, PixelFormat>, Pipeline>
        pipelines_;  // those that compute fit any format
    std::map<PixelFormat, RenderPass> render_passes_;
    std::vector<std::pair<uint64_t, Pipeline>>
        retired_;  // of drawings, and the moments they are in use until
    CommandPool command_pool_;
    std::vector<Commands> commands_;  // used in turn
    size_t turn_ = 0;
    bool recording_ = false;
    int recorded_ = 0;    // passes
    uint64_t piece_ = 0;  // moment of the last submission of passes that were enough for one
    Semaphore timeline_;
    uint64_t submitted_ = 0;                                 // moments
    std::deque<Submission> submissions_;                     // not handed over yet: of the last moments
    std::vector<std::pair<VkSemaphore, uint64_t>> awaited_;  // by the next submission
    std::deque<Idle> pool_;
    std::vector<std::unique_ptr<Buffer>> host_pool_;
};

}  // namespace gan
