#include "tests/run_fixture.h"

#include "runtime/base/file.h"
#include "runtime/model/safetensors.h"

#include <sstream>

namespace gan {

Run::Run()
    : data(Dataset::generate(
          40, 3, {"a", "b", "c"},
          [](int64_t index) {
              Picture8 picture{.width = 32, .height = 32, .channels = 3, .pixels = {}};
              for (int i = 0; i < 32 * 32 * 3; ++i)
                  picture.pixels.push_back(static_cast<uint8_t>(i * (index + 3) % 251));
              return picture;
          },
          {.resolution = 32, .cache = folder / "cache"}, "ramps")) {
    config.resolution = 32;
    config.g_channels = config.d_channels = 4;
    config.dim_z = 16;
    config.shared_dim = 8;
    config.batch = 4;
    config.accumulate = 2;
    config.steps = 8;
    config.ema_start = 2;
    config.log_every = 1;
    config.save_every = config.sheet_every = 100;
    config.tileable = config.flip = true;
    config.augment = {true, true, true};
    config.d_dropout = 0.2;
    config.seed = 11;
}

Training Run::training(RunFolder& run) {
    return Training(config, data, run, [this](const std::string& sentence) { said += sentence + "\n"; });
}

std::vector<nlohmann::json> Run::lines_of(const RunFolder& run, const char* file) {
    std::istringstream lines(read_text(run.path() / file));
    std::vector<nlohmann::json> parsed;
    for (std::string line; std::getline(lines, line);) parsed.push_back(nlohmann::json::parse(line));
    return parsed;
}

std::string Run::final_hash(const RunFolder& run) {
    return data_hash(read_safetensors(run.checkpoint(run.checkpoints().back())).tensors);
}

}  // namespace gan
