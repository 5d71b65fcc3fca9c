#include "runtime/graph/node.h"

#include "runtime/base/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace gan {
namespace {

using nlohmann::json;

template <class T>
T* named(const std::vector<T*>& list, std::string_view name) {
    for (T* entry : list)
        if (entry->name == name) return entry;
    return nullptr;
}

std::string wrong_kind(std::string_view name, const char* needed, const json& value) {
    return fmt::format("parameter '{}' needs {}, not {}; it keeps its value", name, needed,
                       value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 40));
}

}  // namespace

OutputBase::OutputBase(Node& node, std::string_view name, std::string_view description, PortType type)
    : name(name), description(description), type(type) {
    node.outputs_.push_back(this);
}

void OutputBase::fail(const std::string& message) {
    if (error_ == message) return;
    error_ = message;
    ++version_;
}

void OutputBase::stop(const char* fault) {
    fail(fmt::format("output '{}' {}", name, fault));
}

InputBase::InputBase(Node& node, std::string_view name, std::string_view description, PortType type,
                     bool optional)
    : name(name), description(description), type(type), optional(optional) {
    node.inputs_.push_back(this);
}

void InputBase::link(const OutputBase* source) {
    if (source == source_) return;
    source_ = source;
    forget();
}

bool InputBase::take_change() {
    const uint64_t now = source_ == nullptr ? 0 : source_->version();
    const bool changed = now != seen_;
    seen_ = now;
    return changed;
}

ParamBase::ParamBase(Node& node, std::string_view name, std::string_view description, ParamInfo info)
    : name(name), description(description), info(std::move(info)) {
    node.params_.push_back(this);
}

Number::Number(Node& node, std::string_view name, std::string_view description, const NumberInfo& info)
    : ParamBase(node, name, description,
                {.kind = ParamInfo::Kind::Number,
                 .value = info.value,
                 .min = info.min,
                 .max = info.max,
                 .unit = info.unit,
                 .curve = info.curve,
                 .whole = info.whole,
                 .setup = info.setup}),
      value_(info.value) {
    if (!info.setup) input_ = std::make_unique<Input<double>>(node, name, description, Need::Optional);
}

Number::operator double() const {
    const double value =
        input_ != nullptr && input_->linked() ? std::clamp(**input_, info.min, info.max) : value_;
    return info.whole ? std::round(value) : value;
}

int64_t Number::whole() const {
    return static_cast<int64_t>(std::llround(static_cast<double>(*this)));
}

std::string Number::set(const json& value) {
    if (!value.is_number()) return wrong_kind(name, "a number", value);
    const double number = value.get<double>();
    if (!std::isfinite(number)) return wrong_kind(name, "a finite number", value);
    value_ = std::clamp(number, info.min, info.max);
    if (number < info.min)
        return fmt::format("parameter '{}': {} is below its least, {}", name, number, info.min);
    if (number > info.max)
        return fmt::format("parameter '{}': {} is above its most, {}", name, number, info.max);
    return {};
}

json Number::default_value() const {
    if (info.whole) return static_cast<int64_t>(info.value);
    return info.value;
}

Toggle::Toggle(Node& node, std::string_view name, std::string_view description, bool value, bool setup)
    : ParamBase(node, name, description,
                {.kind = ParamInfo::Kind::Toggle, .value = value ? 1.0 : 0.0, .setup = setup}),
      value_(value) {}

std::string Toggle::set(const json& value) {
    if (!value.is_boolean()) return wrong_kind(name, "true or false", value);
    value_ = value.get<bool>();
    return {};
}

json Toggle::default_value() const {
    return info.value != 0;
}

ChoiceBase::ChoiceBase(Node& node, std::string_view name, std::string_view description,
                       std::vector<std::string> choices, size_t value, bool setup)
    : ParamBase(node, name, description,
                {.kind = ParamInfo::Kind::Choice,
                 .value = static_cast<double>(value),
                 .setup = setup,
                 .choices = std::move(choices)}),
      index_(value) {}

