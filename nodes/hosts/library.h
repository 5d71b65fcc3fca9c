#pragma once

#include "runtime/abi/gan.h"

#include <string>

namespace gan {

/// The functions of libganymede that hosts' plugins call. Plugins do not link it: hosts load all of theirs to
/// see what they are, and that must cost nothing.
struct Library {
    decltype(&gan_open) open;
    decltype(&gan_wait) wait;
    decltype(&gan_progress) progress;
    decltype(&gan_cancel) cancel;
    decltype(&gan_close) close;
    decltype(&gan_error) error;
    decltype(&gan_result_text) result_text;
    decltype(&gan_info) info;
    decltype(&gan_parameter_info) parameter_info;
    decltype(&gan_set_number) set_number;
    decltype(&gan_set_input) set_input;
    decltype(&gan_render) render;
};

/// Loads it when it is first asked for, from $GANYMEDE_LIBRARY, or from the plugin's folder, the one above,
/// or the one above that, or from where the system's libraries are. It stays loaded. Throws
/// std::runtime_error. [any thread]
const Library& library();

/// A file that comes with Ganymede, by its name within the folder assets, as libganymede finds its own: in
/// $GANYMEDE_ASSETS, or in `assets` and `share/ganymede` in the folders around libganymede. Throws
/// std::runtime_error. [any thread]
std::string asset_path(const std::string& name);

}  // namespace gan
