#include "trainer/run/spectra.h"

#include "trainer/libtorch.h"
#include "trainer/networks/layers.h"

#include <algorithm>

namespace gan {

std::map<std::string, std::vector<double>> Spectra::measure(const torch::nn::Module& network) {
    at::NoGradGuard no_grad;
    std::map<std::string, std::vector<double>> spectra;
    for (const auto& item : network.named_modules()) {
        const auto* layer = dynamic_cast<const SpectralWeight*>(item.value().get());
        if (layer == nullptr) continue;
        const at::Tensor matrix = layer->weight.detach().flatten(1).to(at::kFloat);
        const int64_t count = std::min<int64_t>({3, matrix.size(0), matrix.size(1)});
        at::Tensor& vectors = vectors_[item.key()];
        int iterations = 3;
        if (!vectors.defined()) {
            // Not torch's generator, whose numbers training counts on: columns that no pattern of weights is
            // likely to be orthogonal to.
            vectors = at::cos(at::arange(matrix.size(1) * count, matrix.options()).square().mul_(0.7))
                          .view({-1, count});
            iterations = 30;
        }
        at::Tensor image;
        for (int i = 0; i < iterations; ++i) {
            image = std::get<0>(at::linalg_qr(at::mm(matrix, vectors)));
            vectors = std::get<0>(at::linalg_qr(at::mm(matrix.t(), image)));
        }
        // Within the three directions exactly.
        const at::Tensor values =
            at::linalg_svdvals(at::mm(matrix, vectors)).to(at::kDouble).cpu().contiguous();
        spectra[item.key()] = {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
    }
    return spectra;
}

}  // namespace gan
