#include "runtime/model/program.h"

#include <cmath>

#include <array>

namespace gan {

std::string_view name_of(OpKind kind) {
    constexpr std::array<std::string_view, 9> names{"linear", "affine", "conv",      "upconv", "upsample",
                                                    "slice",  "add",    "attention", "tanh"};
    return names[static_cast<size_t>(kind)];
}

template <class T>
std::vector<int> map_sizes(const BasicProgram<T>& program) {
    std::vector<int> sizes;
    for (const auto& op : program.ops) {
        const bool doubles = op.kind == OpKind::UpConv || op.kind == OpKind::Upsample;
        sizes.push_back(op.inputs.empty() ? 4 : sizes[static_cast<size_t>(op.inputs[0])] * (doubles ? 2 : 1));
    }
    return sizes;
}

template <class T>
size_t BasicProgram<T>::weight_bytes() const {
    size_t count = modulation.embedding.size() + modulation.class_weight.size() + modulation.means.size() +
                   modulation.vars.size();
    for (const auto& block : modulation.z_weight) count += block.size();
    for (const auto& op : ops) count += op.weight.size() + op.bias.size() + op.out_weight.size();
    return count * sizeof(T);
}

template <class T>
double BasicProgram<T>::op_macs(size_t i) const {
    const auto& op = ops[i];
    const double pixels = std::pow(map_sizes(*this)[i], 2);
    switch (op.kind) {
        case OpKind::Linear:
            return static_cast<double>(op.weight.size());
        case OpKind::Conv:
            return static_cast<double>(op.weight.size()) * pixels;
        case OpKind::UpConv:
            // Products a pair of channels and *input* pixel: 36, 16 and 9; see UpConvForm.
            return static_cast<double>(op.weight.size()) * pixels / (op.form == UpConvForm::Plain ? 1 : 4);
        case OpKind::Attention:
            return static_cast<double>(op.weight.size() + op.out_weight.size()) * pixels +
                   pixels * pixels / 4 * (op.key_channels + op.value_channels);
        default:
            return 0;
    }
}

template <class T>
double BasicProgram<T>::macs() const {
    double total = static_cast<double>(modulation.class_weight.size());
    for (size_t i = 0; i < ops.size(); ++i) total += op_macs(i);
    return total;
}

template std::vector<int> map_sizes(const BasicProgram<float>&);
template std::vector<int> map_sizes(const BasicProgram<double>&);
template struct BasicProgram<float>;
template struct BasicProgram<double>;

}  // namespace gan
