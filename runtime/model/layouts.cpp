#include "runtime/model/layouts.h"

#include "runtime/base/error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <numeric>
#include <set>

namespace gan {
namespace {

/// A tensor that every generator of a layout has and no discriminator.
struct Signature {
    std::string_view name;
    Layout layout;
};

constexpr std::array signatures{
    Signature{"output_layer.2.weight", Layout::Reference},
    Signature{"generator.conv_to_rgb.weight_orig", Layout::HuggingFace},
    Signature{"conv2d5.weight_orig", Layout::StudioGan},
    Signature{"conv2d5.weight", Layout::StudioGan},
    Signature{"output_layer.conv.weight_orig", Layout::MmGeneration},
    Signature{"output_layer.conv.weight", Layout::MmGeneration},
};

/// What a layout calls its parts. A name is rewritten by the first rule whose `theirs` it starts with,
/// part by part; block numbers are handled apart.
struct Rule {
    std::string_view theirs;
    std::string_view ours;
};

struct LayoutNames {
    std::string_view blocks;   // what precedes a block's number
    bool inner_number;         // a ".0" follows it
    std::string_view gamma;    // the tensor that tells attention from a block
    std::vector<Rule> top;     // outside blocks
    std::vector<Rule> inside;  // within a block or attention
};

const LayoutNames& names_of(Layout layout) {
    static const LayoutNames hugging_face{"generator.layers.",
                                          false,
                                          "gamma",
                                          {{"embeddings", "shared"},
                                           {"generator.gen_z", "linear"},
                                           {"generator.bn.weight", "output_layer.0.gain"},
                                           {"generator.bn", "output_layer.0"},
                                           {"generator.conv_to_rgb", "output_layer.2"}},
                                          {{"bn_0.scale", "bn1.gain"},
                                           {"bn_1.scale", "bn2.gain"},
                                           {"bn_2.scale", "bn3.gain"},
                                           {"bn_3.scale", "bn4.gain"},
                                           {"bn_0.offset", "bn1.bias"},
                                           {"bn_1.offset", "bn2.bias"},
                                           {"bn_2.offset", "bn3.bias"},
                                           {"bn_3.offset", "bn4.bias"},
                                           {"bn_0", "bn1"},
                                           {"bn_1", "bn2"},
                                           {"bn_2", "bn3"},
                                           {"bn_3", "bn4"},
                                           {"conv_0", "conv1"},
                                           {"conv_1", "conv2"},
                                           {"conv_2", "conv3"},
                                           {"conv_3", "conv4"},
                                           {"snconv1x1_theta", "theta"},
                                           {"snconv1x1_phi", "phi"},
                                           {"snconv1x1_g", "g"},
                                           {"snconv1x1_o_conv", "o"}}};
    static const LayoutNames studio_gan{"blocks.",
                                        true,
                                        "sigma",
                                        {{"linear0", "linear"},
                                         {"bn4.weight", "output_layer.0.gain"},
                                         {"bn4", "output_layer.0"},
                                         {"conv2d5", "output_layer.2"}},
                                        {{"conv2d0", "conv_sc"},
                                         {"conv2d1", "conv1"},
                                         {"conv2d2", "conv2"},
                                         {"conv2d3", "conv3"},
                                         {"conv2d4", "conv4"},
                                         {"conv1x1_theta", "theta"},
                                         {"conv1x1_phi", "phi"},
                                         {"conv1x1_g", "g"},
                                         {"conv1x1_attn", "o"},
                                         {"sigma", "gamma"}}};
    static const LayoutNames mm_generation{"conv_blocks.",
                                           false,
                                           "gamma",
                                           {{"noise2feat", "linear"},
                                            {"shared_embedding", "shared"},
                                            {"output_layer.bn.weight", "output_layer.0.gain"},
                                            {"output_layer.bn", "output_layer.0"},
                                            {"output_layer.conv", "output_layer.2"}},
                                           {{"shortcut.conv", "conv_sc"},
                                            {"conv1.conv", "conv1"},
                                            {"conv2.conv", "conv2"},
                                            {"conv3.conv", "conv3"},
                                            {"conv4.conv", "conv4"},
                                            {"theta.conv", "theta"},
                                            {"phi.conv", "phi"},
                                            {"g.conv", "g"},
                                            {"o.conv", "o"}}};
    switch (layout) {
        case Layout::HuggingFace:
            return hugging_face;
        case Layout::StudioGan:
            return studio_gan;
        default:
            return mm_generation;
    }
}

std::string rewrite(std::string_view name, const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
        if (!name.starts_with(rule.theirs)) continue;
        const std::string_view rest = name.substr(rule.theirs.size());
        if (rest.empty() || rest.front() == '.') return std::string(rule.ours) + std::string(rest);
    }
    return std::string(name);
}

/// The number at the front of `name`, which it and the dot behind it are cut from.
std::optional<int> take_number(std::string_view& name) {
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end == name.data() + name.size() || *end != '.' || number < 0 ||
        number > 4096)
        return std::nullopt;
    name.remove_prefix(static_cast<size_t>(end - name.data()) + 1);
    return number;
}

