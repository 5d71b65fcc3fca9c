#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "trainer/cli/commands.h"
#include "trainer/metrics/feature_network.h"
#include "trainer/run/initial.h"
#include "trainer/run/plan.h"
#include "trainer/run/training.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <sstream>

namespace gan {
namespace {

/// "key=value" lines as a map.
std::map<std::string, std::string> settings_of(const std::string& text) {
    std::map<std::string, std::string> settings;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (const size_t equals = line.find('='); equals != std::string::npos && line[0] != '#')
            settings[line.substr(0, equals)] = line.substr(equals + 1);
    return settings;
}

/// The settings in a run's file. An option that an older Ganymede did not know had what is now the default of
/// the run's preset.
std::map<std::string, std::string> settings_of_run(const std::string& text) {
    auto settings = settings_of(text);
    TrainConfig config;
    for (const Preset& preset : presets())
        if (settings["preset"] == '"' + preset.name + '"') config = preset.config;
    CLI::App defaults;
    add_options(defaults, config);
    // There was one epsilon for all batch norms.
    settings.try_emplace("output-bn-eps", settings["bn-eps"]);
    settings.merge(settings_of(defaults.config_to_str(true, false)));
    return settings;
}

/// A number is kept as it was typed, and read again as another may write it: 2e-4 is 0.0002.
bool same_value(const std::string& a, const std::string& b) {
    if (a == b) return true;
    double first = 0, second = 0;
    return CLI::detail::lexical_cast(a, first) && CLI::detail::lexical_cast(b, second) && first == second;
}

/// Keeps the options of a run in its folder; refuses to go on with others, but for those that decide only how
/// long, how it ends, how it is watched and what it is called.
void keep_options(const RunFolder& folder, const std::string& text) {
    static const std::set<std::string> free{
        "steps",      "decay-from",    "ema",           "device",      "threads",  "cache", "log-every",
        "save-every", "sheet-every",   "spectra-every", "keep",        "preset",   "out",   "score-every",
        "config",     "score-samples", "licence",       "on-collapse", "inception"};
    if (std::filesystem::exists(folder.config())) {
        auto before = settings_of_run(read_text(folder.config()));
        std::string differences;
        for (const auto& [name, value] : settings_of(text)) {
            if (free.contains(name)) continue;
            const std::string& was = before[name];  // empty is not written
            if (!same_value(was, value))
                differences +=
                    "\n  --" + name + " was " + (was.empty() ? "not given" : was) + ", is " + value;
        }
        if (!differences.empty())
            throw Error("{}: was begun with other options; give those, or another --out:{}",
                        folder.path().string(), differences);
    }
    AtomicFile file(folder.config());
    file.write(std::as_bytes(std::span(text)));
    file.commit();
}

/// The value of an option that decides what the others' defaults are, so is looked for before they are read.
std::string given(int argc, char** argv, const std::string& option) {
    std::string value;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == option && i + 1 < argc) value = argv[i + 1];
        if (argument.starts_with(option + "=")) value = argument.substr(option.size() + 1);
    }
    return value;
}

/// Options that are no part of TrainConfig.
struct Names {
    std::string out, preset;
};

/// Takes the options of a TOML file. (CLI11 reads the files of a whole program, not those of a subcommand.)
void read_options(const std::string& path, TrainConfig& config, Names& names) {
    CLI::App file;
    file.add_option("--out", names.out);
    file.add_option("--preset", names.preset);
    add_options(file, config);
    file.set_config("--config", path, "", /*required=*/true);
    file.allow_config_extras(CLI::config_extras_mode::error);
    try {
        file.parse(std::vector<std::string>{});
    } catch (const CLI::Error& error) {
        throw Error("{}: {}; its options are those of ganymede train, without dashes", path, error.what());
    }
}

Dataset pictures_of(const TrainConfig& config) {
    return open_pictures(config.data, config.pictures,
                         {.resolution = config.resolution,
                          .channels = config.image_channels,
                          .cache = config.cache,
                          .workers = config.threads});
}

