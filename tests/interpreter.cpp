#include "tests/interpreter.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gan {
namespace {

using Op64 = BasicOp<double>;

Map empty(int channels, int height, int width) {
    return {channels, height, width,
            std::vector<double>(static_cast<size_t>(channels) * height * width, 0.0)};
}

class Interpreter {
public:
    Interpreter(const BasicProgram<double>& program, const InterpreterInput& input)
        : program_(program), input_(input) {
        const auto product = class_product(program.modulation, input.conditioning);
        modulation_.resize(product.size());
        modulate<double>(program.modulation, product, input.z, input.psi, {}, {}, modulation_);
    }

    Interpretation run() {
        Interpretation result;
        for (const Op64& op : program_.ops) {
            values_.push_back(make(op));
            if (!op.tap.empty()) result.taps[op.tap] = values_.back();
        }
        result.picture = values_.back();
        return result;
    }

private:
    /// The value beside the map's edge: the opposite side's where the axis wraps, else zero.
    double sample(const Map& map, int c, int y, int x) const {
        if (input_.variant.wrap_y || program_.tileable) y = (y + map.height) % map.height;
        if (input_.variant.wrap_x || program_.tileable) x = (x + map.width) % map.width;
        if (y < 0 || y >= map.height || x < 0 || x >= map.width) return 0;
        return map.at(c, y, x);
    }

    Map linear(const Op64& op) const {
        const Variant& v = input_.variant;
        const auto in = static_cast<size_t>(program_.base_input);
        const auto chunk = static_cast<size_t>(program_.first_chunk);
        Map map = empty(op.channels, 4 * v.grid_y, 4 * v.grid_x);
        for (int cell = 0; cell < v.cells(); ++cell) {
            std::vector<double> base;
            if (program_.embeds_base) base = embed(program_.modulation, input_.conditioning);
            const float* z =
                input_.base_z.empty() ? input_.z.data() : &input_.base_z[static_cast<size_t>(cell) * chunk];
            base.insert(base.end(), z, z + chunk);
            for (int row = 0; row < op.channels * 16; ++row) {
                double sum = op.bias[static_cast<size_t>(row)];
                for (size_t i = 0; i < in; ++i) sum += op.weight[static_cast<size_t>(row) * in + i] * base[i];
                map.at(row / 16, cell / v.grid_x * 4 + row % 16 / 4, cell % v.grid_x * 4 + row % 4) = sum;
            }
        }
        return map;
    }

    Map affine(const Op64& op, const Map& x) const {
        const Norm& norm = program_.modulation.norms[static_cast<size_t>(op.norm)];
        Map y = x;
        for (int c = 0; c < x.channels; ++c) {
            const double scale = modulation_[static_cast<size_t>(norm.offset + c)];
            const double shift =
                modulation_[static_cast<size_t>(program_.modulation.channels + norm.offset + c)];
            for (int i = 0; i < x.height * x.width; ++i) {
                double& value = y.values[static_cast<size_t>(c) * x.height * x.width + i];
                value = value * scale + shift;
                if (op.activate) value = activation(value);
            }
        }
        return y;
    }

    double activation(double x) const {
        switch (program_.activation) {
            case Activation::LeakyRelu:
                return x < 0 ? 0.1 * x : x;
            case Activation::Elu:
                return x < 0 ? std::expm1(x) : x;
            case Activation::Gelu:
                return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
            default:
                return std::max(x, 0.0);
        }
    }

    Map conv(const Map& x, const std::vector<double>& weight, const std::vector<double>& bias, int out,
             int k) const {
        Map y = empty(out, x.height, x.width);
        for (int o = 0; o < out; ++o)
            for (int py = 0; py < x.height; ++py)
                for (int px = 0; px < x.width; ++px) {
                    double sum = bias.empty() ? 0 : bias[static_cast<size_t>(o)];
                    for (int i = 0; i < x.channels; ++i)
                        for (int ky = 0; ky < k; ++ky)
                            for (int kx = 0; kx < k; ++kx)
                                sum += weight[((static_cast<size_t>(o) * x.channels + i) * k + ky) * k + kx] *
                                       sample(x, i, py + ky - k / 2, px + kx - k / 2);
                    y.at(o, py, px) = sum;
                }
        return y;
    }

    static Map upsample(const Map& x) {
        Map y = empty(x.channels, x.height * 2, x.width * 2);
        for (int c = 0; c < y.channels; ++c)
            for (int py = 0; py < y.height; ++py)
                for (int px = 0; px < y.width; ++px) y.at(c, py, px) = x.at(c, py / 2, px / 2);
        return y;
    }

    Map up_conv(const Op64& op, const Map& x) const {
        if (op.form == UpConvForm::Plain) return conv(upsample(x), op.weight, op.bias, op.channels, 3);
        return op.form == UpConvForm::Transposed ? transposed(op, x) : differences(op, x);
    }

    /// y[o] = sum over i, k with o = 2 i - 1 + k of w[k] x[i], along both axes.
    Map transposed(const Op64& op, const Map& x) const {
        Map y = empty(op.channels, x.height * 2, x.width * 2);
        for (int o = 0; o < op.channels; ++o)
            for (int py = 0; py < y.height; ++py)
                for (int px = 0; px < y.width; ++px) {
                    double sum = op.bias[static_cast<size_t>(o)];
                    for (int i = 0; i < x.channels; ++i)
                        for (int ky = (py + 1) % 2; ky < 4; ky += 2)
                            for (int kx = (px + 1) % 2; kx < 4; kx += 2)
                                sum += op.weight[((static_cast<size_t>(i) * op.channels + o) * 4 + ky) * 4 +
                                                 kx] *
                                       sample(x, i, (py + 1 - ky) / 2, (px + 1 - kx) / 2);
                    y.at(o, py, px) = sum;
                }
        return y;
    }

