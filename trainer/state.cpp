#include "trainer/state.h"

#include "runtime/base/error.h"
#include "trainer/libtorch.h"

#include <map>
#include <memory>

namespace gan {
namespace {

constexpr std::pair<DType, at::ScalarType> types[] = {
    {DType::Bool, at::kBool}, {DType::U8, at::kByte},   {DType::I8, at::kChar},  {DType::I16, at::kShort},
    {DType::I32, at::kInt},   {DType::I64, at::kLong},  {DType::F16, at::kHalf}, {DType::BF16, at::kBFloat16},
    {DType::F32, at::kFloat}, {DType::F64, at::kDouble}};

at::ScalarType torch_type(DType type) {
    for (const auto& [ours, theirs] : types)
        if (ours == type) return theirs;
    throw Error("a tensor has a type that LibTorch does not know");
}

DType our_type(at::ScalarType type) {
    for (const auto& [ours, theirs] : types)
        if (theirs == type) return ours;
    throw Error("a tensor has a type that model files do not know");
}

std::map<std::string, at::Tensor> named_tensors(const torch::nn::Module& module) {
    std::map<std::string, at::Tensor> tensors;
    for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value();
    for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
    return tensors;
}

}  // namespace

at::Tensor to_torch(const Tensor& tensor) {
    const auto options = at::TensorOptions().dtype(torch_type(tensor.dtype));
    const auto address = reinterpret_cast<uintptr_t>(tensor.bytes.data());
    if (address % size_of(tensor.dtype) != 0) {
        at::Tensor copy = at::empty(tensor.shape, options);
        std::memcpy(copy.data_ptr(), tensor.bytes.data(), tensor.bytes.size());
        return copy;
    }
    return at::from_blob(
        const_cast<std::byte*>(tensor.bytes.data()), tensor.shape, [owner = tensor.owner](void*) {}, options);
}

Tensor from_torch(const at::Tensor& tensor) {
    const auto owner = std::make_shared<at::Tensor>(tensor.detach().cpu().contiguous());
    return {.dtype = our_type(owner->scalar_type()),
            .shape = owner->sizes().vec(),
            .owner = owner,
            .bytes = {static_cast<const std::byte*>(owner->data_ptr()), owner->nbytes()}};
}

StateDict state_of(const torch::nn::Module& module) {
    StateDict state;
    for (const auto& [name, tensor] : named_tensors(module)) state[name] = from_torch(tensor);
    return state;
}

void load_state(torch::nn::Module& module, const StateDict& tensors, const std::string& prefix,
                const std::string& source, const FitTensor& fit) {
    at::NoGradGuard no_grad;
    auto targets = named_tensors(module);
    std::map<std::string, at::Tensor> values;
    for (const auto& [name, target] : targets) {
        const auto found = tensors.find(prefix + name);
        if (found == tensors.end()) throw Error("{}: has no tensor {}{}", source, prefix, name);
        const at::Tensor stored = to_torch(found->second);
        const at::Tensor fitted = fit ? fit(name, target, stored) : at::Tensor();
        if (!fitted.defined() && target.sizes() != stored.sizes())
            throw Error("{}: {}{} has the shape {}; it should have {}", source, prefix, name,
                        shape_text(found->second.shape), shape_text(target.sizes()));
        values[name] = fitted.defined() ? fitted : stored;
    }
    for (const auto& [name, tensor] : tensors)
        if (name.starts_with(prefix) && !targets.contains(name.substr(prefix.size())))
            throw Error("{}: {} has no place in this network", source, name);
    for (auto& [name, target] : targets) target.copy_(values.at(name));
}

}  // namespace gan
