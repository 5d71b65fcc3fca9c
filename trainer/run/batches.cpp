#include "trainer/run/batches.h"

#include "runtime/model/latent.h"
#include "trainer/data/order.h"
#include "trainer/libtorch.h"
#include "trainer/recipe/random.h"

#include <algorithm>

namespace gan {
namespace {

void copy_picture(std::span<const uint8_t> from, int64_t side, int64_t channels, bool mirrored, uint8_t* to) {
    for (int64_t y = 0; y < side; ++y)
        for (int64_t x = 0; x < side; ++x) {
            const int64_t column = mirrored ? side - 1 - x : x;
            to = std::copy_n(&from[static_cast<size_t>((y * side + column) * channels)], channels, to);
        }
}

}  // namespace

Batches::Batches(const Dataset& data, const TrainConfig& config, const BigGanConfig& generator)
    : data_(data), config_(config), dim_z_(generator.dim_z) {}

Batch Batches::latents(Stream stream, int64_t step, int batch, int64_t count) const {
    Batch result{.z = at::empty({count, dim_z_}, at::kFloat), .labels = at::empty({count}, at::kLong)};
    float* z = result.z.data_ptr<float>();
    for (int64_t n = 0; n < count; ++n) {
        Random random(config_.seed, stream, step, batch, n);
        for (int i = 0; i < dim_z_; ++i) *z++ = static_cast<float>(random.normal());
        // By the frequencies of the classes: the label of a picture at random.
        Random label(config_.seed, Stream::Label, step, batch << 5 | static_cast<int>(stream), n);
        result.labels.data_ptr<int64_t>()[n] = data_.label(label.below(data_.size()));
    }
    shape_latents({result.z.data_ptr<float>(), static_cast<size_t>(result.z.numel())}, config_.latent);
    return result;
}

void Batches::add_real(Batch& batch, int64_t step, int index) const {
    const int64_t side = data_.resolution(), channels = data_.channels(), count = config_.batch;
    const int64_t per_step = count * config_.d_steps * config_.accumulate;
    at::Tensor bytes = at::empty({count, side, side, channels}, at::kByte);
    batch.y = at::empty({count}, at::kLong);
    at::parallel_for(0, count, 8, [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n) {
            const int64_t sample = sample_at(seed_of(config_.seed, Stream::Order, 0),
                                             (step - 1) * per_step + index * count + n, data_.size());
            Random flip(config_.seed, Stream::Flip, step, index, n);
            copy_picture(data_.picture(sample), side, channels, config_.flip && flip.uniform() < 0.5,
                         bytes.data_ptr<uint8_t>() + n * side * side * channels);
            batch.y.data_ptr<int64_t>()[n] = data_.label(sample);
        }
    });
    batch.x = from_bytes(bytes);
}

Batch Batches::for_discriminator(int64_t step, int index) const {
    Batch batch = latents(Stream::Latent, step, index, config_.batch);
    add_real(batch, step, index);
    return batch;
}

Batch Batches::for_generator(int64_t step, int index) const {
    return latents(Stream::Latent, step, config_.d_steps * config_.accumulate + index, config_.batch);
}

at::Tensor from_bytes(const at::Tensor& bytes) {
    return bytes.permute({0, 3, 1, 2}).to(at::kFloat).div_(127.5f).sub_(1);
}

}  // namespace gan
