#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "runtime/base/error.h"
#include "shaders/shaders.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace gan {
namespace {

/// Lightness 0 to 1 is looked up in a row of colours, linear light, made anew when the gradient changes.
class GradientMap final : public Node {
    enum class Space { Oklab, Light, Srgb };
    using Triple = std::array<double, 3>;
    using Triples = std::array<Triple, 3>;
    struct Stop {
        double at = 0;
        Triple srgb{};
    };
    static constexpr int entries = 1024;  // of the row
    static constexpr size_t most_stops = 64;

    /// As shaders/gradient_map.comp has them.
    struct Constants {
        float repeats;
        float phase;  // [0, 1]
        int32_t colours;
    };

    std::vector<Stop> stops_;  // by place; they stand before the parameter that fills them
    ImageRef row_;             // of these stops; null: not made yet
    Space made_in_ = Space::Oklab;

public:
    Input<ImageRef> in{*this, "image", "The picture; of data the first channel counts"};
    DataParam stops{
        *this, "stops",
        "List of [place, \"#rrggbb\"]: black is at 0 and white at 1; two at one place make a hard edge",
        R"([[0, "#14123c"], [0.4, "#a3246e"], [0.75, "#f58a3c"], [1, "#fff3c4"]])",
        [this](const nlohmann::json& list) {
            stops_ = parsed(list);
            row_ = nullptr;
        }};
    Choice<Space> space{*this,
                        "interpolation",
                        "How colours mix between stops: oklab as the eye sees it, or as light, or as the "
                        "numbers of a display",
                        {"oklab", "linear light", "srgb"},
                        Space::Oklab};
    Number phase{*this,
                 "phase",
                 "Moves along the gradient and around again",
                 {.value = 0, .min = -10, .max = 10, .unit = "rounds"}};
    Number repeats{
        *this, "repeats", "Rounds of the gradient from black to white", {.value = 1, .min = 0, .max = 64}};
    Output<ImageRef> out{*this, "image", "The picture in the gradient's colours"};

    void prepare_on(Gpu& gpu) override { prepare_shaders(gpu, {&shaders::gradient_map}); }
    void process(const Tick& tick) override {
        const Image& picture = **in;
        if (row_ == nullptr || made_in_ != space) make_row();
        const Constants constants{.repeats = static_cast<float>(repeats),
                                  .phase = static_cast<float>(phase - std::floor(phase)),
                                  .colours = is_data(picture) ? 0 : 1};
        ImageInfo info = picture;
        info.encoding = Encoding::Linear16f;
        info.channels = picture.channels == 4 ? 4 : 3;
        out = draw(tick, shaders::gradient_map, {*in, row_}, info, constants);
    }

private:
    static Triple colour_of(const std::string& text, size_t stop) {
        const std::string hex = text.size() == 7 && text[0] == '#' ? text.substr(1) : std::string();
        uint32_t value = 0;
        const auto [end, fault] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
        if (hex.empty() || fault != std::errc() || end != hex.data() + hex.size())
            throw Error("the colour '{}' of stop {} must be such as #ff8000", text.substr(0, 40), stop + 1);
        return {(value >> 16) / 255.0, (value >> 8 & 255) / 255.0, (value & 255) / 255.0};
    }

    static std::vector<Stop> parsed(const nlohmann::json& list) {
        if (!list.is_array() || list.size() < 2 || list.size() > most_stops)
            throw Error("stops must be a list of 2 to {} such as [[0, \"#000000\"], [1, \"#ff8000\"]]",
                        most_stops);
        std::vector<Stop> stops;
        for (size_t i = 0; i < list.size(); ++i) {
            const nlohmann::json& stop = list[i];
            if (!stop.is_array() || stop.size() != 2 || !stop[0].is_number() || !stop[1].is_string())
                throw Error("stop {} must be such as [0.5, \"#ff8000\"]", i + 1);
            const double at = stop[0].get<double>();
            if (!(at >= 0 && at <= 1)) throw Error("stop {} is at {}; places are from 0 to 1", i + 1, at);
            stops.push_back({at, colour_of(stop[1].get<std::string>(), i)});
        }
        std::stable_sort(stops.begin(), stops.end(),
                         [](const Stop& a, const Stop& b) { return a.at < b.at; });
        return stops;
    }

    static Triple product(const Triples& matrix, const Triple& v) {
        Triple result{};
        for (size_t i = 0; i < 3; ++i)
            for (size_t j = 0; j < 3; ++j) result[i] += matrix[i][j] * v[j];
        return result;
    }

    /// OKLab: Ottosson, "A perceptual color space for image processing", 2020; matrices of 2021.
    static Triple to_oklab(const Triple& light) {
        Triple lms = product({{{0.4122214708, 0.5363325363, 0.0514459929},
                               {0.2119034982, 0.6806995451, 0.1073969566},
                               {0.0883024619, 0.2817188376, 0.6299787005}}},
                             light);
        for (double& v : lms) v = std::cbrt(v);
        return product({{{0.2104542553, 0.7936177850, -0.0040720468},
                         {1.9779984951, -2.4285922050, 0.4505937099},
                         {0.0259040371, 0.7827717662, -0.8086757660}}},
                       lms);
    }
    static Triple from_oklab(const Triple& lab) {
        Triple lms = product({{{1, 0.3963377774, 0.2158037573},
                               {1, -0.1055613458, -0.0638541728},
                               {1, -0.0894841775, -1.2914855480}}},
                             lab);
        for (double& v : lms) v = v * v * v;
        return product({{{4.0767416621, -3.3077115913, 0.2309699292},
                         {-1.2684380046, 2.6097574011, -0.3413193965},
                         {-0.0041960863, -0.7034186147, 1.7076147010}}},
                       lms);
    }

    /// IEC 61966-2-1.
    static Triple to_light(Triple srgb) {
        for (double& v : srgb) v = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
        return srgb;
    }

    Triple light_at(double at) const {
        const auto next = std::upper_bound(stops_.begin(), stops_.end(), at,
                                           [](double place, const Stop& stop) { return place < stop.at; });
        if (next == stops_.begin()) return to_light(next->srgb);
        const Stop& last = *(next - 1);
        if (next == stops_.end()) return to_light(last.srgb);
        const auto in_space = [this](const Triple& srgb) {
            if (space == Space::Srgb) return srgb;
            return space == Space::Light ? to_light(srgb) : to_oklab(to_light(srgb));
        };
        const Triple a = in_space(last.srgb);
        const Triple b = in_space(next->srgb);
        const double share = (at - last.at) / (next->at - last.at);
        Triple mixed{};
        for (size_t i = 0; i < 3; ++i) mixed[i] = a[i] + (b[i] - a[i]) * share;
        if (space == Space::Srgb) return to_light(mixed);
        return space == Space::Light ? mixed : from_oklab(mixed);
    }

    void make_row() {
        std::vector<float> pixels;
        for (int i = 0; i < entries; ++i)
            for (double v : light_at(i / (entries - 1.0))) pixels.push_back(static_cast<float>(v));
        row_ = std::make_shared<Image>(
            ImageInfo{.width = entries, .height = 1, .encoding = Encoding::Data32f}, std::move(pixels));
        made_in_ = space;
    }
};

}  // namespace

NodeType gradient_map() {
    NodeType type =
        node_type<GradientMap>("image.gradient_map", "Gradient Map", "Colours a picture by its lightness");
    type.aliases = {"ramp", "palette", "duotone", "false colour", "colour map", "tint", "lookup"};
    return type;
}

}  // namespace gan
