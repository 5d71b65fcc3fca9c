#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gan {

enum class Family { BigGan, BigGanDeep };

/// Applied after every conditional batch norm. LeakyRelu has slope 0.1, Elu alpha 1, Gelu is exact (erf).
enum class Activation { Relu, LeakyRelu, Elu, Gelu };

/// How a latent is drawn at truncation psi in (0, 1]; all three are the normal cut at +-2 at psi 1.
enum class TruncationMode {
    Scale,     // psi times a normal cut at +-2: the published TF-Hub modules
    Quantile,  // a normal cut at +-2 psi, by its quantiles: continuous in z and psi
    Resample,  // a normal cut at +-2 psi, by drawing again what lies outside: the paper
};

/// What a network's latents are. Outside of networks latents are normal: see shape_latents().
/// Source: Brock et al. 2018, appendix E.
enum class LatentDistribution { Normal, Uniform, Bernoulli, CensoredNormal };

/// Everything about a generator that is not a weight.
///
/// Source: Brock, Donahue and Simonyan 2018, arXiv:1809.11096, appendix B.
struct BigGanConfig {
    Family family = Family::BigGan;
    int resolution = 0;          // R, pixels; 4 * 2^stages
    int channels = 0;            // ch, the paper's channel multiplier
    std::vector<int> widths;     // (stages + 1) channels entering each stage, and leaving the last
    int depth = 1;               // blocks a stage; 1 for BigGan
    std::vector<int> attention;  // resolutions of the maps that pass through self-attention
    int dim_z = 0;
    int shared_dim = 0;  // width of the shared class embedding; 0 when classes are not embedded
    int classes = 0;
    bool hierarchical = false;  // each block also sees its own chunk of z
    int image_channels = 3;
    bool tileable = false;  // convolutions continue a map with its other side: pictures tile
    double bn_eps = 1e-5;
    double output_bn_eps = 1e-5;
    double sn_eps = 1e-6;
    Activation activation = Activation::Relu;
    LatentDistribution latent = LatentDistribution::Normal;
    TruncationMode truncation = TruncationMode::Quantile;  // what `--truncation` means by default

    /// psi of each row of the batch-norm statistics, ascending; empty when there is one row only.
    /// An untruncated normal has psi 1.1369 (its standard deviation over that of psi 1).
    std::vector<double> stats_psi;
    std::vector<std::string> class_names;  // (classes), or empty

    int stages() const { return static_cast<int>(widths.size()) - 1; }
    int blocks() const { return stages() * depth; }
    bool shared() const { return shared_dim > 0; }
    /// Width of the part of z that enters the first linear layer: a chunk when BigGan is hierarchical.
    int first_chunk() const;
};

/// Widths of the reference implementation for a resolution of 32 to 512, in multiples of ch.
/// Empty for any other resolution. Source: paper, tables 4 to 9; 512 of BigGanDeep by the same rule.
std::vector<int> reference_multipliers(int resolution);

/// Throws Error, naming the field, unless the fields fit each other and lie in sane ranges.
void validate(const BigGanConfig& config, const std::string& source);

nlohmann::json to_json(const BigGanConfig& config);
/// Throws Error naming the field that is missing or malformed; `source` stands for the file.
BigGanConfig config_from_json(const nlohmann::json& json, const std::string& source);

std::string_view name_of(Family family);
std::string_view name_of(Activation activation);
std::string_view name_of(TruncationMode mode);
std::string_view name_of(LatentDistribution distribution);
std::optional<Activation> activation_named(std::string_view name);
std::optional<TruncationMode> truncation_mode_named(std::string_view name);

}  // namespace gan
