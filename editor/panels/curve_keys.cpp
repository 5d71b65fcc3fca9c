#include "editor/panels/curve_keys.h"

#include <algorithm>

namespace gan {
namespace {

using nlohmann::json;

double curve_number(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number()
               ? std::clamp(found->get<double>(), -farthest_key, farthest_key)
               : 0.0;
}

CurveHandle curve_handle(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_array() || found->size() != 2 || !(*found)[0].is_number() ||
        !(*found)[1].is_number())
        return {};
    return {(*found)[0].get<double>(), (*found)[1].get<double>()};
}

}  // namespace

CurveKey curve_key(const json& key) {
    const auto hold = key.find("hold");
    return {.at = curve_number(key, "at"),
            .value = curve_number(key, "value"),
            .in = curve_handle(key, "in"),
            .out = curve_handle(key, "out"),
            .hold = hold != key.end() && hold->is_boolean() && hold->get<bool>()};
}

json sorted_keys(const json& keys) {
    json result = json::array();
    if (!keys.is_array()) return result;
    for (const json& key : keys)
        if (key.is_object()) result.push_back(key);
    std::stable_sort(result.begin(), result.end(), [](const json& a, const json& b) {
        return curve_number(a, "at") < curve_number(b, "at");
    });
    return result;
}

void place_key(json& keys, size_t index, double at, double value, double gap) {
    if (index > 0) at = std::max(at, curve_number(keys[index - 1], "at") + gap);
    if (index + 1 < keys.size()) at = std::min(at, curve_number(keys[index + 1], "at") - gap);
    keys[index]["at"] = std::clamp(at, -farthest_key, farthest_key);
    keys[index]["value"] = std::clamp(value, -farthest_key, farthest_key);
}

std::optional<size_t> add_key(json& keys, double at, double value) {
    const auto is_there = [at](const json& key) { return curve_number(key, "at") == at; };
    if (keys.size() >= most_curve_keys || std::any_of(keys.begin(), keys.end(), is_there))
        return std::nullopt;
    keys.push_back({{"at", at}, {"value", value}});
    keys = sorted_keys(keys);
    return static_cast<size_t>(std::find_if(keys.begin(), keys.end(), is_there) - keys.begin());
}

CurveEasing easing_of(const CurveKey& a, const CurveKey& b) {
    if (a.hold) return CurveEasing::Hold;
    if (a.out.none()) return b.in.none() ? CurveEasing::Linear : CurveEasing::SlowEnd;
    return b.in.none() ? CurveEasing::SlowStart : CurveEasing::Smooth;
}

void set_easing(json& a, json& b, CurveEasing easing) {
    const double half = (curve_number(b, "at") - curve_number(a, "at")) / 2;
    const bool starts = easing == CurveEasing::Smooth || easing == CurveEasing::SlowStart;
    const bool ends = easing == CurveEasing::Smooth || easing == CurveEasing::SlowEnd;
    a.erase("hold");
    if (easing == CurveEasing::Hold) a["hold"] = true;
    if (easing == CurveEasing::Hold) return;
    set_handle(a, "out", starts ? CurveHandle{half, 0} : CurveHandle{});
    set_handle(b, "in", ends ? CurveHandle{-half, 0} : CurveHandle{});
}

void set_handle(json& key, const char* name, const CurveHandle& handle) {
    if (handle.none())
        key.erase(name);
    else
        key[name] = {handle.time, handle.value};
}

}  // namespace gan
