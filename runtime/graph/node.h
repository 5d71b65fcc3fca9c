#pragma once

#include "runtime/graph/value.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gan {

/// A node is a class that declares its ports and parameters as members and computes its outputs in process():
///
///     class Scale final : public Node {
///     public:
///         Input<double> in{*this, "in", "Any number"};
///         Number factor{*this, "factor", "What it is multiplied by", {.value = 2, .min = 0, .max = 10}};
///         Output<double> out{*this, "out", "The product"};
///         void process(const Tick&) override { out = *in * factor; }
///     };
///
/// Declaring a member registers it. Names are saved in patches: they never change, and live as long as the
/// program does, as descriptions do. Names and types may be read from any thread; everything else of an
/// instance belongs to one thread at a time, the player's.
class Node;
class Gpu;

/// What a host gives to Input nodes, by their names.
using HostPictures = std::map<std::string, ImageRef, std::less<>>;

/// The moment that is shown.
struct Tick {
    int64_t index = 0;
    double rate = 60;              // ticks a second
    double tempo = 120;            // beats a minute
    bool live = false;             // someone is watching: nothing may wait. Else everything is waited for
    std::string_view folder = {};  // that relative paths of the patch start from
    Gpu* gpu = nullptr;            // that pictures are worked on with; the player sets it
    const HostPictures* pictures = nullptr;  // null: there is no host that gives any
    double seconds() const { return static_cast<double>(index) / rate; }
    double beats() const { return seconds() * tempo / 60; }
};

class OutputBase {
public:
    OutputBase(Node& node, std::string_view name, std::string_view description, PortType type);
    OutputBase(const OutputBase&) = delete;
    OutputBase& operator=(const OutputBase&) = delete;

    const std::string_view name;
    const std::string_view description;
    const PortType type;

    /// Rises when the value differs bit for bit, or the error does.
    uint64_t version() const { return version_; }
    /// Why there is no value; empty when there is one.
    const std::string& error() const { return error_; }
    void fail(const std::string& message);
    /// Takes the value and error of an output of the same type, as a bypassed node does.
    virtual void copy(const OutputBase& other) = 0;

protected:
    ~OutputBase() = default;
    /// Fails since what was to be published "is not a finite number".
    void stop(const char* fault);
    std::string error_;
    uint64_t version_ = 0;
};

template <class T>
class Output final : public OutputBase {
public:
    Output(Node& node, std::string_view name, std::string_view description)
        : OutputBase(node, name, description, port_type_of<T>()) {}

    /// Publishes a value. One that may not go on a wire becomes an error that says why.
    Output& operator=(T value) {
        if (const char* fault = fault_of(value)) {
            stop(fault);
            return *this;
        }
        if (version_ > 0 && error_.empty() && same(value, value_)) return *this;
        value_ = std::move(value);
        error_.clear();
        ++version_;
        return *this;
    }
    const T& value() const { return value_; }
    void copy(const OutputBase& other) override {
        if (!other.error().empty())
            fail(other.error());
        else
            *this = static_cast<const Output&>(other).value();
    }

private:
    T value_{};
};

class InputBase {
public:
    InputBase(Node& node, std::string_view name, std::string_view description, PortType type, bool optional);
    InputBase(const InputBase&) = delete;
    InputBase& operator=(const InputBase&) = delete;

    const std::string_view name;
    const std::string_view description;
    const PortType type;
    const bool optional;  // the node works without a link here

    bool linked() const { return source_ != nullptr; }
    /// The player links an input to an output of the same type, or to none.
    void link(const OutputBase* source);
    const OutputBase* source() const { return source_; }
    /// Whether the source has changed since this was last asked; forgets it.
    bool take_change();
    void forget() { seen_ = no_version; }

protected:
    ~InputBase() = default;
    static constexpr uint64_t no_version = ~uint64_t{0};
    const OutputBase* source_ = nullptr;
    uint64_t seen_ = no_version;
};

enum class Need { Required, Optional };

template <class T>
class Input final : public InputBase {
public:
    Input(Node& node, std::string_view name, std::string_view description, Need need = Need::Required)
        : InputBase(node, name, description, port_type_of<T>(), need == Need::Optional) {}
    /// The value on the wire. Required inputs always have one while process() runs.
    const T& operator*() const { return static_cast<const Output<T>*>(source_)->value(); }
    const T* operator->() const { return &**this; }
};

enum class Curve { Linear, Log };

