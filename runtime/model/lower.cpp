#include "runtime/model/lower.h"

#include "runtime/base/error.h"
#include "runtime/model/fold.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <future>
#include <thread>

namespace gan {
namespace {

/// Reads a checkpoint's tensors by name, checked; layers come out with sigma folded in.
template <class T>
class Reader {
public:
    explicit Reader(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

    bool has(const std::string& name) const { return checkpoint_.tensors.contains(name); }

    /// Rows of `layer`.weight.
    int rows(const std::string& layer) const {
        const auto found = checkpoint_.tensors.find(layer + ".weight");
        if (found == checkpoint_.tensors.end()) throw Error("the model has no tensor '{}.weight'", layer);
        return static_cast<int>(found->second.dim(0));
    }

    std::vector<T> values(const std::string& name, const std::vector<int64_t>& shape) const {
        const auto found = checkpoint_.tensors.find(name);
        if (found == checkpoint_.tensors.end()) throw Error("the model has no tensor '{}'", name);
        const Tensor& tensor = found->second;
        if (tensor.shape != shape || !tensor.is_floating())
            throw Error("tensor '{}' is {} {}; this network needs {} of floating-point numbers", name,
                        name_of(tensor.dtype), shape_text(tensor.shape), shape_text(shape));
        std::vector<T> result = tensor.to<T>();
        if (!std::all_of(result.begin(), result.end(), [](T x) { return std::isfinite(x); }))
            throw Error(
                "tensor '{}' holds values that are not finite; the file is damaged or its training diverged",
                name);
        return result;
    }

    /// `layer`.weight divided by its sigma.
    std::vector<T> weight(const std::string& layer, const std::vector<int64_t>& shape) const {
        std::vector<T> w = values(layer + ".weight", shape);
        if (!has(layer + ".u0")) return w;
        const auto rows = static_cast<size_t>(shape[0]);
        const auto columns = static_cast<int64_t>(w.size() / rows);
        const auto u = exact(layer + ".u0", {1, shape[0]});
        const double sigma = has(layer + ".v0") ? stored_sigma(w, u, exact(layer + ".v0", {1, columns}))
                                                : spectral_sigma(w, rows, u, checkpoint_.config.sn_eps);
        if (!(std::abs(sigma) > 0) || !std::isfinite(sigma))
            throw Error(
                "layer '{}' has no usable spectral norm (sigma {}); its u0 does not belong to its weight",
                layer, sigma);
        for (T& x : w) x = static_cast<T>(x / sigma);
        return w;
    }

    std::vector<T> bias(const std::string& layer, int64_t rows) const {
        return values(layer + ".bias", {rows});
    }

    /// Statistics (rows, channels), whichever way they are stored.
    std::vector<T> statistics(const std::string& layer, const char* what, int64_t channels) const {
        const auto rows = static_cast<int64_t>(checkpoint_.config.stats_psi.size());
        if (rows > 0) return values(fmt::format("{}.stored_{}s", layer, what), {rows, channels});
        return values(fmt::format("{}.stored_{}", layer, what), {channels});
    }

private:
    std::vector<double> exact(const std::string& name, const std::vector<int64_t>& shape) const {
        return Reader<double>(checkpoint_).values(name, shape);
    }

    const Checkpoint& checkpoint_;
};

template <class T>
class Lowering {
public:
    Lowering(const Checkpoint& checkpoint, const LowerOptions& options)
        : config_(checkpoint.config), reader_(checkpoint), options_(options) {}

    BasicProgram<T> run() {
        start_modulation();
        program_.dim_z = config_.dim_z;
        program_.first_chunk = config_.first_chunk();
        program_.embeds_base = config_.family == Family::BigGanDeep;
        program_.base_input = program_.first_chunk + (program_.embeds_base ? config_.shared_dim : 0);
        program_.resolution = config_.resolution;
        program_.image_channels = config_.image_channels;
        program_.tileable = config_.tileable;
        program_.activation = config_.activation;
        program_.latent = config_.latent;

        int x = linear();
        int map = 4;  // side of the map in pixels
        for (int block = 0; block < config_.blocks(); ++block) {
            const int stage = block / config_.depth;
            const bool last = block % config_.depth == config_.depth - 1;
            x = config_.family == Family::BigGan ? plain_block(x, block, map)
                                                 : deep_block(x, block, last, map);
            program_.ops[static_cast<size_t>(x)].tap = fmt::format("block{}", block);
            if (last) map *= 2;
            const auto& attended = config_.attention;
            if (last && std::find(attended.begin(), attended.end(), 4 << (stage + 1)) != attended.end()) {
                x = attention(x, block);
                program_.ops[static_cast<size_t>(x)].tap = fmt::format("block{}.attention", block);
            }
        }
        x = output_norm(x);
        x = conv(x, "output_layer.2", config_.image_channels, 3);
        push({.kind = OpKind::Tanh, .inputs = {x}, .channels = config_.image_channels});
        finish();
        return std::move(program_);
    }

private:
    int channels_of(int value) const { return program_.ops[static_cast<size_t>(value)].channels; }

