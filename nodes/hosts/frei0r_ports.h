#pragma once

#include "nodes/hosts/hosted_patch.h"

#include <string>

namespace gan {

/// The parameters of the frei0r plugins. Hosts ask for them before there is a patch, save them by name or by
/// place, and FFmpeg takes them as a list: names, order and meaning never change, new ones come last.
enum class Port { Patch, Preset, Model, FirstDial, Wait = FirstDial + 8, TimeUnit, Count };

struct PortInfo {
    const char* name;  // none that a host uses for itself
    int type;          // F0R_PARAM_*
    const char* explanation;
    double value;  // at first; of texts, the empty one
};

/// Null where there is no such port. [any thread]
const PortInfo* port_info(int index);

/// What a host has set.
struct PortValues {
    PortValues();
    std::string patch, model;
    double preset = 0;
    HostedPatch::Dials dials{};
    double wait = 0;
    double time_unit = 0;

    /// Null where there is no such port, or it is the other kind.
    double* number(int index);
    std::string* text(int index);
};

/// The patch file that is meant. Throws std::runtime_error.
std::string patch_path(const PortValues& values);

}  // namespace gan