std::string ChoiceBase::set(const json& value) {
    const auto found = value.is_string()
                           ? std::find(info.choices.begin(), info.choices.end(), value.get<std::string>())
                           : info.choices.end();
    if (found == info.choices.end())
        return wrong_kind(name, fmt::format("one of {}", fmt::join(info.choices, ", ")).c_str(), value);
    index_ = static_cast<size_t>(found - info.choices.begin());
    return {};
}

json ChoiceBase::default_value() const {
    return info.choices[static_cast<size_t>(info.value)];
}

TextParam::TextParam(Node& node, std::string_view name, std::string_view description, std::string value,
                     bool setup, bool file)
    : ParamBase(node, name, description,
                {.kind = ParamInfo::Kind::Text, .setup = setup, .text = value, .file = file}),
      value_(std::move(value)) {}

std::string TextParam::set(const json& value) {
    if (!value.is_string()) return wrong_kind(name, "a text", value);
    value_ = value.get<std::string>();
    return {};
}

json TextParam::default_value() const {
    return info.text;
}

DataParam::DataParam(Node& node, std::string_view name, std::string_view description,
                     const std::string& default_json, std::function<void(const json&)> parse)
    : ParamBase(node, name, description, {.kind = ParamInfo::Kind::Data}),
      default_(std::make_unique<json>(json::parse(default_json))),
      parse_(std::move(parse)) {
    parse_(*default_);
}

DataParam::~DataParam() = default;

std::string DataParam::set(const json& value) {
    try {
        parse_(value);
        return {};
    } catch (const std::exception& failure) {
        return fmt::format("parameter '{}': {}; it keeps its value", name, failure.what());
    }
}

json DataParam::default_value() const {
    return *default_;
}

Node::Node() {
    // Most have no more: building a plan of many nodes is mostly allocation.
    inputs_.reserve(8);
    params_.reserve(8);
    outputs_.reserve(2);
}

InputBase* Node::input(std::string_view name) const {
    return named(inputs_, name);
}
OutputBase* Node::output(std::string_view name) const {
    return named(outputs_, name);
}
ParamBase* Node::param(std::string_view name) const {
    return named(params_, name);
}

NodeTypes::NodeTypes(std::vector<NodeType> types, std::function<std::string(std::string_view)> missing)
    : missing_(std::move(missing)), types_(std::move(types)) {
    std::sort(types_.begin(), types_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    for (const NodeType& type : types_) {
        samples_.push_back(make_node(type, json::object()));
        by_id_.emplace(type.id, &type);
    }
}

NodeTypes::~NodeTypes() = default;

const NodeType* NodeTypes::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

std::string NodeTypes::why_missing(std::string_view id) const {
    const std::string why = missing_ ? missing_(id) : std::string();
    return why.empty() ? "is not installed" : fmt::format("is not here ({})", why);
}

const Node& NodeTypes::sample(const NodeType& type) const {
    return *samples_[static_cast<size_t>(&type - types_.data())];
}

const Node& NodeTypes::sample(const NodeType& type, const json& params) const {
    if (type.shaped_by.empty() || !params.contains(type.shaped_by)) return sample(type);
    const std::lock_guard lock(shaped_mutex_);
    auto& node = shaped_[{&type, shape_of(type, params)}];
    if (node == nullptr) node = make_node(type, params);
    return *node;
}

std::unique_ptr<Node> make_node(const NodeType& type, const json& params) {
    auto node = type.create();
    if (type.shaped_by.empty()) return node;
    ParamBase* text = node->param(type.shaped_by);
    const std::string shape = shape_of(type, params);
    text->set(shape.empty() ? text->default_value() : json(shape));
    return node;
}

std::string shape_of(const NodeType& type, const json& params) {
    if (type.shaped_by.empty()) return {};
    const auto text = params.find(type.shaped_by);
    return text != params.end() && text->is_string() ? text->get<std::string>() : std::string();
}

std::string_view lasting_name(const std::string& name) {
    static std::mutex mutex;
    static std::set<std::string> names;
    const std::lock_guard lock(mutex);
    return *names.insert(name).first;
}

}  // namespace gan
