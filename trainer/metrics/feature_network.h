#pragma once

#include <ATen/Tensor.h>

#include <string>

namespace gan {

/// Everything that a score must be quoted with: scores of different networks, weights or protocols cannot be
/// compared.
struct FeatureNetworkInfo {
    std::string name;          // of the network and whose weights they are
    std::string distance;      // what the Fréchet distance of its features is called
    std::string score;         // what exp E KL(p(y|x) || p(y)) over its classes is called
    std::string protocol;      // how pictures are resized and scaled on their way in
    std::string weights_hash;  // SHA-256, hex
};

struct Features {
    at::Tensor features;  // (N, F)
    at::Tensor logits;    // (N, classes)
};

/// A frozen network that pictures are measured by.
class FeatureNetwork {
public:
    virtual ~FeatureNetwork() = default;
    virtual const FeatureNetworkInfo& info() const = 0;

    /// Of images (N, 3, H, W) of any size and floating type, in [-1, 1], on any device; the result is in the
    /// network's type and on its device, without gradients. Changes nothing. Throws Error for other images.
    /// [any thread]
    virtual Features features(const at::Tensor& images) const = 0;
};

/// Throws Error naming the shape or type unless `images` are floating (N, 3, H, W) with N, H and W above 0.
void check_images(const at::Tensor& images);

/// Images (N, 3, H, W), float in [-1, 1], of bytes (N, H, W, 3). Throws Error for others. [any thread]
at::Tensor images_from_bytes(const at::Tensor& bytes);

/// Images as an 8-bit file would hold them, still (N, 3, H, W) in [-1, 1]: cut to the range and rounded to
/// nearest. [any thread]
at::Tensor rounded_to_bytes(const at::Tensor& images);

}  // namespace gan
