#pragma once

#include <torch/nn/module.h>

namespace gan {

// What acts on weights rather than on pictures.

/// Fills every weight of two or more dimensions, flattened to (out, -1).
enum class Initialisation {
    Orthogonal,  // Saxe et al. 2013, arXiv:1312.6120, gain 1
    Normal,      // N(0, 0.02)
    Xavier,      // uniform, Glorot and Bengio 2010
};
void initialise(torch::nn::Module& module, Initialisation how);

/// Adds strength * 2 ((W W^T) o (1 - I)) W to the gradient of every weight, as the reference does: half of
/// the gradient of the paper's penalty (Brock et al. 2018, equation 3). `excluded`: a parameter that is left
/// alone.
void add_orthogonal_gradient(torch::nn::Module& module, double strength, const std::string& excluded = {});

/// Takes from every spectrally normalised weight, flattened to (out, -1), what its first singular value is
/// above `most`: W -= max(0, sigma - most) u^T v with u the power iteration's vector (Brock et al. 2018,
/// section 4.1). 0: nothing.
void clamp_first_singular_values(torch::nn::Module& module, double most);

/// average += (1 - decay) (value - average), for every parameter and buffer; decay 0 copies.
void average_into(torch::nn::Module& average, const torch::nn::Module& value, double decay);

/// Scales all gradients so that their common norm is at most `most`, if it is above 0. Returns the norm
/// before.
double clip_gradients(const torch::nn::Module& module, double most);

}  // namespace gan
