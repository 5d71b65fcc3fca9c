#include "nodes/plugin/host.h"

#include "nodes/plugins.h"

#include <algorithm>
#include <cstring>

namespace gan {
namespace {

constexpr size_t most_text = 1 << 20;          // bytes on a wire
constexpr uint64_t most_numbers_in = 1 << 20;  // of a latent or an offset
constexpr uint32_t most_classes = 4096;
constexpr size_t most_sentences = 100;     // of libraries that nobody has asked for
constexpr uint64_t most_kept = 256 << 20;  // bytes

/// What libraries have said.
struct PluginWords {
    std::mutex mutex;
    std::vector<std::string> sentences;
};
PluginWords& plugin_words() {
    static PluginWords words;
    return words;
}

std::string line_of(const char* text) {
    return text == nullptr ? std::string() : printable({text, ::strnlen(text, 1000)});
}

std::string wire_text(const char* text) {
    if (text == nullptr) throw Error("it gives null for a text");
    std::string copy(text, ::strnlen(text, most_text + 1));
    if (!is_text(copy, most_text)) throw Error("it gives a text that is not UTF-8, or longer than 1 MiB");
    return copy;
}

std::vector<float> numbers_from(const float* numbers, uint64_t count) {
    if (count > most_numbers_in || (numbers == nullptr && count > 0))
        throw Error("it gives {} numbers, which cannot be", count);
    return count == 0 ? std::vector<float>() : std::vector<float>(numbers, numbers + count);
}

}  // namespace

int PluginHost::linked(const gan_node_host* host, uint32_t input) {
    return processing(host, 0, [&](PluginNode& node) {
        if (input >= node.inputs_.size())
            throw Error("it asks for input {}, and has {}", input, node.inputs_.size());
        return node.Node::inputs()[input]->linked() ? 1 : 0;
    });
}

double PluginHost::number(const gan_node_host* host, uint32_t input) {
    return processing(host, 0.0, [&](PluginNode& node) {
        const double* value = value_at<double>(node, input);
        return value == nullptr ? 0.0 : *value;
    });
}

int PluginHost::truth(const gan_node_host* host, uint32_t input) {
    return processing(host, 0, [&](PluginNode& node) {
        const bool* value = value_at<bool>(node, input);
        return value != nullptr && *value ? 1 : 0;
    });
}

const char* PluginHost::text(const gan_node_host* host, uint32_t input) {
    return processing<const char*>(host, nullptr, [&](PluginNode& node) {
        const std::string* value = value_at<std::string>(node, input);
        return value == nullptr ? nullptr : value->c_str();
    });
}

uint64_t PluginHost::trigger(const gan_node_host* host, uint32_t input) {
    return processing(host, uint64_t{0}, [&](PluginNode& node) {
        const Trigger* value = value_at<Trigger>(node, input);
        return value == nullptr ? 0 : value->count;
    });
}

const float* PluginHost::latent(const gan_node_host* host, uint32_t input, uint64_t* count,
                                double* deviation) {
    if (count != nullptr) *count = 0;
    if (deviation != nullptr) *deviation = 0;
    return processing<const float*>(host, nullptr, [&](PluginNode& node) -> const float* {
        const Latent* value = value_at<Latent>(node, input);
        if (value == nullptr) return nullptr;
        if (count != nullptr) *count = value->z.size();
        if (deviation != nullptr) *deviation = value->std;
        return value->z.data();
    });
}

uint32_t PluginHost::class_count(const gan_node_host* host, uint32_t input) {
    return processing(host, uint32_t{0}, [&](PluginNode& node) {
        const ClassMix* value = value_at<ClassMix>(node, input);
        return value == nullptr ? 0 : static_cast<uint32_t>(value->classes.size());
    });
}

const char* PluginHost::class_name(const gan_node_host* host, uint32_t input, uint32_t index,
                                   double* weight) {
    if (weight != nullptr) *weight = 0;
    return processing<const char*>(host, nullptr, [&](PluginNode& node) -> const char* {
        const ClassMix* value = value_at<ClassMix>(node, input);
        if (value == nullptr) return nullptr;
        if (index >= value->classes.size())
            throw Error("it asks for class {} of {}", index, value->classes.size());
        if (weight != nullptr) *weight = value->classes[index].weight;
        return value->classes[index].name.c_str();
    });
}

const float* PluginHost::class_offset(const gan_node_host* host, uint32_t input, uint64_t* count) {
    if (count != nullptr) *count = 0;
    return processing<const float*>(host, nullptr, [&](PluginNode& node) -> const float* {
        const ClassMix* value = value_at<ClassMix>(node, input);
        if (value == nullptr || value->offset.empty()) return nullptr;
        if (count != nullptr) *count = value->offset.size();
        return value->offset.data();
    });
}

int PluginHost::image(const gan_node_host* host, uint32_t input, gan_node_image* image) {
    return result(host, [&](PluginNode& node) {
        check_header(image, "gan_node_image");
        const ImageRef* value = value_at<ImageRef>(node, input);
        fill_shape(*image, value);
        image->pixels = value == nullptr ? nullptr : (*value)->pixels().data();
    });
}

double PluginHost::param(const gan_node_host* host, uint32_t param) {
    return processing(host, 0.0, [&](PluginNode& node) {
        if (param >= node.params_.size())
            throw Error("it asks for parameter {}, and has {}", param, node.params_.size());
        PluginNode::AnyParam& found = node.params_[param];
        if (const auto* number = std::get_if<Number>(&found)) return static_cast<double>(*number);
        if (const auto* toggle = std::get_if<Toggle>(&found)) return *toggle ? 1.0 : 0.0;
        if (const auto* choice = std::get_if<Choice<size_t>>(&found))
            return static_cast<double>(size_t{*choice});
        throw Error("it takes the text '{}' for a number", node.Node::params()[param]->name);
    });
}

const char* PluginHost::param_text(const gan_node_host* host, uint32_t param) {
    return processing<const char*>(host, nullptr, [&](PluginNode& node) {
        if (param >= node.params_.size())
            throw Error("it asks for parameter {}, and has {}", param, node.params_.size());
        if (const auto* text = std::get_if<TextParam>(&node.params_[param])) return (**text).c_str();
        throw Error("it takes parameter '{}' for a text", node.Node::params()[param]->name);
    });
}

int PluginHost::set_number(const gan_node_host* host, uint32_t output, double value) {
    return set<double>(host, output, value);
}

int PluginHost::set_truth(const gan_node_host* host, uint32_t output, int value) {
    return set<bool>(host, output, value != 0);
}

int PluginHost::set_text(const gan_node_host* host, uint32_t output, const char* text) {
    return result(host, [&](PluginNode& node) {
        output_at<std::string>(node, output) = wire_text(text);
        node.given_ |= uint64_t{1} << output;
    });
}

int PluginHost::set_trigger(const gan_node_host* host, uint32_t output, uint64_t count) {
    return set<Trigger>(host, output, Trigger{count});
}

int PluginHost::set_latent(const gan_node_host* host, uint32_t output, const float* numbers, uint64_t count,
                           double deviation) {
    return result(host, [&](PluginNode& node) {
        output_at<Latent>(node, output) = Latent{numbers_from(numbers, count), deviation};
        node.given_ |= uint64_t{1} << output;
    });
}

int PluginHost::set_classes(const gan_node_host* host, uint32_t output, const char* const* names,
                            const double* weights, uint32_t count, const float* offset,
                            uint64_t offset_count) {
    return result(host, [&](PluginNode& node) {
        if (count > most_classes || (count > 0 && (names == nullptr || weights == nullptr)))
            throw Error("it gives {} classes, which cannot be", count);
        ClassMix mix;
        for (uint32_t i = 0; i < count; ++i) mix.classes.push_back({wire_text(names[i]), weights[i]});
        mix.offset = numbers_from(offset, offset_count);
        output_at<ClassMix>(node, output) = std::move(mix);
        node.given_ |= uint64_t{1} << output;
    });
}

float* PluginHost::new_image(const gan_node_host* host, uint32_t output, const gan_node_image* shape) {
    return processing<float*>(host, nullptr, [&](PluginNode& node) {
        check_header(shape, "gan_node_image");
        const ImageInfo info = info_of(*shape, Encoding::Srgb32f);
        PluginNode::Draft& made = draft(node, output, info);
        made.pixels.resize(static_cast<size_t>(info.width) * static_cast<size_t>(info.height) *
                           static_cast<size_t>(info.channels));
        return made.pixels.data();
    });
}

int PluginHost::pass(const gan_node_host* host, uint32_t output, uint32_t input) {
    return result(host, [&](PluginNode& node) {
        if (output >= node.outputs_.size() || input >= node.inputs_.size())
            throw Error("it passes input {} on to output {}, and has {} and {}", input, output,
                        node.inputs_.size(), node.outputs_.size());
        OutputBase& to = *node.Node::outputs()[output];
        const InputBase& from = *node.Node::inputs()[input];
        if (to.type != from.type)
            throw Error("it passes '{}' on to '{}', of another type", from.name, to.name);
        if (!from.linked()) throw Error("it passes '{}' on, and nothing is linked there", from.name);
        to.copy(*from.source());
        node.given_ |= uint64_t{1} << output;
    });
}

int PluginHost::fail(const gan_node_host* host, const char* sentence) {
    PluginNode* node = running(host);
    if (node == nullptr) return GAN_NODE_ERROR_ORDER;
    try {
        const std::string line = line_of(sentence);
        blame(*node, line.empty() ? "it failed, and did not say why" : line);
    } catch (const std::exception&) {
        return GAN_NODE_FAILED;  // without memory for a sentence
    }
    return GAN_NODE_FAILED;
}

void PluginHost::log(const gan_node_host* host, const char* sentence) {
    if (host == nullptr || host->self == nullptr) return;
    try {
        const auto& node = *static_cast<const PluginNode*>(host->self);
        std::string line = fmt::format("{}: {}", node.about().name, line_of(sentence));
        PluginWords& words = plugin_words();
        const std::lock_guard lock(words.mutex);
        if (words.sentences.size() < most_sentences) words.sentences.push_back(std::move(line));
    } catch (const std::exception&) {
        // It is lost.
    }
}

void PluginHost::run_again(const gan_node_host* host) {
    PluginNode* node = running(host);
    if (node != nullptr && node->turn_ != Turn::Save) node->Node::run_again();
}

int PluginHost::keep(const gan_node_host* host, const void* bytes, uint64_t size) {
    PluginNode* node = running(host);
    if (node == nullptr || node->turn_ != Turn::Save) return GAN_NODE_ERROR_ORDER;
    if (size > most_kept || (bytes == nullptr && size > 0)) return GAN_NODE_ERROR_ARGUMENT;
    try {
        const auto* from = static_cast<const std::byte*>(bytes);
        node->kept_ = size == 0 ? std::vector<std::byte>() : std::vector<std::byte>(from, from + size);
        return GAN_NODE_OK;
    } catch (const std::exception& failure) {
        blame(*node, failure.what());
        return GAN_NODE_FAILED;
    }
}

gan_node_host host_for(PluginNode& node) {
    return {.abi = GAN_NODE_ABI,
            .size = sizeof(gan_node_host),
            .self = &node,
            .linked = PluginHost::linked,
            .number = PluginHost::number,
            .truth = PluginHost::truth,
            .text = PluginHost::text,
            .trigger = PluginHost::trigger,
            .latent = PluginHost::latent,
            .class_count = PluginHost::class_count,
            .class_name = PluginHost::class_name,
            .class_offset = PluginHost::class_offset,
            .image = PluginHost::image,
            .param = PluginHost::param,
            .param_text = PluginHost::param_text,
            .set_number = PluginHost::set_number,
            .set_truth = PluginHost::set_truth,
            .set_text = PluginHost::set_text,
            .set_trigger = PluginHost::set_trigger,
            .set_latent = PluginHost::set_latent,
            .set_classes = PluginHost::set_classes,
            .new_image = PluginHost::new_image,
            .pass = PluginHost::pass,
            .fail = PluginHost::fail,
            .log = PluginHost::log,
            .run_again = PluginHost::run_again,
            .keep = PluginHost::keep,
            .gpu = PluginHost::gpu,
            .gpu_image = PluginHost::gpu_image,
            .new_gpu_image = PluginHost::new_gpu_image,
            .gpu_submit = PluginHost::gpu_submit,
            .gpu_wait = PluginHost::gpu_wait};
}

std::vector<std::string> take_plugin_words() {
    PluginWords& words = plugin_words();
    const std::lock_guard lock(words.mutex);
    return std::exchange(words.sentences, {});
}

}  // namespace gan
