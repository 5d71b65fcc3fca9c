#include "runtime/model/checkpoint.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/model/infer_config.h"
#include "runtime/model/layouts.h"
#include "runtime/model/safetensors.h"
#include "runtime/model/torch_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace gan {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* format_key = "ganymede.format";
constexpr const char* format_version = "1";

/// Everything a file says, before anything is made of it.
struct Raw {
    StateDict tensors;
    std::map<std::string, std::string, std::less<>> metadata;          // safetensors
    std::map<std::string, PickleScalar, std::less<>> scalars;          // torch.save
    std::optional<json> hub_config;                                    // Hugging Face's config.json
    std::map<std::string, PickleScalar, std::less<>> reference_notes;  // the reference's state_dict.pth
};

json parse_json(const std::string& text, const std::string& source) {
    json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_discarded()) throw Error("{}: is not valid JSON", source);
    return parsed;
}

Raw read_file(const fs::path& path) {
    const auto file = MappedFile::open(path);
    Raw raw;
    if (is_torch_file(file->bytes())) {
        TorchFile torch = parse_torch_file(file->bytes(), file, path.string());
        raw.tensors = std::move(torch.tensors);
        raw.scalars = std::move(torch.scalars);
    } else {
        SafeTensors contents = parse_safetensors(file->bytes(), file, path.string());
        raw.tensors = std::move(contents.tensors);
        raw.metadata = std::move(contents.metadata);
    }
    return raw;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// The generator's file in a training folder of the reference (G_ema.pth, G.pth, G_best0.pth, ...) or of
/// StudioGAN (model=G_ema-best-weights-step=....pth); none when there is no such file.
std::optional<fs::path> generator_file(const fs::path& folder, WeightsChoice choice) {
    std::vector<std::pair<int, std::string>> ranked;  // lowest first
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        std::string_view stem = name;
        if (!name.ends_with(".pth") && !name.ends_with(".safetensors")) continue;
        if (stem.starts_with("model=")) stem.remove_prefix(6);
        if (!stem.starts_with("G") || contains(stem, "optim")) continue;
        const bool ema = stem.starts_with("G_ema");
        if ((choice == WeightsChoice::Ema && !ema) || (choice == WeightsChoice::Raw && ema)) continue;
        const bool plain = stem == "G.pth" || stem == "G_ema.pth" || contains(stem, "-best-");
        ranked.emplace_back((ema ? 0 : 2) + (plain ? 0 : 1), name);
    }
    if (ranked.empty()) return std::nullopt;
    return folder / std::min_element(ranked.begin(), ranked.end())->second;
}

Raw read_folder(const fs::path& folder, WeightsChoice choice) {
    if (fs::exists(folder / "config.json")) {
        for (const char* name : {"pytorch_model.bin", "model.safetensors"}) {
            if (!fs::exists(folder / name)) continue;
            Raw raw = read_file(folder / name);
            raw.hub_config =
                parse_json(read_text(folder / "config.json", 1 << 20), (folder / "config.json").string());
            return raw;
        }
    }
    const auto file = generator_file(folder, choice);
    if (!file)
        throw Error(
            "{}: holds neither config.json with pytorch_model.bin nor a generator such as G_ema.pth; name "
            "the file",
            folder.string());
    Raw raw = read_file(*file);
    if (fs::exists(folder / "state_dict.pth"))
        raw.reference_notes = read_torch_file(folder / "state_dict.pth").scalars;
    return raw;
}

std::optional<double> number(const std::map<std::string, PickleScalar, std::less<>>& scalars,
                             std::string_view name) {
    const auto found = scalars.find(name);
    if (found == scalars.end()) return std::nullopt;
    if (const auto* real = std::get_if<double>(&found->second)) return *real;
    if (const auto* integer = std::get_if<int64_t>(&found->second)) return static_cast<double>(*integer);
    return std::nullopt;
}

