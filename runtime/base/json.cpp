#include "runtime/base/json.h"

#include "runtime/base/error.h"

#ifdef __SSE2__
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cmath>
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
    Builder(size_t depth, const rapidjson::StringStream& text, const char* end)
        : depth_(depth), text_(text), end_(end) {}

    json result() { return std::move(root_); }
    bool too_deep() const { return open_.size() > depth_; }

    bool Null() { return add(nullptr); }
    bool Bool(bool value) { return add(value); }
    bool Int(int value) { return add(value); }
    bool Uint(unsigned value) { return add(value); }
    bool Int64(int64_t value) { return add(value); }
    bool Uint64(uint64_t value) { return add(value); }
    /// Read again, exactly: what RapidJSON gives is some units in the last place off, and its own exact
    /// conversion has no defined result for 0e-111. The stream stands where the number begins.
    bool Double(double value) {
        double exact = 0;
        const auto [end, error] = std::from_chars(text_.src_, end_, exact);
        if (end == text_.src_) return false;
        if (error == std::errc()) return add(exact);
        return std::abs(value) < 1 && add(std::copysign(0.0, value));  // beyond the range of double
    }
    bool String(const char* text, size_t size, bool) { return add(json::string_t(text, size)); }
    bool RawNumber(const char*, size_t, bool) { return false; }  // only when asked for
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
    bool begin(json::value_t kind) {
        open_.push_back(&place(kind));
        return !too_deep();
    }
    bool end() {
        open_.pop_back();
        return true;
    }

    size_t depth_;
    const rapidjson::StringStream& text_;
    const char* end_;
    json root_;
    std::vector<json*> open_;  // the lists and objects around what comes next; no list grows but the last
    json::string_t key_;
};

}  // namespace

json parse_json(std::string_view text, int depth) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    rapidjson::Reader reader;
    // It reads sixteen bytes at a time up to a NUL.
    std::string padded;
    padded.reserve(text.size() + 16);
    padded = text;
    rapidjson::StringStream stream(padded.c_str());
    Builder builder(static_cast<size_t>(depth), stream, padded.data() + padded.size());
    constexpr unsigned how = rapidjson::kParseIterativeFlag;
    const bool ascii = std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
    const auto outcome = ascii ? reader.Parse<how>(stream, builder)
                               : reader.Parse<how | rapidjson::kParseValidateEncodingFlag>(stream, builder);
    if (builder.too_deep()) throw Error("it nests more than {} levels deep", depth);
    const size_t at = outcome.IsError() ? outcome.Offset() : stream.Tell();
    if (!outcome.IsError() && at >= text.size()) return builder.result();
    const std::string_view before = text.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t column = before.size() - (before.rfind('\n') + 1);  // npos + 1 is 0
    throw Error(
        "it is not JSON: line {}, column {}: {}", line, column + 1,
        outcome.IsError() ? rapidjson::GetParseError_En(outcome.Code()) : "There is a NUL character.");
}

}  // namespace gan
