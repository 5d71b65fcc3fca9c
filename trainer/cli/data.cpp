#include "runtime/base/error.h"
#include "runtime/picture/png.h"
#include "trainer/cli/commands.h"
#include "trainer/data/check.h"
#include "trainer/data/in_order.h"
#include "trainer/data/textures.h"
#include "trainer/metrics/texture_network.h"
#include "trainer/recipe/random.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace gan {
namespace {

namespace fs = std::filesystem;

struct TextureOptions {
    std::string out;
    std::vector<std::string> classes;
    int64_t count = 100;  // of each class
    int resolution = 256;
    uint64_t seed = 0;
};

/// The classes asked for, as indices; all when none are.
std::vector<int> indices_of(const std::vector<std::string>& names) {
    const auto known = texture_classes();
    std::vector<int> indices;
    for (const std::string& name : names) {
        const auto found = std::ranges::find(known, name, &TextureClass::name);
        if (found == known.end()) {
            std::string all;
            for (const TextureClass& kind : known) all += (all.empty() ? "" : ", ") + std::string(kind.name);
            throw Error("there is no texture {}; there are {}", name, all);
        }
        indices.push_back(static_cast<int>(found - known.begin()));
    }
    if (indices.empty())
        for (int i = 0; i < static_cast<int>(known.size()); ++i) indices.push_back(i);
    return indices;
}

/// A folder a class. Pictures that are there already are left as they are, so that the same command goes on.
int write_textures(const TextureOptions& options) {
    const std::vector<int> classes = indices_of(options.classes);
    const auto known = texture_classes();
    const fs::path out = options.out;
    for (const int kind : classes) fs::create_directories(out / known[static_cast<size_t>(kind)].name);
    const int64_t total = options.count * static_cast<int64_t>(classes.size());
    const auto progress = progress_line("textures");
    run_in_order(total, 0, [&](int64_t i) -> Job {
        return [&, i]() -> Finish {
            const int kind = classes[static_cast<size_t>(i / options.count)];
            const int64_t number = i % options.count;
            const fs::path path =
                out / known[static_cast<size_t>(kind)].name / fmt::format("{:06}.png", number);
            if (!fs::exists(path))
                write_png(path,
                          texture(kind, options.seed + static_cast<uint64_t>(number), options.resolution),
                          {});
            return [&, i] { progress(i + 1, total); };
        };
    });
    return 0;
}

int check(const std::string& folder, bool as_json) {
    const DataReport report = check_data(folder, 0, progress_line("pictures"));
    fmt::print("{}", as_json ? to_json(report).dump(2) + "\n" : to_text(report));
    return report.problems.empty() ? 0 : 1;
}

/// The network that scores are measured with where there is no Inception: trained on textures rolled about,
/// and held to others that it has not seen.
int train_features(const std::string& out, int64_t pictures, int64_t steps, const std::string& cache,
                   uint64_t seed) {
    const Dataset data = open_pictures("textures", pictures, {.resolution = 64, .cache = cache});
    constexpr int64_t batch = 64;
    const int64_t held_out = data.size() / 10;
    const auto batch_of = [&](int64_t step, int64_t first, int64_t count) {
        TextureBatch result{at::empty({batch, 64, 64, 3}, at::kByte), at::empty({batch}, at::kLong)};
        for (int64_t n = 0; n < batch; ++n) {
            Random random(seed, Stream::Order, step, 0, n);
            const int64_t index = first + random.below(count);
            const at::Tensor picture =
                at::from_blob(const_cast<uint8_t*>(data.picture(index).data()), {64, 64, 3}, at::kByte);
            result.images[n].copy_(picture.roll({random.below(64), random.below(64)}, {0, 1}));
            result.labels[n] = data.label(index);
        }
        return result;
    };
    int64_t step = 0;
    const TextureNetwork network = train_texture_network(
        [&] { return batch_of(step++, held_out, data.size() - held_out); }, data.class_names(), steps, seed,
        [&](const TextureStep& now) {
            if (now.step % 100 == 0)
                say(fmt::format("step {}/{}  loss {:.3f}  right {:.0f} %", now.step, steps, now.loss,
                                now.accuracy * 100));
        });
    const double right = texture_accuracy(
        network, [&] { return batch_of(step++, 0, held_out); }, 32);
    const std::string hash = save_texture_network(network, out);
    say(fmt::format("{}: names {:.1f} % of textures it has not seen; weights {}", out, right * 100,
                    hash.substr(0, 8)));
    return 0;
}

}  // namespace

void add_data(CLI::App& app, Command& chosen) {
    CLI::App* data = app.add_subcommand("data", "Pictures to train on");
    data->require_subcommand(1);

    CLI::App* textures =
        data->add_subcommand("textures", "Write the procedural textures as files, a folder a class");
    const auto options = std::make_shared<TextureOptions>();
    textures->add_option("--out,-o", options->out, "The folder")->required();
    textures->add_option("--class,-c", options->classes, "Only these, by name (default: all)")
        ->delimiter(',');
    textures->add_option("--count,-n", options->count, "Pictures of each class (default 100)")
        ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
    textures->add_option("--resolution", options->resolution, "Pixels a side (default 256)")
        ->check(CLI::Range(8, 2048));
    textures->add_option("--seed,-s", options->seed,
                         "Picture i of a class is made from seed + i (default 0)");
    textures->callback([options, &chosen] { chosen = [options] { return write_textures(*options); }; });

    CLI::App* checked =
        data->add_subcommand("check", "Read every picture and say what may be wrong; 1 when something is");
    const auto folder = std::make_shared<std::string>();
    const auto as_json = std::make_shared<bool>(false);
    checked->add_option("DATA", *folder, "A folder (a class per sub-folder, or flat), or tar shards")
        ->required();
    checked->add_flag("--json", *as_json, "All of it, as JSON");
    checked->callback(
        [folder, as_json, &chosen] { chosen = [folder, as_json] { return check(*folder, *as_json); }; });

    CLI::App* features =
        data->add_subcommand("features", "Train the small network that scores are measured with");
    const auto out = std::make_shared<std::string>();
    const auto cache = std::make_shared<std::string>();
    const auto pictures = std::make_shared<int64_t>(50'000);
    const auto steps = std::make_shared<int64_t>(2000);
    const auto seed = std::make_shared<uint64_t>(0);
    features->add_option("--out,-o", *out, "The .safetensors to write")->required();
    features->add_option("--pictures", *pictures, "Textures, of which a tenth are held back (default 50000)")
        ->check(CLI::Range(int64_t{1000}, int64_t{10'000'000}));
    features->add_option("--steps", *steps, "Batches of 64 (default 2000)")
        ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
    features->add_option("--cache", *cache,
                         "Folder for decoded pictures; your own cache folder unless given");
    features->add_option("--seed,-s", *seed, "Of every random number (default 0)");
    features->callback(
        [=, &chosen] { chosen = [=] { return train_features(*out, *pictures, *steps, *cache, *seed); }; });
}

}  // namespace gan
