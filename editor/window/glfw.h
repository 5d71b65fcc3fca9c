#pragma once

#include "editor/input.h"

#include <volk.h>
#define GLFW_INCLUDE_NONE  // volk has Vulkan's; GLFW declares what makes surfaces where it is known
#include <GLFW/glfw3.h>

#include <string>

namespace gan {

/// What GLFW said about its last failure: "X11: Failed to open display :0"; or why nothing is known.
std::string glfw_problem();

/// A key of GLFW's with what is held beside it. Printable keys are what the layout prints there, so that
/// Ctrl+Z is where Z is; those of other scripts are where they are on a US keyboard. Key::None: we have no
/// name for it.
Chord chord_of(int key, int scancode, int modifiers);

/// A window without OpenGL; null when there can be none (glfw_problem()).
GLFWwindow* make_glfw_window(int width, int height, const std::string& title);

}  // namespace gan
