#pragma once

#include "runtime/base/file.h"
#include "runtime/model/config.h"
#include "runtime/model/tensor.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// A generator as it is stored: its configuration and its tensors under the names of the reference
/// implementation (ajbrock/BigGAN-PyTorch: blocks.0.0.conv1.weight, ...), whatever it came from.
/// Differences between implementations are brought to that form on import:
///   - the condition is [class embedding, z], the first linear layer's rows are (C, 4, 4);
///   - a layer with `u0` is spectrally normalised: sigma comes from one power iteration from u0, or,
///     when `v0` is stored beside it, from u0 W v0 (torch.nn.utils.spectral_norm);
///   - `stored_mean`, `stored_var` (channels), or `stored_means`, `stored_vars` (rows, channels) with
///     config.stats_psi naming the rows;
///   - a deep block with `conv_sc` has a learned shortcut; output_layer.2 may have more rows than
///     image_channels, which count for its sigma only.
struct Checkpoint {
    BigGanConfig config;
    StateDict tensors;
    std::string licence;   // of the weights, as far as known
    std::string training;  // JSON object: dataset, steps, seed, metrics; or empty
    std::string source;    // layout it was read from: "native", "reference", "tf-hub", "huggingface", ...
    std::string hash;      // SHA-256 of the tensors, hex
    std::vector<std::string> notes;  // what was assumed, in sentences for the person who loads it
};

/// Which of a file's generators to take.
enum class WeightsChoice { Auto, Ema, Raw };  // Auto: the moving average when there is one

enum class ConditionOrder { EmbeddingThenZ, ZThenEmbedding };

/// What cannot be seen in names and shapes. Unset fields have documented defaults by layout:
///   reference    eps 1e-5 (batch norms), 1e-6 (spectral norm; its size matters only for weights near 0)
///   tf-hub       eps 1e-4 everywhere; recognised by its missing sv0
///   huggingface  eps from config.json, both batch norms; truncation mode scale
///   studiogan    eps 1e-4, 1e-6        mmgeneration  eps 1e-5, 1e-6
///   activation relu, order of the layout, truncation mode quantile, colours in RGB order
struct ImportOptions {
    WeightsChoice weights = WeightsChoice::Auto;
    std::optional<double> bn_eps;
    std::optional<double> output_bn_eps;
    std::optional<double> sn_eps;
    std::optional<Activation> activation;
    std::optional<ConditionOrder> condition_order;
    std::optional<TruncationMode> truncation;
    std::optional<int> depth;
    bool bgr = false;  // the network gives blue first (trained by MMGeneration)
    std::vector<std::string> class_names;
    std::string licence;
};

/// Opens any file or folder that holds a BigGAN generator: native or reference safetensors, legacy or
/// zip .pth, a Hugging Face folder, a training folder of the reference or of StudioGAN. Large tensors
/// stay mapped. Throws Error naming the file. [any thread]
Checkpoint open_checkpoint(const std::filesystem::path& path, const ImportOptions& options = {});

/// Writes the native format: safetensors with configuration, class names, licence, training facts and
/// the hash of the data in its metadata. The file is replaced atomically. Returns the hash.
std::string save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint,
                            OnInterrupt on_interrupt = OnInterrupt::Stop);

/// The hash that a native file carries, without looking at its tensors; empty for any other file. [any
/// thread]
std::string stored_hash(const std::filesystem::path& path);

/// Class names from a text file (one a line) or JSON (a list, or an object of index: name or
/// index: [id, name]). Throws Error naming the file.
std::vector<std::string> read_class_names(const std::filesystem::path& path);

}  // namespace gan
