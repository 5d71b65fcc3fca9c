#pragma once

#include "runtime/model/engine.h"
#include "runtime/torch/pass.h"
#include "runtime/torch/torch_weights.h"

#include <ATen/core/Tensor.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gan {

at::ScalarType torch_type(Precision precision);

/// Multiply-accumulates of one picture of one cell, as a TorchProgram executes them: what is lowered as
/// UpConvForm::Plain runs as phases.
double torch_macs(const Program& program);

/// A program for N pictures of one variant on LibTorch: its convolutions, matrix products and attention are
/// LibTorch's, on the device that the weights are on, everything between them is passes. The same on the
/// processor and on GPUs, so that the tests of one are tests of the other. Used by one thread at a time.
class TorchProgram {
public:
    /// `taps`: every BasicOp::tap can be read.
    TorchProgram(std::shared_ptr<const Program> program, std::shared_ptr<const TorchWeights> weights,
                 const Variant& variant, int pictures, PassRunner runner, bool taps);

    /// Everything on the weights' device:
    ///   base        (N cells, base_input) float32
    ///   modulation  (N, 2 C) float32
    ///   picture     where the address of float32 (N, image_channels, grid_y R, grid_x R) is read
    void run(const at::Tensor& base, const float* modulation, float* const* picture);

    /// After run(): (channels, H, W) of the first picture.
    std::optional<std::vector<float>> tap(const std::string& name) const;

private:
    /// What an operation has given: as it came out of a convolution, until somebody needs it otherwise.
    struct Value {
        PassSource source = PassSource::Map;
        std::array<at::Tensor, 4> maps;  // Terms and differences: all four
        at::Tensor bias;                 // (channels), still to be added; or undefined
        bool doubled = false;            // a pixel stands for 2x2
        bool differences = false;        // maps are PassResult::Differences
        int halo_y = 0;                  // as MapPass has them
        int halo_x = 0;
        int channels = 0;

        bool defined() const { return maps[0].defined(); }
        bool plain() const;  // nothing is to be done before a convolution may read it
    };
    /// How a value shall lie.
    struct Layout {
        bool differences = false;
        int halo_y = 0;
        int halo_x = 0;
    };

    const Op& op(int index) const { return program_->ops[static_cast<size_t>(index)]; }
    const std::vector<int>& readers(int index) const { return readers_[static_cast<size_t>(index)]; }
    Value& value(int index) { return values_[static_cast<size_t>(index)]; }
    const TorchOp& weights(int index) const { return (*weights_)[static_cast<size_t>(index)]; }
    int height_of(int index) const { return sizes_[static_cast<size_t>(index)] * variant_.grid_y; }
    int width_of(int index) const { return sizes_[static_cast<size_t>(index)] * variant_.grid_x; }
    at::Tensor new_map(int height, int width, int channels) const;
    bool reads_differences(int reader) const;
    Layout halo() const;
    Layout layout_for_readers(int affine) const;

    void make(int index, const at::Tensor& base, float* const* picture);
    void produce(int index, const Value& main, const Value* shortcut = nullptr);
    MapPass pass_over(int index, const Value& main, const Value* shortcut, const at::Tensor& kept) const;
    Value affine(MapPass pass, int index, const Layout& layout) const;
    Value run_into(MapPass pass, const Layout& layout) const;
    Value readable(int index);
    Value readable_map(int index);
    at::Tensor plain(int index);
    Value laid_out(int index, const Layout& layout);

    Value linear(int index, const at::Tensor& base) const;
    Value conv(int index);
    Value up_conv(int index);
    void attention(int index);
    void finish(int index, float* const* picture);

    std::shared_ptr<const Program> program_;
    std::shared_ptr<const TorchWeights> weights_;
    Variant variant_;
    int pictures_;
    PassRunner runner_;
    bool taps_;
    std::vector<int> sizes_;                 // of each value, for one cell
    std::vector<std::vector<int>> readers_;  // of each value
    std::vector<Value> values_;
    const float* modulation_ = nullptr;
    std::map<std::string, at::Tensor> tapped_;  // (N, H, W, channels)
};

}  // namespace gan
