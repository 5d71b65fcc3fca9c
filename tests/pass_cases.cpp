#include "tests/pass_cases.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <algorithm>

namespace gan {
namespace {

constexpr int picture_channels = 3;
constexpr double f16_largest = 65504;

/// How large numbers that are read mostly are.
double magnitude_of(const PassCase& it) {
    return it.large ? 4e4 : 1;
}

/// Numbers as maps of a type have them.
at::Tensor limited_to(const at::Tensor& numbers, at::ScalarType type) {
    return type == at::kHalf ? numbers.clamp(-f16_largest, f16_largest) : numbers;
}

/// Each pixel twice along both axes.
at::Tensor doubled_map(const at::Tensor& map) {
    return map.repeat_interleave(2, 1).repeat_interleave(2, 2);
}

/// One pixel more on the sides asked for: the opposite edge's, or zeros.
at::Tensor bordered(const at::Tensor& map, int64_t axis, bool before, bool after, bool wraps) {
    const at::Tensor first = map.narrow(axis, 0, 1), last = map.narrow(axis, map.size(axis) - 1, 1);
    std::vector<at::Tensor> parts;
    if (before) parts.push_back(wraps ? last : at::zeros_like(last));
    parts.push_back(map);
    if (after) parts.push_back(wraps ? first : at::zeros_like(first));
    return at::cat(parts, axis);
}

at::Tensor difference_along(const at::Tensor& map, int64_t axis, bool wraps) {
    const at::Tensor wide = bordered(map, axis, true, true, wraps);
    const int64_t count = wide.size(axis) - 1;
    return wide.narrow(axis, 1, count) - wide.narrow(axis, 0, count);
}

at::Tensor activated_by_torch(const at::Tensor& x, PassActivation activation) {
    switch (activation) {
        case PassActivation::Relu:
            return at::relu(x);
        case PassActivation::LeakyRelu:
            return at::leaky_relu(x, 0.1);
        case PassActivation::Elu:
            return at::elu(x);
        case PassActivation::Gelu:
            return at::gelu(x);
        default:
            return x;
    }
}

}  // namespace

std::vector<PassCase> pass_cases(at::ScalarType type) {
    std::vector<PassCase> cases;
    for (const int channels : {16, 24, 5}) {
        const PassCase plain{.type = type, .channels = channels};
        for (const PassSource source : {PassSource::Map, PassSource::Phases, PassSource::Terms})
            for (const PassResult result : {PassResult::None, PassResult::Map, PassResult::Differences}) {
                PassCase one = plain;
                one.source = source;
                one.result = result;
                one.keeps = true;
                cases.push_back(one);
                one.wrap_x = true;
                one.keeps = result == PassResult::None;
                cases.push_back(one);
                one.wrap_y = true;
                one.shortcut = true;
                one.keeps = true;
                cases.push_back(one);
            }
        for (const PassActivation activation :
             {PassActivation::None, PassActivation::LeakyRelu, PassActivation::Elu, PassActivation::Gelu}) {
            PassCase one = plain;
            one.activation = activation;
            cases.push_back(one);
        }
        PassCase one = plain;
        one.affine = false;
        cases.push_back(one);
        one.doubled = one.sliced = true;
        cases.push_back(one);
        one = plain;
        one.affine = false;
        one.result = PassResult::Planar;
        cases.push_back(one);
        one.sliced = true;
        cases.push_back(one);
        one = plain;
        one.large = one.shortcut = one.keeps = true;
        cases.push_back(one);
        one.source = PassSource::Terms;
        one.result = PassResult::Differences;
        cases.push_back(one);
    }
    return cases;
}

std::string text_of(const PassCase& it) {
    return fmt::format(
        "{}, {} channels, source {}, result {}, activation {}{}{}{}{}{}{}{}{}", at::toString(it.type),
        it.channels, static_cast<int>(it.source), static_cast<int>(it.result),
        static_cast<int>(it.activation), it.doubled ? ", doubled" : "", it.sliced ? ", sliced" : "",
        it.shortcut ? ", shortcut" : "", it.keeps ? ", kept" : "", it.affine ? "" : ", no affine",
        it.wrap_y ? ", wrap y" : "", it.wrap_x ? ", wrap x" : "", it.large ? ", large" : "");
}

PassMemory::PassMemory(const PassCase& wanted, at::Device device) : it(wanted) {
    const auto typed = at::TensorOptions(device).dtype(it.type);
    const auto floats = at::TensorOptions(device).dtype(at::kFloat);
    const int64_t n = it.pictures, h = it.height, w = it.width, c = it.channels;
    const auto random = [&](at::IntArrayRef shape) {
        return (at::randn(shape, floats) * magnitude_of(it)).to(typed);
    };
    const auto data = [](const at::Tensor& map) { return map.mutable_data_ptr(); };
    if (it.source == PassSource::Map)
        sources = {random({n, it.doubled ? h / 2 : h, it.doubled ? w / 2 : w, it.sliced ? c + 8 : c})};
    else if (it.source == PassSource::Phases)
        sources = {random({n, h / 2 + 1, w / 2 + 1, 4 * c})};
    else
        sources = {random({n, h / 2, w / 2, c}), random({n, h / 2, w / 2 + 1, 2 * c}),
                   random({n, h / 2 + 1, w / 2, 2 * c}), random({n, h / 2 + 1, w / 2 + 1, 4 * c})};
    main_bias = at::randn({c}, floats);
    modulation = at::randn({n, 2 * c + 6}, floats);  // not only this norm's
    pass = {.numbers = it.type == at::kFloat  ? PassNumbers::F32
                       : it.type == at::kHalf ? PassNumbers::F16
                                              : PassNumbers::BF16,
            .pictures = it.pictures,
            .height = it.height,
            .width = it.width,
            .channels = it.channels,
            .source = it.source,
            .main = {.data = data(sources[0]),
                     .stride = static_cast<int>(it.source == PassSource::Map ? sources[0].size(3) : c),
                     .doubled = it.doubled,
                     .bias = main_bias.const_data_ptr<float>()},
            .result = it.result};
    if (it.source == PassSource::Terms) {
        pass.across = data(sources[1]);
        pass.down = data(sources[2]);
        pass.both = data(sources[3]);
    }
    if (it.shortcut) {
        shortcut_source = random({n, h / 2, w / 2, c});
        shortcut_bias = at::randn({c}, floats);
        pass.shortcut = {.data = data(shortcut_source),
                         .stride = it.channels,
                         .doubled = true,
                         .bias = shortcut_bias.const_data_ptr<float>()};
    }
    if (it.affine && it.result != PassResult::Planar) {
        pass.scale = modulation.const_data_ptr<float>() + 1;
        pass.shift = pass.scale + c + 2;
        pass.modulation_stride = 2 * c + 6;
        pass.activation = it.activation;
    }
    const auto output = [&](int64_t height, int64_t width) {
        outputs.push_back(at::empty({n, height, width, c}, typed));
        return data(outputs.back());
    };
    if (it.keeps) pass.kept = output(h, w);
    if (it.result == PassResult::Map) {
        pass.halo_y = it.wrap_y ? 1 : 0;
        pass.halo_x = it.wrap_x ? 1 : 0;
        pass.map = output(h + 2 * pass.halo_y, w + 2 * pass.halo_x);
    } else if (it.result == PassResult::Differences) {
        pass.wrap_y = it.wrap_y;
        pass.wrap_x = it.wrap_x;
        pass.map = output(h, w);
        pass.across_result = output(h, w + 1);
        pass.down_result = output(h + 1, w);
        pass.both_result = output(h + 1, w + 1);
    } else if (it.result == PassResult::Planar) {
        outputs.push_back(at::empty({n, picture_channels, h, w}, floats));
        auto picture = reinterpret_cast<int64_t>(data(outputs.back()));
        address = at::from_blob(&picture, {1}, at::kLong).clone().to(device);
        pass.planar = static_cast<float* const*>(address.data_ptr());
        pass.planar_channels = picture_channels;
    }
}

size_t PassMemory::bytes() const {
    size_t total = it.shortcut ? shortcut_source.nbytes() : 0;
    for (const at::Tensor& map : sources) total += map.nbytes();
    for (const at::Tensor& map : outputs) total += map.nbytes();
    return total;
}

std::vector<at::Tensor> PassMemory::results() const {
    return outputs;
}

std::vector<at::Tensor> PassMemory::twin() const {
    const int64_t n = it.pictures, h = it.height, w = it.width, c = it.channels;
    const auto read = [&](const at::Tensor& map) { return limited_to(map.to(at::kFloat), it.type); };
    at::Tensor value;
    if (it.source == PassSource::Map) {
        value = read(sources[0]).narrow(3, 0, c);
        if (it.doubled) value = doubled_map(value);
    } else {
        value = at::empty({n, h, w, c}, main_bias.options());
        for (int64_t p = 0; p < 2; ++p)
            for (int64_t q = 0; q < 2; ++q) {
                const auto part = [&](size_t map, int64_t down, int64_t right, int64_t phase) {
                    return read(sources[map])
                        .narrow(1, down, h / 2)
                        .narrow(2, right, w / 2)
                        .narrow(3, phase * c, c);
                };
                const at::Tensor sum =
                    it.source == PassSource::Phases
                        ? part(0, p, q, 2 * p + q)
                        : part(0, 0, 0, 0) + part(1, 0, q, q) + part(2, p, 0, p) + part(3, p, q, 2 * p + q);
                value.slice(1, p, h, 2).slice(2, q, w, 2).copy_(sum);
            }
    }
    value = value + main_bias;
    if (it.shortcut) value = value + doubled_map(read(shortcut_source)) + shortcut_bias;
    std::vector<at::Tensor> results;
    if (it.keeps) results.push_back(value);
    if (it.result == PassResult::Planar) {
        results.push_back(at::tanh(value.narrow(3, 0, picture_channels)).permute({0, 3, 1, 2}));
        return results;
    }
    if (it.affine)
        value = activated_by_torch(value * modulation.narrow(1, 1, c).view({n, 1, 1, c}) +
                                       modulation.narrow(1, c + 3, c).view({n, 1, 1, c}),
                                   it.activation);
    if (it.result == PassResult::Map) {
        if (it.wrap_y) value = bordered(value, 1, true, true, true);
        if (it.wrap_x) value = bordered(value, 2, true, true, true);
        results.push_back(value);
    } else if (it.result == PassResult::Differences) {
        const at::Tensor across = difference_along(value, 2, it.wrap_x);
        results.insert(results.end(), {value, across, difference_along(value, 1, it.wrap_y),
                                       difference_along(across, 1, it.wrap_y)});
    }
    return results;
}

double difference_from_twin(const PassCase& it, at::Device device, PassRunner runner) {
    at::manual_seed(1);
    const PassMemory memory(it, device);
    const auto wanted = memory.twin();
    runner(memory.pass);
    const auto got = memory.results();
    if (got.size() != wanted.size()) return 1e300;
    // Half a step of the type above 1; of float32 some sixty, since the twin adds numbers of around 10 in
    // another order, and differences of four such sums cancel.
    const double unit = it.type == at::kFloat ? 0x1p-18 : it.type == at::kHalf ? 0x1p-11 : 0x1p-8;
    double largest = 0;
    for (size_t i = 0; i < got.size(); ++i) {
        const at::Tensor right = limited_to(wanted[i], it.type);
        const at::Tensor difference =
            (got[i].to(at::kFloat) - right).abs() / (right.abs() + magnitude_of(it)) / unit;
        const double worst = difference.max().item<double>();
        if (!(worst <= largest)) largest = worst;  // a NaN becomes the result
    }
    return largest;
}

}  // namespace gan
