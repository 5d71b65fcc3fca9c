#include "runtime/graph/plan.h"

#include "runtime/graph/wires.h"

#include <fmt/format.h>

#include <algorithm>

namespace gan {
namespace {

/// Links of one step, by the order of its inputs.
std::vector<Plan::Link> links_of(const Plan& plan, const Node& node, const std::vector<Wire>& wires) {
    std::vector<Plan::Link> links;
    for (InputBase* input : node.inputs()) {
        Plan::Link link{input, nullptr};
        const auto wire =
            std::find_if(wires.begin(), wires.end(), [&](const Wire& w) { return w.to.port == input->name; });
        if (wire != wires.end()) {
            const Plan::Step* from = plan.find(wire->from.node);
            link.source = from->instance->node->output(wire->from.port);
            link.from = static_cast<size_t>(from - plan.steps.data());
        }
        links.push_back(link);
    }
    return links;
}

bool muted(const Graph& graph, NodeId id) {
    for (int depth = 0; id != 0 && depth < max_group_depth; id = group_of(graph, id), ++depth)
        if (graph.nodes.at(id).flag("mute")) return true;
    return false;
}

/// Marks everything upstream of steps for which `flag` is set. Steps are sorted, but for feedback, whose
/// sources may come later: those are followed until nothing is new.
void spread_upstream(Plan& plan, bool Plan::Step::*flag) {
    std::vector<size_t> open;
    for (size_t i = 0; i < plan.steps.size(); ++i)
        if (plan.steps[i].*flag) open.push_back(i);
    while (!open.empty()) {
        const size_t i = open.back();
        open.pop_back();
        for (const Plan::Link& link : plan.steps[i].links)
            if (link.source != nullptr && !(plan.steps[link.from].*flag)) {
                plan.steps[link.from].*flag = true;
                open.push_back(link.from);
            }
    }
}

}  // namespace

const Plan::Step* Plan::find(NodeId id) const {
    const auto found = std::lower_bound(places.begin(), places.end(), std::pair{id, size_t{0}});
    return found != places.end() && found->first == id ? &steps[found->second] : nullptr;
}

std::shared_ptr<const Plan> build_plan(const Graph& graph, const NodeTypes& types, const Plan* previous,
                                       const std::set<NodeId>& watched, Gpu* gpu) {
    auto plan = std::make_shared<Plan>();
    const Order order = order_of(graph, types);
    std::vector<const std::vector<Wire>*> wires;  // of each step
    plan->steps.reserve(order.entries.size());
    for (const auto& [id, wires_of_node] : order.entries) {
        const NodeRecord& record = graph.nodes.at(id);
        const NodeType* type = types.find(record.type);
        if (type == nullptr) continue;
        Plan::Step step{.id = id, .label = graph.label(id, types)};
        step.bypass = record.flag("bypass");
        step.mute = muted(graph, id);
        const Plan::Step* old = previous == nullptr ? nullptr : previous->find(id);
        const std::string shape = shape_of(*type, record.params);
        if (old != nullptr && old->instance->type == type && old->instance->shape == shape) {
            step.instance = old->instance;
        } else {
            step.instance = std::make_shared<Instance>(
                Instance{.node = make_node(*type, record.params), .type = type, .shape = shape});
            for (const auto& [name, value] : record.params.items()) {
                ParamBase* param = step.instance->node->param(name);
                if (param == nullptr || (!shape.empty() && name == type->shaped_by)) continue;
                const std::string problem = param->set(value);
                if (!problem.empty()) plan->problems.push_back(step.label + ": " + problem);
            }
            if (gpu != nullptr) step.instance->node->prepare_on(*gpu);
        }
        const bool stateful = type->traits.stateful || type->traits.feedback;
        step.feeds_state = stateful;
        step.asked = stateful || (type->traits.sink && !step.mute) || watched.contains(id);
        plan->places.emplace_back(id, plan->steps.size());
        plan->steps.push_back(std::move(step));
        wires.push_back(&wires_of_node);
    }
    std::sort(plan->places.begin(), plan->places.end());
    for (size_t i = 0; i < wires.size(); ++i)
        plan->steps[i].links = links_of(*plan, *plan->steps[i].instance->node, *wires[i]);
    for (const auto& [from, to] : order.closing)
        plan->problems.push_back(
            fmt::format("the link {} to {} closes a cycle and is not used; put a Delay into it",
                        text_of(from), text_of(to)));
    spread_upstream(*plan, &Plan::Step::asked);
    spread_upstream(*plan, &Plan::Step::feeds_state);
    plan->has_state = std::any_of(plan->steps.begin(), plan->steps.end(),
                                  [](const Plan::Step& step) { return step.feeds_state; });
    return plan;
}

}  // namespace gan