Checkpoint from_native(Raw raw, const std::string& source) {
    const auto text = [&](const char* key) -> std::string {
        const auto found = raw.metadata.find(std::string_view(key));
        return found == raw.metadata.end() ? std::string() : found->second;
    };
    if (text(format_key) != format_version)
        throw Error(
            "{}: is of format version {}, which this version of Ganymede does not know; update Ganymede",
            source, text(format_key));
    Checkpoint checkpoint;
    checkpoint.config =
        config_from_json(parse_json(text("ganymede.config"), source + ": its config"), source);
    if (const std::string names = text("ganymede.class_names"); !names.empty()) {
        const json list = parse_json(names, source + ": its class names");
        for (const json& name : list)
            checkpoint.config.class_names.push_back(name.is_string() ? name.get<std::string>() : "");
    }
    const auto plain = [&](const char* key) -> std::string {
        const std::string value = text(key);
        if (value.empty()) return {};
        const json parsed = parse_json(value, source + ": its " + key);
        return parsed.is_string() ? parsed.get<std::string>() : parsed.dump();
    };
    checkpoint.licence = plain("ganymede.licence");
    checkpoint.training = text("ganymede.training");
    checkpoint.source = "native";
    checkpoint.hash = text(weights_hash_key);
    checkpoint.tensors = std::move(raw.tensors);
    return checkpoint;
}

const Found& choose(const std::vector<Found>& found, WeightsChoice choice, const std::string& source) {
    const bool want_ema = choice != WeightsChoice::Raw;
    for (const Found& candidate : found)
        if (candidate.ema == want_ema) return candidate;
    if (choice == WeightsChoice::Ema)
        throw Error("{}: holds no moving average of the generator; use --weights raw", source);
    return found.front();
}

/// Hugging Face's layer list, checked against what names and shapes say.
void apply_hub_config(const json& hub, Checkpoint& checkpoint, const std::string& source) {
    const auto& config = checkpoint.config;
    if (!hub.is_object()) throw Error("{}: config.json must be an object", source);
    if (const auto eps = hub.find("eps"); eps != hub.end() && eps->is_number()) {
        checkpoint.config.bn_eps = checkpoint.config.output_bn_eps = eps->get<double>();
        checkpoint.config.sn_eps = eps->get<double>();
    }
    const auto disagrees = [&](const char* name, int ours) {
        const auto field = hub.find(name);
        if (field != hub.end() && field->is_number_integer() && field->get<int64_t>() != ours)
            throw Error("{}: config.json says {} {}, but the weights are of {}", source, name, field->dump(),
                        ours);
    };
    disagrees("output_dim", config.resolution);
    disagrees("z_dim", config.dim_z);
    disagrees("num_classes", config.classes);
}

