#include "runtime/model/openvino_graph.h"

#include "runtime/base/error.h"
#include "runtime/model/openvino_winograd.h"

#include <openvino/opsets/opset13.hpp>

#include <array>

// All maps are (N, C, H, W) to OpenVINO, whose processor plugin lays them out channels-last by itself.

namespace gan {
namespace {

namespace op = ov::opset13;
using Value = ov::Output<ov::Node>;

/// Queries of one piece of attention: its logits, pieces x keys floats, should stay in the second-level
/// cache's neighbourhood, and 268 MB at once (128x128 queries) would not fit a small machine.
constexpr size_t attention_piece = size_t{4} << 20;  // logits

class GraphBuilder {
public:
    GraphBuilder(std::shared_ptr<const Program> program, const Variant& variant, const WinogradConvs& convs,
                 int pictures, bool taps)
        : program_(std::move(program)), variant_(variant), convs_(convs), pictures_(pictures), taps_(taps) {}

    OpenVinoGraph build() {
        const auto& modulation = program_->modulation;
        const auto cells = static_cast<size_t>(pictures_) * static_cast<size_t>(variant_.cells());
        auto base = std::make_shared<op::Parameter>(
            ov::element::f32, ov::Shape{cells, static_cast<size_t>(program_->base_input)});
        auto scales = std::make_shared<op::Parameter>(
            ov::element::f32,
            ov::Shape{static_cast<size_t>(pictures_), 2 * static_cast<size_t>(modulation.channels), 1, 1});
        split_modulation(scales);

        ov::ResultVector results;
        OpenVinoGraph graph;
        for (const Op& op : program_->ops) {
            values_.push_back(make(static_cast<int>(values_.size()), base));
            if (taps_ && !op.tap.empty()) graph.taps.emplace(op.tap, graph.taps.size() + 1);
        }
        results.push_back(std::make_shared<op::Result>(values_.back()));
        if (taps_)
            for (const Op& op : program_->ops)
                if (!op.tap.empty())
                    results.push_back(std::make_shared<op::Result>(
                        values_[static_cast<size_t>(&op - program_->ops.data())]));
        graph.model = std::make_shared<ov::Model>(results, ov::ParameterVector{base, scales}, "generator");
        return graph;
    }

private:
    static std::shared_ptr<op::Constant> integers(const std::vector<int64_t>& values) {
        return op::Constant::create(ov::element::i64, {values.size()}, values);
    }

    /// A constant that points into the program.
    Value weights(const std::vector<float>& values, const ov::Shape& shape, size_t offset = 0) const {
        // OpenVINO frees its reference to `so` with the constant; the pointer is never written through.
        const std::shared_ptr<void> keep_alive(program_, const_cast<Program*>(program_.get()));
        return std::make_shared<op::Constant>(ov::element::f32, shape, values.data() + offset, keep_alive);
    }

    static size_t channels(const Value& x) { return x.get_shape()[1]; }
    static size_t height(const Value& x) { return x.get_shape()[2]; }
    static size_t width(const Value& x) { return x.get_shape()[3]; }

    static Value slice(const Value& x, int64_t axis, size_t begin, size_t end) {
        return std::make_shared<op::Slice>(x, integers({static_cast<int64_t>(begin)}),
                                           integers({static_cast<int64_t>(end)}), integers({1}),
                                           integers({axis}));
    }
    static Value reshape(const Value& x, const std::vector<int64_t>& shape) {
        return std::make_shared<op::Reshape>(x, integers(shape), false);
    }
    static Value transpose(const Value& x, const std::vector<int64_t>& order) {
        return std::make_shared<op::Transpose>(x, integers(order));
    }
    static Value add(const Value& a, const Value& b) { return std::make_shared<op::Add>(a, b); }

    /// One pixel more on each side of an axis: the opposite edge's where that axis wraps, else zeros.
    Value padded(const Value& x, int64_t axis) const {
        const size_t extent = x.get_shape()[static_cast<size_t>(axis)];
        if (axis == 2 ? variant_.wrap_y : variant_.wrap_x)
            return std::make_shared<op::Concat>(
                ov::OutputVector{slice(x, axis, extent - 1, extent), x, slice(x, axis, 0, 1)}, axis);
        std::vector<int64_t> pads(4, 0);
        pads[static_cast<size_t>(axis)] = 1;
        return std::make_shared<op::Pad>(x, integers(pads), integers(pads),
                                         op::Constant::create(ov::element::f32, {}, {0.0f}),
                                         ov::op::PadMode::CONSTANT);
    }
    /// The same along both axes, only where they wrap; convolutions pad with zeros themselves.
    Value wrapped(Value x) const {
        if (variant_.wrap_y) x = padded(x, 2);
        if (variant_.wrap_x) x = padded(x, 3);
        return x;
    }