    int push(BasicOp<T> op) {
        program_.ops.push_back(std::move(op));
        return static_cast<int>(program_.ops.size()) - 1;
    }

    /// Weights are read and folded on other threads while the list is being written.
    void weigh(int value, std::function<void(BasicOp<T>&)> read) {
        pending_.emplace_back(value, std::move(read));
    }

    void finish() {
        std::atomic<size_t> next = 0;
        const auto work = [&] {
            for (size_t i = next++; i < pending_.size(); i = next++)
                pending_[i].second(program_.ops[static_cast<size_t>(pending_[i].first)]);
        };
        const unsigned count = std::max(1u, std::thread::hardware_concurrency());
        std::vector<std::future<void>> workers;
        for (unsigned t = 1; t < count; ++t) workers.push_back(std::async(std::launch::async, work));
        work();
        for (auto& worker : workers) worker.get();
    }

    int linear() {
        const int rows = config_.widths[0] * 16;
        const int value = push({.kind = OpKind::Linear, .channels = config_.widths[0]});
        weigh(value, [this, rows](BasicOp<T>& op) {
            op.weight = reader_.weight("linear", {rows, program_.base_input});
            op.bias = reader_.bias("linear", rows);
        });
        return value;
    }

    /// Rows beyond `out` count for sigma only.
    int conv(int input, const std::string& layer, int out, int kernel) {
        const int in = channels_of(input);
        const int value = push({.kind = OpKind::Conv, .inputs = {input}, .channels = out, .kernel = kernel});
        const int rows = stored_rows(layer, out);
        weigh(value, [this, layer, rows, out, in, kernel](BasicOp<T>& op) {
            op.weight = reader_.weight(layer, {rows, in, kernel, kernel});
            op.weight.resize(static_cast<size_t>(out) * in * kernel * kernel);
            op.bias = reader_.bias(layer, rows);
            op.bias.resize(static_cast<size_t>(out));
        });
        return value;
    }

    int stored_rows(const std::string& layer, int out) const { return std::max(out, reader_.rows(layer)); }

    int up_conv(int input, const std::string& layer, int out, int map) {
        const int in = channels_of(input);
        const bool differences = map <= 32 && in * out >= 1 << 16;
        const UpConvForm form =
            options_.form.value_or(differences ? UpConvForm::Differences : UpConvForm::Transposed);
        const int value =
            push({.kind = OpKind::UpConv, .inputs = {input}, .channels = out, .kernel = 3, .form = form});
        weigh(value, [this, layer, out, in, form](BasicOp<T>& op) {
            op.weight = reader_.weight(layer, {out, in, 3, 3});
            if (form == UpConvForm::Transposed) op.weight = transposed_taps(op.weight, out, in);
            if (form == UpConvForm::Differences) op.weight = difference_weights(op.weight, out, in);
            op.bias = reader_.bias(layer, out);
        });
        return value;
    }

    int plain_block(int x, int block, int map) {
        const std::string name = fmt::format("blocks.{}.0.", block);
        const int out = config_.widths[static_cast<size_t>(block) + 1];
        int h = norm(x, name + "bn1", block);
        h = up_conv(h, name + "conv1", out, map);
        h = norm(h, name + "bn2", block);
        h = conv(h, name + "conv2", out, 3);
        // 1x1 and nearest x2 commute: a quarter of the work before it.
        const int shortcut =
            push({.kind = OpKind::Upsample, .inputs = {conv(x, name + "conv_sc", out, 1)}, .channels = out});
        return push({.kind = OpKind::Add, .inputs = {h, shortcut}, .channels = out});
    }

