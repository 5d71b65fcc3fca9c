#include "runtime/model/modulation.h"

#include "runtime/base/error.h"
#include "runtime/model/latent.h"

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

/// Vectorised by -fopenmp-simd: plain C++ may not reorder a sum.
template <class T, class U>
T dot(const T* a, const U* b, size_t n) {
    T sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; ++i) sum += a[i] * static_cast<T>(b[i]);
    return sum;
}

/// pytorch-pretrained-BigGAN's choice of rows, rounding error and swapped weights included.
/// Source: huggingface/pytorch-pretrained-BigGAN model.py, BigGANBatchNorm.forward.
StatisticsPoint swapped_point(int rows, double psi) {
    double index = 0;
    const double coefficient = std::modf(psi / (1.0 / (rows - 1)), &index);
    const int row = std::clamp(static_cast<int>(index), 0, rows - 1);
    if (coefficient == 0.0) return {row, row, 0};
    return {row, std::min(row + 1, rows - 1), 1 - coefficient};
}

}  // namespace

const double untruncated_psi = 1.0 / truncated_normal_std(2.0);

template <class T>
StatisticsPoint statistics_at(const BasicModulation<T>& modulation, double psi) {
    const auto& knots = modulation.psi;
    if (knots.size() < 2) return {};
    if (modulation.swapped_interpolation) return swapped_point(static_cast<int>(knots.size()), psi);
    const auto above = std::upper_bound(knots.begin(), knots.end(), psi);
    if (above == knots.begin()) return {};
    const int last = static_cast<int>(knots.size()) - 1;
    if (above == knots.end()) return {last, last, 0};
    const auto row = static_cast<int>(above - knots.begin()) - 1;
    return {row, row + 1, (psi - knots[row]) / (knots[row + 1] - knots[row])};
}

template <class T>
void check(const BasicModulation<T>& modulation, const Conditioning& conditioning) {
    for (const auto& [index, weight] : conditioning.classes) {
        if (index < 0 || index >= modulation.classes)
            throw Error("class {} does not exist: the network has classes 0 to {}", index,
                        modulation.classes - 1);
        if (!std::isfinite(weight)) throw Error("the weight of class {} is not a finite number", index);
    }
    const auto offset = conditioning.offset.size();
    if (offset != 0 && offset != static_cast<size_t>(modulation.shared_dim))
        throw Error("the embedding offset has {} numbers; this network's embedding has {}", offset,
                    modulation.shared_dim);
}

template <class T>
std::vector<T> embed(const BasicModulation<T>& modulation, const Conditioning& conditioning) {
    const auto width = static_cast<size_t>(modulation.shared_dim);
    std::vector<T> y(width, T(0));
    for (const auto& [index, weight] : conditioning.classes)
        for (size_t i = 0; i < width; ++i)
            y[i] += static_cast<T>(weight) * modulation.embedding[static_cast<size_t>(index) * width + i];
    for (size_t i = 0; i < conditioning.offset.size(); ++i) y[i] += static_cast<T>(conditioning.offset[i]);
    return y;
}

template <class T>
std::vector<T> class_product(const BasicModulation<T>& modulation, const Conditioning& conditioning) {
    std::vector<T> product = modulation.constant;
    if (modulation.shared_dim > 0) {
        const std::vector<T> y = embed(modulation, conditioning);
        for (size_t i = 0; i < product.size(); ++i)
            product[i] += dot(&modulation.class_weight[i * y.size()], y.data(), y.size());
        return product;
    }
    for (const auto& [index, weight] : conditioning.classes) {
        const T* row = &modulation.class_weight[static_cast<size_t>(index) * product.size()];
        for (size_t i = 0; i < product.size(); ++i) product[i] += static_cast<T>(weight) * row[i];
    }
    return product;
}

template <class T>
void modulate(const BasicModulation<T>& modulation, std::span<const T> product, std::span<const float> z,
              double psi, std::span<const float> bend_scale, std::span<const float> bend_offset,
              std::span<T> out) {
    const auto total = static_cast<size_t>(modulation.channels);
    const StatisticsPoint at = statistics_at(modulation, psi);
    const T* means[] = {&modulation.means[static_cast<size_t>(at.row0) * total],
                        &modulation.means[static_cast<size_t>(at.row1) * total]};
    const T* vars[] = {&modulation.vars[static_cast<size_t>(at.row0) * total],
                       &modulation.vars[static_cast<size_t>(at.row1) * total]};
    const T weight = static_cast<T>(at.weight);
    for (size_t n = 0; n < modulation.norms.size(); ++n) {
        const Norm& norm = modulation.norms[n];
        const auto channels = static_cast<size_t>(norm.channels);
        const auto z_size = static_cast<size_t>(norm.z_size);
        const float* chunk = z.data() + norm.z_offset;
        for (size_t c = 0; c < channels; ++c) {
            const size_t i = static_cast<size_t>(norm.offset) + c;
            T gain = product[i];
            T bias = product[total + i];
            if (z_size > 0) {
                gain += dot(&modulation.z_weight[n][c * z_size], chunk, z_size);
                bias += dot(&modulation.z_weight[n][(channels + c) * z_size], chunk, z_size);
            }
            const T mean = means[0][i] + (means[1][i] - means[0][i]) * weight;
            const T var = vars[0][i] + (vars[1][i] - vars[0][i]) * weight;
            const T scale = gain / std::sqrt(var + modulation.eps[i]);
            const T bend = bend_scale.empty() ? T(1) : static_cast<T>(bend_scale[i]);
            const T lift = bend_offset.empty() ? T(0) : static_cast<T>(bend_offset[i]);
            out[i] = scale * bend;
            out[total + i] = (bias - mean * scale) * bend + lift;
        }
    }
}

#define GAN_INSTANTIATE(T)                                                                                \
    template StatisticsPoint statistics_at(const BasicModulation<T>&, double);                            \
    template void check(const BasicModulation<T>&, const Conditioning&);                                  \
    template std::vector<T> embed(const BasicModulation<T>&, const Conditioning&);                        \
    template std::vector<T> class_product(const BasicModulation<T>&, const Conditioning&);                \
    template void modulate(const BasicModulation<T>&, std::span<const T>, std::span<const float>, double, \
                           std::span<const float>, std::span<const float>, std::span<T>);
GAN_INSTANTIATE(float)
GAN_INSTANTIATE(double)
#undef GAN_INSTANTIATE

}  // namespace gan
