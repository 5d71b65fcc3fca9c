#include "nodes/model.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/model_options.h"
#include "runtime/cli/progress.h"
#include "runtime/cli/sheet.h"
#include "runtime/model/classes.h"
#include "runtime/model/engine.h"
#include "runtime/model/latent.h"
#include "runtime/model/lower.h"
#include "runtime/model/safetensors.h"
#include "runtime/picture/png.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>

namespace gan {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* recipe_key =
    "ganymede.recipe";        // PNG text chunk: everything that makes the picture again
constexpr size_t batch = 16;  // pictures between two looks at Ctrl-C

/// What makes pictures, apart from the model: also what a picture carries to be made again.
struct Recipe {
    std::string classes;  // as parse_classes() reads them; empty: all in turn
    uint64_t seed = 0;    // picture i is made from seed + i
    int count = 1;
    int first = 0;          // the first picture's place in a longer run, for its class
    double truncation = 0;  // psi; 0: none
    std::string mode;       // empty: the model's own
    std::string tile;       // "", "x", "y", "xy"
    std::string grid = "1x1";
    int size = 0;  // pixels; 0: the network's
    int columns = 0;
    bool captions = false;
};

json to_json(const Recipe& r, const RunOptions& run, const std::string& model, const std::string& hash) {
    return {{"version", GAN_VERSION},
            {"model", model},
            {"model_sha256", hash},
            {"class", r.classes},
            {"seed", r.seed},
            {"count", r.count},
            {"first", r.first},
            {"truncation", r.truncation},
            {"mode", r.mode},
            {"tile", r.tile},
            {"grid", r.grid},
            {"size", r.size},
            {"columns", r.columns},
            {"captions", r.captions},
            {"precision", run.precision}};
}

Recipe recipe_from(const json& object, RunOptions& run) {
    Recipe r;
    object.at("class").get_to(r.classes);
    object.at("seed").get_to(r.seed);
    object.at("count").get_to(r.count);
    object.at("first").get_to(r.first);
    object.at("truncation").get_to(r.truncation);
    object.at("mode").get_to(r.mode);
    object.at("tile").get_to(r.tile);
    object.at("grid").get_to(r.grid);
    object.at("size").get_to(r.size);
    object.at("columns").get_to(r.columns);
    object.at("captions").get_to(r.captions);
    object.at("precision").get_to(run.precision);
    return r;
}

struct GenerateOptions {
    ModelOptions model;
    RunOptions run;
    Recipe recipe;
    std::string out;
    std::string from;
    std::string tensors;
};

Variant variant_of(const Recipe& recipe) {
    Variant variant{.wrap_x = recipe.tile.find('x') != std::string::npos,
                    .wrap_y = recipe.tile.find('y') != std::string::npos};
    const auto cross = recipe.grid.find('x');
    const auto number = [&](std::string_view text) {
        int value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 64)
            throw Error("--grid {} is no base grid; write for example 2x1 for a picture twice as wide",
                        recipe.grid);
        return value;
    };
    if (cross == std::string::npos)
        throw Error("--grid {} is no base grid; write for example 2x1 for a picture twice as wide",
                    recipe.grid);
    variant.grid_x = number(std::string_view(recipe.grid).substr(0, cross));
    variant.grid_y = number(std::string_view(recipe.grid).substr(cross + 1));
    return variant;
}

/// The class of each picture: those given, in turn; or all, spread evenly.
Conditioning class_of(int picture, const std::vector<Conditioning>& given, const Recipe& recipe,
                      const BigGanConfig& config) {
    if (!given.empty()) return given[static_cast<size_t>(recipe.first + picture) % given.size()];
    const int64_t step = std::max(1, config.classes / std::max(1, recipe.count));
    return {.classes = {{static_cast<int>((recipe.first + picture) * step % config.classes), 1.0f}}};
}

Latent latent_of(int picture, const Recipe& recipe, const BigGanConfig& config) {
    const uint64_t seed = recipe.seed + static_cast<uint64_t>(picture);
    const Latent latent = normal_latent(seed, config.dim_z);
    if (recipe.truncation == 0) return latent;
    const auto mode = recipe.mode.empty() ? config.truncation : *truncation_mode_named(recipe.mode);
    return truncate(latent, recipe.truncation, mode, seed);
}

void note_single_row(const BigGanConfig& config, double truncation) {
    if (truncation > 0 && config.stats_psi.size() < 2)
        print_notes(
            {"this model stores batch-norm statistics for untruncated latents only; truncation narrows its "
             "latents and leaves the statistics as they are"});
}

