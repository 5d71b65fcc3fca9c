#pragma once

#include <ATen/Tensor.h>

#include <cstdint>

namespace gan {

/// First and second moments of features, in float64 on the CPU.
struct Moments {
    at::Tensor mean;        // (F)
    at::Tensor covariance;  // (F, F), divided by count - 1
    int64_t count = 0;
};

/// Moments of features that come in batches; their size does not matter to the result beyond rounding.
/// Source: Chan, Golub and LeVeque 1979, Updating Formulae, equation 2.1: no difference of large sums is
/// taken. Used by one thread at a time.
class MomentsAccumulator {
public:
    /// features (N, F), any floating type and device. Throws Error when F changes or a value is not finite.
    void add(const at::Tensor& features);
    /// Throws Error with fewer than two features.
    Moments moments() const;
    int64_t count() const { return count_; }

private:
    at::Tensor mean_;     // (F)
    at::Tensor scatter_;  // (F, F): sum of (x - mean)(x - mean)^T
    int64_t count_ = 0;
};

/// |mean_a - mean_b|^2 + tr(A + B - 2 sqrt(A B)): the squared 2-Wasserstein distance of two normals; at least
/// 0, and finite for singular covariances. tr sqrt(A B) is the sum of the roots of the eigenvalues of
/// A^1/2 B A^1/2, which is symmetric. Throws Error when the numbers of features differ. [any thread]
/// Source: Heusel et al. 2017, arXiv:1706.08500, equation 6.
double frechet_distance(const Moments& a, const Moments& b);

struct InceptionScore {
    double mean = 0;
    double std = 0;  // of the population of splits; 0 for one split
};

/// exp of the mean of KL(p(y|x) || p(y)) in each of `splits` runs of floor(N / splits) rows; the rows left
/// over are dropped, so rows should be in random order. [any thread]
///   logits  (N, classes), any floating type; logarithms of probabilities will do
/// Throws Error with fewer rows than splits and for NaN.
/// Source: Salimans et al. 2016, arXiv:1606.03498, section 4.
InceptionScore inception_score(const at::Tensor& logits, int64_t splits = 10);

struct PrecisionRecall {
    double precision = 0;  // share of fake features within the manifold of real ones
    double recall = 0;     // share of real features within the manifold of fake ones
};

/// A manifold is the union of balls around its samples that reach to each one's k-th neighbour. Takes about
/// 200 MB beside float64 copies of both, and time in proportion to the square of N. [any thread]
///   real, fake  (N, F), (M, F), any floating type; comparable between runs only at equal N, M and k
/// Throws Error unless both have more than k rows.
/// Source: Kynkäänniemi et al. 2019, arXiv:1904.06991, equations 1 and 2.
PrecisionRecall precision_recall(const at::Tensor& real, const at::Tensor& fake, int64_t k = 3);

}  // namespace gan