/// What is known of a parameter: for the inspector, the documentation, the patch's schema and checks.
struct ParamInfo {
    enum class Kind { Number, Toggle, Choice, Text, Data };
    Kind kind = Kind::Number;
    double value = 0;  // default of Number and Toggle; index of Choice
    double min = 0;
    double max = 1;
    std::string unit;
    Curve curve = Curve::Linear;
    bool whole = false;                // Number: integers only
    bool setup = false;                // not wirable; a change prepares something anew
    std::vector<std::string> choices;  // Choice
    std::string text;                  // default of Text
    bool file = false;                 // Text: names a file or folder that is read, from the patch's folder
};

class ParamBase {
public:
    ParamBase(Node& node, std::string_view name, std::string_view description, ParamInfo info);
    ParamBase(const ParamBase&) = delete;
    ParamBase& operator=(const ParamBase&) = delete;

    const std::string_view name;
    const std::string_view description;
    const ParamInfo info;

    /// Stores a value from a patch, clamped into the range. Returns what had to be said about it ("3 is above
    /// the largest, 1"), or nothing. A value of the wrong kind is refused: the old one stays.
    virtual std::string set(const nlohmann::json& value) = 0;
    virtual nlohmann::json default_value() const = 0;

protected:
    ~ParamBase() = default;
};

struct NumberInfo {
    double value = 0;
    double min = 0;
    double max = 1;
    std::string unit{};
    Curve curve = Curve::Linear;
    bool whole = false;
    bool setup = false;
};

/// A number; also an input of the same name, unless it is setup: a wire there wins over the stored value.
class Number final : public ParamBase {
public:
    Number(Node& node, std::string_view name, std::string_view description, const NumberInfo& info);
    operator double() const;
    int64_t whole() const;
    std::string set(const nlohmann::json& value) override;
    nlohmann::json default_value() const override;

private:
    double value_;
    std::unique_ptr<Input<double>> input_;  // null: setup
};

class Toggle final : public ParamBase {
public:
    Toggle(Node& node, std::string_view name, std::string_view description, bool value, bool setup = false);
    operator bool() const { return value_; }
    std::string set(const nlohmann::json& value) override;
    nlohmann::json default_value() const override;

private:
    bool value_;
};

/// One of several words; saved as the word. The enumeration's values count up from 0.
class ChoiceBase : public ParamBase {
public:
    ChoiceBase(Node& node, std::string_view name, std::string_view description,
               std::vector<std::string> choices, size_t value, bool setup);
    std::string set(const nlohmann::json& value) override;
    nlohmann::json default_value() const override;

protected:
    size_t index_;
};
template <class Enum>
class Choice final : public ChoiceBase {
public:
    Choice(Node& node, std::string_view name, std::string_view description, std::vector<std::string> choices,
           Enum value, bool setup = false)
        : ChoiceBase(node, name, description, std::move(choices), static_cast<size_t>(value), setup) {}
    operator Enum() const { return static_cast<Enum>(index_); }
};

class TextParam final : public ParamBase {
public:
    TextParam(Node& node, std::string_view name, std::string_view description, std::string value = {},
              bool setup = false, bool file = false);
    const std::string& operator*() const { return value_; }
    std::string set(const nlohmann::json& value) override;
    nlohmann::json default_value() const override;

private:
    std::string value_;
};

/// Structured data in the patch: keyframes, lists of classes, a kept latent. `parse` turns it into what the
/// node uses and throws Error with a sentence when it cannot.
class DataParam final : public ParamBase {
public:
    DataParam(Node& node, std::string_view name, std::string_view description,
              const std::string& default_json, std::function<void(const nlohmann::json&)> parse);
    ~DataParam();
    std::string set(const nlohmann::json& value) override;
    nlohmann::json default_value() const override;

private:
    std::unique_ptr<nlohmann::json> default_;
    std::function<void(const nlohmann::json&)> parse_;
};

class Node {
public:
    Node();
    virtual ~Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    /// Computes the outputs. Called when something it depends on changed, never while a required input is
    /// missing or in error. Throws Error: its message becomes the error of every output.
    virtual void process(const Tick& tick) = 0;
    /// Whether it asked to run in the next tick, although nothing may have changed; forgets it.
    bool take_request() { return std::exchange(again_, false); }