/// Leaf names of spectral norm and batch norm that only differ in spelling.
std::string rename_leaf(std::string name) {
    constexpr std::array<Rule, 8> leaves{{{".weight_orig", ".weight"},
                                          {".weight_u", ".u0"},
                                          {".weight_v", ".v0"},
                                          {".running_means", ".stored_means"},
                                          {".running_vars", ".stored_vars"},
                                          {".running_mean", ".stored_mean"},
                                          {".running_var", ".stored_var"},
                                          {"", ""}}};
    for (const Rule& leaf : leaves)
        if (!leaf.theirs.empty() && name.ends_with(leaf.theirs)) {
            name.replace(name.size() - leaf.theirs.size(), leaf.theirs.size(), leaf.ours);
            break;
        }
    // Batch norms that keep their buffers in a module of their own: mybn, cross_replica, StudioGAN, ...
    for (std::string_view buffer : {"stored_mean", "stored_var", "accumulation_counter"}) {
        const std::string nested = ".bn." + std::string(buffer);
        if (name.ends_with(nested))
            name.replace(name.size() - nested.size(), nested.size(), "." + std::string(buffer));
    }
    return name;
}

Tensor reshaped(Tensor tensor, std::vector<int64_t> shape) {
    tensor.shape = std::move(shape);
    return tensor;
}

/// The tensor with its rows (axis 0) or its columns (axis 1 of two) in another order.
Tensor permuted(const Tensor& tensor, const std::vector<size_t>& order, size_t axis) {
    const size_t size = size_of(tensor.dtype);
    const size_t rows = axis == 0 ? order.size() : static_cast<size_t>(tensor.dim(0));
    const size_t columns = tensor.bytes.size() / size / std::max<size_t>(rows, 1);
    std::vector<std::byte> bytes(tensor.bytes.size());
    for (size_t r = 0; r < rows; ++r) {
        const size_t row = axis == 0 ? order[r] : r;
        for (size_t c = 0; c < columns; ++c) {
            const size_t column = axis == 0 ? c : order[c];
            std::memcpy(&bytes[(r * columns + c) * size], &tensor.bytes[(row * columns + column) * size],
                        size);
        }
    }
    return make_tensor(std::move(bytes), tensor.dtype, tensor.shape);
}

Tensor transposed(const Tensor& tensor) {
    const size_t size = size_of(tensor.dtype);
    const auto rows = static_cast<size_t>(tensor.dim(0));
    const auto columns = static_cast<size_t>(tensor.dim(1));
    std::vector<std::byte> bytes(tensor.bytes.size());
    for (size_t r = 0; r < rows; ++r)
        for (size_t c = 0; c < columns; ++c)
            std::memcpy(&bytes[(c * rows + r) * size], &tensor.bytes[(r * columns + c) * size], size);
    return make_tensor(std::move(bytes), tensor.dtype, {tensor.dim(1), tensor.dim(0)});
}

