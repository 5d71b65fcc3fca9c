#include "runtime/cli/model_options.h"

#include "runtime/base/error.h"
#include "runtime/model/backends.h"
#include "runtime/model/safetensors.h"

#include <fmt/format.h>

namespace gan {

void ModelOptions::add(CLI::App& command, bool required) {
    auto* model = command.add_option(
        "MODEL", path, "A model: native or reference .safetensors, .pth, a Hugging Face or training folder");
    if (required) model->required();
    const std::string group = "What a foreign model does not say";
    command.add_option("--class-names", class_names, "File with a class name a line, or JSON")->group(group);
    command
        .add_option("--weights", weights,
                    "Which weights, where a file holds both: ema, raw or auto (ema if there)")
        ->check(CLI::IsMember({"auto", "ema", "raw"}))
        ->group(group);
    command
        .add_option("--bn-eps", bn_eps,
                    "Epsilon of conditional batch norms (default by layout: 1e-5, or 1e-4)")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group);
    command
        .add_option("--output-bn-eps", output_bn_eps, "Epsilon of the last batch norm (default by layout)")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group);
    command.add_option("--sn-eps", sn_eps, "Epsilon of spectral norm (default by layout: 1e-6, or 1e-4)")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group);
    command.add_option("--activation", activation, "Activation (default: relu)")
        ->check(CLI::IsMember({"relu", "leaky_relu", "elu", "gelu"}))
        ->group(group);
    command
        .add_option("--condition-order", condition_order,
                    "yz: class embedding before z; zy: after (default by layout)")
        ->check(CLI::IsMember({"yz", "zy"}))
        ->group(group);
    command
        .add_option("--truncation-convention", truncation_mode,
                    "What --truncation means by default: scale, quantile or resample")
        ->check(CLI::IsMember({"scale", "quantile", "resample"}))
        ->group(group);
    command.add_option("--depth", depth, "Blocks a stage of BigGAN-deep, where shapes leave it open")
        ->check(CLI::Range(1, 16))
        ->group(group);
    command.add_flag("--bgr", bgr, "The network gives blue first (trained with MMGeneration)")->group(group);
}

Checkpoint ModelOptions::open() const {
    ImportOptions options;
    options.weights = weights == "ema"   ? WeightsChoice::Ema
                      : weights == "raw" ? WeightsChoice::Raw
                                         : WeightsChoice::Auto;
    if (bn_eps >= 0) options.bn_eps = bn_eps;
    if (output_bn_eps >= 0) options.output_bn_eps = output_bn_eps;
    if (sn_eps >= 0) options.sn_eps = sn_eps;
    if (!activation.empty()) options.activation = activation_named(activation);
    if (!condition_order.empty())
        options.condition_order =
            condition_order == "zy" ? ConditionOrder::ZThenEmbedding : ConditionOrder::EmbeddingThenZ;
    if (!truncation_mode.empty()) options.truncation = truncation_mode_named(truncation_mode);
    if (depth > 0) options.depth = depth;
    options.bgr = bgr;
    options.licence = licence;
    if (!class_names.empty()) options.class_names = read_class_names(class_names);
    return open_checkpoint(path, options);
}

void RunOptions::add(CLI::App& command) {
    command.add_option("--precision", precision, "f32; bf16 where the processor has it; f16 on GPUs")
        ->check(CLI::IsMember({"f32", "bf16", "f16"}));
    add_engine(command);
}

void RunOptions::add_engine(CLI::App& command) {
    command.add_option("--threads", threads, "Threads (default: all processors)")->check(CLI::Range(1, 1024));
    command
        .add_option("--engine", library,
                    "auto (OpenVINO), openvino, torch, or cuda, which was not run on a GPU yet")
        ->check(CLI::IsMember({"auto", "openvino", "torch", "cuda"}));
}

EngineOptions RunOptions::engine() const {
    return {.precision = precision == "bf16"  ? Precision::BF16
                         : precision == "f16" ? Precision::F16
                                              : Precision::F32,
            .threads = threads,
            .engine = engine_kind_named(library).value_or(EngineKind::Auto)};
}

void print_notes(const std::vector<std::string>& notes) {
    for (const std::string& note : notes) fmt::print(stderr, "ganymede: note: {}\n", note);
}

std::string hash_of(const Checkpoint& checkpoint) {
    return checkpoint.hash.empty() ? data_hash(checkpoint.tensors) : checkpoint.hash;
}

}  // namespace gan
