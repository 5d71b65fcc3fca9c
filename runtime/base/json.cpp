#include "runtime/base/json.h"

#include "runtime/base/error.h"

#ifdef __SSE2__
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace gan {
namespace {

using nlohmann::json;

/// What RapidJSON reports, made into one value.
class Builder {
public:
    explicit Builder(size_t depth) : depth_(depth) {}

    json result() { return std::move(root_); }
    bool too_deep() const { return open_.size() > depth_; }
    bool too_big() const { return too_big_; }

    bool Null() { return add(nullptr); }
    bool Bool(bool value) { return add(value); }
    bool String(const char* text, size_t size, bool) { return add(json::string_t(text, size)); }
    /// A number as it is written. (RapidJSON's own conversion of 0e-111 has no defined result.)
    bool RawNumber(const char* text, size_t size, bool) {
        const std::string_view digits(text, size);
        if (digits.find_first_of(".eE") == digits.npos) {
            if (digits.front() == '-' ? add_as<int64_t>(digits) : add_as<uint64_t>(digits)) return true;
        }
        if (add_as<double>(digits)) return true;
        // Beyond the range of double: so few digits without a positive exponent are below it.
        const size_t exponent = digits.find_first_of("eE");
        const bool tiny = size < 300 && (exponent == digits.npos || digits[exponent + 1] == '-');
        too_big_ = !tiny;
        return tiny && add(digits.front() == '-' ? -0.0 : 0.0);
    }
    // What RapidJSON asks for, and does not call.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(int64_t) { return false; }
    bool Uint64(uint64_t) { return false; }
    bool Double(double) { return false; }
    bool Key(const char* text, size_t size, bool) {
        key_.assign(text, size);
        return true;
    }
    bool StartObject() { return begin(json::value_t::object); }
    bool EndObject(size_t) { return end(); }
    bool StartArray() { return begin(json::value_t::array); }
    bool EndArray(size_t) { return end(); }

private:
    template <typename Value>
    json& place(Value&& value) {
        if (open_.empty()) return root_ = json(std::forward<Value>(value));
        if (auto* list = open_.back()->get_ptr<json::array_t*>())
            return list->emplace_back(std::forward<Value>(value));
        auto& object = open_.back()->get_ref<json::object_t&>();
        return object.insert_or_assign(std::move(key_), json(std::forward<Value>(value))).first->second;
    }
    template <typename Value>
    bool add(Value&& value) {
        place(std::forward<Value>(value));
        return true;
    }
    template <typename Number>
    bool add_as(std::string_view digits) {
        Number number{};
        const char* end = digits.data() + digits.size();
        const auto [read, error] = std::from_chars(digits.data(), end, number);
        return error == std::errc() && read == end && add(number);
    }
    bool begin(json::value_t kind) {
        open_.push_back(&place(kind));
        return !too_deep();
    }
    bool end() {
        open_.pop_back();
        return true;
    }

    size_t depth_;
    bool too_big_ = false;
    json root_;
    std::vector<json*> open_;  // the lists and objects around what comes next; no list grows but the last
    json::string_t key_;
};

}  // namespace

json parse_json(std::string_view text, int depth) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    Builder builder(static_cast<size_t>(depth));
    rapidjson::Reader reader;
    // It reads sixteen bytes at a time up to a NUL.
    std::string padded;
    padded.reserve(text.size() + 16);
    padded = text;
    rapidjson::StringStream stream(padded.c_str());
    constexpr unsigned how = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    const bool ascii = std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
    const auto outcome = ascii ? reader.Parse<how>(stream, builder)
                               : reader.Parse<how | rapidjson::kParseValidateEncodingFlag>(stream, builder);
    if (builder.too_deep()) throw Error("it nests more than {} levels deep", depth);
    const size_t at = outcome.IsError() ? outcome.Offset() : stream.Tell();
    if (!outcome.IsError() && at >= text.size()) return builder.result();
    const std::string_view before = text.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t column = before.size() - (before.rfind('\n') + 1);  // npos + 1 is 0
    const auto code = builder.too_big() ? rapidjson::kParseErrorNumberTooBig : outcome.Code();
    throw Error("it is not JSON: line {}, column {}: {}", line, column + 1,
                outcome.IsError() ? rapidjson::GetParseError_En(code) : "There is a NUL character.");
}

}  // namespace gan
