#pragma once

#include <string>
#include <string_view>

namespace gan {

/// The number that a person typed: an expression by muparser ("1/3", "2*pi"), with its unit or another word
/// behind it or not, and a decimal point or comma. Throws Error.
double typed_number(std::string_view text, std::string_view unit = {});

/// A number with at least four significant digits, without zeros behind them: "0.7", "12.35", "40960".
std::string number_text(double value);

/// The same in a column of numbers of one range: as many decimals as show a thousandth of it, and more where
/// the number is so small that four digits need them.
std::string number_text(double value, double min, double max, bool whole);

}  // namespace gan
