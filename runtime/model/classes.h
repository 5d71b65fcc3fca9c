#pragma once

#include "runtime/model/config.h"
#include "runtime/model/modulation.h"

#include <string>
#include <vector>

namespace gan {

/// The class that a name or number means; see parse_classes().
int class_index(const std::string& text, const BigGanConfig& config);

/// What separators enclose, as it is written.
std::vector<std::string> split(const std::string& text, char separator);

/// Without spaces at either end.
std::string trimmed(const std::string& text);

/// The classes of a command line: commas between pictures, `+` within a mix, `:` before a weight.
///     "tabby,3"            tabby, then class 3
///     "tabby:0.3+3:0.7"    one mix
/// A class is an index or a name; names match whole or by one of the synonyms that commas separate in
/// them, in any case, `_` standing for a space. Throws Error with the nearest names.
std::vector<Conditioning> parse_classes(const std::string& text, const BigGanConfig& config);

/// The same by index, so that it does not depend on names: "281:0.3+3:0.7".
std::string class_text(const Conditioning& conditioning);

/// For a person: "tabby 30 % + class 3 70 %".
std::string class_caption(const Conditioning& conditioning, const BigGanConfig& config);

}  // namespace gan
