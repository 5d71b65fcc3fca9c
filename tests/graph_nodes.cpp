#include "tests/graph_nodes.h"

#include "runtime/base/error.h"

#include <cmath>

namespace gan {

int test_adds = 0;

namespace {

class ConstantNode final : public Node {
public:
    Number value{*this, "value", "Any number", {.value = 0, .min = -1000, .max = 1000}};
    Output<double> out{*this, "out", "The number"};
    void process(const Tick&) override { out = value; }
};

class SumNode final : public Node {
public:
    Input<double> in{*this, "in", "A number"};
    Number amount{*this, "amount", "What is added", {.value = 1, .min = -10, .max = 10}};
    Output<double> out{*this, "out", "The sum"};
    void process(const Tick&) override {
        ++test_adds;
        out = *in + amount;
    }
};

class CountNode final : public Node {
public:
    Input<double> in{*this, "in", "A number"};
    Output<double> out{*this, "out", "The sum of all numbers so far"};
    void process(const Tick&) override { out = sum_ += *in; }
    void reset() override { sum_ = 0; }

private:
    double sum_ = 0;
};

class DelayNode final : public Node {
public:
    Input<double> in{*this, "in", "A number", Need::Optional};
    Output<double> out{*this, "out", "The number of the tick before"};
    void process(const Tick&) override { out = kept_; }
    void latch(const Tick&) override { kept_ = in.linked() && in.source()->error().empty() ? *in : 0.0; }
    void reset() override { kept_ = 0; }

private:
    double kept_ = 0;
};

class ClockNode final : public Node {
public:
    Output<double> out{*this, "out", "The tick"};
    void process(const Tick& tick) override { out = static_cast<double>(tick.index); }
};

class TextNode final : public Node {
public:
    TextParam text{*this, "text", "Any text", "hello"};
    Toggle loud{*this, "loud", "In capitals", false};
    Output<std::string> out{*this, "out", "The text"};
    void process(const Tick&) override { out = *text; }
};

class FailNode final : public Node {
public:
    Input<double> in{*this, "in", "A number"};
    Output<double> out{*this, "out", "Its inverse"};
    void process(const Tick&) override {
        if (*in == 0) throw Error("zero has no inverse");
        out = 1 / *in;
    }
};

class SinkNode final : public Node {
public:
    Input<double> in{*this, "in", "A number"};
    Number precision{
        *this, "precision", "Digits", {.value = 3, .min = 0, .max = 17, .whole = true, .setup = true}};
    Output<double> out{*this, "seen", "What came in last"};
    void process(const Tick&) override { out = *in; }
};

/// Version 1 had a "gain" in decibels; version 2 has a "factor".
class ScaleNode final : public Node {
public:
    Number factor{*this, "factor", "The number", {.value = 1, .min = 0, .max = 100}};
    Output<double> out{*this, "out", "The factor"};
    void process(const Tick&) override { out = factor; }
};

NodeType scale() {
    NodeType type = node_type<ScaleNode>("test.scale", "Scale", "Was another once");
    type.version = 2;
    type.migrate = [](nlohmann::json& params, int from) {
        if (from > 1 || !params.contains("gain")) return;
        params["factor"] = std::pow(10, params["gain"].get<double>() / 20);
        params.erase("gain");
    };
    return type;
}

}  // namespace

const NodeTypes& test_nodes() {
    static const NodeTypes types({
        node_type<ConstantNode>("test.constant", "Constant", "A number"),
        node_type<SumNode>("test.add", "Add", "Adds"),
        node_type<CountNode>("test.count", "Count", "Sums over time", {.stateful = true}),
        node_type<DelayNode>("test.delay", "Delay", "One tick later", {.feedback = true}),
        node_type<ClockNode>("test.clock", "Clock", "Counts ticks", {.timed = true}),
        node_type<TextNode>("test.text", "Text", "A text"),
        node_type<FailNode>("test.fail", "Inverse", "One over"),
        node_type<SinkNode>("test.sink", "Sink", "Asks", {.sink = true}),
        scale(),
    });
    return types;
}

Edit add_node(NodeId id, const std::string& type, const nlohmann::json& params) {
    return {gan::AddNode{id, {.type = type, .params = params}}};
}
Edit link(NodeId from, const std::string& output, NodeId to, const std::string& input) {
    return {AddLink{{from, output}, {to, input}}};
}
Edit set(NodeId id, const std::string& param, const nlohmann::json& value) {
    return {SetParam{id, param, value}};
}

Edit random_edit(std::mt19937& random) {
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const auto some = [&] { return static_cast<NodeId>(1 + below(12)); };
    static const std::vector<std::string> types{"test.constant", "test.add",  "test.count",
                                                "test.delay",    "test.sink", "test.not.installed"};
    switch (below(9)) {
        case 0:
            return add_node(some(), types[static_cast<size_t>(below(6))], {{"amount", below(10)}});
        case 1:
            return {RemoveNode{some()}};
        case 2:
        case 3:
            return link(some(), "out", some(), below(4) == 0 ? "amount" : "in");
        case 4:
            return {RemoveLink{{some(), "in"}}};
        case 5:
            return set(some(), "amount", below(100) / 10.0);
        case 6:
            return {SetField{some(), below(2) == 0 ? "name" : "mute", nlohmann::json(below(2) == 0)}};
        case 7:
            return {SetSetting{"tempo",
                               below(3) == 0 ? std::nullopt : std::optional<nlohmann::json>(below(200))}};
        default:
            return {std::vector<Edit>{random_edit(random), random_edit(random)}};
    }
}

Graph chain(int count) {
    Graph graph;
    graph.nodes[1] = {.type = "test.constant"};
    for (NodeId id = 2; id <= count; ++id) {
        graph.nodes[id] = {.type = id == count ? "test.sink" : "test.add"};
        graph.links[{id, "in"}] = {id - 1, "out"};
    }
    return graph;
}

}  // namespace gan
