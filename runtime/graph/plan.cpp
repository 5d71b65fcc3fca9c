#include "runtime/graph/plan.h"

#include <algorithm>

namespace gan {
namespace {

/// Links of one step, by the order of its inputs.
std::vector<Plan::Link> links_of(const Graph& graph, const Plan& plan, NodeId id, const Node& node,
                                 const std::set<PortRef>& closing) {
    std::vector<Plan::Link> links;
    for (InputBase* input : node.inputs()) {
        Plan::Link link{input, nullptr};
        const PortRef to{id, input->name};
        const auto found = graph.links.find(to);
        if (found != graph.links.end() && !closing.contains(to)) {
            const Plan::Step* from = plan.find(found->second.node);
            const OutputBase* output =
                from == nullptr ? nullptr : from->instance->node->output(found->second.port);
            if (output != nullptr && output->type == input->type) {
                link.source = output;
                link.from = static_cast<size_t>(from - plan.steps.data());
            }
        }
        links.push_back(link);
    }
    return links;
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
                                       const std::set<NodeId>& watched) {
    auto plan = std::make_shared<Plan>();
    const Order order = order_of(graph, types);
    plan->steps.reserve(order.nodes.size());
    for (NodeId id : order.nodes) {
        const NodeRecord& record = graph.nodes.at(id);
        const NodeType* type = types.find(record.type);
        if (type == nullptr) continue;
        Plan::Step step{.id = id, .label = graph.label(id, types)};
        step.bypass = record.flag("bypass");
        step.mute = record.flag("mute");
        const Plan::Step* old = previous == nullptr ? nullptr : previous->find(id);
        if (old != nullptr && old->instance->type == type) {
            step.instance = old->instance;
        } else {
            step.instance = std::make_shared<Instance>(Instance{type->create(), type});
            for (const auto& [name, value] : record.params.items())
                if (ParamBase* param = step.instance->node->param(name)) {
                    const std::string problem = param->set(value);
                    if (!problem.empty()) plan->problems.push_back(step.label + ": " + problem);
                }
        }
        const bool stateful = type->traits.stateful || type->traits.feedback;
        step.feeds_state = stateful;
        step.asked = stateful || (type->traits.sink && !step.mute) || watched.contains(id);
        plan->places.emplace_back(id, plan->steps.size());
        plan->steps.push_back(std::move(step));
    }
    std::sort(plan->places.begin(), plan->places.end());
    const std::set<PortRef> closing(order.closing.begin(), order.closing.end());
    for (Plan::Step& step : plan->steps)
        step.links = links_of(graph, *plan, step.id, *step.instance->node, closing);
    spread_upstream(*plan, &Plan::Step::asked);
    spread_upstream(*plan, &Plan::Step::feeds_state);
    plan->has_state = std::any_of(plan->steps.begin(), plan->steps.end(),
                                  [](const Plan::Step& step) { return step.feeds_state; });
    return plan;
}

}  // namespace gan
