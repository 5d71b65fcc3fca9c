#include "runtime/model/infer_config.h"

#include "runtime/base/error.h"

#include <set>

namespace gan {
namespace {

/// Blocks a stage of a deep generator. Shapes fix it only together with the reference's tables: the
/// stages of one resolution all have the same number of blocks, and only a stage's last changes width.
int infer_depth(const std::vector<int>& in, const std::vector<int>& out, const std::set<int>& attention,
                const std::string& source) {
    const int blocks = static_cast<int>(in.size());
    std::vector<int> possible;
    for (int depth = 1; depth <= blocks; ++depth) {
        if (blocks % depth != 0) continue;
        bool fits = true;
        for (int b = 0; b < blocks; ++b)
            if (b % depth != depth - 1) fits &= in[b] == out[b] && !attention.contains(b);
        if (!fits) continue;
        possible.push_back(depth);
        const auto table = reference_multipliers(4 << (blocks / depth));
        if (table.empty()) continue;
        bool matches = in[0] % table[0] == 0;
        const int ch = in[0] / table[0];
        for (int s = 0; s < blocks / depth && matches; ++s)
            matches = in[s * depth] == table[s] * ch && out[s * depth + depth - 1] == table[s + 1] * ch;
        if (matches) return depth;
    }
    if (possible.size() == 1) return possible[0];
    throw Error("{}: its shapes leave open how many blocks a stage has; give --depth", source);
}

const Tensor& need(const StateDict& tensors, const std::string& name, size_t rank,
                   const std::string& source) {
    const auto found = tensors.find(name);
    if (found == tensors.end())
        throw Error("{}: has no tensor '{}', which every BigGAN generator has", source, name);
    if (found->second.shape.size() != rank || !found->second.is_floating())
        throw Error("{}: tensor '{}' is {} {}; it must have {} axes of floating-point numbers", source, name,
                    name_of(found->second.dtype), shape_text(found->second.shape), rank);
    for (int64_t extent : found->second.shape)
        if (extent < 1 || extent > 1 << 24)
            throw Error("{}: tensor '{}' has an impossible shape {}", source, name,
                        shape_text(found->second.shape));
    return found->second;
}

}  // namespace

BigGanConfig infer_config(const StateDict& tensors, std::optional<int> depth, const std::string& source) {
    BigGanConfig config;
    const auto block = [](int b, const char* rest) { return fmt::format("blocks.{}.{}", b, rest); };
    int blocks = 0;
    while (blocks < 1024 && tensors.contains(block(blocks, "0.conv1.weight"))) ++blocks;
    if (blocks == 0)
        throw Error("{}: has no tensor 'blocks.0.0.conv1.weight', which every BigGAN generator has", source);

    const bool deep = tensors.contains("blocks.0.0.conv4.weight");
    config.family = deep ? Family::BigGanDeep : Family::BigGan;
    std::vector<int> in;
    std::vector<int> out;
    std::set<int> attention;
    for (int b = 0; b < blocks; ++b) {
        in.push_back(static_cast<int>(need(tensors, block(b, "0.conv1.weight"), 4, source).dim(1)));
        out.push_back(static_cast<int>(
            need(tensors, block(b, deep ? "0.conv4.weight" : "0.conv1.weight"), 4, source).dim(0)));
        if (tensors.contains(block(b, "1.gamma"))) attention.insert(b);
    }
    config.depth = !deep ? 1 : depth ? *depth : infer_depth(in, out, attention, source);
    if (config.depth < 1 || blocks % config.depth != 0)
        throw Error("{}: has {} blocks, which do not make stages of {}", source, blocks, config.depth);
    const int stages = blocks / config.depth;
    if (stages > 9) throw Error("{}: has {} stages; at most 9 are possible", source, stages);
    config.resolution = 4 << stages;
    for (int s = 0; s < stages; ++s) config.widths.push_back(in[s * config.depth]);
    config.widths.push_back(out.back());
    const auto table = reference_multipliers(config.resolution);
    config.channels = table.empty() || config.widths.back() % table.back() != 0
                          ? config.widths.back()
                          : config.widths.back() / table.back();
    for (int b : attention) {
        if (b % config.depth != config.depth - 1)
            throw Error("{}: has attention inside a stage (after block {}), which is not supported", source,
                        b);
        config.attention.push_back(4 << (b / config.depth + 1));
    }

    const Tensor& linear = need(tensors, "linear.weight", 2, source);
    const Tensor& gain = need(tensors, block(0, "0.bn1.gain.weight"), 2, source);
    if (tensors.contains("shared.weight")) {
        const Tensor& shared = need(tensors, "shared.weight", 2, source);
        config.classes = static_cast<int>(shared.dim(0));
        config.shared_dim = static_cast<int>(shared.dim(1));
    } else {
        config.classes = static_cast<int>(gain.dim(0));
    }
    const auto width = static_cast<int>(linear.dim(1));
    if (deep) {
        config.hierarchical = true;
        config.dim_z = width - config.shared_dim;
    } else {
        config.hierarchical = config.shared() && gain.dim(1) > config.shared_dim;
        config.dim_z = config.hierarchical ? width * (blocks + 1) : width;
    }
    // TF-Hub's deep modules make as many channels as come in and show the first three.
    const Tensor& colours = need(tensors, "output_layer.2.weight", 4, source);
    const bool square = deep && colours.dim(0) == colours.dim(1);
    config.image_channels =
        !square && (colours.dim(0) == 1 || colours.dim(0) == 4) ? static_cast<int>(colours.dim(0)) : 3;
    return config;
}

}  // namespace gan
