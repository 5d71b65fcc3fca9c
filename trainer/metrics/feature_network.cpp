#include "trainer/metrics/feature_network.h"

#include "runtime/base/error.h"
#include "runtime/model/tensor.h"

#include <ATen/ATen.h>

namespace gan {

void check_images(const at::Tensor& images) {
    if (!images.defined() || images.dim() != 4 || images.size(1) != 3 || images.numel() == 0)
        throw Error("pictures to be scored must have the shape (N, 3, H, W), but these have {}",
                    images.defined() ? shape_text(images.sizes()) : "none");
    if (!images.is_floating_point())
        throw Error("pictures to be scored must be floating-point numbers in [-1, 1], but these are {}",
                    toString(images.scalar_type()));
}

at::Tensor images_from_bytes(const at::Tensor& bytes) {
    if (!bytes.defined() || bytes.dim() != 4 || bytes.size(3) != 3 || bytes.scalar_type() != at::kByte)
        throw Error("pictures in bytes must be (N, H, W, 3) of 8 bits, but these are {}",
                    bytes.defined() ? shape_text(bytes.sizes()) : "undefined");
    return bytes.permute({0, 3, 1, 2}).contiguous().to(at::kFloat).div_(127.5).sub_(1);
}

at::Tensor rounded_to_bytes(const at::Tensor& images) {
    return ((images + 1) * 127.5 + 0.5).floor_().clamp_(0, 255).div_(127.5).sub_(1);
}

}  // namespace gan
