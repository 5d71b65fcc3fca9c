#include "trainer/run/scoring.h"

#include "runtime/base/error.h"
#include "runtime/model/latent.h"
#include "trainer/data/order.h"
#include "trainer/libtorch.h"
#include "trainer/recipe/random.h"
#include "trainer/run/batches.h"

#include <algorithm>
#include <utility>

namespace gan {

at::Tensor as_rgb(const at::Tensor& images) {
    if (images.size(1) == 1) return images.expand({-1, 3, -1, -1});
    return images.narrow(1, 0, 3);
}

ImageSource real_pictures(const Dataset& data, int64_t most) {
    return [&data, most = std::min(most, data.size()), next = int64_t{0}](int64_t wanted) mutable {
        const int64_t count = std::min(wanted, most - next), side = data.resolution(),
                      channels = data.channels();
        if (count <= 0) return at::Tensor();
        at::Tensor bytes = at::empty({count, side, side, channels}, at::kByte);
        for (int64_t n = 0; n < count; ++n)
            std::ranges::copy(data.picture(sample_at(0, next++, data.size())),
                              bytes.data_ptr<uint8_t>() + n * side * side * channels);
        return as_rgb(from_bytes(bytes));
    };
}

Scoring::Scoring(const Dataset& data, std::shared_ptr<const FeatureNetwork> network,
                 std::filesystem::path cache, int64_t samples, std::function<void(const std::string&)> say)
    : data_(data),
      network_(std::move(network)),
      cache_(std::move(cache)),
      options_{.samples = samples, .neighbourhood = samples},
      say_(std::move(say)) {}

ScoreReport Scoring::score(Generator generator, at::ScalarType compute, uint64_t seed) {
    if (!reference_) {
        const int64_t count = std::min(options_.samples, data_.size());
        say_(fmt::format("measuring {} real pictures by {}", count, network_->info().name));
        reference_ = cached_reference(
            *network_, real_pictures(data_, count),
            fmt::format("{} of {} pictures {}", count, data_.size(), data_.hash().substr(0, 16)), cache_,
            options_);
    }
    const at::NoGradGuard no_grad;
    const bool training = generator->is_training();
    generator->eval();
    const int dim_z = generator->config().dim_z;
    const ImageSource generated = [&, first = int64_t{0}](int64_t wanted) mutable {
        at::Tensor z = at::empty({wanted, dim_z}, at::kFloat), labels = at::empty({wanted}, at::kLong);
        for (int64_t n = 0; n < wanted; ++n, ++first) {
            Random random(seed, Stream::Score, first);
            std::generate_n(z.data_ptr<float>() + n * dim_z, dim_z,
                            [&] { return static_cast<float>(random.normal()); });
            labels.data_ptr<int64_t>()[n] = data_.label(random.below(data_.size()));
        }
        shape_latents({z.data_ptr<float>(), static_cast<size_t>(z.numel())}, generator->config().latent);
        return as_rgb(generator(z, generator->embed(labels), compute));
    };
    const ScoreReport report = evaluate(*network_, generated, *reference_, options_);
    generator->train(training);
    return report;
}

}  // namespace gan