    void split_modulation(const Value& scales) {
        std::vector<int64_t> lengths;
        for (int half = 0; half < 2; ++half)
            for (const Norm& norm : program_->modulation.norms) lengths.push_back(norm.channels);
        modulation_ = std::make_shared<op::VariadicSplit>(
            scales, op::Constant::create(ov::element::i64, {}, {1}), integers(lengths));
    }

    Value activation(const Value& x) const {
        switch (program_->activation) {
            case Activation::LeakyRelu:
                return std::make_shared<op::PRelu>(x, op::Constant::create(ov::element::f32, {1}, {0.1f}));
            case Activation::Elu:
                return std::make_shared<op::Elu>(x, 1.0);
            case Activation::Gelu:
                return std::make_shared<op::Gelu>(x, ov::op::GeluApproximationMode::ERF);
            default:
                return std::make_shared<op::Relu>(x);
        }
    }

    Value biased(const Value& x, const Op& op) const {
        return add(x, weights(op.bias, {1, static_cast<size_t>(op.channels), 1, 1}));
    }

    Value linear(const Op& op, const Value& base) const {
        const auto c = static_cast<int64_t>(op.channels);
        const int64_t gx = variant_.grid_x;
        const int64_t gy = variant_.grid_y;
        Value x = std::make_shared<op::MatMul>(
            base,
            weights(op.weight, {static_cast<size_t>(c) * 16, static_cast<size_t>(program_->base_input)}),
            false, true);
        x = add(x, weights(op.bias, {1, static_cast<size_t>(c) * 16}));
        if (gx * gy == 1) return reshape(x, {pictures_, c, 4, 4});
        x = reshape(x, {pictures_, gy, gx, c, 4, 4});
        return reshape(transpose(x, {0, 3, 1, 4, 2, 5}), {pictures_, c, 4 * gy, 4 * gx});
    }

    Value conv(const Op& op, const Value& x) const {
        const auto k = static_cast<size_t>(op.kernel);
        const auto pad = static_cast<ptrdiff_t>(k / 2);
        const ov::CoordinateDiff pads{variant_.wrap_y ? 0 : pad, variant_.wrap_x ? 0 : pad};
        const Value input = k == 1 ? x : wrapped(x);
        const auto y = std::make_shared<op::Convolution>(
            input, weights(op.weight, {static_cast<size_t>(op.channels), channels(x), k, k}),
            ov::Strides{1, 1}, k == 1 ? ov::CoordinateDiff{0, 0} : pads,
            k == 1 ? ov::CoordinateDiff{0, 0} : pads, ov::Strides{1, 1});
        return biased(y, op);
    }

    Value conv1x1(const Value& x, const std::vector<float>& weight, size_t out, size_t offset = 0) const {
        return std::make_shared<op::Convolution>(x, weights(weight, {out, channels(x), 1, 1}, offset),
                                                 ov::Strides{1, 1}, ov::CoordinateDiff{0, 0},
                                                 ov::CoordinateDiff{0, 0}, ov::Strides{1, 1});
    }

    static Value upsampled(const Value& x) {
        op::Interpolate::InterpolateAttrs attributes;
        attributes.mode = op::Interpolate::InterpolateMode::NEAREST;
        attributes.shape_calculation_mode = op::Interpolate::ShapeCalcMode::SIZES;
        attributes.coordinate_transformation_mode = op::Interpolate::CoordinateTransformMode::ASYMMETRIC;
        attributes.nearest_mode = op::Interpolate::NearestMode::FLOOR;
        const auto h = static_cast<int64_t>(height(x) * 2);
        const auto w = static_cast<int64_t>(width(x) * 2);
        return std::make_shared<op::Interpolate>(x, integers({h, w}), integers({2, 3}), attributes);
    }

    Value up_conv(const Op& op, const Value& x) const {
        switch (op.form) {
            case UpConvForm::Plain:
                return conv(op, upsampled(x));
            case UpConvForm::Transposed:
                return transposed(op, x);
            default:
                return differences(op, x);
        }
    }

