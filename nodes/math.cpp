#include "nodes/builtin.h"
#include "runtime/base/error.h"

#include <muParser.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gan {
namespace {

// What muparser works through takes time and memory in proportion to these.
constexpr size_t max_length = 1000;  // characters
constexpr int max_nesting = 64;      // parentheses

/// muparser's error without its position, which counts from 0.
std::string reason_of(const mu::ParserError& error) {
    const std::string& token = error.GetToken();
    switch (error.GetCode()) {
        case mu::ecUNEXPECTED_EOF:
            return "it ends too early";
        case mu::ecMISSING_PARENS:
            return "a parenthesis is not closed";
        case mu::ecUNEXPECTED_PARENS:
            return "there is a parenthesis too many";
        case mu::ecTOO_MANY_PARAMS:
            return fmt::format("'{}' takes fewer numbers", token);
        case mu::ecTOO_FEW_PARAMS:
            return fmt::format("'{}' takes more numbers", token);
        case mu::ecMISSING_ELSE_CLAUSE:
            return "'?' needs a ':'";
        case mu::ecUNASSIGNABLE_TOKEN:
            return fmt::format("'{}' is not known", token.substr(0, token.find(' ')));
        default:
            return token.empty() ? "it cannot be read" : fmt::format("'{}' does not belong there", token);
    }
}

/// An expression by muparser: numbers alone, no strings, files or code; a decimal point whatever the locale.
class MathNode final : public Node {
public:
    TextParam expression{*this, "expression",
                         "Of a, b, c, d, t (seconds), beat, tick, such as a + 0.5 * sin(tau * t)", "a", true};
    Number a{*this, "a", "A number in the expression", {.value = 0, .min = -1e6, .max = 1e6}};
    Number b{*this, "b", "A number in the expression", {.value = 0, .min = -1e6, .max = 1e6}};
    Number c{*this, "c", "A number in the expression", {.value = 0, .min = -1e6, .max = 1e6}};
    Number d{*this, "d", "A number in the expression", {.value = 0, .min = -1e6, .max = 1e6}};
    Output<double> out{*this, "value", "The result"};

    MathNode() {
        const char* names[] = {"a", "b", "c", "d", "t", "beat", "tick"};
        for (size_t i = 0; i < std::size(names); ++i) parser_.DefineVar(names[i], &variables_[i]);
        parser_.DefineConst("pi", std::numbers::pi);
        parser_.DefineConst("tau", 2 * std::numbers::pi);
        // Beside muparser's own (sin, exp, ln, sqrt, abs, min, ...), by GLSL's names.
        parser_.DefineFun(
            "floor", +[](double x) { return std::floor(x); });
        parser_.DefineFun(
            "ceil", +[](double x) { return std::ceil(x); });
        parser_.DefineFun(
            "fract", +[](double x) { return x - std::floor(x); });
        parser_.DefineFun(
            "mod", +[](double x, double y) { return x - y * std::floor(x / y); });
        parser_.DefineFun(
            "clamp", +[](double x, double low, double high) { return std::min(std::max(x, low), high); });
        parser_.DefineFun(
            "mix", +[](double x, double y, double share) { return x + (y - x) * share; });
    }

    void process(const Tick& tick) override {
        const double values[] = {a, b, c, d, tick.seconds(), tick.beats(), static_cast<double>(tick.index)};
        std::copy(std::begin(values), std::end(values), variables_);
        try {
            if (*expression != parser_text_) compile();
            const double result = parser_.Eval();
            if (parser_.GetNumResults() != 1)
                throw Error("the expression gives {} numbers; it must give one", parser_.GetNumResults());
            out = result;
        } catch (const mu::ParserError& error) {
            const int position = error.GetPos();
            const size_t size = (*expression).size();
            throw Error("the expression is wrong at character {}: {}",
                        position < 0 ? size : std::min(static_cast<size_t>(position) + 1, size),
                        reason_of(error));
        }
    }

private:
    void compile() {
        parser_text_.clear();
        const std::string& text = *expression;
        if (text.find_first_not_of(' ') == std::string::npos) throw Error("the expression is empty");
        if (text.size() > max_length)
            throw Error("the expression has {} characters; {} are the most", text.size(), max_length);
        int nesting = 0;
        for (size_t i = 0; i < text.size(); ++i) {
            if (text[i] < ' ' || text[i] > '~')
                throw Error("the expression is wrong at character {}: it is no plain letter, digit or sign",
                            i + 1);
            nesting += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (nesting > max_nesting)
                throw Error("the expression is wrong at character {}: parentheses nest more than {} deep",
                            i + 1, max_nesting);
        }
        parser_.SetExpr(text);
        parser_text_ = text;
    }

    double variables_[7] = {};  // in the order of their names
    mu::Parser parser_;
    std::string parser_text_;  // what it was given; empty when that was refused
};

}  // namespace

NodeType math() {
    NodeType type =
        node_type<MathNode>("control.math", "Math", "A formula of numbers and the time", {.timed = true});
    type.aliases = {"expression", "formula", "add", "multiply"};
    return type;
}

}  // namespace gan
