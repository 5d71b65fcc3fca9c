#include "nodes/builtin.h"
#include "runtime/graph/graph.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <utility>
#include <variant>

namespace gan {
namespace {

constexpr size_t port_type_count = 8;

std::vector<std::string> names_of_port_types() {
    std::vector<std::string> names;
    for (size_t i = 0; i < port_type_count; ++i) names.emplace_back(name_of(static_cast<PortType>(i)));
    return names;
}

/// One of the types of ports, which are made when it is set first.
class RerouteType final : public ChoiceBase {
public:
    RerouteType(Node& node, std::function<void(PortType)> shape)
        : ChoiceBase(node, "type", "What the wire carries", names_of_port_types(),
                     static_cast<size_t>(PortType::Scalar), true),
          shape_(std::move(shape)) {}
    /// A word that is no type leaves it a Scalar.
    std::string set(const nlohmann::json& value) override {
        const std::string problem = ChoiceBase::set(value);
        if (shape_) std::exchange(shape_, nullptr)(static_cast<PortType>(index_));
        return problem;
    }

private:
    std::function<void(PortType)> shape_;  // once
};

template <class T>
struct ReroutePorts {
    explicit ReroutePorts(Node& node)
        : in(node, "in", "Any value of this type"), out(node, "out", "The same") {}
    Input<T> in;
    Output<T> out;
};

class Reroute final : public Node {
public:
    RerouteType type{*this, [this](PortType wanted) { shape(wanted); }};

    void process(const Tick&) override { outputs().front()->copy(*inputs().front()->source()); }

private:
    void shape(PortType wanted) {
        switch (wanted) {
            case PortType::Scalar:
                return make<double>();
            case PortType::Bool:
                return make<bool>();
            case PortType::Text:
                return make<std::string>();
            case PortType::Trigger:
                return make<Trigger>();
            case PortType::Latent:
                return make<Latent>();
            case PortType::Conditioning:
                return make<ClassMix>();
            case PortType::Model:
                return make<ModelRef>();
            case PortType::Image:
                return make<ImageRef>();
        }
    }
    template <class T>
    void make() {
        ports_.emplace<ReroutePorts<T>>(*this);
    }

    std::variant<std::monostate, ReroutePorts<double>, ReroutePorts<bool>, ReroutePorts<std::string>,
                 ReroutePorts<Trigger>, ReroutePorts<Latent>, ReroutePorts<ClassMix>, ReroutePorts<ModelRef>,
                 ReroutePorts<ImageRef>>
        ports_;
};

}  // namespace

NodeType reroute() {
    NodeType type =
        node_type<Reroute>(reroute_type, "Reroute", "A point that a wire passes, to keep wires tidy");
    type.aliases = {"dot", "point", "pass through", "wire", "corner", "elbow"};
    type.shaped_by = "type";
    return type;
}

}  // namespace gan
