#include "editor/panels/typed_number.h"

#include "runtime/base/error.h"

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numbers>
#include <optional>

namespace gan {
namespace {

constexpr size_t longest_expression = 200;  // characters; muparser's work grows with them

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80 ||
           c == '%';
}

std::string without_spaces(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// Nothing when it is no expression, or its value no finite number.
std::optional<double> evaluated(const std::string& text) {
    if (text.empty()) return std::nullopt;
    for (char c : text)
        if (c < ' ' || c > '~') return std::nullopt;
    try {
        mu::Parser parser;
        parser.DefineConst("pi", std::numbers::pi);
        parser.DefineConst("tau", 2 * std::numbers::pi);
        parser.SetExpr(text);
        const double value = parser.Eval();
        if (parser.GetNumResults() != 1 || !std::isfinite(value)) return std::nullopt;
        return value;
    } catch (const mu::ParserError&) {
        return std::nullopt;
    }
}

/// Decimals that `value` needs for four digits; zeros at the end are not needed.
int needed_decimals(double value) {
    if (value == 0) return 0;
    const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
    int decimals = std::clamp(3 - exponent, 0, 9);
    std::string text = fmt::format("{:.{}f}", value, decimals);
    while (decimals > 0 && text.back() == '0') {
        text.pop_back();
        --decimals;
    }
    return decimals;
}

std::string with_decimals(double value, int decimals) {
    std::string text = fmt::format("{:.{}f}", value, decimals);
    if (text.find_first_not_of("-0.") == std::string::npos && text.front() == '-') text.erase(0, 1);
    return text;
}

bool beyond_columns(double value) {
    return !std::isfinite(value) || std::abs(value) >= 1e10 || (value != 0 && std::abs(value) < 1e-6);
}

}  // namespace

double typed_number(std::string_view typed, std::string_view unit) {
    std::string text = without_spaces(typed);
    if (text.empty()) throw Error("type a number, or an expression such as 1/3");
    if (text.size() > longest_expression)
        throw Error("this has {} characters; {} are the most", text.size(), longest_expression);
    if (!unit.empty() && text.size() > unit.size() && text.ends_with(unit))
        text = without_spaces(std::string_view(text).substr(0, text.size() - unit.size()));
    if (text.find('(') == std::string::npos && std::count(text.begin(), text.end(), ',') == 1)
        std::replace(text.begin(), text.end(), ',', '.');
    if (const auto value = evaluated(text)) return *value;
    std::string shorter = text;
    while (!shorter.empty() && is_letter(shorter.back())) shorter.pop_back();
    if (const auto value = evaluated(without_spaces(shorter))) return *value;
    throw Error("'{}' is no number; type one, or an expression such as 1/3 or 2*pi", text.substr(0, 40));
}

std::string number_text(double value) {
    if (beyond_columns(value)) return fmt::format("{:.4g}", value);
    return with_decimals(value, needed_decimals(value));
}

std::string number_text(double value, double min, double max, bool whole) {
    if (whole && std::abs(value) < 1e15) return fmt::format("{}", static_cast<int64_t>(std::llround(value)));
    if (beyond_columns(value)) return fmt::format("{:.4g}", value);
    const double range = max - min;
    const int of_range = range > 0 && range <= 1e4
                             ? std::clamp(static_cast<int>(std::lround(3 - std::log10(range))), 0, 6)
                             : 0;
    return with_decimals(value, std::max(of_range, needed_decimals(value)));
}

}  // namespace gan
