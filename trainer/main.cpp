#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "trainer/data/textures.h"
#include "trainer/recipe/random.h"
#include "trainer/run/training.h"

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <sstream>

namespace {

void on_signal(int number) {
    gan::request_interrupt();
    std::signal(number, SIG_DFL);
}

void say(const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
}

gan::Dataset open_data(const gan::TrainConfig& config) {
    gan::DatasetOptions options{.resolution = config.resolution,
                                .channels = config.image_channels,
                                .cache = config.cache,
                                .workers = config.threads};
    options.progress = [](int64_t done, int64_t total) {
        if (done % 1000 == 0 || done == total)
            std::fprintf(stderr, "\rpictures: %lld of %lld%s", static_cast<long long>(done),
                         static_cast<long long>(total), done == total ? "\n" : "");
    };
    if (config.data != "textures") return gan::Dataset::open(config.data, options);
    const auto classes = gan::texture_classes();
    std::vector<std::string> names;
    for (const gan::TextureClass& kind : classes) names.emplace_back(kind.name);
    const int count = static_cast<int>(classes.size());
    const auto picture = [&config, count](int64_t index) {
        return gan::texture(static_cast<int>(index % count), static_cast<uint64_t>(index / count),
                            config.resolution);
    };
    return gan::Dataset::generate(config.pictures, count, names, picture, options, "textures 1");
}

/// "key=value" lines as a map.
std::map<std::string, std::string> settings_of(const std::string& text) {
    std::map<std::string, std::string> settings;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (const size_t equals = line.find('='); equals != std::string::npos && line[0] != '#')
            settings[line.substr(0, equals)] = line.substr(equals + 1);
    return settings;
}

/// Keeps the options of a run in its folder; refuses to go on with others, but for those that decide only how
/// long and how it is watched.
void keep_options(const gan::RunFolder& folder, const std::string& text) {
    static const std::set<std::string> free{"steps",      "threads",     "cache",         "log-every",
                                            "save-every", "sheet-every", "spectra-every", "keep",
                                            "preset",     "out",         "config"};
    if (std::filesystem::exists(folder.config())) {
        const auto before = settings_of(gan::read_text(folder.config()));
        std::string differences;
        for (const auto& [name, value] : settings_of(text)) {
            const auto found = before.find(name);
            if (free.contains(name) || (found != before.end() && found->second == value)) continue;
            differences += "\n  --" + name + " was " + (found == before.end() ? "not there" : found->second) +
                           ", is " + value;
        }
        if (!differences.empty())
            throw gan::Error("{}: was begun with other options; give those, or another --out:{}",
                             folder.path().string(), differences);
    }
    gan::AtomicFile file(folder.config());
    file.write(std::as_bytes(std::span(text)));
    file.commit();
}

int train(const gan::TrainConfig& config, const std::string& out, const std::string& options) {
    if (config.threads > 0) at::set_num_threads(config.threads);
    const gan::Dataset data = open_data(config);
    for (const std::string& note : data.notes()) say(note);
    gan::RunFolder folder(out);
    keep_options(folder, options);
    gan::Training training(config, data, folder, say);
    if (!training.run()) {
        say("stopped after step " + std::to_string(training.step()) + " and saved; the same command goes on");
        return 0;
    }
    training.export_model();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app{"Ganymede's trainer", "ganymede"};
    app.require_subcommand(1);
    gan::TrainConfig config;
    std::string out;
    CLI::App* command = app.add_subcommand("train", "Train a BigGAN on pictures");
    CLI::Option* folder = command->add_option("--out", out, "The run's folder");
    std::string preset;
    // Options are bound to the preset's values: it is looked for before the rest is read.
    for (int i = 1; i + 1 < argc; ++i)
        if (std::string(argv[i]) == "--preset") preset = argv[i + 1];
    std::vector<std::string> names;
    for (const gan::Preset& known : gan::presets()) {
        names.push_back(known.name);
        if (known.name == preset) config = known.config;
    }
    command->add_option("--preset", preset, "A set of options to begin with")->check(CLI::IsMember(names));
    gan::add_options(*command, config);
    command->set_config("--config", "", "A file of options: name = value, TOML");
    bool show = false;
    command->add_flag("--show-config", show, "Print all options, as a file for --config, and end")
        ->configurable(false);
    try {
        app.parse(argc, argv);
        const std::string options = command->config_to_str(true, false);
        if (!show && folder->empty()) throw CLI::RequiredError("--out");
        if (show) {
            std::fputs(command->config_to_str(true, true).c_str(), stdout);
            return 0;
        }
        return train(config, out, options);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const gan::Interrupted&) {
        std::fputs("ganymede: interrupted; nothing unfinished was left behind\n", stderr);
        return 130;
    } catch (const std::bad_alloc&) {
        std::fputs("ganymede: there is not enough memory for this\n", stderr);
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ganymede: %s\n", error.what());
        return 1;
    }
}
