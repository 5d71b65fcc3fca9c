#include "editor/edit/auto_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace gan {
namespace {

constexpr double layout_grid = 8;
constexpr double column_gap = 64;  // for wires to turn in
constexpr double row_gap = 24;
constexpr double bend_height = 16;    // that a wire needs on its way past a column
constexpr double component_gap = 56;  // between what is not linked
constexpr int order_sweeps = 12;
constexpr int height_sweeps = 16;
/// Bends for wires that pass many columns are few beside those of ordinary patches; 1000 nodes with
/// 3000 links take 80 ms.
constexpr size_t most_bends = 20'000;

double snapped_up(double value) {
    return std::ceil(value / layout_grid) * layout_grid;
}
double snapped(double value) {
    return std::round(value / layout_grid) * layout_grid;
}

/// A node, or the bend of a wire where it passes a column.
struct LayoutItem {
    NodeId id = 0;  // 0: a bend
    double width = 0;
    double height = bend_height;
    size_t layer = 0;
    double centre = 0;                // y
    std::vector<size_t> left, right;  // items that are linked to it, one entry a wire
};

/// Nodes that wires hold together, placed from (0, 0) on.
class LayeredComponent {
public:
    LayeredComponent(std::vector<LayoutItem> items) : items_(std::move(items)) {
        break_cycles();
        assign_layers();
        bend_long_wires();
        order_layers();
        align();
    }

    double width = 0, height = 0;
    std::map<NodeId, Place> places;

private:
    /// Leaves out what leads back, in the order of a depth-first search from the first items on.
    void break_cycles() {
        enum class Mark { New, Open, Done };
        std::vector<Mark> marks(items_.size(), Mark::New);
        std::vector<std::pair<size_t, size_t>> path, back;  // item, next wire; wires that lead back
        const auto search_from = [&](size_t root) {
            marks[root] = Mark::Open;
            path.emplace_back(root, 0);
            while (!path.empty()) {
                auto& [item, next] = path.back();
                if (next == items_[item].right.size()) {
                    marks[item] = Mark::Done;
                    path.pop_back();
                    continue;
                }
                const size_t to = items_[item].right[next++];
                if (marks[to] == Mark::Open) {
                    back.emplace_back(item, to);
                } else if (marks[to] == Mark::New) {
                    marks[to] = Mark::Open;
                    path.emplace_back(to, 0);
                }
            }
        };
        for (size_t i = 0; i < items_.size(); ++i)
            if (items_[i].left.empty()) search_from(i);
        for (size_t i = 0; i < items_.size(); ++i)
            if (marks[i] == Mark::New) search_from(i);
        for (const auto& [from, to] : back) {
            std::erase(items_[from].right, to);
            std::erase(items_[to].left, from);
        }
    }

    void assign_layers() {
        std::vector<size_t> waiting, order;  // wires that are not seen yet; items after those they take from
        for (size_t i = 0; i < items_.size(); ++i) {
            waiting.push_back(items_[i].left.size());
            if (waiting.back() == 0) order.push_back(i);
        }
        for (size_t at = 0; at < order.size(); ++at)
            for (size_t to : items_[order[at]].right) {
                items_[to].layer = std::max(items_[to].layer, items_[order[at]].layer + 1);
                if (--waiting[to] == 0) order.push_back(to);
            }
        // What takes from nobody stands beside what it feeds, and not far off at the left.
        for (size_t i : order) {
            LayoutItem& item = items_[i];
            if (!item.left.empty() || item.right.empty()) continue;
            size_t nearest = std::numeric_limits<size_t>::max();
            for (size_t to : item.right) nearest = std::min(nearest, items_[to].layer);
            item.layer = nearest - 1;
        }
        for (const LayoutItem& item : items_) layers_.resize(std::max(layers_.size(), item.layer + 1));
    }

    void bend_long_wires() {
        size_t bends = 0;
        const size_t nodes = items_.size();
        for (size_t from = 0; from < nodes; ++from)
            for (size_t wire = 0; wire < items_[from].right.size(); ++wire) {
                const size_t to = items_[from].right[wire];
                const size_t passed = items_[to].layer - items_[from].layer - 1;
                if (passed == 0 || (bends += passed) > most_bends) continue;
                size_t before = from;
                for (size_t layer = items_[from].layer + 1; layer < items_[to].layer; ++layer) {
                    LayoutItem bend;
                    bend.layer = layer;
                    bend.left = {before};
                    const size_t index = items_.size();
                    items_.push_back(std::move(bend));
                    if (before == from)
                        items_[from].right[wire] = index;
                    else
                        items_[before].right = {index};
                    before = index;
                }
                items_[before].right = {to};
                *std::find(items_[to].left.begin(), items_[to].left.end(), from) = before;
            }
        for (size_t i = 0; i < items_.size(); ++i) layers_[items_[i].layer].push_back(i);
    }

