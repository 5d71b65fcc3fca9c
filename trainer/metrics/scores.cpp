#include "trainer/metrics/scores.h"

#include "runtime/base/error.h"
#include "runtime/model/tensor.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gan {
namespace {

constexpr int64_t block_elements = int64_t{1} << 23;  // distances at once; 64 MB of double

at::Tensor checked_rows(const at::Tensor& rows, const char* what) {
    if (!rows.defined() || rows.dim() != 2 || rows.size(1) == 0 || !rows.is_floating_point())
        throw Error("{} must be a table of numbers, one row a picture, but have the shape {}", what,
                    rows.defined() ? shape_text(rows.sizes()) : "none");
    return rows.detach().to(at::kCPU, at::kDouble);
}

at::Tensor checked_features(const at::Tensor& features) {
    at::Tensor rows = checked_rows(features, "features");
    if (!at::isfinite(rows).all().item<bool>())
        throw Error(
            "features hold values that are not finite; the pictures hold NaN, or the network that measures "
            "them is damaged");
    return rows;
}

}  // namespace

void MomentsAccumulator::add(const at::Tensor& features) {
    const at::NoGradGuard guard;
    const at::Tensor rows = checked_features(features);
    const int64_t n = rows.size(0);
    if (n == 0) return;
    if (count_ == 0) {
        mean_ = at::zeros({rows.size(1)}, at::kDouble);
        scatter_ = at::zeros({rows.size(1), rows.size(1)}, at::kDouble);
    }
    if (mean_.size(0) != rows.size(1))
        throw Error("features of {} and of {} values cannot be pooled; measure all pictures by one network",
                    mean_.size(0), rows.size(1));
    const at::Tensor mean = rows.mean(0);
    const at::Tensor centred = rows - mean;
    const at::Tensor step = mean - mean_;
    const double share = static_cast<double>(n) / static_cast<double>(count_ + n);
    scatter_.addmm_(centred.t(), centred);
    scatter_.addr_(step, step, 1, share * static_cast<double>(count_));
    mean_.add_(step, share);
    count_ += n;
}

Moments MomentsAccumulator::moments() const {
    if (count_ < 2) throw Error("a covariance needs two pictures or more, but there are {}", count_);
    return {mean_.clone(), scatter_ / static_cast<double>(count_ - 1), count_};
}

double frechet_distance(const Moments& a, const Moments& b) {
    const at::NoGradGuard guard;
    if (a.mean.size(0) != b.mean.size(0))
        throw Error("moments of {} and of {} features cannot be compared; measure both by one network",
                    a.mean.size(0), b.mean.size(0));
    // The covariance of fewer samples has the smaller rank, and its root the fewer columns.
    const Moments& thin = a.count < b.count ? a : b;
    const Moments& thick = a.count < b.count ? b : a;
    const auto [values, vectors] = at::linalg_eigh(thin.covariance);
    // Bound: eigh errs by about F eps of the largest; taking what is below for eigenvalues would add its
    // root.
    const double noise = static_cast<double>(values.size(0)) * std::numeric_limits<double>::epsilon() *
                         values.max().item<double>();
    const at::Tensor kept = at::nonzero(values > noise).flatten();
    const at::Tensor root = vectors.index_select(1, kept) * values.index_select(0, kept).sqrt();  // (F, rank)
    at::Tensor product = root.t().mm(thick.covariance).mm(root);
    product = (product + product.t()) / 2;
    const double cross = at::linalg_eigvalsh(product).clamp_min(0).sqrt().sum().item<double>();
    const double between = (a.mean - b.mean).square().sum().item<double>();
    const double spread = (a.covariance.trace() + b.covariance.trace()).item<double>();
    return std::max(0.0, between + spread - 2 * cross);
}

