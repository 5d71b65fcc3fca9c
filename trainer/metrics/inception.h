#pragma once

#include "runtime/model/tensor.h"
#include "trainer/metrics/feature_network.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gan {

/// The two published sets of Inception v3 weights and the protocols that belong to them.
///   Torchvision  torchvision's inception_v3 (1000 classes), read as ajbrock/BigGAN-PyTorch does in training:
///                ImageNet's mean and deviation, bilinear to 299 with corners aligned
///   Fid          the port of TensorFlow's graph of 2015-12-05 that published FIDs are computed with
///                (mseitzer/pytorch-fid, pt_inception-2015-12-05-6726825d.pth; 1008 classes): bilinear to 299
///                without aligned corners, average pools that leave the border out of the mean, and a maximum
///                pool in the last block
/// Source: Szegedy et al. 2015, arXiv:1512.00567.
enum class InceptionForm { Torchvision, Fid };

/// Names and shapes of the tensors that the network reads, as torchvision names them.
std::map<std::string, std::vector<int64_t>, std::less<>> inception_shapes(InceptionForm form);

/// Inception v3 in evaluation mode: 2048 features, the mean of the last map, and logits with bias. The form
/// is recognised by the number of classes. Throws Error naming `source` and the tensor that is missing or has
/// another shape; tensors of the auxiliary classifier are not read.
std::unique_ptr<FeatureNetwork> make_inception(const StateDict& weights, const std::string& source,
                                               at::ScalarType dtype = at::kFloat,
                                               at::Device device = at::kCPU);

/// The same from a state dict that torch.save wrote, or from safetensors. [any thread]
std::unique_ptr<FeatureNetwork> open_inception(const std::filesystem::path& path,
                                               at::ScalarType dtype = at::kFloat,
                                               at::Device device = at::kCPU);

}  // namespace gan