    /// Makes ready on a GPU what would hold up the first process(). What fails is said by process(), which
    /// does what was not prepared. [any thread but the player's, before it has the node]
    virtual void prepare_on(Gpu&) {}
    /// Back to the state of the first tick.
    virtual void reset() {}
    /// Ticks from one round of what it does by itself to the next, which is the same bit for bit; not always
    /// a whole number. None: it has no rounds, or never repeats. `tick` gives rate and tempo.
    virtual std::optional<double> period(const Tick&) const { return std::nullopt; }
    /// Takes over what may play on from a node of the same type that this one replaces, since it has another
    /// shape. [player's thread]
    virtual void follow(Node&) {}
    /// Feedback nodes: reads the inputs after all nodes of the tick have run.
    virtual void latch(const Tick&) {}

    const std::vector<InputBase*>& inputs() const { return inputs_; }
    const std::vector<OutputBase*>& outputs() const { return outputs_; }
    const std::vector<ParamBase*>& params() const { return params_; }
    InputBase* input(std::string_view name) const;
    OutputBase* output(std::string_view name) const;
    ParamBase* param(std::string_view name) const;

protected:
    /// For process(): runs again in the next tick, since something is being prepared.
    void run_again() { again_ = true; }

private:
    bool again_ = false;
    friend class InputBase;
    friend class OutputBase;
    friend class ParamBase;
    std::vector<InputBase*> inputs_;
    std::vector<OutputBase*> outputs_;
    std::vector<ParamBase*> params_;
};

/// How the player treats a type's nodes.
struct NodeTraits {
    bool timed = false;     // depends on the tick: runs on every one that is asked for
    bool stateful = false;  // runs on every tick, asked for or not; has a reset()
    bool feedback = false;  // its outputs are of earlier ticks: it may close a cycle; has a latch()
    bool sink = false;      // asks for what it depends on
};

/// A kind of node. Immutable.
struct NodeType {
    std::string id;           // "latent.truncation": permanent
    std::string name;         // "Truncation"
    std::string description;  // one sentence
    NodeTraits traits;
    int version = 1;  // of its parameters and ports
    std::function<std::unique_ptr<Node>()> create;
    /// Rewrites parameters saved by an older version, in place; null when there is none.
    std::function<void(nlohmann::json& params, int from)> migrate;
    std::vector<std::string> aliases{};  // other words people search for
    /// The name of the text parameter that decides which ports and other parameters a node has, and makes
    /// them when it is set, once, before any other; empty for most types.
    std::string_view shaped_by{};
};

template <class T>
NodeType node_type(const std::string& id, const std::string& name, const std::string& description,
                   NodeTraits traits = {}) {
    return {.id = id,
            .name = name,
            .description = description,
            .traits = traits,
            .create = [] { return std::make_unique<T>(); },
            .migrate = {}};
}

/// The kinds of nodes that there are, by id. Immutable once made; ports and parameters of each kind are read
/// off one instance.
class NodeTypes {
public:
    /// `missing`: why a type is not among them, such as "acme.gannode.so: has no types"; or nothing.
    explicit NodeTypes(std::vector<NodeType> types,
                       std::function<std::string(std::string_view id)> missing = {});
    ~NodeTypes();

    const NodeType* find(std::string_view id) const;
    /// Of an id that find() does not know, to follow its name: "is not installed", and why. [any thread]
    std::string why_missing(std::string_view id) const;
    /// An instance that is never run, to read ports and parameters from; the type must be one of these.
    const Node& sample(const NodeType& type) const;
    /// The same for a node with these parameters, whose ports they may decide. [any thread]
    const Node& sample(const NodeType& type, const nlohmann::json& params) const;
    const std::vector<NodeType>& all() const { return types_; }

private:
    const std::function<std::string(std::string_view)> missing_;
    std::vector<NodeType> types_;                 // sorted by id
    std::vector<std::unique_ptr<Node>> samples_;  // of each
    std::unordered_map<std::string_view, const NodeType*> by_id_;
    mutable std::mutex shaped_mutex_;
    mutable std::map<std::pair<const NodeType*, std::string>, std::unique_ptr<Node>> shaped_;
};

/// What decides a node's ports: its text, or the type's own; empty where its type is shaped by none.
std::string shape_of(const NodeType& type, const nlohmann::json& params);

/// A node with the ports and parameters that these decide; nothing else of them is set.
std::unique_ptr<Node> make_node(const NodeType& type, const nlohmann::json& params);

/// A name for ports and parameters that are made while the program runs; it lives as long as the program.
std::string_view lasting_name(const std::string& name);

}  // namespace gan