    /// UpConvForm::Differences, from its formula.
    Map differences(const Op64& op, const Map& x) const {
        Map y = empty(op.channels, x.height * 2, x.width * 2);
        const size_t pairs = static_cast<size_t>(op.channels) * x.channels;
        // Along one axis output 2 i + p is s x[i] + e_p (x[i + p] - x[i + p - 1]), e = {-a, c}.
        for (int o = 0; o < op.channels; ++o)
            for (int py = 0; py < y.height; ++py)
                for (int px = 0; px < y.width; ++px) {
                    const int iy = py / 2, ix = px / 2, p = py % 2, q = px % 2;
                    double sum = op.bias[static_cast<size_t>(o)];
                    for (int c = 0; c < x.channels; ++c) {
                        const auto w = [&](int r, int k) {
                            return op.weight[static_cast<size_t>(r * 3 + k) * pairs +
                                             static_cast<size_t>(o) * x.channels + c];
                        };
                        const auto across = [&](int yy) {
                            return sample(x, c, yy, ix + q) - sample(x, c, yy, ix + q - 1);
                        };
                        const double here = sample(x, c, iy, ix);
                        const double down = sample(x, c, iy + p, ix) - sample(x, c, iy + p - 1, ix);
                        sum += w(0, 0) * here + w(0, 1 + q) * across(iy) + w(1 + p, 0) * down +
                               w(1 + p, 1 + q) * (across(iy + p) - across(iy + p - 1));
                    }
                    y.at(o, py, px) = sum;
                }
        return y;
    }

    Map attention(const Op64& op, const Map& x) const {
        const int k = op.key_channels;
        const int v = op.value_channels;
        const Map all = conv(x, op.weight, {}, 2 * k + v, 1);
        const int keys_h = x.height / 2, keys_w = x.width / 2;
        const auto pooled = [&](int c, int y, int xx) {
            return std::max({all.at(c, 2 * y, 2 * xx), all.at(c, 2 * y, 2 * xx + 1),
                             all.at(c, 2 * y + 1, 2 * xx), all.at(c, 2 * y + 1, 2 * xx + 1)});
        };
        const size_t keys = static_cast<size_t>(keys_h) * keys_w;
        std::vector<double> phi(static_cast<size_t>(k) * keys);
        std::vector<double> g(static_cast<size_t>(v) * keys);
        for (int y = 0; y < keys_h; ++y)
            for (int xx = 0; xx < keys_w; ++xx) {
                const size_t j = static_cast<size_t>(y) * keys_w + xx;
                for (int c = 0; c < k; ++c) phi[static_cast<size_t>(c) * keys + j] = pooled(k + c, y, xx);
                for (int c = 0; c < v; ++c) g[static_cast<size_t>(c) * keys + j] = pooled(2 * k + c, y, xx);
            }
        Map seen = empty(v, x.height, x.width);
        std::vector<double> share(keys);
        for (int y = 0; y < x.height; ++y)
            for (int xx = 0; xx < x.width; ++xx) {
                double top = -1e300;
                for (size_t j = 0; j < keys; ++j) {
                    share[j] = 0;
                    for (int c = 0; c < k; ++c)
                        share[j] += all.at(c, y, xx) * phi[static_cast<size_t>(c) * keys + j];
                    top = std::max(top, share[j]);
                }
                double total = 0;
                for (double& s : share) total += s = std::exp(s - top);
                for (int c = 0; c < v; ++c) {
                    double sum = 0;
                    for (size_t j = 0; j < keys; ++j) sum += share[j] * g[static_cast<size_t>(c) * keys + j];
                    seen.at(c, y, xx) = sum / total;
                }
            }
        Map result = conv(seen, op.out_weight, {}, x.channels, 1);
        for (size_t i = 0; i < result.values.size(); ++i) result.values[i] += x.values[i];
        return result;
    }

    Map make(const Op64& op) const {
        const auto input = [&](size_t i) -> const Map& { return values_[static_cast<size_t>(op.inputs[i])]; };
        switch (op.kind) {
            case OpKind::Linear:
                return linear(op);
            case OpKind::Affine:
                return affine(op, input(0));
            case OpKind::Conv:
                return conv(input(0), op.weight, op.bias, op.channels, op.kernel);
            case OpKind::UpConv:
                return up_conv(op, input(0));
            case OpKind::Upsample:
                return upsample(input(0));
            case OpKind::Slice: {
                Map y = input(0);
                y.channels = op.channels;
                y.values.resize(static_cast<size_t>(op.channels) * y.height * y.width);
                return y;
            }
            case OpKind::Add: {
                Map y = input(0);
                for (size_t i = 0; i < y.values.size(); ++i) y.values[i] += input(1).values[i];
                return y;
            }
            case OpKind::Attention:
                return attention(op, input(0));
            case OpKind::Tanh: {
                Map y = input(0);
                for (double& value : y.values) value = std::tanh(value);
                return y;
            }
        }
        throw std::logic_error("unknown operation");
    }

    const BasicProgram<double>& program_;
    const InterpreterInput& input_;
    std::vector<double> modulation_;
    std::vector<Map> values_;
};

}  // namespace

Interpretation interpret(const BasicProgram<double>& program, const InterpreterInput& input) {
    return Interpreter(program, input).run();
}

}  // namespace gan
