// What the graph costs, beside what it plays:
//     cmake --build build/dev --target graph && build/dev/tests/bench/graph [soak] [--quick] [--json FILE]
// `soak` adds 1000 random edits at 60 a second while it plays (17 s).

#include "nodes/builtin.h"
#include "nodes/model.h"
#include "runtime/graph/document.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/player.h"
#include "runtime/model/latent.h"
#include "tests/bench/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <thread>
#include <vector>

using namespace gan;

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

struct Times {
    double median;
    double worst;
};

Times measure(int repeats, const std::function<void(int)>& work) {
    std::vector<double> times;
    for (int i = 0; i < repeats; ++i) {
        const auto start = Clock::now();
        work(i);
        times.push_back(milliseconds(Clock::now() - start));
    }
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], times.back()};
}

void report(Figures& figures, const std::string& what, const Times& times, std::optional<double> bound = {}) {
    fmt::print("{:<62} {:9.4f} ms  (worst {:.4f})\n",
               bound ? fmt::format("{} (bound {} ms)", what, *bound) : what, times.median, times.worst);
    figures.add(what, times.median, "ms", bound);
}

/// An LFO, and a chain of Map Range nodes that all follow it; every tenth also drives a sink's worth of
/// others.
Graph control_graph(int count) {
    Graph graph;
    graph.nodes[1] = {.type = "control.lfo", .params = {{"shape", "saw"}}};
    for (NodeId id = 2; id <= count; ++id) {
        graph.nodes[id] = {.type = "control.map_range", .params = {{"to high", 0.99}, {"to low", 0.01}}};
        graph.links[{id, "value"}] = {id - 1, "value"};
    }
    return graph;
}

Graph seven_nodes() {
    return load_patch(GAN_TEST_DATA "/swing.ganymede", builtin_nodes()).graph;
}

NodeId node_of(const Graph& graph, const std::string& type) {
    for (const auto& [id, node] : graph.nodes)
        if (node.type == type) return id;
    return 0;
}

void ticks(Figures& figures) {
    const Graph graph = control_graph(1000);
    Player player;
    player.post(build_plan(graph, builtin_nodes(), nullptr, {1000}));
    const int repeats = figures.repeats(2000, 200);
    report(figures, "tick through 1000 control nodes, all of them running",
           measure(repeats, [&](int i) { player.show({.index = i}); }), 1);
    player.show({.index = 5000});
    report(figures, "the same tick again: only what is timed runs",
           measure(repeats, [&](int) { player.show({.index = 5000}); }));
}

