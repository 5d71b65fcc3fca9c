#pragma once

#include "nodes/builtin.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace gan {

/// Values that tests link to the node they run.
class Source final : public Node {
public:
    Output<double> scalar{*this, "scalar", "A number"};
    Output<Latent> a{*this, "a", "A latent"};
    Output<Latent> b{*this, "b", "Another"};
    Output<ClassMix> class_a{*this, "class a", "A class"};
    Output<ClassMix> class_b{*this, "class b", "Another"};
    Output<ImageRef> image{*this, "image", "A picture"};
    void process(const Tick&) override {}
};

/// One node alone, by its saved id and names: a test breaks when a saved name does.
struct Alone {
    explicit Alone(const NodeType& type, const nlohmann::json& params = nlohmann::json::object())
        : node(type.create()) {
        for (const auto& [name, value] : params.items()) EXPECT_EQ(node->param(name)->set(value), "");
    }
    explicit Alone(const std::string& id, const nlohmann::json& params = nlohmann::json::object())
        : Alone(*builtin_nodes().find(id), params) {}
    Alone& set(const char* param, const nlohmann::json& value) {
        EXPECT_EQ(node->param(param)->set(value), "");
        return *this;
    }
    Alone& link(const char* input, const OutputBase& output) {
        node->input(input)->link(&output);
        return *this;
    }
    Alone& at(int64_t index, double tempo = 120) {
        node->process({.index = index, .rate = 60, .tempo = tempo});
        return *this;
    }
    /// What it says when it fails; empty when it does not.
    std::string failure(const Tick& tick = {}) {
        try {
            node->process(tick);
        } catch (const std::exception& error) {
            return error.what();
        }
        return {};
    }
    template <class T>
    T get(const char* output) const {
        const OutputBase* found = node->output(output);
        EXPECT_EQ(found->error(), "");
        return static_cast<const Output<T>*>(found)->value();
    }
    double number(const char* output = "value") const { return get<double>(output); }
    std::vector<float> z() const { return get<Latent>("latent").z; }

    std::unique_ptr<Node> node;
};

}  // namespace gan
