#include "runtime/torch/torch_program.h"

#include "runtime/base/error.h"
#include "runtime/torch/torch_ops.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <utility>

namespace gan {
namespace {

PassNumbers numbers_of(at::ScalarType type) {
    return type == at::kFloat ? PassNumbers::F32 : type == at::kHalf ? PassNumbers::F16 : PassNumbers::BF16;
}

PassActivation pass_activation(Activation activation) {
    switch (activation) {
        case Activation::LeakyRelu:
            return PassActivation::LeakyRelu;
        case Activation::Elu:
            return PassActivation::Elu;
        case Activation::Gelu:
            return PassActivation::Gelu;
        default:
            return PassActivation::Relu;
    }
}

void* address_of(const at::Tensor& map) {
    return map.defined() ? map.mutable_data_ptr() : nullptr;
}

}  // namespace

at::ScalarType torch_type(Precision precision) {
    return precision == Precision::F32 ? at::kFloat : precision == Precision::F16 ? at::kHalf : at::kBFloat16;
}

double torch_macs(const Program& program) {
    double total = program.macs();
    for (size_t i = 0; i < program.ops.size(); ++i)
        if (program.ops[i].kind == OpKind::UpConv && program.ops[i].form == UpConvForm::Plain)
            total -= program.op_macs(i) * 20 / 36;
    return total;
}

bool TorchProgram::Value::plain() const {
    return source == PassSource::Map && !bias.defined() && !doubled && !differences && halo_y == 0 &&
           halo_x == 0 && maps[0].size(3) == channels;
}

TorchProgram::TorchProgram(std::shared_ptr<const Program> program,
                           std::shared_ptr<const TorchWeights> weights, const Variant& variant, int pictures,
                           PassRunner runner, bool taps)
    : program_(std::move(program)),
      weights_(std::move(weights)),
      variant_(variant),
      pictures_(pictures),
      runner_(runner),
      taps_(taps),
      sizes_(map_sizes(*program_)),
      readers_(program_->ops.size()) {
    for (size_t i = 0; i < program_->ops.size(); ++i)
        for (const int input : program_->ops[i].inputs)
            readers_[static_cast<size_t>(input)].push_back(static_cast<int>(i));
}

void TorchProgram::run(const at::Tensor& base, const float* modulation, float* const* picture) {
    modulation_ = modulation;
    values_.assign(program_->ops.size(), {});
    for (int i = 0; i < static_cast<int>(values_.size()); ++i) {
        if (!value(i).defined()) make(i, base, picture);
        for (const int input : op(i).inputs)
            if (readers(input).back() == i) value(input) = {};
    }
    values_.clear();
}

std::optional<std::vector<float>> TorchProgram::tap(const std::string& name) const {
    const auto found = tapped_.find(name);
    if (found == tapped_.end()) return std::nullopt;
    const at::Tensor map = found->second[0].permute({2, 0, 1}).to(at::kCPU, at::kFloat).contiguous();
    const float* numbers = map.const_data_ptr<float>();
    return std::vector<float>(numbers, numbers + map.numel());
}

void TorchProgram::make(int index, const at::Tensor& base, float* const* picture) {
    const auto& inputs = op(index).inputs;
    switch (op(index).kind) {
        case OpKind::Linear:
            return produce(index, linear(index, base));
        case OpKind::Affine:
            break;  // produce() has made it with what it reads
        case OpKind::Conv:
            return produce(index, conv(index));
        case OpKind::UpConv:
            return produce(index, up_conv(index));
        case OpKind::Upsample: {
            Value doubled = readable_map(inputs[0]);
            if (doubled.doubled) doubled = {.maps = {plain(inputs[0])}, .channels = op(index).channels};
            doubled.doubled = true;
            return produce(index, doubled);
        }
        case OpKind::Slice: {
            Value fewer = readable_map(inputs[0]);
            fewer.channels = op(index).channels;
            return produce(index, fewer);
        }
        case OpKind::Add: {
            const Value main = readable(inputs[0]);
            const Value shortcut = readable_map(inputs[1]);
            return produce(index, main, &shortcut);
        }
        case OpKind::Attention:
            return attention(index);
        case OpKind::Tanh:
            return finish(index, picture);
    }
    throw Error("the LibTorch engine does not know the operation '{}'", name_of(op(index).kind));
}

// -- what is between convolutions --------------------------------------------------------------------------

at::Tensor TorchProgram::new_map(int height, int width, int channels) const {
    return at::empty({pictures_, height, width, channels}, weights_->options());
}

bool TorchProgram::reads_differences(int reader) const {
    return op(reader).kind == OpKind::UpConv && op(reader).form == UpConvForm::Differences;
}

/// What a convolution of more than one pixel reads: along axes that do not wrap it pads zeros itself.
TorchProgram::Layout TorchProgram::halo() const {
    return {.halo_y = variant_.wrap_y ? 1 : 0, .halo_x = variant_.wrap_x ? 1 : 0};
}

TorchProgram::Layout TorchProgram::layout_for_readers(int affine) const {
    const auto all = [&](const auto& holds) {
        return std::all_of(readers(affine).begin(), readers(affine).end(), holds);
    };
    if (all([this](int reader) { return reads_differences(reader); })) return {.differences = true};
    if (all([this](int reader) {
            return (op(reader).kind == OpKind::UpConv && !reads_differences(reader)) ||
                   (op(reader).kind == OpKind::Conv && op(reader).kernel > 1);
        }))
        return halo();
    return {};
}

/// Takes what operation `index` has given, with `shortcut` to be added where there is one, and makes what its
/// readers need: in one pass the value itself and its affine map (in one more each further affine map).
void TorchProgram::produce(int index, const Value& main, const Value* shortcut) {
    std::vector<int> affines;
    for (const int reader : readers(index))
        if (op(reader).kind == OpKind::Affine) affines.push_back(reader);
    const bool tapped = taps_ && !op(index).tap.empty();
    if (affines.empty() && shortcut == nullptr && !tapped) {
        value(index) = main;
        return;
    }
    const bool read_itself = tapped || affines.size() != 1 || readers(index).size() > 1;
    const bool keeps = read_itself && (shortcut != nullptr || !main.plain());
    Value itself = main;
    if (keeps)
        itself = {.maps = {new_map(height_of(index), width_of(index), main.channels)},
                  .channels = main.channels};
    const MapPass pass = pass_over(index, main, shortcut, keeps ? itself.maps[0] : at::Tensor());
    if (!affines.empty())
        value(affines[0]) = affine(pass, affines[0], layout_for_readers(affines[0]));
    else if (keeps)
        runner_(pass);
    for (size_t i = 1; i < affines.size(); ++i)
        value(affines[i]) =
            affine(pass_over(index, itself, nullptr, {}), affines[i], layout_for_readers(affines[i]));
    if (read_itself) value(index) = itself;
    if (tapped) tapped_[op(index).tap] = itself.maps[0];
}

/// A pass that reads `main` and `shortcut`, which are as large as value `index`, and keeps their sum.
MapPass TorchProgram::pass_over(int index, const Value& main, const Value* shortcut,
                                const at::Tensor& kept) const {
    const auto read = [](const Value& from) {
        return PassMap{.data = from.maps[0].const_data_ptr(),
                       .stride = static_cast<int>(from.maps[0].size(3)),
                       .doubled = from.doubled,
                       .bias = from.bias.defined() ? from.bias.const_data_ptr<float>() : nullptr};
    };
    MapPass pass{.numbers = numbers_of(weights_->options().dtype().toScalarType()),
                 .pictures = pictures_,
                 .height = height_of(index),
                 .width = width_of(index),
                 .channels = main.channels,
                 .source = main.source,
                 .main = read(main),
                 .kept = address_of(kept)};
    if (main.source == PassSource::Terms) {
        pass.across = main.maps[1].const_data_ptr();
        pass.down = main.maps[2].const_data_ptr();
        pass.both = main.maps[3].const_data_ptr();
    }
    if (shortcut != nullptr) pass.shortcut = read(*shortcut);
    return pass;
}

/// Runs a pass with the scale, shift and activation of operation `index`.
TorchProgram::Value TorchProgram::affine(MapPass pass, int index, const Layout& layout) const {
    const Modulation& modulation = program_->modulation;
    pass.modulation_stride = 2 * int64_t{modulation.channels};
    pass.scale = modulation_ + modulation.norms[static_cast<size_t>(op(index).norm)].offset;
    pass.shift = pass.scale + modulation.channels;
    pass.activation = op(index).activate ? pass_activation(program_->activation) : PassActivation::None;
    return run_into(pass, layout);
}

TorchProgram::Value TorchProgram::run_into(MapPass pass, const Layout& layout) const {
    const int h = pass.height, w = pass.width, c = pass.channels;
    Value result{
        .differences = layout.differences, .halo_y = layout.halo_y, .halo_x = layout.halo_x, .channels = c};
    if (layout.differences) {
        result.maps = {new_map(h, w, c), new_map(h, w + 1, c), new_map(h + 1, w, c),
                       new_map(h + 1, w + 1, c)};
        pass.result = PassResult::Differences;
        pass.wrap_y = variant_.wrap_y;
        pass.wrap_x = variant_.wrap_x;
        pass.across_result = address_of(result.maps[1]);
        pass.down_result = address_of(result.maps[2]);
        pass.both_result = address_of(result.maps[3]);
    } else {
        result.maps[0] = new_map(h + 2 * layout.halo_y, w + 2 * layout.halo_x, c);
        pass.result = PassResult::Map;
        pass.halo_y = layout.halo_y;
        pass.halo_x = layout.halo_x;
    }
    pass.map = address_of(result.maps[0]);
    runner_(pass);
    return result;
}

/// A value as a pass can read it, whatever is still to be done to it.
TorchProgram::Value TorchProgram::readable(int index) {
    const Value& given = value(index);
    if (given.differences) return {.maps = {given.maps[0]}, .channels = given.channels};
    if (given.halo_y + given.halo_x == 0) return given;
    return {.maps = {given.maps[0]
                         .narrow(1, given.halo_y, height_of(index))
                         .narrow(2, given.halo_x, width_of(index))
                         .contiguous()},
            .channels = given.channels};
}

/// The same, as one map.
TorchProgram::Value TorchProgram::readable_map(int index) {
    Value result = readable(index);
    if (result.source != PassSource::Map) result = {.maps = {plain(index)}, .channels = result.channels};
    return result;
}

/// A value as a convolution of one pixel reads it; it stays so for the next who asks.
at::Tensor TorchProgram::plain(int index) {
    Value& given = value(index);
    if (!given.plain()) given = laid_out(index, {});
    return given.maps[0];
}

TorchProgram::Value TorchProgram::laid_out(int index, const Layout& layout) {
    const Value& given = value(index);
    const bool finished = given.source == PassSource::Map && !given.bias.defined() && !given.doubled;
    if (finished && given.differences == layout.differences && given.halo_y == layout.halo_y &&
        given.halo_x == layout.halo_x && given.maps[0].size(3) == given.channels)
        return given;
    const Value from = readable(index);
    if (!layout.differences && layout.halo_y + layout.halo_x == 0 && from.plain()) return from;
    return run_into(pass_over(index, from, nullptr, {}), layout);
}

// -- operations --------------------------------------------------------------------------------------------

TorchProgram::Value TorchProgram::linear(int index, const at::Tensor& base) const {
    const int64_t c = op(index).channels;
    const int64_t gy = variant_.grid_y, gx = variant_.grid_x;
    const bool apart = base.is_cpu();
    const at::Tensor rows = multiplied(base.to(weights_->options().dtype().toScalarType()),
                                       weights(index).weights[0], weights(index).bias, apart ? pictures_ : 1);
    const at::Tensor cells = rows.view({pictures_, gy, gx, 4, 4, c}).permute({0, 1, 3, 2, 4, 5});
    return {.maps = {cells.reshape({pictures_, 4 * gy, 4 * gx, c})}, .channels = op(index).channels};
}

TorchProgram::Value TorchProgram::conv(int index) {
    const int input = op(index).inputs[0];
    const bool wide = op(index).kernel > 1;
    if (op(index).kernel > 3) throw Error("the LibTorch engine knows convolutions of 1x1 and 3x3 alone");
    const at::Tensor map = wide ? laid_out(input, halo()).maps[0] : plain(input);
    return {.maps = {convolved(map, weights(index).weights[0], wide && !variant_.wrap_y ? 1 : 0,
                               wide && !variant_.wrap_x ? 1 : 0)},
            .bias = weights(index).bias,
            .channels = op(index).channels};
}

TorchProgram::Value TorchProgram::up_conv(int index) {
    const int input = op(index).inputs[0];
    const TorchOp& own = weights(index);
    Value result{.bias = own.bias, .channels = op(index).channels};
    if (reads_differences(index)) {
        const Value given = laid_out(input, {.differences = true});
        result.source = PassSource::Terms;
        for (size_t k = 0; k < 4; ++k) result.maps[k] = convolved(given.maps[k], own.weights[k], 0, 0);
    } else {
        result.source = PassSource::Phases;
        result.maps[0] = convolved(laid_out(input, halo()).maps[0], own.weights[0], variant_.wrap_y ? 0 : 1,
                                   variant_.wrap_x ? 0 : 1);
    }
    return result;
}

void TorchProgram::attention(int index) {
    const TorchOp& own = weights(index);
    const Value x{.maps = {plain(op(index).inputs[0])}, .channels = op(index).channels};
    const int64_t h = height_of(index), w = width_of(index), width = own.head_width;
    const at::Tensor queries = convolved(x.maps[0], own.weights[0], 0, 0).view({pictures_, h * w, width});
    const at::Tensor both =
        pooled(convolved(x.maps[0], own.weights[1], 0, 0)).view({pictures_, h * w / 4, 2 * width});
    const at::Tensor seen = attended(queries, both.narrow(2, 0, width), both.narrow(2, width, width));
    const at::Tensor out = convolved(seen.reshape({pictures_, h, w, width}), own.weights[2], 0, 0);
    produce(index, {.maps = {out}, .channels = op(index).channels}, &x);
}

void TorchProgram::finish(int index, float* const* picture) {
    const Value main = readable(op(index).inputs[0]);
    MapPass pass = pass_over(index, main, nullptr, {});
    pass.result = PassResult::Planar;
    pass.planar_channels = op(index).channels;
    pass.planar = picture;
    runner_(pass);
}

}  // namespace gan
