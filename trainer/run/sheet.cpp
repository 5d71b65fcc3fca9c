#include "trainer/run/sheet.h"

#include "runtime/base/pixel.h"
#include "runtime/model/latent.h"
#include "runtime/picture/png.h"
#include "trainer/libtorch.h"
#include "trainer/recipe/random.h"

#include <algorithm>

namespace gan {

at::Tensor sheet_pictures(Generator& generator, const SampleSheet& options) {
    at::NoGradGuard no_grad;
    const BigGanConfig& config = generator->config();
    at::Tensor z = at::empty({options.columns, config.dim_z}, at::kFloat);
    for (int column = 0; column < options.columns; ++column) {
        const uint64_t seed = seed_of(options.seed, Stream::Sheet, column);
        const Latent latent =
            truncate(normal_latent(seed, config.dim_z), options.psi, TruncationMode::Quantile, seed);
        std::ranges::copy(latent.z, z.data_ptr<float>() + column * config.dim_z);
    }
    shape_latents({z.data_ptr<float>(), static_cast<size_t>(z.numel())}, config.latent);
    const bool training = generator->is_training();
    generator->eval();
    std::vector<at::Tensor> rows;
    for (int row = 0; row < options.rows; ++row) {
        const at::Tensor labels =
            at::full({options.columns}, int64_t{row} * config.classes / options.rows, at::kLong);
        rows.push_back(generator(z, generator->embed(labels), options.compute));
    }
    generator->train(training);
    return at::cat(rows).cpu();
}

void write_sheet(const std::filesystem::path& path, const std::vector<at::Tensor>& panels, int columns) {
    constexpr int gap = 8;  // pixels between panels
    const at::Tensor& first = panels.front();
    const int side = static_cast<int>(first.size(2)), channels = static_cast<int>(first.size(1));
    const int rows = static_cast<int>(first.size(0)) / columns, count = static_cast<int>(panels.size());
    Picture8 sheet{
        .width = count * columns * side + (count - 1) * gap, .height = rows * side, .channels = channels};
    sheet.pixels.resize(static_cast<size_t>(sheet.width) * sheet.height * channels);
    for (int panel = 0; panel < count; ++panel) {
        const at::Tensor pictures =
            (panels[static_cast<size_t>(panel)].permute({0, 2, 3, 1}) * 0.5 + 0.5).contiguous();
        const float* from = pictures.data_ptr<float>();
        for (int n = 0; n < rows * columns; ++n)
            for (int y = 0; y < side; ++y) {
                const int left = panel * (columns * side + gap) + n % columns * side;
                std::transform(from, from + side * channels,
                               sheet.row(n / columns * side + y) + left * channels, quantised<uint8_t>);
                from += side * channels;
            }
    }
    write_png(path, sheet, {}, OnInterrupt::Finish);
}

}  // namespace gan