InceptionScore inception_score(const at::Tensor& logits, int64_t splits) {
    const at::NoGradGuard guard;
    const at::Tensor rows = checked_rows(logits, "logits");
    if (splits < 1 || rows.size(0) < splits)
        throw Error("{} pictures cannot be divided into {} splits", rows.size(0), splits);
    const int64_t size = rows.size(0) / splits;
    std::vector<double> scores;
    for (int64_t i = 0; i < splits; ++i) {
        const at::Tensor p = rows.narrow(0, i * size, size).softmax(1);
        const at::Tensor marginal = p.mean(0);
        // KL as a difference of entropies: x log x is 0 at 0, where a ratio of probabilities would be NaN.
        const at::Tensor divergence =
            at::xlogy(p, p).sum(1).mean() - at::xlogy(marginal, marginal).sum();  // nats
        scores.push_back(std::exp(divergence.item<double>()));
    }
    const at::Tensor all = at::tensor(scores, at::kDouble);
    const InceptionScore score{all.mean().item<double>(), all.std(0, /*unbiased=*/false).item<double>()};
    if (!std::isfinite(score.mean))
        throw Error("logits hold NaN; the pictures hold NaN, or the network that measures them is damaged");
    return score;
}

namespace {

/// Rows of features and their squared lengths.
struct Points {
    at::Tensor rows;     // (N, F)
    at::Tensor squares;  // (N)
    explicit Points(at::Tensor features) : rows(std::move(features)), squares(rows.square().sum(1)) {}
    int64_t count() const { return rows.size(0); }
};

/// Calls visit(begin, squared distances (rows of a from begin, all of b)) so that all of `a` comes by.
template <class Visit>
void for_each_block(const Points& a, const Points& b, Visit visit) {
    const int64_t step = std::max<int64_t>(1, block_elements / b.count());
    for (int64_t begin = 0; begin < a.count(); begin += step) {
        const int64_t size = std::min(step, a.count() - begin);
        at::Tensor distances = a.rows.narrow(0, begin, size).mm(b.rows.t()).mul_(-2);
        distances.add_(a.squares.narrow(0, begin, size).unsqueeze(1)).add_(b.squares).clamp_min_(0);
        visit(begin, distances);
    }
}

/// Squared distance of each point to its k-th neighbour, itself not counted. (N)
at::Tensor radii(const Points& points, int64_t k) {
    at::Tensor result = at::empty({points.count()}, at::kDouble);
    for_each_block(points, points, [&](int64_t begin, const at::Tensor& distances) {
        // The nearest is the point itself.
        const auto nearest = std::get<0>(distances.topk(k + 1, 1, /*largest=*/false));
        const at::Tensor kth = nearest.select(1, k);
        result.narrow(0, begin, kth.size(0)).copy_(kth);
    });
    return result;
}

/// Share of `points` that lie within a ball of `centres`.
double share_within(const Points& points, const Points& centres, const at::Tensor& radii) {
    int64_t within = 0;
    for_each_block(points, centres, [&](int64_t, const at::Tensor& distances) {
        within += (distances <= radii).any(1).sum().item<int64_t>();
    });
    return static_cast<double>(within) / static_cast<double>(points.count());
}

}  // namespace

PrecisionRecall precision_recall(const at::Tensor& real, const at::Tensor& fake, int64_t k) {
    const at::NoGradGuard guard;
    at::Tensor real_rows = checked_features(real);
    at::Tensor fake_rows = checked_features(fake);
    if (real_rows.size(1) != fake_rows.size(1))
        throw Error("features of {} and of {} values cannot be compared; measure both by one network",
                    real_rows.size(1), fake_rows.size(1));
    if (k < 1 || std::min(real_rows.size(0), fake_rows.size(0)) <= k)
        throw Error(
            "precision and recall with {} neighbours need more than {} pictures, but there are {} and {}", k,
            k, real_rows.size(0), fake_rows.size(0));
    // Distances come from a^2 - 2ab + b^2; around the mean, that loses the fewest digits.
    const at::Tensor centre = real_rows.mean(0);
    const Points reals(real_rows - centre);
    const Points fakes(fake_rows - centre);
    return {.precision = share_within(fakes, reals, radii(reals, k)),
            .recall = share_within(reals, fakes, radii(fakes, k))};
}

}  // namespace gan