int plan(const TrainConfig& config) {
    if (config.threads > 0) at::set_num_threads(config.threads);
    const Dataset data = pictures_of(config);
    fmt::print("{}", make_plan(config, data).text(config));
    return 0;
}

int train(const TrainConfig& config, const std::string& out, const std::string& options, bool only_export) {
    if (config.threads > 0) at::set_num_threads(config.threads);
    const Dataset data = pictures_of(config);
    for (const std::string& note : data.notes()) say(note);
    RunFolder folder(out);
    keep_options(folder, options);
    Training training(config, data, folder, say);
    if (!only_export) {
        if (config.score_every > 0)
            training.score_with({data, open_measure(config.inception), cache_folder(config.cache),
                                 config.score_samples, say});
        const Training::Ended ended = training.run();
        if (ended == Training::Ended::Interrupted)
            say(fmt::format("stopped after step {} and saved; the same command goes on", training.step()));
        if (ended != Training::Ended::Finished) return ended == Training::Ended::Collapsed ? 1 : 0;
    }
    say(fmt::format("measuring the statistics of step {}", training.step()));
    training.export_model();
    say(fmt::format("{0}: play it with `ganymede generate {0} --out pictures.png`", folder.model().string()));
    return 0;
}

}  // namespace

void add_train(CLI::App& app, Command& chosen, int argc, char** argv) {
    struct Options {
        TrainConfig config;
        Names names;
        std::string file, finished;
        bool show = false, plan = false;
    };
    const auto options = std::make_shared<Options>();
    TrainConfig& config = options->config;
    Names& names = options->names;
    options->finished = given(argc, argv, "--export");
    options->file =
        options->finished.empty() ? given(argc, argv, "--config") : options->finished + "/config.toml";
    // Defaults: of the preset; then the shapes of the networks to begin with; then the file.
    TrainConfig in_file;
    if (!options->file.empty()) read_options(options->file, in_file, names);
    if (const std::string preset = given(argc, argv, "--preset"); !preset.empty()) names.preset = preset;
    std::vector<std::string> known;
    for (const Preset& preset : presets()) {
        known.push_back(preset.name);
        if (preset.name == names.preset) config = preset.config;
    }
    const std::string init = given(argc, argv, "--init");
    if (!init.empty() || !in_file.init.empty())
        take_networks(config, open_initial(init.empty() ? in_file.init : init));
    if (Names ignored; !options->file.empty()) read_options(options->file, config, ignored);

    CLI::App* command = app.add_subcommand("train", "Train a BigGAN on pictures");
    command->add_option("--out", names.out, "The run's folder")->capture_default_str();
    command->add_option("--preset", names.preset, "A set of options to begin with")
        ->capture_default_str()
        ->check(CLI::IsMember(known));
    add_options(*command, config);
    command->add_option("--config", options->file, "A file of options: name = value, TOML")
        ->configurable(false);
    command
        ->add_option(
            "--export", options->finished,
            "Measure the statistics of this run's last checkpoint, write its model.safetensors, and end")
        ->configurable(false)
        ->check(CLI::ExistingDirectory);
    command->add_flag("--show-config", options->show, "Print all options, as a file for --config, and end")
        ->configurable(false);
    command
        ->add_flag("--plan", options->plan, "Print what a run would take: parameters, memory, time; and end")
        ->configurable(false);
    command->callback([options, command, &chosen] {
        std::string& out = options->names.out;
        if (!options->finished.empty()) out = options->finished;
        if (!options->show && !options->plan && out.empty()) throw CLI::RequiredError("--out");
        chosen = [options, command] {
            if (options->plan) return plan(options->config);
            if (!options->show)
                return train(options->config, options->names.out, command->config_to_str(true, false),
                             !options->finished.empty());
            std::fputs(command->config_to_str(true, true).c_str(), stdout);
            return 0;
        };
    });
}

}  // namespace gan