bool is_folder(const std::string& out) {
    return out.ends_with('/') || fs::is_directory(out);
}

std::string title_of(const GenerateOptions& options, const Checkpoint& checkpoint) {
    std::string title = fs::path(options.model.path).filename().string();
    if (!checkpoint.training.empty()) {
        const json training = json::parse(checkpoint.training, nullptr, false);
        if (training.is_object() && training.contains("label") && training["label"].is_string())
            title += " · " + training["label"].get<std::string>();
    }
    if (options.recipe.truncation > 0) title += fmt::format(" · truncation {:g}", options.recipe.truncation);
    return title;
}

int generate_pictures(GenerateOptions& options) {
    Recipe& recipe = options.recipe;
    const Checkpoint checkpoint = options.model.open();
    const BigGanConfig& config = checkpoint.config;
    print_notes(checkpoint.notes);
    note_single_row(config, recipe.truncation);
    const std::vector<Conditioning> given =
        recipe.classes.empty() ? std::vector<Conditioning>{} : parse_classes(recipe.classes, config);
    if (!given.empty()) {  // stored by index, so that names may change
        recipe.classes.clear();
        for (const Conditioning& mix : given)
            recipe.classes += (recipe.classes.empty() ? "" : ",") + class_text(mix);
    }
    const Variant variant = variant_of(recipe);
    if (recipe.truncation != 0)
        truncate({}, recipe.truncation, TruncationMode::Scale, 0);  // refuses before any work

    EngineOptions engine_options = options.run.engine();
    engine_options.batch = recipe.count;
    Engine engine(std::make_shared<Program>(lower(checkpoint)), engine_options);
    if (!engine.note().empty()) print_notes({engine.note()});
    const auto prepared = engine.prepare(variant);
    const std::string hash = hash_of(checkpoint);
    prepared.get();

    const int side = recipe.size > 0 ? recipe.size : config.resolution;
    SheetOptions sheet{.channels = config.image_channels,
                       .width = config.resolution * variant.grid_x,
                       .height = config.resolution * variant.grid_y,
                       .out_width = side * variant.grid_x,
                       .out_height = side * variant.grid_y,
                       .wrap_x = engine.played(variant).wrap_x,
                       .wrap_y = engine.played(variant).wrap_y,
                       .columns = recipe.columns,
                       .captions = recipe.captions,
                       .title = title_of(options, checkpoint)};
    const bool folder = is_folder(options.out);
    if (folder) fs::create_directories(options.out);
    if (!folder && static_cast<double>(sheet.out_width) * sheet.out_height * recipe.count > 1e9)
        throw Error("{} pictures of {}x{} are too many for one sheet; give a folder: --out pictures/",
                    recipe.count, sheet.out_width, sheet.out_height);

    // From the picture's folder, as patches name theirs: both may move together, and a picture that is shown
    // to others does not tell where its maker keeps things.
    const fs::path out = fs::absolute(options.out);
    const std::string model = fs::proximate(options.model.path, folder ? out : out.parent_path()).string();
    const size_t size = engine.picture_size(variant);
    std::vector<Tile> tiles;
    Progress progress("generating", static_cast<size_t>(recipe.count));
    for (int start = 0; start < recipe.count; start += static_cast<int>(batch)) {
        check_interrupted();
        const int count = std::min(static_cast<int>(batch), recipe.count - start);
        std::vector<float> z;
        std::vector<double> psi;
        std::vector<Conditioning> conditioning;
        for (int i = start; i < start + count; ++i) {
            const Latent latent = latent_of(i, recipe, config);
            z.insert(z.end(), latent.z.begin(), latent.z.end());
            psi.push_back(statistics_psi(latent.std));
            conditioning.push_back(class_of(i, given, recipe, config));
        }
        std::vector<float> rgb(static_cast<size_t>(count) * size);
        engine.run({.variant = variant, .z = z, .psi = psi, .conditioning = conditioning}, rgb);
        for (int i = 0; i < count; ++i) {
            const auto from = rgb.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(i) * size);
            Tile tile{{from, from + static_cast<ptrdiff_t>(size)},
                      fmt::format("{} · seed {}", class_caption(conditioning[static_cast<size_t>(i)], config),
                                  recipe.seed + static_cast<uint64_t>(start + i))};
            if (!folder) {
                tiles.push_back(std::move(tile));
                continue;
            }
            Recipe one = recipe;  // a picture of its own: remade alone
            one.classes = class_text(conditioning[static_cast<size_t>(i)]);
            one.seed = recipe.seed + static_cast<uint64_t>(start + i);
            one.count = 1;
            one.captions = false;
            write_png(
                fs::path(options.out) / fmt::format("{:05}.png", start + i), to_picture(tile, sheet),
                {{recipe_key, to_json(one, options.run, model, hash).dump()}, {"Software", "Ganymede"}});
        }
        progress.update(static_cast<size_t>(start + count));
    }
    if (folder) return 0;
    bool font_missing = false;
    const Picture8 picture = contact_sheet(tiles, sheet, font_missing);
    if (font_missing)
        print_notes(
            {"captions are left out: the font DejaVu Sans (package fonts-dejavu-core) is not installed"});
    write_png(options.out, picture,
              {{recipe_key, to_json(recipe, options.run, model, hash).dump()}, {"Software", "Ganymede"}});
    return 0;
}