    /// Wires between neighbouring columns that cross: inversions, counted by a Fenwick tree.
    size_t crossings() const {
        std::vector<size_t> row(items_.size());
        for (const auto& layer : layers_)
            for (size_t i = 0; i < layer.size(); ++i) row[layer[i]] = i;
        size_t count = 0;
        for (size_t l = 0; l + 1 < layers_.size(); ++l) {
            std::vector<size_t> ends;  // rows on the right, by the rows on the left
            for (size_t item : layers_[l]) {
                const size_t first = ends.size();
                for (size_t to : items_[item].right)
                    if (items_[to].layer == l + 1) ends.push_back(row[to]);
                std::sort(ends.begin() + static_cast<ptrdiff_t>(first), ends.end());
            }
            std::vector<size_t> tree(layers_[l + 1].size() + 1);
            for (size_t i = ends.size(); i-- > 0;) {
                for (size_t k = ends[i]; k > 0; k -= k & (~k + 1)) count += tree[k];
                for (size_t k = ends[i] + 1; k < tree.size(); k += k & (~k + 1)) ++tree[k];
            }
        }
        return count;
    }

    /// Barycentre sweeps, to the right and back; the best order that came up is kept.
    void order_layers() {
        auto best = layers_;
        size_t fewest = crossings();
        std::vector<double> row(items_.size()), key(items_.size());  // row: 0 to 1 in its column
        const auto number = [&](const std::vector<size_t>& layer) {
            for (size_t i = 0; i < layer.size(); ++i)
                row[layer[i]] = (static_cast<double>(i) + 0.5) / static_cast<double>(layer.size());
        };
        for (const auto& layer : layers_) number(layer);
        for (int sweep = 0; sweep < order_sweeps && fewest > 0; ++sweep) {
            const bool rightwards = sweep % 2 == 0;
            for (size_t l = 0; l < layers_.size(); ++l) {
                auto& layer = layers_[rightwards ? l : layers_.size() - 1 - l];
                for (size_t item : layer) {
                    const auto& linked = rightwards ? items_[item].left : items_[item].right;
                    key[item] = row[item];
                    if (linked.empty()) continue;
                    key[item] = 0;
                    for (size_t other : linked) key[item] += row[other];
                    key[item] /= static_cast<double>(linked.size());
                }
                std::stable_sort(layer.begin(), layer.end(),
                                 [&](size_t a, size_t b) { return key[a] < key[b]; });
                number(layer);
            }
            if (const size_t now = crossings(); now < fewest) {
                fewest = now;
                best = layers_;
            }
        }
        layers_ = std::move(best);
    }

    double distance(size_t above, size_t below) const {
        const bool bends = items_[above].id == 0 && items_[below].id == 0;
        return (items_[above].height + items_[below].height) / 2 + (bends ? 0 : row_gap);
    }

    /// Heights as near as may be to those of linked items: for each column the least squares that keep order
    /// and distance (pool adjacent violators: Ayer and others 1955).
    void align() {
        for (const auto& layer : layers_)
            for (size_t i = 1; i < layer.size(); ++i)
                items_[layer[i]].centre = items_[layer[i - 1]].centre + distance(layer[i - 1], layer[i]);
        for (int sweep = 0; sweep < height_sweeps; ++sweep)
            for (size_t l = 0; l < layers_.size(); ++l)
                pull(layers_[sweep % 2 == 0 ? l : layers_.size() - 1 - l], sweep);
        place();
    }

    void pull(const std::vector<size_t>& layer, int sweep) {
        struct Block {
            double sum, weight;
            size_t count;
            double mean() const { return sum / weight; }
        };
        std::vector<Block> blocks;
        double offset = 0;  // of the item below the first when all stand as close as may be
        std::vector<double> offsets;
        for (size_t i = 0; i < layer.size(); ++i) {
            const LayoutItem& item = items_[layer[i]];
            if (i > 0) offset += distance(layer[i - 1], layer[i]);
            offsets.push_back(offset);
            // At last both sides pull.
            double wanted = 0;
            double count = 0;
            const bool both = sweep + 2 >= height_sweeps;
            for (const auto* linked : {&item.left, &item.right}) {
                if (!both && (linked == &item.left) != (sweep % 2 == 0)) continue;
                for (size_t other : *linked) wanted += items_[other].centre;
                count += static_cast<double>(linked->size());
            }
            wanted = count > 0 ? wanted / count : item.centre;
            const double weight = count > 0 ? (item.id == 0 ? 2 : 1) : 0.1;
            blocks.push_back({(wanted - offset) * weight, weight, 1});
            while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
                const Block last = blocks.back();
                blocks.pop_back();
                blocks.back() = {blocks.back().sum + last.sum, blocks.back().weight + last.weight,
                                 blocks.back().count + last.count};
            }
        }
        size_t i = 0;
        for (const Block& block : blocks)
            for (size_t k = 0; k < block.count; ++k, ++i) items_[layer[i]].centre = block.mean() + offsets[i];
    }

