#pragma once

#include "runtime/model/program.h"

#include <span>
#include <vector>

namespace gan {

struct ClassWeight {
    int index = 0;
    float weight = 1;
    bool operator==(const ClassWeight&) const = default;
};

/// What one picture shows: a mix of classes, and an optional offset in embedding space.
/// The embedding is linear, so mixing classes and mixing embeddings give the same picture.
struct Conditioning {
    std::vector<ClassWeight> classes;
    std::vector<float> offset;  // (shared_dim), or empty
    bool operator==(const Conditioning&) const = default;
};

/// psi of an untruncated normal: its standard deviation over that of psi 1, a normal cut at +-2.
extern const double untruncated_psi;  // 1.1369

/// Where psi lies among the rows of the statistics: row0 * (1 - weight) + row1 * weight.
/// Continuous in psi; beyond the first and last row it stays at that row.
struct StatisticsPoint {
    int row0 = 0;
    int row1 = 0;
    double weight = 0;
};
template <class T>
StatisticsPoint statistics_at(const BasicModulation<T>& modulation, double psi);

/// Throws Error naming the class or the width that does not fit the network.
template <class T>
void check(const BasicModulation<T>& modulation, const Conditioning& conditioning);

/// y (shared_dim): the weighted sum of embedding rows, plus the offset. Empty without an embedding.
template <class T>
std::vector<T> embed(const BasicModulation<T>& modulation, const Conditioning& conditioning);

/// The condition's share of every gain and bias, constants included: (2 C), gains first. Depends on the
/// classes alone, so engines keep it while they stay.
template <class T>
std::vector<T> class_product(const BasicModulation<T>& modulation, const Conditioning& conditioning);

/// Scale and shift of every channel of every norm: (2 C), scales first.
///   product   (2 C) from class_product()
///   z         (dim_z)
///   psi       which statistics to use
///   bend_scale, bend_offset   (C) each or empty: applied to what each norm gives, before the activation
/// Writes to `out` and allocates nothing.
template <class T>
void modulate(const BasicModulation<T>& modulation, std::span<const T> product, std::span<const float> z,
              double psi, std::span<const float> bend_scale, std::span<const float> bend_offset,
              std::span<T> out);

}  // namespace gan