/// `--from picture.png`: the recipe and the model come from the picture.
void take_recipe(GenerateOptions& options) {
    const auto texts = read_png_texts(options.from);
    const auto text = texts.find(recipe_key);
    if (text == texts.end())
        throw Error("{}: carries no recipe; Ganymede did not make it, or its text was stripped",
                    options.from);
    std::string model;
    std::string hash;
    try {
        const json recipe = json::parse(text->second);
        options.recipe = recipe_from(recipe, options.run);
        recipe.at("model").get_to(model);
        recipe.at("model_sha256").get_to(hash);
    } catch (const json::exception&) {
        throw Error("{}: its recipe is damaged", options.from);
    }
    if (options.recipe.count < 1 || options.recipe.count > 1'000'000 || options.recipe.size < 0 ||
        options.recipe.size > 16384 ||
        (!options.recipe.mode.empty() && !truncation_mode_named(options.recipe.mode)) ||
        (options.run.precision != "f32" && options.run.precision != "bf16" && options.run.precision != "f16"))
        throw Error("{}: its recipe is damaged", options.from);
    if (options.model.path.empty()) {
        try {
            const fs::path folder = fs::path(options.from).parent_path();
            options.model.path = find_model(folder, model, hash).lexically_normal().string();
        } catch (const Error&) {
            throw Error(
                "{}: was made with {}, which is no longer there; name the model: ganymede generate MODEL --from "
                "{}",
                options.from, model, options.from);
        }
    }
    if (const std::string found = hash_of(options.model.open()); found != hash)
        throw Error("{}: was made with another model (SHA-256 {:.12}) than {} ({:.12})", options.from, hash,
                    options.model.path, found);
}

/// `--tensors`: latents and classes as they are, pictures as floats.
int generate_tensors(const GenerateOptions& options) {
    const SafeTensors in = read_safetensors(options.tensors);
    const auto input = [&](const char* name) -> const Tensor& {
        const auto found = in.tensors.find(std::string_view(name));
        if (found == in.tensors.end()) throw Error("{}: has no tensor '{}'", options.tensors, name);
        return found->second;
    };
    const Checkpoint checkpoint = options.model.open();
    const BigGanConfig& config = checkpoint.config;
    print_notes(checkpoint.notes);
    note_single_row(config, options.recipe.truncation);
    const Tensor& z = input("input.z");
    const Tensor& y = input("input.y");
    if (z.shape.size() != 2 || z.dim(1) != config.dim_z || !z.is_floating())
        throw Error("{}: input.z is {} {}; this model needs (N, {}) floating-point numbers", options.tensors,
                    name_of(z.dtype), shape_text(z.shape), config.dim_z);
    const int64_t n = z.dim(0);
    std::vector<Conditioning> conditioning(static_cast<size_t>(n));
    if (y.shape.size() == 1 && y.dim(0) == n && !y.is_floating()) {
        const auto indices = y.to<int64_t>();
        for (size_t i = 0; i < conditioning.size(); ++i) {
            if (indices[i] < 0 || indices[i] >= config.classes)
                throw Error("{}: input.y holds class {}; this model has classes 0 to {}", options.tensors,
                            indices[i], config.classes - 1);
            conditioning[i].classes = {{static_cast<int>(indices[i]), 1.0f}};
        }
    } else if (y.shape.size() == 2 && y.dim(0) == n && y.dim(1) == config.classes && y.is_floating()) {
        const auto weights = y.to<float>();
        for (size_t i = 0; i < weights.size(); ++i)
            if (weights[i] != 0)
                conditioning[i / static_cast<size_t>(config.classes)].classes.push_back(
                    {static_cast<int>(i % static_cast<size_t>(config.classes)), weights[i]});
    } else {
        throw Error("{}: input.y is {} {}; this model needs ({},) class indices or ({}, {}) weights",
                    options.tensors, name_of(y.dtype), shape_text(y.shape), n, n, config.classes);
    }
    const Variant variant = variant_of(options.recipe);
    Engine engine(std::make_shared<Program>(lower(checkpoint)), options.run.engine());
    if (!engine.note().empty()) print_notes({engine.note()});
    engine.prepare(variant).get();
    const auto latents = z.to<float>();
    const auto dim = static_cast<size_t>(config.dim_z);
    const size_t size = engine.picture_size(variant);
    const double psi = options.recipe.truncation > 0 ? options.recipe.truncation : untruncated_psi;
    std::vector<float> rgb(static_cast<size_t>(n) * size);
    Progress progress("generating", static_cast<size_t>(n));
    for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
        check_interrupted();
        engine.run({.variant = variant,
                    .z = std::span(latents).subspan(i * dim, dim),
                    .psi = {&psi, 1},
                    .conditioning = {&conditioning[i], 1}},
                   std::span(rgb).subspan(i * size, size));
        progress.update(i + 1);
    }
    const int64_t side = config.resolution;
    SafeTensors out;
    out.tensors.emplace("output.image",
                        make_tensor(std::move(rgb), {n, config.image_channels, side * variant.grid_y,
                                                     side * variant.grid_x}));
    write_safetensors(options.out, out);
    return 0;
}

}  // namespace