    void place() {
        double top = std::numeric_limits<double>::max();
        for (const LayoutItem& item : items_)
            if (item.id != 0) top = std::min(top, item.centre - item.height / 2);
        double x = 0;
        for (const auto& layer : layers_) {
            double widest = 0;
            double free_from = 0;
            for (size_t index : layer) {
                const LayoutItem& item = items_[index];
                if (item.id == 0) continue;
                const double y = std::max(snapped(item.centre - item.height / 2 - top), free_from);
                places[item.id] = {x, y};
                free_from = snapped_up(y + item.height + row_gap / 2);
                widest = std::max(widest, item.width);
                height = std::max(height, y + item.height);
            }
            width = std::max(width, x + widest);
            x += snapped_up(widest + column_gap);
        }
    }

    std::vector<LayoutItem> items_;
    std::vector<std::vector<size_t>> layers_;  // items from top to bottom
};

/// Nodes and the wires among them; of those from a group's member to another's, what the canvas shows of
/// them.
std::vector<LayoutItem> layout_items(const Graph& graph, const std::set<NodeId>& nodes,
                                     const std::map<NodeId, NodeSize>& sizes) {
    std::vector<LayoutItem> items;
    std::map<NodeId, size_t> index;
    for (NodeId id : nodes) {
        const auto record = graph.nodes.find(id);
        if (record == graph.nodes.end() || record->second.decoration()) continue;
        const auto size = sizes.find(id);
        const NodeSize given = size == sizes.end() ? NodeSize{} : size->second;
        index.emplace(id, items.size());
        LayoutItem item;
        item.id = id;
        item.width = std::max(given.width, 1.0);
        item.height = std::max(given.height, 1.0);
        items.push_back(std::move(item));
    }
    std::set<std::pair<size_t, size_t>> wires;  // several between two nodes are one
    for (const auto& [to, from] : graph.links) {
        const auto left = index.find(from.node);
        const auto right = index.find(to.node);
        if (left == index.end() || right == index.end() || left == right) continue;
        if (!wires.emplace(left->second, right->second).second) continue;
        items[left->second].right.push_back(right->second);
        items[right->second].left.push_back(left->second);
    }
    return items;
}

/// The items that wires hold together, each time with the indices of their own.
std::vector<std::vector<LayoutItem>> components_of(const std::vector<LayoutItem>& items) {
    constexpr size_t none = std::numeric_limits<size_t>::max();
    std::vector<size_t> part(items.size(), none), place(items.size());
    std::vector<std::vector<size_t>> parts;
    for (size_t root = 0; root < items.size(); ++root) {
        if (part[root] != none) continue;
        part[root] = parts.size();
        std::vector<size_t> members{root};
        for (size_t at = 0; at < members.size(); ++at)
            for (const auto* linked : {&items[members[at]].left, &items[members[at]].right})
                for (size_t other : *linked)
                    if (part[other] == none) {
                        part[other] = parts.size();
                        members.push_back(other);
                    }
        std::sort(members.begin(), members.end());
        for (size_t i = 0; i < members.size(); ++i) place[members[i]] = i;
        parts.push_back(std::move(members));
    }
    std::vector<std::vector<LayoutItem>> components;
    for (const auto& members : parts) {
        std::vector<LayoutItem>& component = components.emplace_back();
        for (size_t member : members) {
            LayoutItem item = items[member];
            for (size_t& other : item.left) other = place[other];
            for (size_t& other : item.right) other = place[other];
            component.push_back(std::move(item));
        }
    }
    return components;
}

}  // namespace

std::map<NodeId, Place> auto_layout(const Graph& graph, const std::set<NodeId>& nodes,
                                    const std::map<NodeId, NodeSize>& sizes) {
    const std::vector<LayoutItem> items = layout_items(graph, nodes, sizes);
    if (items.empty()) return {};
    Place corner{std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
    for (const LayoutItem& item : items) {
        const Place at = place_of(graph.nodes.at(item.id));
        corner = {std::min(corner.x, at.x), std::min(corner.y, at.y)};
    }
    corner = {snapped(corner.x), snapped(corner.y)};

    // One below another; what is linked to nothing in rows at the end.
    std::map<NodeId, Place> places;
    std::vector<LayoutItem> alone;
    double y = corner.y;
    double widest = 0;
    double area = 0;
    for (const auto& component : components_of(items)) {
        if (component.size() == 1) {
            alone.push_back(component.front());
            area += (alone.back().width + column_gap) * (alone.back().height + row_gap);
            continue;
        }
        const LayeredComponent layered(component);
        for (const auto& [id, place] : layered.places) places[id] = {corner.x + place.x, y + place.y};
        y = snapped_up(y + layered.height + component_gap);
        widest = std::max(widest, layered.width);
    }
    const double row_width = std::max(widest, 1.5 * std::sqrt(area));
    double x = corner.x;
    double row_height = 0;
    for (const LayoutItem& item : alone) {
        if (x > corner.x && x + item.width > corner.x + row_width) {
            x = corner.x;
            y = snapped_up(y + row_height + row_gap);
            row_height = 0;
        }
        places[item.id] = {x, y};
        x = snapped_up(x + item.width + row_gap);
        row_height = std::max(row_height, item.height);
    }
    return places;
}

}  // namespace gan
