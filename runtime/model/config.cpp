#include "runtime/model/config.h"

#include "runtime/base/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 2> family_names{"biggan", "biggan-deep"};
constexpr std::array<std::string_view, 4> activation_names{"relu", "leaky_relu", "elu", "gelu"};
constexpr std::array<std::string_view, 3> truncation_names{"scale", "quantile", "resample"};
constexpr std::array<std::string_view, 4> distribution_names{"normal", "uniform", "bernoulli",
                                                             "censored-normal"};

template <class Enum, size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

template <class T>
T field(const json& object, const char* name, const std::string& source) {
    try {
        return object.at(name).get<T>();
    } catch (const json::exception&) {
        throw Error("{}: its config has no valid '{}'", source, name);
    }
}

template <class Enum, size_t N>
Enum enum_field(const json& object, const char* name, const std::array<std::string_view, N>& names,
                const std::string& source) {
    const auto value = named<Enum>(names, field<std::string>(object, name, source));
    if (!value) throw Error("{}: its config has an unknown '{}'", source, name);
    return *value;
}

}  // namespace

int BigGanConfig::first_chunk() const {
    return family == Family::BigGan && hierarchical ? dim_z / (blocks() + 1) : dim_z;
}

std::vector<int> reference_multipliers(int resolution) {
    switch (resolution) {
        case 32:
            return {4, 4, 4, 4};
        case 64:
            return {16, 16, 8, 4, 2};
        case 128:
            return {16, 16, 8, 4, 2, 1};
        case 256:
            return {16, 16, 8, 8, 4, 2, 1};
        case 512:
            return {16, 16, 8, 8, 4, 2, 1, 1};
        default:
            return {};
    }
}

void validate(const BigGanConfig& config, const std::string& source) {
    const auto require = [&](bool holds, std::string_view what) {
        if (!holds) throw Error("{}: its config is not one of a BigGAN: {}", source, what);
    };
    require(config.widths.size() >= 2 && config.widths.size() <= 10, "it needs 1 to 9 stages");
    require(config.resolution == 4 << config.stages(), "resolution must be 4 * 2^stages");
    for (int width : config.widths) require(width >= 1 && width <= 1 << 16, "widths must be 1 to 65536");
    require(config.depth >= 1 && config.depth <= 16, "depth must be 1 to 16");
    require(config.family == Family::BigGanDeep || config.depth == 1, "biggan has one block a stage");
    require(config.dim_z >= 1 && config.dim_z <= 1 << 16, "dim_z must be 1 to 65536");
    require(config.classes >= 1 && config.classes <= 1 << 24, "classes must be 1 to 16777216");
    require(config.shared_dim >= 0 && config.shared_dim <= 1 << 16, "shared_dim must be 0 to 65536");
    require(config.image_channels == 1 || config.image_channels == 3 || config.image_channels == 4,
            "image_channels must be 1, 3 or 4");
    require(config.family == Family::BigGan || (config.shared() && config.hierarchical),
            "biggan-deep embeds classes and is hierarchical");
    require(!config.hierarchical || config.shared(), "a hierarchical latent needs embedded classes");
    if (config.family == Family::BigGan && config.hierarchical)
        require(config.dim_z % (config.blocks() + 1) == 0, "dim_z must split evenly over the blocks");
    for (double eps : {config.bn_eps, config.output_bn_eps, config.sn_eps})
        require(eps >= 0 && eps < 1, "eps must be 0 to 1");
    for (int attended : config.attention) {
        bool found = false;
        for (int stage = 1; stage <= config.stages(); ++stage) found |= attended == 4 << stage;
        require(found, "attention must name resolutions of its stages");
    }
    for (size_t i = 0; i < config.stats_psi.size(); ++i) {
        require(std::isfinite(config.stats_psi[i]) && config.stats_psi[i] >= 0,
                "stats_psi must not be negative");
        require(i == 0 || config.stats_psi[i - 1] < config.stats_psi[i], "stats_psi must ascend");
    }
    require(config.class_names.empty() || config.class_names.size() == static_cast<size_t>(config.classes),
            "there must be one name a class");
}

json to_json(const BigGanConfig& config) {
    return {
        {"family", name_of(config.family)},
        {"resolution", config.resolution},
        {"channels", config.channels},
        {"widths", config.widths},
        {"depth", config.depth},
        {"attention", config.attention},
        {"dim_z", config.dim_z},
        {"shared_dim", config.shared_dim},
        {"classes", config.classes},
        {"hierarchical", config.hierarchical},
        {"image_channels", config.image_channels},
        {"tileable", config.tileable},
        {"bn_eps", config.bn_eps},
        {"output_bn_eps", config.output_bn_eps},
        {"sn_eps", config.sn_eps},
        {"activation", name_of(config.activation)},
        {"latent", name_of(config.latent)},
        {"truncation", name_of(config.truncation)},
        {"stats_psi", config.stats_psi},
    };
}

BigGanConfig config_from_json(const json& object, const std::string& source) {
    BigGanConfig config;
    config.family = enum_field<Family>(object, "family", family_names, source);
    config.resolution = field<int>(object, "resolution", source);
    config.channels = field<int>(object, "channels", source);
    config.widths = field<std::vector<int>>(object, "widths", source);
    config.depth = field<int>(object, "depth", source);
    config.attention = field<std::vector<int>>(object, "attention", source);
    config.dim_z = field<int>(object, "dim_z", source);
    config.shared_dim = field<int>(object, "shared_dim", source);
    config.classes = field<int>(object, "classes", source);
    config.hierarchical = field<bool>(object, "hierarchical", source);
    config.image_channels = field<int>(object, "image_channels", source);
    // Files from before there were such networks do not say.
    config.tileable = object.contains("tileable") && field<bool>(object, "tileable", source);
    config.bn_eps = field<double>(object, "bn_eps", source);
    config.output_bn_eps = field<double>(object, "output_bn_eps", source);
    config.sn_eps = field<double>(object, "sn_eps", source);
    config.activation = enum_field<Activation>(object, "activation", activation_names, source);
    if (object.contains("latent"))  // as with tileable
        config.latent = enum_field<LatentDistribution>(object, "latent", distribution_names, source);
    config.truncation = enum_field<TruncationMode>(object, "truncation", truncation_names, source);
    config.stats_psi = field<std::vector<double>>(object, "stats_psi", source);
    return config;
}

std::string_view name_of(Family family) {
    return family_names[static_cast<size_t>(family)];
}
std::string_view name_of(Activation activation) {
    return activation_names[static_cast<size_t>(activation)];
}
std::string_view name_of(TruncationMode mode) {
    return truncation_names[static_cast<size_t>(mode)];
}
std::string_view name_of(LatentDistribution distribution) {
    return distribution_names[static_cast<size_t>(distribution)];
}
std::optional<Activation> activation_named(std::string_view name) {
    return named<Activation>(activation_names, name);
}
std::optional<TruncationMode> truncation_mode_named(std::string_view name) {
    return named<TruncationMode>(truncation_names, name);
}

}  // namespace gan