/// Brings [z, embedding] columns to [embedding, z], and v0 with them.
void embedding_first(StateDict& tensors, const std::string& layer, int64_t shared_dim,
                     const std::string& source) {
    const auto weight = tensors.find(layer + ".weight");
    if (weight == tensors.end()) return;
    const int64_t columns = weight->second.dim(1);
    if (weight->second.shape.size() != 2 || columns < shared_dim)
        throw Error("{}: '{}.weight' is narrower than the class embedding", source, layer);
    std::vector<size_t> order(static_cast<size_t>(columns));
    for (int64_t c = 0; c < columns; ++c)
        order[static_cast<size_t>(c)] =
            static_cast<size_t>(c < shared_dim ? columns - shared_dim + c : c - shared_dim);
    weight->second = permuted(weight->second, order, 1);
    if (const auto v = tensors.find(layer + ".v0"); v != tensors.end() && v->second.count() == columns)
        v->second = permuted(reshaped(v->second, {1, columns}), order, 1);
}

/// Brings rows laid out as (4, 4, C) to (C, 4, 4).
void channels_first(StateDict& tensors, const std::string& source) {
    for (const char* name : {"linear.weight", "linear.bias", "linear.u0"}) {
        const auto found = tensors.find(name);
        if (found == tensors.end()) continue;
        const bool row_vector = std::string_view(name) == "linear.u0";
        const int64_t rows = row_vector ? found->second.count() : found->second.dim(0);
        if (rows % 16 != 0) throw Error("{}: '{}' must have a multiple of 16 rows", source, name);
        std::vector<size_t> order(static_cast<size_t>(rows));
        for (int64_t r = 0; r < rows; ++r)
            order[static_cast<size_t>(r)] = static_cast<size_t>((r % 16) * (rows / 16) + r / 16);
        found->second = row_vector ? permuted(reshaped(found->second, {1, rows}), order, 1)
                                   : permuted(found->second, order, 0);
    }
}

/// mybn keeps sums, and how many passes they are of, once standing statistics were accumulated.
void average_accumulated(StateDict& tensors) {
    std::vector<std::string> counters;
    for (const auto& [name, tensor] : tensors)
        if (name.ends_with(".accumulation_counter")) counters.push_back(name);
    for (const std::string& name : counters) {
        const auto counter = tensors.at(name).to<double>();
        tensors.erase(name);
        if (counter.size() != 1 || !(counter[0] > 0)) continue;
        const std::string layer = name.substr(0, name.rfind('.'));
        for (const char* buffer : {".stored_mean", ".stored_var"}) {
            const auto found = tensors.find(layer + buffer);
            if (found == tensors.end()) continue;
            auto values = found->second.to<float>();
            for (float& value : values) value = static_cast<float>(value / counter[0]);
            found->second = make_tensor(std::move(values), found->second.shape);
        }
    }
}

