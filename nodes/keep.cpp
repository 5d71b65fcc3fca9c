#include "nodes/keep.h"

#include "nodes/builtin.h"
#include "runtime/base/error.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <optional>

namespace gan {
namespace {

using nlohmann::json;

constexpr size_t max_size = 65'536;  // numbers in a latent

/// The shortest number that is read back as the same float; JSON's readers hold numbers as doubles.
double shortest(float x) {
    char text[32];
    const auto end = std::to_chars(std::begin(text), std::end(text), x).ptr;
    double number = 0;
    std::from_chars(text, end, number);
    return static_cast<float>(number) == x ? number : static_cast<double>(x);
}

std::optional<Latent> parse(const json& kept) {
    if (kept.is_null()) return std::nullopt;
    if (!kept.is_object() || !kept.contains("z") || !kept["z"].is_array() || kept["z"].empty() ||
        kept["z"].size() > max_size || !kept.contains("std") || !kept["std"].is_number())
        throw Error("it must be null, or {{\"z\": [numbers], \"std\": number}}");
    Latent latent{.z = {}, .std = kept["std"].get<double>()};
    for (const json& x : kept["z"]) {
        if (!x.is_number()) throw Error("'{}' in \"z\" is no number", x.dump().substr(0, 40));
        latent.z.push_back(static_cast<float>(x.get<double>()));
    }
    if (const char* fault = fault_of(latent)) throw Error("it {}", fault);
    return latent;
}

/// Gives what is kept in the patch, linked or not; while nothing is, what comes in.
class Keep final : public Node {
    std::optional<Latent> kept_;  // stands before the parameter that fills it

public:
    Input<Latent> in{*this, "latent", "What passes while nothing is kept", Need::Optional};
    DataParam kept{*this, "kept", "The latent that is kept; null: none", "null",
                   [this](const nlohmann::json& value) { kept_ = parse(value); }};
    Output<Latent> out{*this, "latent", "What is kept, or what comes in"};

    void process(const Tick&) override {
        if (!kept_ && !in.linked()) throw Error("nothing is kept, and nothing is linked to 'latent'");
        out = kept_ ? *kept_ : *in;
    }
};

}  // namespace

json kept_latent(const Latent& latent) {
    json z = json::array();
    for (float x : latent.z) z.push_back(shortest(x));
    return {{"z", std::move(z)}, {"std", latent.std}};
}

NodeType keep() {
    NodeType type =
        node_type<Keep>("latent.keep", "Keep", "Stores a latent in the patch, so that it is never lost");
    type.aliases = {"capture", "store", "freeze", "favourite"};
    return type;
}

}  // namespace gan