    int deep_block(int x, int block, bool last, int map) {
        const std::string name = fmt::format("blocks.{}.0.", block);
        const int in = channels_of(x);
        const int hidden = reader_.rows(name + "conv1");
        const int out = reader_.rows(name + "conv4");
        int h = norm(x, name + "bn1", block);
        h = conv(h, name + "conv1", hidden, 1);
        h = norm(h, name + "bn2", block);
        h = last ? up_conv(h, name + "conv2", hidden, map) : conv(h, name + "conv2", hidden, 3);
        h = norm(h, name + "bn3", block);
        h = conv(h, name + "conv3", hidden, 3);
        h = norm(h, name + "bn4", block);
        h = conv(h, name + "conv4", out, 1);
        int shortcut = x;
        if (reader_.has(name + "conv_sc.weight")) {
            shortcut = conv(x, name + "conv_sc", out, 1);
        } else if (in != out) {
            if (out > in)
                throw Error("block {} widens from {} to {} channels without a shortcut layer", block, in,
                            out);
            shortcut = push({.kind = OpKind::Slice, .inputs = {x}, .channels = out});
        }
        if (last) shortcut = push({.kind = OpKind::Upsample, .inputs = {shortcut}, .channels = out});
        return push({.kind = OpKind::Add, .inputs = {h, shortcut}, .channels = out});
    }

    int attention(int x, int block) {
        const std::string name = fmt::format("blocks.{}.1.", block);
        const int in = channels_of(x);
        const int keys = reader_.rows(name + "theta");
        const int values = reader_.rows(name + "g");
        const int value = push({.kind = OpKind::Attention,
                                .inputs = {x},
                                .channels = in,
                                .key_channels = keys,
                                .value_channels = values});
        weigh(value, [this, name, in, keys, values](BasicOp<T>& op) {
            op.weight = reader_.weight(name + "theta", {keys, in, 1, 1});
            const auto phi = reader_.weight(name + "phi", {keys, in, 1, 1});
            const auto g = reader_.weight(name + "g", {values, in, 1, 1});
            op.weight.insert(op.weight.end(), phi.begin(), phi.end());
            op.weight.insert(op.weight.end(), g.begin(), g.end());
            op.out_weight = reader_.weight(name + "o", {in, values, 1, 1});
            const T gamma = reader_.values(name + "gamma", {}).front();
            for (T& x : op.out_weight) x *= gamma;
        });
        return value;
    }

    // -- modulation --------------------------------------------------------------------------------

    void start_modulation() {
        auto& m = program_.modulation;
        m.classes = config_.classes;
        m.shared_dim = config_.shared_dim;
        m.psi = config_.stats_psi;
        m.swapped_interpolation = options_.swapped_interpolation;
        if (config_.shared())
            m.embedding = reader_.values("shared.weight", {config_.classes, config_.shared_dim});
        norms_.reserve(static_cast<size_t>(config_.blocks()) * 4 + 1);
    }

    /// The scale and shift of a norm are written together at the end, when C is known.
    struct Affine {
        std::vector<T> gain, bias;   // (channels, columns) or, without embedding, (classes, channels)
        std::vector<T> constant;     // (2 channels)
        std::vector<T> means, vars;  // (rows, channels)
        T eps;
    };

    int affine(int x, Affine&& weights, int z_offset, int z_size, bool activate) {
        auto& m = program_.modulation;
        const int channels = channels_of(x);
        m.norms.push_back({m.channels, channels, z_offset, z_size});
        m.channels += channels;
        norms_.push_back(std::move(weights));
        return push({.kind = OpKind::Affine,
                     .inputs = {x},
                     .channels = channels,
                     .norm = static_cast<int>(m.norms.size()) - 1,
                     .activate = activate});
    }