    Value transposed(const Op& op, const Value& x) const {
        // A wrapped axis brings one more pixel on each side, whose two rows of output are cropped again.
        const ov::CoordinateDiff pads{variant_.wrap_y ? 3 : 1, variant_.wrap_x ? 3 : 1};
        const auto y = std::make_shared<op::ConvolutionBackpropData>(
            wrapped(x), weights(op.weight, {channels(x), static_cast<size_t>(op.channels), 4, 4}),
            ov::Strides{2, 2}, pads, pads, ov::Strides{1, 1});
        return biased(y, op);
    }

    /// UpConvForm::Differences. d(x)[i] = x[i] - x[i - 1] for i = 0 .. extent, x padded.
    Value differences(const Op& op, const Value& x) const {
        const auto out = static_cast<size_t>(op.channels);
        const size_t pairs = out * channels(x);
        const size_t h = height(x);
        const size_t w = width(x);
        const auto difference = [&](const Value& map, int64_t axis) {
            const Value wide = padded(map, axis);
            const size_t extent = wide.get_shape()[static_cast<size_t>(axis)];
            return Value(std::make_shared<op::Subtract>(slice(wide, axis, 1, extent),
                                                        slice(wide, axis, 0, extent - 1)));
        };
        const Value across = difference(x, 3);
        const Value down = difference(x, 2);
        const Value both = difference(across, 2);

        // Weight (row r, column c) of {s, -a, c} x {s, -a, c}; a difference's product is read at i for -a
        // and at i + 1 for c.
        const auto product = [&](const Value& map, size_t r, size_t c) {
            Value y = conv1x1(map, op.weight, out, (r * 3 + c) * pairs);
            if (r > 0) y = slice(y, 2, r - 1, r - 1 + h);
            if (c > 0) y = slice(y, 3, c - 1, c - 1 + w);
            return y;
        };
        const Value sum = biased(product(x, 0, 0), op);
        const std::array<Value, 2> columns{add(sum, product(across, 0, 1)), add(sum, product(across, 0, 2))};
        ov::OutputVector phases;
        for (size_t p = 0; p < 2; ++p) {
            const Value row = product(down, p + 1, 0);
            for (size_t q = 0; q < 2; ++q)
                phases.push_back(add(add(columns[q], row), product(both, p + 1, q + 1)));
        }
        const Value stacked = std::make_shared<op::Concat>(phases, 1);
        return std::make_shared<op::DepthToSpace>(stacked, op::DepthToSpace::DepthToSpaceMode::BLOCKS_FIRST,
                                                  2);
    }

    Value attention(const Op& op, const Value& x) const {
        const auto c = channels(x);
        const auto k = static_cast<size_t>(op.key_channels);
        const auto v = static_cast<size_t>(op.value_channels);
        const size_t h = height(x);
        const size_t w = width(x);
        const size_t queries = h * w;
        const size_t keys = (h / 2) * (w / 2);
        const auto pooled = [](const Value& map) {
            return Value(std::make_shared<op::MaxPool>(map, ov::Strides{2, 2}, ov::Strides{1, 1},
                                                       ov::Shape{0, 0}, ov::Shape{0, 0}, ov::Shape{2, 2})
                             ->output(0));
        };
        const auto rows = [this](const Value& map) {  // (N, C, H, W) -> (N, H W, C)
            const auto& shape = map.get_shape();
            return reshape(
                transpose(map, {0, 2, 3, 1}),
                {pictures_, static_cast<int64_t>(shape[2] * shape[3]), static_cast<int64_t>(shape[1])});
        };
        const Value theta = rows(conv1x1(x, op.weight, k));
        const Value phi = rows(pooled(conv1x1(x, op.weight, k, k * c)));
        const Value g = rows(pooled(conv1x1(x, op.weight, v, 2 * k * c)));

        size_t pieces = 1;
        while (queries * keys / pieces > attention_piece && queries % (2 * pieces) == 0) pieces *= 2;
        ov::OutputVector parts;
        for (size_t piece = 0; piece < pieces; ++piece) {
            const size_t size = queries / pieces;
            const Value part = pieces == 1 ? theta : slice(theta, 1, piece * size, (piece + 1) * size);
            const auto logits = std::make_shared<op::MatMul>(part, phi, false, true);
            const auto shares = std::make_shared<op::Softmax>(logits, 2);
            parts.push_back(std::make_shared<op::MatMul>(shares, g, false, false));
        }
        Value seen = pieces == 1 ? parts[0] : Value(std::make_shared<op::Concat>(parts, 1));
        seen = reshape(
            seen, {pictures_, static_cast<int64_t>(h), static_cast<int64_t>(w), static_cast<int64_t>(v)});
        return add(conv1x1(transpose(seen, {0, 3, 1, 2}), op.out_weight, c), x);
    }

