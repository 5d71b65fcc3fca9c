#include "nodes/plugin/host.h"

#include "nodes/picture.h"
#include "runtime/gpu/transfer.h"

#include <bit>

namespace gan {
namespace {

/// Handles that are numbers on some machines and pointers on others.
template <class Handle>
uint64_t handle_number(Handle handle) {
    return std::bit_cast<uint64_t>(handle);
}

void fill_handles(gan_node_gpu_image& image, const Texture& texture) {
    image.format = static_cast<uint32_t>(vulkan_format(texture.format));
    image.reserved = 0;
    image.image = handle_number(texture.image.get());
    image.view = handle_number(texture.view.get());
}

}  // namespace

/// Where the GPU that the library has things on is lost, or another is played with now, it gives them up.
void PluginNode::leave_old_gpu(const Tick& tick) {
    if (device_ == nullptr) return;
    try {
        if (tick.gpu != nullptr && tick.gpu->device() == device_) return;
    } catch (const Error&) {
        // There is none any more; gpu() says so.
    }
    if (functions_->release_gpu != nullptr) module_->call("release_gpu", functions_->release_gpu, instance_);
    device_.reset();
}

int PluginHost::gpu(const gan_node_host* host, gan_node_gpu* gpu) {
    bool there = false;
    const int code = result(host, [&](PluginNode& node) {
        check_header(gpu, "gan_node_gpu");
        if (node.functions_->release_gpu == nullptr)
            throw Error("it asks for gpu(), and has no release_gpu()");
        if (node.device_ == nullptr && node.tick_->gpu != nullptr) {
            try {
                node.device_ = node.tick_->gpu->device();
            } catch (const Error&) {
                return;  // there is none here
            }
        }
        if (node.device_ == nullptr) return;
        const Device& device = *node.device_;
        gpu->instance = device.instance()->handle();
        gpu->physical_device = device.info().handle;
        gpu->device = device.handle();
        gpu->get_instance_proc_addr = reinterpret_cast<void (*)()>(vkGetInstanceProcAddr);
        gpu->queue_family = device.family();
        gpu->reserved = 0;
        there = true;
    });
    return code == GAN_NODE_OK && !there ? int{GAN_NODE_ERROR_UNSUPPORTED} : code;
}

int PluginHost::gpu_image(const gan_node_host* host, uint32_t input, gan_node_gpu_image* image) {
    return result(host, [&](PluginNode& node) {
        check_header(image, "gan_node_gpu_image");
        if (node.device_ == nullptr)
            throw Error("it asks for pictures on the GPU before it has asked for gpu()");
        const ImageRef* value = value_at<ImageRef>(node, input);
        fill_shape(*image, value);
        image->format = 0;
        image->image = image->view = 0;
        if (value == nullptr) return;
        const TextureRef texture = texture_of(*node.tick_, **value);
        if (texture->device != node.device_) throw Error("the GPU was lost, and is opened again");
        node.lent_.push_back(texture);
        fill_handles(*image, *texture);
    });
}

int PluginHost::new_gpu_image(const gan_node_host* host, uint32_t output, gan_node_gpu_image* image) {
    return result(host, [&](PluginNode& node) {
        check_header(image, "gan_node_gpu_image");
        if (node.device_ == nullptr)
            throw Error("it makes pictures on the GPU before it has asked for gpu()");
        const ImageInfo info = info_of(*image, Encoding::Linear16f);
        PluginNode::Draft& made = draft(node, output, info);
        made.texture = node.device_->texture(info.width, info.height, format_of(info));
        fill_handles(*image, *made.texture);
    });
}

int PluginHost::gpu_submit(const gan_node_host* host, void* commands, uint64_t* moment) {
    if (moment != nullptr) *moment = 0;
    return result(host, [&](PluginNode& node) {
        if (node.device_ == nullptr || commands == nullptr)
            throw Error("it submits commands to no GPU, or none");
        const uint64_t when =
            node.device_->submit(static_cast<VkCommandBuffer>(commands), VK_NULL_HANDLE, VK_NULL_HANDLE);
        if (moment != nullptr) *moment = when;
        // Their layout is what the library's first barrier made of it.
        for (PluginNode::Draft& made : node.drafts_)
            if (made.texture != nullptr) {
                made.texture->fresh = false;
                made.submitted = true;
            }
    });
}

int PluginHost::gpu_wait(const gan_node_host* host, uint64_t moment) {
    const auto* node = host == nullptr ? nullptr : static_cast<const PluginNode*>(host->self);
    if (node == nullptr || node->device_ == nullptr) return GAN_NODE_ERROR_ORDER;
    try {
        node->device_->wait(moment);
        return GAN_NODE_OK;
    } catch (const std::exception&) {
        return GAN_NODE_FAILED;  // what is asked of it next says why
    }
}

}  // namespace gan
