#include "trainer/data/cells.h"

#include <algorithm>
#include <cstring>

namespace gan {
namespace {

// Twelve points lie around a sample, in three rows of four. Written for four lanes (GCC, Clang), since this
// is where most of the time goes, and compilers leave it scalar.
using Four = float __attribute__((vector_size(16)));
using FourInts = int __attribute__((vector_size(16)));

Four loaded(const float* from) {
    Four result;
    std::memcpy(&result, from, sizeof result);
    return result;
}
Four lesser(Four a, Four b) {
    return a < b ? a : b;
}
float least(const Four (&rows)[3]) {
    const Four four = lesser(lesser(rows[0], rows[1]), rows[2]);
    return std::min(std::min(four[0], four[1]), std::min(four[2], four[3]));
}

}  // namespace

Cells::Cells(uint64_t key, Lattice lattice, float jitter, const CellForm& form)
    : lattice_(lattice), form_(form), shift_u_(chosen(~key, 1)), shift_v_(chosen(~key, 2)) {
    for (int y = -pad; y < lattice.y + pad; ++y)
        for (int x = -pad; x < lattice.x + pad; ++x) {
            const int cell = wrapped(y, lattice.y) * lattice.x + wrapped(x, lattice.x);
            const uint64_t hash = scattered(key + static_cast<uint64_t>(cell));
            const float shift = form.staggered && wrapped(y, 2) == 1 ? 1.0f : 0.5f;
            x_.push_back(static_cast<float>(x) + shift + jitter * (chosen(hash, 1) - 0.5f));
            y_.push_back(static_cast<float>(y) + 0.5f + jitter * (chosen(hash, 2) - 0.5f));
            hash_.push_back(hash);
        }
}

Cell Cells::at(float u, float v) const {
    const float x = fraction(u + shift_u_) * static_cast<float>(lattice_.x);
    const float y = fraction(v + shift_v_) * static_cast<float>(lattice_.y);
    const int row = std::min(floor_of(y), lattice_.y - 1);
    size_t start[3];
    Four dx[3], dy[3], squared[3], edge[3];
#pragma GCC unroll 3
    for (int r = 0; r < 3; ++r) {
        const float shift = form_.staggered && ((row + r + 1) & 1) != 0 ? 0.5f : 0.0f;
        const int column = std::min(floor_of(x - shift), lattice_.x - 1);
        start[r] = static_cast<size_t>((row + r - 1 + pad) * (lattice_.x + 2 * pad) + column - 1 + pad);
        dx[r] = loaded(&x_[start[r]]) - x;
        dy[r] = loaded(&y_[start[r]]) - y;
        squared[r] = dx[r] * dx[r] + dy[r] * dy[r];
    }
    const float nearest = least(squared);
    FourInts which = {0, 0, 0, 0}, number = {0, 1, 2, 3};
#pragma GCC unroll 3
    for (int r = 0; r < 3; ++r) which = squared[r] == nearest ? number + 4 * r : which;
    const int best = std::max(std::max(which[0], which[1]), std::max(which[2], which[3]));
    const size_t at = start[best / 4] + static_cast<size_t>(best % 4);
    const float bx = x_[at] - x, by = y_[at] - y;
    // The border with point k is the line where both are as near: (d_k^2 - d^2) / (2 |p_k - p|) from here.
    constexpr float tiny = 1e-12f, far = 16;
#pragma GCC unroll 3
    for (int r = 0; r < 3; ++r) {
        const Four ax = dx[r] - bx, ay = dy[r] - by, more = squared[r] - nearest;
        const Four distance = more * more / (4 * (ax * ax + ay * ay) + tiny);
        edge[r] = number + 4 * r == best ? Four{far, far, far, far} : distance;
    }
    float border = least(edge);
    if (form_.rounded) {  // the norm of power -4 of all distances
        Four sum = {0, 0, 0, 0};
        for (const Four& part : edge) sum += 1 / (part * part + tiny);
        border = 1 / std::sqrt((sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
    return {hash_[at], std::sqrt(nearest), std::sqrt(border), -bx, -by};
}

}  // namespace gan