void plans(Figures& figures) {
    const Graph graph = control_graph(10'000);
    // Plans are freed elsewhere: on the player's retire thread.
    const int repeats = figures.repeats(20, 5);
    std::vector<std::shared_ptr<const Plan>> old(static_cast<size_t>(repeats));
    report(figures, "plan of 10 000 nodes",
           measure(repeats, [&](int i) { old[static_cast<size_t>(i)] = build_plan(graph, builtin_nodes()); }),
           50);
    auto plan = old.back();
    old.clear();
    report(figures, "the same plan, its nodes carried over",
           measure(repeats, [&](int) { plan = build_plan(graph, builtin_nodes(), plan.get()); }));
    const std::string text = patch_text(control_graph(1000));
    report(figures, "patch of 1000 nodes loaded",
           measure(figures.repeats(50, 10), [&](int) { parse_patch(text, builtin_nodes()); }), 5);
    report(figures, "patch of 1000 nodes written",
           measure(figures.repeats(50, 10), [graph = control_graph(1000)](int) { patch_text(graph); }));
}

void edits(Figures& figures) {
    Document document(control_graph(1000), builtin_nodes());
    const int repeats = figures.repeats(2000, 200);
    report(figures, "edit of a value in 1000 nodes",
           measure(repeats,
                   [&](int i) {
                       document.edit({SetParam{2 + i % 998, "to high", i * 1e-4}}, "value");
                   }),
           1);
    report(figures, "edit of a link in 1000 nodes, cycles looked for",
           measure(repeats,
                   [&](int i) {
                       const NodeId to = 2 + (i * 37) % 998;
                       document.edit({AddLink{{1 + i % (to - 1), "value"}, {to, "value"}}}, "link");
                   }),
           1);
    std::shared_ptr<const Plan> plan = build_plan(document.graph(), builtin_nodes());
    report(figures, "the new plan after an edit of a link, off the player's thread",
           measure(figures.repeats(200, 20),
                   [&](int) { plan = build_plan(document.graph(), builtin_nodes(), plan.get()); }));
}

/// A patch of seven nodes, its seed turned at every tick, against its engine alone with the same latents,
/// turn about; each after the pause that there is at 60 ticks a second, in which the engine's threads fall
/// asleep.
void overhead(Figures& figures) {
    const Graph graph = seven_nodes();
    Player player;
    player.post(build_plan(graph, builtin_nodes()));
    const NodeId sampler = node_of(graph, "latent.sampler");
    const std::string folder = GAN_TEST_DATA;
    const auto model = LoadedModel::load(
        folder + "/" + graph.nodes.at(node_of(graph, "model.load")).params.at("path").get<std::string>());
    const auto engine = model->engine(Precision::F32, 0);
    engine->prepare({}).get();
    std::vector<float> rgb(engine->picture_size({}));
    const Conditioning classes{.classes = {{0, 1.0f}}};
    const auto dim = static_cast<size_t>(engine->program().dim_z);
    constexpr std::chrono::milliseconds pause(10);
    std::vector<double> ratios, graphs, engines;
    const int warm = figures.repeats(40, 10);  // caches
    for (int i = 0; i < figures.repeats(400, 50); ++i) {
        player.post(nullptr, {{sampler, "seed", i}});
        std::this_thread::sleep_for(pause);
        auto start = Clock::now();
        player.show({.index = 0, .folder = folder});
        const double with = milliseconds(Clock::now() - start);
        std::this_thread::sleep_for(pause);
        start = Clock::now();
        const Latent latent =
            truncate(normal_latent(static_cast<uint64_t>(i), 256), 0.7, TruncationMode::Quantile, 1);
        const double psi = statistics_psi(latent.std);
        engine->run({.z = std::span(latent.z).first(dim), .psi = {&psi, 1}, .conditioning = {&classes, 1}},
                    rgb);
        const double alone = milliseconds(Clock::now() - start);
        if (i < warm) continue;
        graphs.push_back(with);
        engines.push_back(alone);
        ratios.push_back(with / alone);
    }
    const auto median = [](std::vector<double>& v) {
        std::sort(v.begin(), v.end());
        return v[v.size() / 2];
    };
    const double with = median(graphs);
    const double alone = median(engines);
    fmt::print(
        "seven nodes, a new picture a tick: {:.3f} ms, the same calls alone {:.3f} ms; the graph costs "
        "{:.2f} % "
        "more "
        "(median of ratios)\n",
        with, alone, 100 * (median(ratios) - 1));
    figures.add("seven nodes, a new picture a tick", with, "ms");
    figures.add("seven nodes, what the graph costs more than the same calls alone",
                100 * (median(ratios) - 1), "%", 2);
}

/// 60 ticks a second of 1000 nodes; 1000 edits come from another thread. A tick is late when it ends after
/// the next should begin. Run without edits first: what is late then is the machine's doing.
void soak(Figures& figures, bool edited) {
    Document document(control_graph(1000), builtin_nodes());
    auto plan = build_plan(document.graph(), builtin_nodes(), nullptr, {1000});
    Player player;
    player.post(plan);
    player.show({.index = 0});
    std::atomic<bool> done = false;
    std::thread editor([&] {
        std::mt19937 random(1);
        const auto start = Clock::now();
        for (int i = 0; i < figures.repeats(1000, 100); ++i) {
            std::this_thread::sleep_until(start + i * std::chrono::microseconds(1'000'000 / 60));
            if (!edited) continue;
            const auto id = static_cast<NodeId>(2 + random() % 997);
            Document::Effect effect;
            switch (random() % 4) {
                case 0:
                    effect = document.edit(
                        {AddLink{{1 + static_cast<NodeId>(random()) % (id - 1), "value"}, {id, "value"}}},
                        "link");
                    break;
                case 1:
                    effect = document.edit({AddNode{document.fresh_id(), {.type = "control.smooth"}}}, "add");
                    break;
                case 2:
                    effect = document.undo();
                    break;
                default:
                    effect = document.edit(
                        {SetParam{id, "to high", static_cast<double>(random() % 100) / 100}}, "value");
            }
            if (effect.structural) plan = build_plan(document.graph(), builtin_nodes(), plan.get(), {1000});
            player.post(effect.structural ? plan : nullptr, std::move(effect.values));
        }
        done = true;
    });
    const auto start = Clock::now();
    std::vector<double> times;
    int late = 0;
    for (int64_t tick = 1; !done; ++tick) {
        const auto begin = start + tick * std::chrono::microseconds(1'000'000 / 60);
        std::this_thread::sleep_until(begin);
        const auto before = Clock::now();
        player.show({.index = tick});
        times.push_back(milliseconds(Clock::now() - before));
        if (Clock::now() > begin + std::chrono::microseconds(1'000'000 / 60)) ++late;
    }
    editor.join();
    std::sort(times.begin(), times.end());
    fmt::print("{:<28} {} ticks, {} late; a tick took {:.3f} ms, 99 % under {:.3f}, the longest {:.3f}\n",
               edited ? "soak, 1000 edits at 60 Hz:" : "soak, no edits:", times.size(), late,
               times[times.size() / 2], times[times.size() * 99 / 100], times.back());
    const std::string what = edited ? "soak, 1000 edits at 60 Hz" : "soak, no edits";
    figures.add(what + ": ticks late", late, "count");
    figures.add(what + ": a tick, 99 % under", times[times.size() * 99 / 100], "ms");
}

}  // namespace

int main(int argc, char** argv) {
    Figures figures(argc, argv);
    ticks(figures);
    plans(figures);
    edits(figures);
    overhead(figures);
    if (!figures.arguments().empty() && figures.arguments()[0] == "soak") {
        soak(figures, false);
        soak(figures, true);
    }
    return figures.finish();
}
