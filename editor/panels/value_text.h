#pragma once

#include "runtime/live/live.h"

#include <string>
#include <string_view>

namespace gan {

/// "0.7", "60 numbers, std 0.88", "grass 0.7, ice 0.3", "512x512 linear16f, tiles".
std::string value_text(const PortValue& value);
std::string value_text(const ImageInfo& info);
std::string_view name_of(Encoding encoding);

}  // namespace gan
