#include "trainer/recipe/regularise.h"

#include "trainer/libtorch.h"
#include "trainer/networks/layers.h"

namespace gan {

void initialise(torch::nn::Module& module, Initialisation how) {
    at::NoGradGuard no_grad;
    for (at::Tensor& weight : module.parameters()) {
        if (weight.dim() < 2) continue;
        switch (how) {
            case Initialisation::Orthogonal:
                torch::nn::init::orthogonal_(weight);
                break;
            case Initialisation::Normal:
                weight.normal_(0, 0.02);
                break;
            case Initialisation::Xavier:
                torch::nn::init::xavier_uniform_(weight);
                break;
        }
    }
}

void add_orthogonal_gradient(torch::nn::Module& module, double strength, const std::string& excluded) {
    if (strength == 0) return;
    at::NoGradGuard no_grad;
    for (const auto& parameter : module.named_parameters()) {
        const at::Tensor& weight = parameter.value();
        if (weight.dim() < 2 || parameter.key() == excluded || !weight.grad().defined()) continue;
        const at::Tensor matrix = weight.flatten(1);
        const at::Tensor products = at::mm(matrix, matrix.t()).fill_diagonal_(0);
        weight.mutable_grad().add_(at::mm(products, matrix).view(weight.sizes()), 2 * strength);
    }
}

void clamp_first_singular_values(torch::nn::Module& module, double most) {
    if (most == 0) return;
    at::NoGradGuard no_grad;
    for (const auto& part : module.modules()) {
        auto* layer = dynamic_cast<SpectralWeight*>(part.get());
        if (layer == nullptr) continue;
        const at::Tensor image = at::mm(layer->u0, layer->weight.flatten(1));  // sigma v
        const at::Tensor sigma = image.norm();
        const at::Tensor excess = (sigma - most).clamp_min(0) / sigma.clamp_min(1e-12);
        layer->weight.sub_(at::mm(layer->u0.t(), image * excess).view(layer->weight.sizes()));
    }
}

void average_into(torch::nn::Module& average, const torch::nn::Module& value, double decay) {
    at::NoGradGuard no_grad;
    std::vector<at::Tensor> to, from;
    for (auto& tensor : average.parameters()) to.push_back(tensor);
    for (auto& tensor : average.buffers()) to.push_back(tensor);
    for (const auto& tensor : value.parameters()) from.push_back(tensor);
    for (const auto& tensor : value.buffers()) from.push_back(tensor);
    // A copy also replaces what is not a number, as memory that was never written may be.
    if (decay == 0) return at::_foreach_copy_(to, from);
    at::_foreach_lerp_(to, from, 1 - decay);
}

double clip_gradients(const torch::nn::Module& module, double most) {
    at::NoGradGuard no_grad;
    std::vector<at::Tensor> gradients;
    for (const at::Tensor& parameter : module.parameters())
        if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    if (gradients.empty()) return 0;
    const double norm = at::stack(at::_foreach_norm(gradients)).norm().item<double>();
    if (most > 0 && norm > most) at::_foreach_mul_(gradients, most / norm);
    return norm;
}

}  // namespace gan