StateDict renamed(const StateDict& tensors, const Found& found) {
    // Attention has a block number of its own in these layouts; it belongs to the block before it.
    std::set<int> attention;
    const bool reference = found.layout == Layout::Reference;
    const LayoutNames* names = reference ? nullptr : &names_of(found.layout);
    const auto block_of = [&](std::string_view& local) -> std::optional<int> {
        if (!local.starts_with(names->blocks)) return std::nullopt;
        local.remove_prefix(names->blocks.size());
        const auto number = take_number(local);
        if (number && names->inner_number && local.starts_with("0.")) local.remove_prefix(2);
        return number;
    };
    const auto local_name = [&](const std::string& name) {
        return std::string_view(name).substr(found.prefix.size());
    };
    if (!reference)
        for (const auto& [name, tensor] : tensors) {
            if (!name.starts_with(found.prefix)) continue;
            std::string_view local = local_name(name);
            if (const auto number = block_of(local); number && local == names->gamma)
                attention.insert(*number);
        }

    StateDict result;
    for (const auto& [name, tensor] : tensors) {
        if (!name.starts_with(found.prefix)) continue;
        std::string_view local = local_name(name);
        std::string ours(local);
        if (!reference) {
            if (const auto number = block_of(local)) {
                const auto before = std::distance(attention.begin(), attention.lower_bound(*number));
                const bool attends = attention.contains(*number);
                ours = fmt::format("blocks.{}.{}.{}", *number - static_cast<int>(before) - (attends ? 1 : 0),
                                   attends ? 1 : 0, rewrite(local, names->inside));
            } else {
                ours = rewrite(std::string_view(ours), names->top);
            }
        }
        result.emplace(rename_leaf(ours), tensor);
    }
    return result;
}

}  // namespace

std::vector<Found> find_generators(const StateDict& tensors) {
    std::vector<Found> found;
    for (const auto& [name, tensor] : tensors)
        for (const Signature& signature : signatures) {
            if (!name.ends_with(signature.name)) continue;
            std::string prefix = name.substr(0, name.size() - signature.name.size());
            if (!prefix.empty() && prefix.back() != '.') continue;
            // Hugging Face's own signature contains "generator."; others may be nested in such a prefix.
            std::string lower = prefix;
            std::transform(lower.begin(), lower.end(), lower.begin(),
                           [](unsigned char c) { return std::tolower(c); });
            found.push_back({signature.layout, prefix, lower.find("ema") != std::string::npos});
            break;
        }
    return found;
}

StateDict to_reference(const StateDict& tensors, const Found& found, std::optional<bool> z_first,
                       const std::string& source) {
    StateDict result = renamed(tensors, found);
    std::erase_if(result, [](const auto& entry) {
        const std::string_view name = entry.first;
        return name.ends_with(".num_batches_tracked") || name.starts_with("info_");
    });
    average_accumulated(result);
    for (auto& [name, tensor] : result) {
        if (name.ends_with(".u0") || name.ends_with(".v0")) tensor = reshaped(tensor, {1, tensor.count()});
        if (name.ends_with(".gamma")) tensor = reshaped(tensor, {});
    }
    const bool deep = result.contains("blocks.0.0.conv4.weight");
    if (found.layout == Layout::HuggingFace) {
        const auto shared = result.find("shared.weight");
        if (shared == result.end() || shared->second.shape.size() != 2)
            throw Error("{}: has no class embedding 'embeddings.weight'", source);
        shared->second = transposed(shared->second);
    }
    const bool deep_foreign =
        found.layout == Layout::HuggingFace || (found.layout == Layout::MmGeneration && deep);
    if (deep_foreign) channels_first(result, source);
    // The fork of the reference that matches TF-Hub's deep modules takes z first; its 128 colour rows tell.
    const auto colours = result.find("output_layer.2.weight");
    const bool deep_fork = found.layout == Layout::Reference && deep && colours != result.end() &&
                           colours->second.dim(0) == colours->second.dim(1) && !result.contains("linear.v0");
    if (z_first.value_or(deep_foreign || deep_fork)) {
        const auto shared = result.find("shared.weight");
        const int64_t shared_dim = shared != result.end() ? shared->second.dim(1) : 0;
        std::vector<std::string> layers;
        if (deep) layers.emplace_back("linear");
        for (const auto& [name, tensor] : result)
            if (name.starts_with("blocks.") &&
                (name.ends_with(".gain.weight") || name.ends_with(".bias.weight")))
                layers.push_back(name.substr(0, name.rfind('.')));
        for (const std::string& layer : layers) embedding_first(result, layer, shared_dim, source);
    }
    return result;
}

}  // namespace gan
