#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>

namespace gan {

/// The keys of control.curve (nodes/curve.cpp) as a person edits them: a list of objects, sorted by time.
/// Read leniently. No two are at one time.

constexpr double farthest_key = 1e9;        // of times and values, as the node has it
constexpr size_t most_curve_keys = 10'000;  // as the node has it

struct CurveHandle {
    double time = 0;
    double value = 0;
    bool none() const { return time == 0 && value == 0; }
};

struct CurveKey {
    double at = 0;
    double value = 0;
    CurveHandle in, out;
    bool hold = false;
};
CurveKey curve_key(const nlohmann::json& key);
/// Without what is no key.
nlohmann::json sorted_keys(const nlohmann::json& keys);

/// Sets its place, never onto or past a neighbour: `gap` stays between them.
void place_key(nlohmann::json& keys, size_t index, double at, double value, double gap);
/// Adds one and returns its index; nothing: there is one at this time, or there are too many.
std::optional<size_t> add_key(nlohmann::json& keys, double at, double value);

/// How the value goes from one key to the next.
enum class CurveEasing { Linear, Smooth, SlowStart, SlowEnd, Hold, count };
CurveEasing easing_of(const CurveKey& a, const CurveKey& b);
void set_easing(nlohmann::json& a, nlohmann::json& b, CurveEasing easing);
/// `name`: "in" or "out".
void set_handle(nlohmann::json& key, const char* name, const CurveHandle& handle);

}  // namespace gan
