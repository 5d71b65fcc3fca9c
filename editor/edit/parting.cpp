#include "editor/edit/ports.h"
#include "runtime/base/error.h"
#include "runtime/graph/wires.h"

#include <algorithm>

namespace gan {
namespace {

/// Finds what becomes of wires and of groups' ports when nodes leave them.
class WireParter {
public:
    WireParter(const Graph& graph, const NodeTypes& types, const std::set<NodeId>& nodes, bool healed)
        : graph_(graph), types_(types), nodes_(nodes), healed_(healed) {
        for (const auto& [id, record] : graph.nodes) {
            if (record.type != group_type) continue;
            Group group{group_ports(record, "inputs"), group_ports(record, "outputs")};
            for (const auto& [name, ports] : group.inputs)
                for (const PortRef& port : ports)
                    if (group_of(graph, port.node) == id) exposed_.emplace(port, PortRef{id, name});
            if (!nodes.contains(id)) groups_.emplace(id, std::move(group));
        }
    }

    Parting result() {
        settle_outputs();
        if (healed_) heal_links();
        settle_inputs();
        Parting parting;
        for (const auto& [to, from] : graph_.links)
            if (gone(to) || gone(from) || lost_inputs_.contains(to) || lost_outputs_.contains(from))
                parting.edits.push_back({RemoveLink{to}});
        for (const auto& [id, group] : groups_) {
            if (group.inputs_changed)
                parting.edits.push_back({SetField{id, "inputs", group_field(group.inputs)}});
            if (group.outputs_changed)
                parting.edits.push_back({SetField{id, "outputs", group_field(group.outputs)}});
        }
        parting.any = !parting.edits.empty();
        if (links_.empty()) return parting;
        // Only what fits is linked: tried on a copy, since each new link decides about the next.
        Graph trial = graph_;
        for (const Edit& edit : parting.edits) apply(trial, types_, edit);
        for (const AddLink& link : links_) {
            if (lost_inputs_.contains(link.to)) continue;
            try {
                apply(trial, types_, {link});
                parting.edits.push_back({link});
            } catch (const Error&) {
                // It would close a cycle, or its ends are of two types: it stays open.
            }
        }
        return parting;
    }

private:
    using Ports = std::vector<std::pair<std::string, std::vector<PortRef>>>;
    struct Group {
        Ports inputs, outputs;
        bool inputs_changed = false, outputs_changed = false;
    };
    /// Where a value comes from: an output, or what a group takes in, as seen from inside it.
    struct Source {
        PortRef port;
        bool group_input = false;
        bool late = false;  // not by a path through nodes of one tick: what is linked to it may close a cycle
    };

    bool gone(const PortRef& port) const { return nodes_.contains(port.node); }

    bool feeds_back(NodeId id) const {
        const NodeType* type = types_.find(graph_.nodes.at(id).type);
        return type != nullptr && type->traits.feedback;
    }

    std::optional<Source> incoming(const PortRef& input) const {
        if (const auto link = graph_.links.find(input); link != graph_.links.end())
            return Source{link->second};
        if (const auto group = exposed_.find(input); group != exposed_.end())
            return Source{group->second, true};
        return std::nullopt;
    }

    /// The port of a member that a group's output stands for.
    std::optional<PortRef> member_output(const PortRef& output) const {
        const auto& record = graph_.nodes.at(output.node);
        if (record.type != group_type) return std::nullopt;
        for (const auto& [name, ports] : group_ports(record, "outputs"))
            if (name == output.port && !ports.empty() && group_of(graph_, ports.front().node) == output.node)
                return ports.front();
        return std::nullopt;
    }

    /// What comes into the input that a node passes on to this output.
    std::optional<Source> past_node(const PortRef& output) const {
        const auto type = type_of_output(graph_, types_, output);
        const auto input = type ? passed_input(graph_, types_, output.node, *type) : std::nullopt;
        return input ? incoming(*input) : std::nullopt;
    }

