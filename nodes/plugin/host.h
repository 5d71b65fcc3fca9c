#pragma once

#include "nodes/plugin/node.h"
#include "runtime/base/pixel.h"

#include <exception>

namespace gan {

/// What stands behind gan_node_host. Nothing that a library does here throws or ends more than its node.
class PluginHost {
public:
    // host.cpp
    static int linked(const gan_node_host* host, uint32_t input);
    static double number(const gan_node_host* host, uint32_t input);
    static int truth(const gan_node_host* host, uint32_t input);
    static const char* text(const gan_node_host* host, uint32_t input);
    static uint64_t trigger(const gan_node_host* host, uint32_t input);
    static const float* latent(const gan_node_host* host, uint32_t input, uint64_t* count, double* deviation);
    static uint32_t class_count(const gan_node_host* host, uint32_t input);
    static const char* class_name(const gan_node_host* host, uint32_t input, uint32_t index, double* weight);
    static const float* class_offset(const gan_node_host* host, uint32_t input, uint64_t* count);
    static int image(const gan_node_host* host, uint32_t input, gan_node_image* image);
    static double param(const gan_node_host* host, uint32_t param);
    static const char* param_text(const gan_node_host* host, uint32_t param);
    static int set_number(const gan_node_host* host, uint32_t output, double value);
    static int set_truth(const gan_node_host* host, uint32_t output, int value);
    static int set_text(const gan_node_host* host, uint32_t output, const char* text);
    static int set_trigger(const gan_node_host* host, uint32_t output, uint64_t count);
    static int set_latent(const gan_node_host* host, uint32_t output, const float* numbers, uint64_t count,
                          double deviation);
    static int set_classes(const gan_node_host* host, uint32_t output, const char* const* names,
                           const double* weights, uint32_t count, const float* offset, uint64_t offset_count);
    static float* new_image(const gan_node_host* host, uint32_t output, const gan_node_image* shape);
    static int pass(const gan_node_host* host, uint32_t output, uint32_t input);
    static int fail(const gan_node_host* host, const char* sentence);
    static void log(const gan_node_host* host, const char* sentence);
    static void run_again(const gan_node_host* host);
    static int keep(const gan_node_host* host, const void* bytes, uint64_t size);

    // gpu.cpp
    static int gpu(const gan_node_host* host, gan_node_gpu* gpu);
    static int gpu_image(const gan_node_host* host, uint32_t input, gan_node_gpu_image* image);
    static int new_gpu_image(const gan_node_host* host, uint32_t output, gan_node_gpu_image* image);
    static int gpu_submit(const gan_node_host* host, void* commands, uint64_t* moment);
    static int gpu_wait(const gan_node_host* host, uint64_t moment);

private:
    using Turn = PluginNode::Turn;

    /// The node, where this thread is in one of its functions; else null.
    static PluginNode* running(const gan_node_host* host) {
        auto* node = host == nullptr ? nullptr : static_cast<PluginNode*>(host->self);
        return node != nullptr && node->runner_ == std::this_thread::get_id() ? node : nullptr;
    }

    /// The node fails with the first of these.
    static void blame(PluginNode& node, std::string sentence) {
        if (node.failure_.empty()) node.failure_ = std::move(sentence);
    }

    /// What `work` returns, within process(); `otherwise`, where it is not, or fails.
    template <class T, class Work>
    static T processing(const gan_node_host* host, T otherwise, const Work& work) {
        PluginNode* node = running(host);
        if (node == nullptr || node->turn_ != Turn::Process) return otherwise;
        try {
            return work(*node);
        } catch (const std::bad_alloc&) {
            blame(*node, "there is not enough memory for what it asks for");
        } catch (const std::exception& failure) {
            blame(*node, failure.what());
        }
        return otherwise;
    }