void add_generate(CLI::App& app, Command& chosen) {
    auto* command = app.add_subcommand("generate", "Make pictures from a model");
    auto options = std::make_shared<GenerateOptions>();
    Recipe& recipe = options->recipe;
    options->model.add(*command, false);
    options->run.add(*command);
    command
        ->add_option(
            "--out,-o", options->out,
            "A .png (several pictures make a contact sheet), a folder/, or with --tensors a .safetensors")
        ->required();
    command->add_option("--class,-c", recipe.classes,
                        "Classes by name or number, one a picture in turn: tabby,3; a mix: tabby:0.3+3:0.7");
    command->add_option("--seed,-s", recipe.seed, "Picture i is made from seed + i (default 0)");
    command->add_option("--count,-n", recipe.count, "How many pictures (default 1)")
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--truncation,-t", recipe.truncation,
                        "psi in (0, 1]: less variety, more fidelity (default: none)");
    command
        ->add_option("--truncation-mode", recipe.mode, "scale, quantile or resample (default: the model's)")
        ->check(CLI::IsMember({"scale", "quantile", "resample"}));
    command->add_option("--tile", recipe.tile, "Make pictures that tile along x, y or xy")
        ->check(CLI::IsMember({"x", "y", "xy"}));
    command->add_option("--grid", recipe.grid, "Base grid WxH: 2x1 gives a picture twice as wide as trained");
    command
        ->add_option("--size", recipe.size, "Side of a picture in pixels, resampled (default: the network's)")
        ->check(CLI::Range(1, 16384));
    command->add_option("--columns", recipe.columns, "Columns of a contact sheet")
        ->check(CLI::Range(1, 10000));
    command->add_flag("--captions", recipe.captions, "Write class and seed under each picture of a sheet");
    auto* from = command->add_option("--from", options->from,
                                     "Make a picture again from the recipe that its PNG carries");
    auto* tensors = command->add_option(
        "--tensors", options->tensors,
        "Take input.z (N, dim_z) and input.y (N) or (N, classes) from a .safetensors as they are");
    from->excludes(tensors);
    for (const char* fixed : {"--class", "--seed", "--count", "--truncation", "--truncation-mode", "--tile",
                              "--grid", "--size", "--columns", "--captions", "--precision"})
        from->excludes(command->get_option(fixed));  // the recipe says them
    command->callback([options, &chosen] {
        chosen = [options] {
            if (!options->from.empty()) take_recipe(*options);
            if (options->model.path.empty())
                throw Error("name a model: ganymede generate MODEL --out picture.png");
            if (options->recipe.truncation != 0 &&
                !(options->recipe.truncation > 0 && options->recipe.truncation <= 1))
                throw Error(
                    "--truncation {} is out of range: it is above 0 and at most 1 (leave it out for none)",
                    options->recipe.truncation);
            return options->tensors.empty() ? generate_pictures(*options) : generate_tensors(*options);
        };
    });
}

}  // namespace gan