/// Which rows of psi the statistics have; every layer must agree.
void find_statistics(Checkpoint& checkpoint, const std::string& source) {
    const auto found = checkpoint.tensors.find("output_layer.0.stored_means");
    if (found == checkpoint.tensors.end() || !checkpoint.config.stats_psi.empty()) return;
    const int64_t rows = found->second.dim(0);
    if (rows < 2 || rows > 10'000)
        throw Error("{}: has {} rows of batch-norm statistics; 2 or more are needed", source, rows);
    // TF-Hub's modules: row i holds psi i / (rows - 1).
    for (int64_t row = 0; row < rows; ++row)
        checkpoint.config.stats_psi.push_back(static_cast<double>(row) / static_cast<double>(rows - 1));
}

Checkpoint import(Raw raw, const ImportOptions& options, const std::string& source) {
    const auto found = find_generators(raw.tensors);
    if (found.empty())
        throw Error(
            "{}: holds no BigGAN generator that Ganymede knows: none of its {} tensors has a name that one "
            "needs",
            source, raw.tensors.size());
    const Found& chosen = choose(found, options.weights, source);

    Checkpoint checkpoint;
    std::optional<bool> z_first;
    if (options.condition_order) z_first = *options.condition_order == ConditionOrder::ZThenEmbedding;
    checkpoint.tensors = to_reference(raw.tensors, chosen, z_first, source);
    checkpoint.config = infer_config(checkpoint.tensors, options.depth, source);
    BigGanConfig& config = checkpoint.config;
    auto& notes = checkpoint.notes;

    switch (chosen.layout) {
        case Layout::Reference:
            checkpoint.source = "reference";
            if (checkpoint.tensors.contains("linear.u0") && !checkpoint.tensors.contains("linear.sv0")) {
                checkpoint.source = "tf-hub";
                config.bn_eps = config.output_bn_eps = config.sn_eps = 1e-4;
                config.truncation = TruncationMode::Scale;
                notes.emplace_back(
                    "converted from TF-Hub (no sv0 stored): eps 1e-4 is assumed in every normalisation");
            }
            break;
        case Layout::HuggingFace:
            checkpoint.source = "huggingface";
            config.bn_eps = config.output_bn_eps = config.sn_eps = 1e-4;
            config.truncation = TruncationMode::Scale;
            break;
        case Layout::StudioGan:
            checkpoint.source = "studiogan";
            config.bn_eps = config.output_bn_eps = 1e-4;
            break;
        case Layout::MmGeneration:
            checkpoint.source = "mmgeneration";
            notes.emplace_back(
                "MMGeneration trains on blue-first pictures: if reds and blues are swapped, import with "
                "--bgr");
            break;
    }
    if (raw.hub_config) apply_hub_config(*raw.hub_config, checkpoint, source);
    if (const auto eps = number(raw.reference_notes, "config.BN_eps")) config.bn_eps = *eps;
    if (const auto eps = number(raw.reference_notes, "config.SN_eps")) config.sn_eps = *eps;
    // A reference state dict in safetensors may carry its settings as plain metadata.
    const auto metadata_number = [&](const char* key, double& value) {
        const auto entry = raw.metadata.find(std::string_view(key));
        if (entry == raw.metadata.end()) return;
        double parsed = 0;
        const char* end = entry->second.data() + entry->second.size();
        if (std::from_chars(entry->second.data(), end, parsed).ptr == end) value = parsed;
    };
    metadata_number("bn_eps", config.bn_eps);
    metadata_number("sn_eps", config.sn_eps);
    find_statistics(checkpoint, source);

    if (options.bn_eps) config.bn_eps = *options.bn_eps;
    if (options.output_bn_eps) config.output_bn_eps = *options.output_bn_eps;
    if (options.sn_eps) config.sn_eps = *options.sn_eps;
    if (options.activation) config.activation = *options.activation;
    if (options.truncation) config.truncation = *options.truncation;
    std::erase_if(
        checkpoint.tensors, [](const auto& entry) {  // log values, and singular vectors beyond the first
            const std::string_view leaf = std::string_view(entry.first).substr(entry.first.rfind('.') + 1);
            return leaf.starts_with("sv") || (leaf.size() >= 2 && leaf.front() == 'u' && leaf != "u0");
        });
    return checkpoint;
}

/// Blue and red rows change places, in what makes sigma as well.
void swap_colours(StateDict& tensors) {
    for (const char* name : {"output_layer.2.weight", "output_layer.2.bias", "output_layer.2.u0"}) {
        const auto found = tensors.find(std::string_view(name));
        if (found == tensors.end()) continue;
        auto values = found->second.to<float>();
        const bool row_vector = std::string_view(name).ends_with("u0");
        const size_t rows = static_cast<size_t>(row_vector ? found->second.count() : found->second.dim(0));
        if (rows < 3) continue;
        const size_t size = values.size() / rows;
        std::swap_ranges(values.begin(), values.begin() + static_cast<ptrdiff_t>(size),
                         values.begin() + static_cast<ptrdiff_t>(2 * size));
        found->second = make_tensor(std::move(values), found->second.shape);
    }
}

}  // namespace