    /// The same for functions that return a result.
    template <class Work>
    static int result(const gan_node_host* host, const Work& work) {
        if (running(host) == nullptr || running(host)->turn_ != Turn::Process) return GAN_NODE_ERROR_ORDER;
        return processing(host, int{GAN_NODE_ERROR_ARGUMENT}, [&](PluginNode& node) {
            work(node);
            return int{GAN_NODE_OK};
        });
    }

    template <class T>
    static Input<T>& input_at(PluginNode& node, uint32_t index) {
        if (index >= node.inputs_.size())
            throw Error("it asks for input {}, and has {}", index, node.inputs_.size());
        if (auto* found = std::get_if<Input<T>>(&node.inputs_[index])) return *found;
        throw Error("it takes input '{}' for a {}", node.Node::inputs()[index]->name,
                    name_of(port_type_of<T>()));
    }

    /// null: nothing is linked.
    template <class T>
    static const T* value_at(PluginNode& node, uint32_t index) {
        const Input<T>& input = input_at<T>(node, index);
        return input.linked() ? &*input : nullptr;
    }

    template <class T>
    static Output<T>& output_at(PluginNode& node, uint32_t index) {
        if (index >= node.outputs_.size())
            throw Error("it sets output {}, and has {}", index, node.outputs_.size());
        if (auto* found = std::get_if<Output<T>>(&node.outputs_[index])) return *found;
        throw Error("it takes output '{}' for a {}", node.Node::outputs()[index]->name,
                    name_of(port_type_of<T>()));
    }

    template <class T>
    static int set(const gan_node_host* host, uint32_t output, T value) {
        return result(host, [&](PluginNode& node) {
            output_at<T>(node, output) = std::move(value);
            node.given_ |= uint64_t{1} << output;
        });
    }

    template <class Struct>
    static void check_header(const Struct* made, const char* what) {
        if (made == nullptr || made->abi != GAN_NODE_ABI || made->size < sizeof(Struct))
            throw Error("it gives no {} that can be filled; set its abi and size", what);
    }

    /// What a picture is to be, of a gan_node_image or a gan_node_gpu_image. Throws Error.
    template <class Shape>
    static ImageInfo info_of(const Shape& shape, Encoding colours) {
        constexpr uint32_t side = max_side;
        if (shape.width < 1 || shape.width > side || shape.height < 1 || shape.height > side)
            throw Error("a picture of {}x{} pixels cannot be; sides are 1 to {}", shape.width, shape.height,
                        side);
        if (shape.channels != 1 && shape.channels != 3 && shape.channels != 4)
            throw Error("a picture has 1, 3 or 4 channels, not {}", shape.channels);
        return {.width = static_cast<int>(shape.width),
                .height = static_cast<int>(shape.height),
                .channels = static_cast<int>(shape.channels),
                .encoding = shape.data != 0 ? Encoding::Data32f : colours,
                .wrap_x = shape.wrap_x != 0,
                .wrap_y = shape.wrap_y != 0};
    }

    /// The other way; null: nothing is linked.
    template <class Shape>
    static void fill_shape(Shape& shape, const ImageRef* image) {
        ImageInfo info{.channels = 0};
        if (image != nullptr) info = **image;
        shape.width = static_cast<uint32_t>(info.width);
        shape.height = static_cast<uint32_t>(info.height);
        shape.channels = static_cast<uint32_t>(info.channels);
        shape.data = is_data(info) ? 1 : 0;
        shape.wrap_x = info.wrap_x ? 1 : 0;
        shape.wrap_y = info.wrap_y ? 1 : 0;
    }

    /// A new draft in the place of the last for this output.
    static PluginNode::Draft& draft(PluginNode& node, uint32_t output, const ImageInfo& info) {
        output_at<ImageRef>(node, output);
        std::erase_if(node.drafts_, [&](const auto& one) { return one.output == output; });
        node.given_ |= uint64_t{1} << output;
        node.drafts_.push_back({.output = output, .info = info});
        return node.drafts_.back();
    }
};

}  // namespace gan
