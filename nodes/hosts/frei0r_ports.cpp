#include "nodes/hosts/frei0r_ports.h"

#include "nodes/hosts/frei0r.h"
#include "nodes/hosts/library.h"

#include <cmath>
#include <iterator>
#include <stdexcept>

namespace gan {
namespace {

// A preset's number is its place in hundredths: presets are never taken away, and new ones come last.
#if GAN_HOST_FILTER
constexpr const char* presets[] = {"filter"};
#define PRESETS "0 and 0.01 filter"
#else
constexpr const char* presets[] = {
    "first",       "class_morph", "coarse_fine", "feedback_trails",  "kaleidoscope_show",
    "latent_loop", "shader_flow", "texture_set", "tileable_texture", "truncation_sweep"};
#define PRESETS                                                                                                 \
    "0 and 0.01 first, 0.02 class_morph, 0.03 coarse_fine, 0.04 feedback_trails, 0.05 kaleidoscope_show, 0.06 " \
    "latent_loop, 0.07 shader_flow, 0.08 texture_set, 0.09 tileable_texture, 0.10 truncation_sweep"
#endif

constexpr const char* dial_text =
    "A number that the patch exposes, in the order of their names: 0 its least, 0.5 as the patch has it, 1 its "
    "greatest";

constexpr PortInfo infos[] = {
    {"patch", F0R_PARAM_STRING, "Path of a Ganymede patch; empty: the preset", 0},
    {"preset", F0R_PARAM_DOUBLE,
     "Where 'patch' is empty, one that comes with Ganymede, in hundredths: " PRESETS, 0},
    {"model", F0R_PARAM_STRING, "Path of a model in place of the patch's own; empty: the patch's own", 0},
    {"dial 1", F0R_PARAM_DOUBLE, dial_text, HostedPatch::untouched},
    {"dial 2", F0R_PARAM_DOUBLE, dial_text, HostedPatch::untouched},
    {"dial 3", F0R_PARAM_DOUBLE, dial_text, HostedPatch::untouched},
    {"dial 4", F0R_PARAM_DOUBLE, dial_text, HostedPatch::untouched},
    {"dial 5", F0R_PARAM_DOUBLE, dial_text, HostedPatch::untouched},
    {"dial 6", F0R_PARAM_DOUBLE, dial_text, HostedPatch::untouched},
    {"dial 7", F0R_PARAM_DOUBLE, dial_text, HostedPatch::untouched},
    {"dial 8", F0R_PARAM_DOUBLE, dial_text, HostedPatch::untouched},
    {"wait", F0R_PARAM_BOOL,
     "Every frame is exact, however long it takes. Off: none takes longer than a thirtieth of a second, and what "
     "is not ready then is shown late, for editing on slow machines",
     1},
    {"time unit", F0R_PARAM_DOUBLE, "Of the host's clock: 0 found out, 0.5 seconds, 1 milliseconds", 0},
};
static_assert(std::size(infos) == static_cast<size_t>(Port::Count));

}  // namespace

const PortInfo* port_info(int index) {
    return index < 0 || index >= static_cast<int>(Port::Count) ? nullptr : &infos[index];
}

PortValues::PortValues() {
    for (int i = 0; i < static_cast<int>(Port::Count); ++i)
        if (double* value = number(i)) *value = infos[i].value;
}

double* PortValues::number(int index) {
    const int dial = index - static_cast<int>(Port::FirstDial);
    if (dial >= 0 && dial < static_cast<int>(dials.size())) return &dials[static_cast<size_t>(dial)];
    switch (static_cast<Port>(index)) {
        case Port::Preset:
            return &preset;
        case Port::Wait:
            return &wait;
        case Port::TimeUnit:
            return &time_unit;
        default:
            return nullptr;
    }
}

std::string* PortValues::text(int index) {
    switch (static_cast<Port>(index)) {
        case Port::Patch:
            return &patch;
        case Port::Model:
            return &model;
        default:
            return nullptr;
    }
}

std::string patch_path(const PortValues& values) {
    if (!values.patch.empty()) return values.patch;
    constexpr double hundred = 100;
    auto number = static_cast<size_t>(std::lround(values.preset * hundred));
    if (number == 0) number = 1;
    if (number > std::size(presets))
        throw std::runtime_error("there is no preset " + std::to_string(number) + "; the last is " +
                                 std::to_string(std::size(presets)));
    return asset_path(std::string("patches/") + presets[number - 1] + ".ganymede");
}

}  // namespace gan
