#include "runtime/base/assets.h"
#include "runtime/cli/progress.h"
#include "trainer/cli/commands.h"
#include "trainer/data/textures.h"
#include "trainer/metrics/inception.h"
#include "trainer/metrics/texture_network.h"

#include <cstdio>
#include <memory>

namespace gan {

void say(const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
}

std::function<void(int64_t, int64_t)> progress_line(const std::string& what) {
    return [what, bar = std::shared_ptr<Progress>()](int64_t done, int64_t total) mutable {
        if (!bar) bar = std::make_shared<Progress>(what, static_cast<size_t>(total));
        bar->update(static_cast<size_t>(done));
        if (done == total) bar.reset();
    };
}

Dataset open_pictures(const std::string& data, int64_t textures, DatasetOptions options) {
    options.progress = progress_line("pictures");
    if (data != "textures") return Dataset::open(data, options);
    const auto classes = texture_classes();
    std::vector<std::string> names;
    for (const TextureClass& kind : classes) names.emplace_back(kind.name);
    const int count = static_cast<int>(classes.size());
    const auto picture = [side = options.resolution, count](int64_t index) {
        return texture(static_cast<int>(index % count), static_cast<uint64_t>(index / count), side);
    };
    return Dataset::generate(textures, count, names, picture, options, "textures 1");
}

std::unique_ptr<FeatureNetwork> open_measure(const std::string& inception) {
    if (!inception.empty()) return open_inception(inception);
    return frozen(load_texture_network(asset("models/texture-features.safetensors")));
}

}  // namespace gan
