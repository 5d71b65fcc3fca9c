#include "trainer/recipe/augment.h"

#include "trainer/libtorch.h"
#include "trainer/recipe/random.h"

namespace gan {

at::Tensor augmented(const at::Tensor& x, const Augmentation& how, uint64_t seed, int64_t step, int batch) {
    if (!how.any()) return x;
    const int64_t count = x.size(0), height = x.size(2), width = x.size(3);
    // Drawn for all, used or not, so that one switch does not change what another does.
    at::Tensor drawn = at::empty({7, count, 1, 1, 1}, at::kFloat);
    for (int64_t n = 0; n < count; ++n) {
        Random random(seed, Stream::Augment, step, batch, n);
        for (int64_t i = 0; i < 7; ++i)
            drawn.data_ptr<float>()[i * count + n] = static_cast<float>(random.uniform());
    }
    drawn = drawn.to(x.device(), x.scalar_type());
    at::Tensor y = x;
    if (how.colour) {
        y = y + (drawn[0] - 0.5);
        const at::Tensor grey = y.mean(1, true);
        y = (y - grey) * (2 * drawn[1]) + grey;
        const at::Tensor level = y.mean(at::IntArrayRef{1, 2, 3}, true);
        y = (y - level) * (drawn[2] + 0.5) + level;
    }
    const at::Tensor rows = at::arange(height, x.options()).view({1, 1, height, 1});
    const at::Tensor columns = at::arange(width, x.options()).view({1, 1, 1, width});
    if (how.roll) {
        const auto roll = [&](const at::Tensor& map, int64_t axis, const at::Tensor& share) {
            const int64_t side = map.size(axis);
            const at::Tensor by =
                (share.to(at::kDouble) * static_cast<double>(side)).floor().to(at::kLong).view({count, 1});
            const at::Tensor index = (at::arange(side, by.options()).view({1, side}) + by).remainder(side);
            std::vector<int64_t> shape{count, 1, 1, 1}, full = map.sizes().vec();
            shape[static_cast<size_t>(axis)] = side;
            return map.gather(axis, index.view(shape).expand(full));
        };
        y = roll(roll(y, 2, drawn[3]), 3, drawn[4]);
    } else if (how.translation) {
        // Whole pixels, by rows and then by columns, from a map with a border of zeros.
        const auto shift = [&](const at::Tensor& map, int64_t axis, const at::Tensor& share) {
            const int64_t side = map.size(axis), most = side / 8;
            const at::Tensor by =
                (share * static_cast<double>(2 * most + 1)).floor().to(at::kLong).view({count, 1});
            const std::vector<int64_t> border =
                axis == 2 ? std::vector<int64_t>{0, 0, most, most} : std::vector<int64_t>{most, most, 0, 0};
            const at::Tensor wide = at::constant_pad_nd(map, border);
            const at::Tensor index = at::arange(side, by.options()).view({1, side}) + by;  // (N, side)
            std::vector<int64_t> shape{count, 1, 1, 1}, full = map.sizes().vec();
            shape[static_cast<size_t>(axis)] = side;
            return wide.gather(axis, index.view(shape).expand(full));
        };
        y = shift(shift(y, 2, drawn[3]), 3, drawn[4]);
    }
    if (how.cutout) {
        const at::Tensor top =
            (drawn[5] * static_cast<double>(height + 1)).floor() - static_cast<double>(height / 4);
        const at::Tensor left =
            (drawn[6] * static_cast<double>(width + 1)).floor() - static_cast<double>(width / 4);
        const at::Tensor inside = (rows >= top)
                                      .logical_and(rows < top + static_cast<double>(height / 2))
                                      .logical_and(columns >= left)
                                      .logical_and(columns < left + static_cast<double>(width / 2));
        y = y * inside.logical_not().to(y.scalar_type());
    }
    return y;
}

}  // namespace gan