    /// What an output would give if the nodes that go were bypassed. Nothing: they pass on nothing of its
    /// type.
    std::optional<Source> source_of(const PortRef& output) const {
        std::optional<Source> at = Source{output};
        bool late = false;
        std::vector<NodeId> inside;  // groups that stay and were entered through a port that is lost
        std::set<std::pair<bool, PortRef>> seen;
        while (at) {
            if (!seen.emplace(at->group_input, at->port).second)
                return std::nullopt;  // a file may have a cycle
            const NodeId node = at->port.node;
            const bool lost = !at->group_input && lost_outputs_.contains(at->port);
            if (at->group_input) {
                const bool left = !inside.empty() && inside.back() == node;
                if (!left && !gone(at->port)) break;
                if (left) inside.pop_back();
                at = incoming(at->port);
            } else if (gone(at->port) || lost) {
                if (!graph_.nodes.contains(node)) return std::nullopt;
                const auto member = member_output(at->port);
                if (member && (lost || gone(*member))) {
                    if (lost) inside.push_back(node);
                    at = Source{*member};
                } else {
                    // A group whose members stay is bypassed as one: no path need lead through it.
                    late |= feeds_back(node) || member;
                    at = past_node(at->port);
                }
            } else {
                break;
            }
        }
        if (!at || !inside.empty()) return std::nullopt;
        at->late = late;
        return at;
    }

    /// Ports of groups that gave what a node gave which goes: from now on what came in there, or nothing.
    void settle_outputs() {
        for (bool more = true; more;) {
            more = false;
            for (auto& [id, group] : groups_)
                for (auto& [name, ports] : group.outputs) {
                    std::vector<PortRef> left;
                    bool changed = false;
                    for (const PortRef& port : ports) {
                        const bool lost = gone(port) || lost_outputs_.contains(port);
                        changed |= lost;
                        if (!lost) left.push_back(port);
                        const auto source = lost && healed_ ? source_of(port) : std::nullopt;
                        if (source && !source->group_input && !source->late &&
                            group_of(graph_, source->port.node) == id &&
                            type_of_output(graph_, types_, source->port) ==
                                type_of_output(graph_, types_, port))
                            left.push_back(source->port);
                    }
                    if (!changed) continue;
                    more = group.outputs_changed = true;
                    ports = std::move(left);
                    if (ports.empty()) lost_outputs_.insert({id, name});
                }
        }
    }

    /// What took from a node that goes takes from what fed it: by a link, or by the port of the group around.
    void heal_links() {
        for (const auto& [to, from] : graph_.links) {
            if (gone(to) || !(gone(from) || lost_outputs_.contains(from))) continue;
            const auto source = source_of(from);
            if (!source) continue;
            if (!source->group_input) {
                links_.push_back({source->port, to});
            } else if (!source->late && group_of(graph_, to.node) == source->port.node &&
                       type_of_input(graph_, types_, to) == type_of_input(graph_, types_, source->port)) {
                Group& group = groups_.at(source->port.node);
                group.inputs_changed = true;
                for (auto& [name, ports] : group.inputs)
                    if (name == source->port.port) ports.push_back(to);
            }
        }
    }

    void settle_inputs() {
        for (bool more = true; more;) {
            more = false;
            for (auto& [id, group] : groups_)
                for (auto& [name, ports] : group.inputs) {
                    const auto removed = std::erase_if(ports, [&](const PortRef& port) {
                        return gone(port) || lost_inputs_.contains(port);
                    });
                    if (removed == 0) continue;
                    more = group.inputs_changed = true;
                    if (ports.empty()) lost_inputs_.insert({id, name});
                }
        }
    }

    const Graph& graph_;
    const NodeTypes& types_;
    const std::set<NodeId>& nodes_;
    const bool healed_;
    std::map<NodeId, Group> groups_;      // those that stay
    std::map<PortRef, PortRef> exposed_;  // input -> the port of its group that stands for it
    std::set<PortRef> lost_outputs_, lost_inputs_;
    std::vector<AddLink> links_;
};

}  // namespace

Parting part_from_wires(const Graph& graph, const NodeTypes& types, const std::set<NodeId>& nodes,
                        bool healed) {
    return WireParter(graph, types, nodes, healed).result();
}

}  // namespace gan
