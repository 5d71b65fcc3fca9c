#pragma once

#include "trainer/metrics/feature_network.h"

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gan {

/// A small classifier of textures: where no Inception weights are at hand, its features measure how far two
/// sets of pictures are apart. Its scores are never called FID.
///
///     64 x 64 -> conv 32 -> conv 48 /2 -> conv 64 /2 -> conv 96 /2 -> conv 128 -> mean -> classes
///
/// Convolutions are 3 x 3, with batch norm and ReLU; a feature sees 33 x 33 pixels. 209,000 numbers, 0.84 MB;
/// 35 million multiplications a picture.
/// In training mode batch norm uses and updates statistics; in eval mode forward changes nothing.
class TextureNetworkImpl : public torch::nn::Module {
public:
    static constexpr int64_t feature_count = 128;  // F
    static constexpr int64_t side = 64;            // pixels

    /// Random weights from `seed` (He et al. 2015, arXiv:1502.01852). Throws Error without at least two
    /// classes.
    explicit TextureNetworkImpl(std::vector<std::string> classes, uint64_t seed = 0);

    /// images (N, 3, H, W) in [-1, 1], of any size: resized to 64 x 64, bilinear, antialiased when that is
    /// smaller. Throws Error for others (check_images).
    Features forward(const at::Tensor& images);

    const std::vector<std::string>& classes() const { return classes_; }

private:
    struct Layer {
        at::Tensor weight;  // (out, in, kernel, kernel)
        at::Tensor scale;   // (out), of batch norm, as are:
        at::Tensor shift;   // (out)
        at::Tensor mean;    // (out), stored
        at::Tensor var;     // (out), stored
    };
    std::vector<std::string> classes_;
    std::vector<Layer> layers_;
    at::Tensor weight_;  // (classes, F)
    at::Tensor bias_;    // (classes)
};
TORCH_MODULE(TextureNetwork);

struct TextureBatch {
    at::Tensor images;  // (N, H, W, 3) bytes; H and W may change between batches
    at::Tensor labels;  // (N) int64, indices of classes
};

struct TextureStep {
    int64_t step = 0;     // done
    double loss = 0;      // cross entropy, nats
    double accuracy = 0;  // of this batch, before its step
};

/// Trains a network on `steps` batches: cross entropy, Adam, the rate falling from 0.003 to 0 in a line.
/// Stops at Ctrl-C (Interrupted). `progress` is called after each step. Throws Error for labels out of range.
/// Touches no global generator; the same seed, batches, machine and number of threads give the same network.
TextureNetwork train_texture_network(const std::function<TextureBatch()>& sampler,
                                     std::vector<std::string> classes, int64_t steps, uint64_t seed,
                                     const std::function<void(const TextureStep&)>& progress = {});

/// Share of `batches` batches' pictures whose class the network names; in eval mode.
double texture_accuracy(TextureNetwork network, const std::function<TextureBatch()>& sampler,
                        int64_t batches);

/// safetensors with the classes and the hash of the weights in its metadata, replaced atomically. Returns the
/// hash.
std::string save_texture_network(const TextureNetwork& network, const std::filesystem::path& path);

/// The network of a file that save_texture_network wrote, bit for bit, in eval mode. Throws Error naming the
/// file and what is missing, unexpected or damaged.
TextureNetwork load_texture_network(const std::filesystem::path& path);

/// The network as a measure, "texture distance (64 px, <8 digits of the hash>)". It takes the network over:
/// put into eval mode, not to be trained on.
std::unique_ptr<FeatureNetwork> frozen(TextureNetwork network);

}  // namespace gan