    const Op& op_at(int index) const { return program_->ops[static_cast<size_t>(index)]; }
    Value value_at(int index) const { return values_[static_cast<size_t>(index)]; }

    Value scale_of(const Op& affine) const { return modulation_->output(static_cast<size_t>(affine.norm)); }
    Value shift_of(const Op& affine) const {
        return modulation_->output(program_->modulation.norms.size() + static_cast<size_t>(affine.norm));
    }

    /// Operation `index` by Winograd, with the affine map and ReLU before it and, unless it is negative, the
    /// upsampled value `residual` after it. What these replace is left without readers, and so dropped.
    Value winograd(int index, int residual) const {
        int input = op_at(index).inputs[0];
        const Op& before = op_at(input);
        const bool modulated =
            before.kind == OpKind::Affine && before.activate && program_->activation == Activation::Relu;
        if (modulated) input = before.inputs[0];
        ov::OutputVector inputs{transpose(value_at(input), {0, 2, 3, 1})};
        if (modulated) inputs.insert(inputs.end(), {scale_of(before), shift_of(before)});
        if (residual >= 0) inputs.push_back(transpose(value_at(op_at(residual).inputs[0]), {0, 2, 3, 1}));
        const OpenVinoWinograd::Attributes attributes{.conv = convs_.at(index),
                                                      .scratch = scratch_,
                                                      .wrap_y = variant_.wrap_y,
                                                      .wrap_x = variant_.wrap_x,
                                                      .modulated = modulated,
                                                      .residual = residual >= 0};
        return transpose(std::make_shared<OpenVinoWinograd>(inputs, attributes), {0, 3, 1, 2});
    }

    Value sum(const Op& op) const {
        const int shortcut = op.inputs[1];
        if (convs_.contains(op.inputs[0]) && op_at(shortcut).kind == OpKind::Upsample)
            return winograd(op.inputs[0], shortcut);
        return add(value_at(op.inputs[0]), value_at(shortcut));
    }

    Value make(int index, const Value& base) const {
        const Op& op = op_at(index);
        if (convs_.contains(index)) return winograd(index, -1);
        const auto input = [&](size_t i) { return value_at(op.inputs[i]); };
        switch (op.kind) {
            case OpKind::Linear:
                return linear(op, base);
            case OpKind::Affine: {
                const Value scaled = std::make_shared<op::Multiply>(input(0), scale_of(op));
                const Value shifted = add(scaled, shift_of(op));
                return op.activate ? activation(shifted) : shifted;
            }
            case OpKind::Conv:
                return conv(op, input(0));
            case OpKind::UpConv:
                return up_conv(op, input(0));
            case OpKind::Upsample:
                return upsampled(input(0));
            case OpKind::Slice:
                return slice(input(0), 1, 0, static_cast<size_t>(op.channels));
            case OpKind::Add:
                return sum(op);
            case OpKind::Attention:
                return attention(op, input(0));
            case OpKind::Tanh:
                return std::make_shared<op::Tanh>(input(0));
        }
        throw Error("the OpenVINO engine does not know the operation '{}'", name_of(op.kind));
    }

    std::shared_ptr<const Program> program_;
    Variant variant_;
    const WinogradConvs& convs_;
    const std::shared_ptr<WinogradScratch> scratch_ = std::make_shared<WinogradScratch>();
    int pictures_;
    bool taps_;
    std::shared_ptr<op::VariadicSplit> modulation_;
    std::vector<Value> values_;
};

}  // namespace

WinogradConvs winograd_convs(const Program& program) {
    WinogradConvs result;
    const WinogradKernels* kernels = winograd_kernels();
    if (kernels == nullptr) return result;
    const std::vector<int> sizes = map_sizes(program);
    for (size_t i = 0; i < program.ops.size(); ++i) {
        const Op& op = program.ops[i];
        if (op.inputs.empty()) continue;
        const auto input = static_cast<size_t>(op.inputs[0]);
        if (const auto form = winograd_form(op, sizes[input]))
            result.emplace(static_cast<int>(i), std::make_shared<const WinogradConv>(
                                                    op, program.ops[input].channels, *form, *kernels));
    }
    return result;
}

OpenVinoGraph build_openvino_graph(const std::shared_ptr<const Program>& program, const Variant& variant,
                                   const WinogradConvs& convs, int pictures, bool taps) {
    return GraphBuilder(program, variant, convs, pictures, taps).build();
}

}  // namespace gan
