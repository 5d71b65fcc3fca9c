#include "runtime/model/fold.h"

#include <algorithm>
#include <cmath>

namespace gan {

template <class T>
double spectral_sigma(const std::vector<T>& w, size_t rows, const std::vector<double>& u, double eps) {
    const size_t columns = w.size() / rows;
    std::vector<double> v(columns, 0.0);
    for (size_t r = 0; r < rows; ++r)
        for (size_t c = 0; c < columns; ++c) v[c] += u[r] * w[r * columns + c];
    double norm = 0;
    for (double x : v) norm += x * x;
    norm = std::max(std::sqrt(norm), eps);
    double square = 0;
    for (size_t r = 0; r < rows; ++r) {
        double product = 0;
        for (size_t c = 0; c < columns; ++c) product += w[r * columns + c] * v[c];
        square += (product / norm) * (product / norm);
    }
    return square / std::max(std::sqrt(square), eps);
}

template <class T>
double stored_sigma(const std::vector<T>& w, const std::vector<double>& u, const std::vector<double>& v) {
    double sigma = 0;
    for (size_t r = 0; r < u.size(); ++r) {
        double product = 0;
        for (size_t c = 0; c < v.size(); ++c) product += w[r * v.size() + c] * v[c];
        sigma += u[r] * product;
    }
    return sigma;
}

template <class T>
std::vector<T> transposed_taps(const std::vector<T>& w, int out, int in) {
    std::vector<T> result(static_cast<size_t>(out) * in * 16);
    for (int o = 0; o < out; ++o)
        for (int i = 0; i < in; ++i) {
            const T* taps = &w[(static_cast<size_t>(o) * in + i) * 9];
            T rows[4][3];
            for (int c = 0; c < 3; ++c) {
                const T a = taps[c];
                const T b = taps[3 + c];
                const T d = taps[6 + c];
                rows[0][c] = d;
                rows[1][c] = b + d;
                rows[2][c] = a + b;
                rows[3][c] = a;
            }
            T* to = &result[(static_cast<size_t>(i) * out + o) * 16];
            for (int r = 0; r < 4; ++r) {
                to[r * 4] = rows[r][2];
                to[r * 4 + 1] = rows[r][1] + rows[r][2];
                to[r * 4 + 2] = rows[r][0] + rows[r][1];
                to[r * 4 + 3] = rows[r][0];
            }
        }
    return result;
}

template <class T>
std::vector<T> difference_weights(const std::vector<T>& w, int out, int in) {
    const size_t pairs = static_cast<size_t>(out) * in;
    std::vector<T> result(pairs * 9);
    for (size_t p = 0; p < pairs; ++p) {
        const T* taps = &w[p * 9];
        T rows[3][3];
        for (int c = 0; c < 3; ++c) {
            rows[0][c] = taps[c] + taps[3 + c] + taps[6 + c];
            rows[1][c] = -taps[c];
            rows[2][c] = taps[6 + c];
        }
        for (int r = 0; r < 3; ++r) {
            result[static_cast<size_t>(r * 3) * pairs + p] = rows[r][0] + rows[r][1] + rows[r][2];
            result[static_cast<size_t>(r * 3 + 1) * pairs + p] = -rows[r][0];
            result[static_cast<size_t>(r * 3 + 2) * pairs + p] = rows[r][2];
        }
    }
    return result;
}

#define GAN_INSTANTIATE(T)                                                                             \
    template double spectral_sigma(const std::vector<T>&, size_t, const std::vector<double>&, double); \
    template double stored_sigma(const std::vector<T>&, const std::vector<double>&,                    \
                                 const std::vector<double>&);                                          \
    template std::vector<T> transposed_taps(const std::vector<T>&, int, int);                          \
    template std::vector<T> difference_weights(const std::vector<T>&, int, int);
GAN_INSTANTIATE(float)
GAN_INSTANTIATE(double)
#undef GAN_INSTANTIATE

}  // namespace gan
