#pragma once

#include "runtime/graph/node.h"

#include <string>

namespace gan {

/// A number as rows show it: four digits that count, no exponent where that can be avoided.
std::string short_number(double value, bool whole = false);
/// What dragging by so many px at scale 1 makes of a parameter's value, before it is rounded or limited. 200
/// px go through a narrow range; in a wide one steps are in proportion to the value.
double dragged_number(double value, double pixels, const ParamInfo& info);
/// Within the parameter's range, whole where it must be.
double allowed_number(double value, const ParamInfo& info);

}  // namespace gan