    int norm(int x, const std::string& name, int block) {
        const int channels = channels_of(x);
        const bool chunked = config_.family == Family::BigGan && config_.hierarchical;
        const int chunk = config_.first_chunk();
        const int z_size = config_.hierarchical ? chunk : 0;
        const int z_offset = chunked ? (block + 1) * chunk : 0;
        Affine weights;
        if (config_.shared()) {
            const int columns = config_.shared_dim + z_size;
            weights.gain = reader_.weight(name + ".gain", {channels, columns});
            weights.bias = reader_.weight(name + ".bias", {channels, columns});
        } else {
            weights.gain = reader_.values(name + ".gain.weight", {config_.classes, channels});
            weights.bias = reader_.values(name + ".bias.weight", {config_.classes, channels});
        }
        weights.constant.assign(static_cast<size_t>(channels), T(1));
        weights.constant.resize(static_cast<size_t>(channels) * 2, T(0));
        weights.means = reader_.statistics(name, "mean", channels);
        weights.vars = reader_.statistics(name, "var", channels);
        weights.eps = static_cast<T>(config_.bn_eps);
        return affine(x, std::move(weights), z_offset, z_size, true);
    }

    int output_norm(int x) {
        const std::string name = "output_layer.0";
        const int channels = channels_of(x);
        Affine weights;
        weights.constant = reader_.values(name + ".gain", {channels});
        const auto bias = reader_.values(name + ".bias", {channels});
        weights.constant.insert(weights.constant.end(), bias.begin(), bias.end());
        weights.means = reader_.statistics(name, "mean", channels);
        weights.vars = reader_.statistics(name, "var", channels);
        weights.eps = static_cast<T>(config_.output_bn_eps);
        const int value = affine(x, std::move(weights), 0, 0, true);
        pack_modulation();
        return value;
    }

    /// Interleaves the norms' parts into the arrays that one product reads.
    void pack_modulation() {
        auto& m = program_.modulation;
        const auto total = static_cast<size_t>(m.channels);
        const auto rows = static_cast<size_t>(m.rows());
        const auto shared = static_cast<size_t>(m.shared_dim);
        const auto classes = static_cast<size_t>(m.classes);
        m.class_weight.assign(2 * total * (shared > 0 ? shared : classes), T(0));
        m.constant.resize(2 * total);
        m.means.resize(rows * total);
        m.vars.resize(rows * total);
        m.eps.resize(total);
        m.z_weight.resize(m.norms.size());
        for (size_t n = 0; n < m.norms.size(); ++n) {
            const Norm& norm = m.norms[n];
            const Affine& from = norms_[n];
            const auto offset = static_cast<size_t>(norm.offset);
            const auto channels = static_cast<size_t>(norm.channels);
            const auto z_size = static_cast<size_t>(norm.z_size);
            for (size_t row = 0; row < rows; ++row)
                for (size_t c = 0; c < channels; ++c) {
                    const T var = from.vars[row * channels + c];
                    if (var < 0) throw Error("a batch norm stores a negative variance; the file is damaged");
                    m.means[row * total + offset + c] = from.means[row * channels + c];
                    m.vars[row * total + offset + c] = var;
                }
            m.z_weight[n].resize(2 * channels * z_size);
            for (size_t part = 0; part < 2; ++part) {
                const auto& weights = part == 0 ? from.gain : from.bias;
                for (size_t c = 0; c < channels; ++c) {
                    const size_t place = part * total + offset + c;
                    m.constant[place] = from.constant[part * channels + c];
                    if (part == 0) m.eps[place] = from.eps;
                    if (weights.empty()) continue;
                    if (shared == 0) {
                        for (size_t k = 0; k < classes; ++k)
                            m.class_weight[k * 2 * total + place] = weights[k * channels + c];
                        continue;
                    }
                    const T* row = &weights[c * (shared + z_size)];
                    std::copy(row, row + shared, &m.class_weight[place * shared]);
                    std::copy(row + shared, row + shared + z_size,
                              m.z_weight[n].begin() + static_cast<ptrdiff_t>((part * channels + c) * z_size));
                }
            }
        }
        norms_.clear();
    }

    const BigGanConfig& config_;
    Reader<T> reader_;
    LowerOptions options_;
    BasicProgram<T> program_;
    std::vector<Affine> norms_;
    std::vector<std::pair<int, std::function<void(BasicOp<T>&)>>> pending_;
};

}  // namespace

template <class T>
BasicProgram<T> lower(const Checkpoint& checkpoint, const LowerOptions& options) {
    return Lowering<T>(checkpoint, options).run();
}

template BasicProgram<float> lower(const Checkpoint&, const LowerOptions&);
template BasicProgram<double> lower(const Checkpoint&, const LowerOptions&);

}  // namespace gan