Checkpoint open_checkpoint(const fs::path& path, const ImportOptions& options) {
    const std::string source = path.string();
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw Error("{}: there is no such file or folder", source);
    Raw raw = fs::is_directory(path) ? read_folder(path, options.weights) : read_file(path);
    // A lone pytorch_model.bin has its configuration beside it.
    if (path.filename() == "pytorch_model.bin" && fs::exists(path.parent_path() / "config.json", ignored))
        raw.hub_config = parse_json(read_text(path.parent_path() / "config.json", 1 << 20), source);
    Checkpoint checkpoint = raw.metadata.contains(std::string_view(format_key))
                                ? from_native(std::move(raw), source)
                                : import(std::move(raw), options, source);
    if (options.bgr) swap_colours(checkpoint.tensors);
    if (!options.licence.empty()) checkpoint.licence = options.licence;
    if (!options.class_names.empty()) {
        if (options.class_names.size() != static_cast<size_t>(checkpoint.config.classes))
            throw Error("{}: has {} classes, but {} class names were given", source,
                        checkpoint.config.classes, options.class_names.size());
        checkpoint.config.class_names = options.class_names;
    }
    validate(checkpoint.config, source);
    return checkpoint;
}

std::string stored_hash(const std::filesystem::path& path) {
    try {
        const SafeTensors contents = read_safetensors(path);
        const auto found = contents.metadata.find(weights_hash_key);
        return found == contents.metadata.end() ? std::string() : found->second;
    } catch (const Error&) {
        return {};
    }
}

std::string save_checkpoint(const fs::path& path, const Checkpoint& checkpoint, OnInterrupt on_interrupt) {
    validate(checkpoint.config, path.string());
    SafeTensors contents{.tensors = checkpoint.tensors};
    const auto dump = [](const json& value) {
        return value.dump(-1, ' ', false, json::error_handler_t::replace);
    };
    contents.metadata = {
        {format_key, format_version},
        {"ganymede.config", dump(to_json(checkpoint.config))},
    };
    if (!checkpoint.config.class_names.empty())
        contents.metadata["ganymede.class_names"] = dump(checkpoint.config.class_names);
    if (!checkpoint.licence.empty()) contents.metadata["ganymede.licence"] = dump(checkpoint.licence);
    if (!checkpoint.training.empty()) contents.metadata["ganymede.training"] = checkpoint.training;
    return write_safetensors(path, contents, weights_hash_key, on_interrupt);
}

std::vector<std::string> read_class_names(const fs::path& path) {
    const std::string text = read_text(path, 16 << 20);
    std::vector<std::string> names;
    if (path.extension() != ".json") {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            if (line.ends_with('\r')) line.pop_back();
            names.push_back(line);
        }
        while (!names.empty() && names.back().empty()) names.pop_back();
        return names;
    }
    const json parsed = parse_json(text, path.string());
    const auto name_in = [&](const json& value) {
        if (value.is_string()) return value.get<std::string>();
        if (value.is_array() && !value.empty() && value.back().is_string())
            return value.back().get<std::string>();
        throw Error("{}: a class name must be text, or a pair of id and text", path.string());
    };
    if (parsed.is_array()) {
        for (const json& value : parsed) names.push_back(name_in(value));
        return names;
    }
    if (!parsed.is_object()) throw Error("{}: class names must be a list or an object", path.string());
    names.resize(parsed.size());
    for (const auto& [key, value] : parsed.items()) {
        const bool digits = !key.empty() && key.size() < 9 && std::all_of(key.begin(), key.end(), ::isdigit);
        if (!digits || std::stoul(key) >= names.size())
            throw Error("{}: '{}' is not a class index below {}", path.string(), key, names.size());
        names[std::stoul(key)] = name_in(value);
    }
    return names;
}

}  // namespace gan
