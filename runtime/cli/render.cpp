#include "nodes/builtin.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/model_options.h"
#include "runtime/cli/progress.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/player.h"
#include "runtime/picture/png.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>

namespace gan {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* patch_key = "ganymede.patch";  // PNG text chunk: the patch that made the picture

struct Options {
    std::string patch;
    std::string out;
    std::string frames;
    double seconds = 0;
    double fps = 0;
    std::string size;
    std::vector<std::string> sets;
    std::optional<int64_t> seed;
    std::string model;
    bool check = false;
    bool explain = false;
};

/// Output frames first .. last - 1.
struct Range {
    int64_t first = 0;
    int64_t last = 1;
};

struct Settings {
    double rate = 60;  // ticks a second
    double tempo = 120;
    int64_t length = 1;  // ticks
};

double number_of(const json& settings, const char* key, double otherwise, double min, double max) {
    const auto found = settings.find(key);
    if (found == settings.end()) return otherwise;
    if (!found->is_number() || !(found->get<double>() >= min && found->get<double>() <= max))
        throw Error("the patch's setting '{}' must be a number from {} to {}", key, min, max);
    return found->get<double>();
}

Settings settings_of(const Graph& graph) {
    Settings settings;
    const auto rate = graph.settings.find("tick_rate");
    if (rate != graph.settings.end()) {
        if (!rate->is_array() || rate->size() != 2 || !(*rate)[0].is_number_integer() ||
            !(*rate)[1].is_number_integer() || (*rate)[0] < 1 || (*rate)[1] < 1 || (*rate)[0] > 1'000'000 ||
            (*rate)[1] > 1'000'000)
            throw Error("the patch's setting 'tick_rate' must be two whole numbers, such as [60, 1]");
        settings.rate = (*rate)[0].get<double>() / (*rate)[1].get<double>();
    }
    settings.tempo = number_of(graph.settings, "tempo", 120, 1, 1000);
    settings.length = static_cast<int64_t>(number_of(graph.settings, "length", 1, 1, 1e12));
    return settings;
}

template <class T>
T parse_number(std::string_view text, const char* option, const char* example) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw Error("{} '{}' cannot be read; write for example {}", option, text, example);
    return value;
}

Range range_of(const Options& options, const Settings& settings, double fps) {
    static constexpr int64_t most = 1'000'000'000;  // half a year at 60 frames a second
    const auto frame = [](std::string_view text) {
        const auto number = parse_number<int64_t>(text, "--frames", "0..300");
        if (number < 0 || number > most) throw Error("--frames {} is out of range: 0 to {}", number, most);
        return number;
    };
    if (options.frames.empty()) {
        const double seconds =
            options.seconds > 0 ? options.seconds : static_cast<double>(settings.length) / settings.rate;
        return {0, std::llround(std::clamp(seconds * fps, 1.0, static_cast<double>(most)))};
    }
    const std::string_view text = options.frames;
    const auto dots = text.find("..");
    const int64_t first = frame(text.substr(0, dots));
    const Range range{first, dots == std::string_view::npos ? first + 1 : frame(text.substr(dots + 2))};
    if (range.last <= range.first)
        throw Error("--frames {} is empty; the last frame is not part of the range", options.frames);
    return range;
}

/// Frame n at f frames a second shows tick floor(n rate / f). Rates such as 60000/1001 are no exact doubles:
/// what is within 1e-9 of the next tick is that tick.
int64_t tick_of(int64_t frame, double rate, double fps) {
    if (rate == fps) return frame;
    const double exact = static_cast<double>(frame) * rate / fps;
    return static_cast<int64_t>(std::floor(exact + 1e-9 * std::max(1.0, exact)));
}

/// The node that a person means: its id, or its name.
NodeId node_named(const Graph& graph, const std::string& name) {
    std::vector<NodeId> matches;
    for (const auto& [id, node] : graph.nodes)
        if (std::to_string(id) == name || graph.label(id, builtin_nodes()) == name) matches.push_back(id);
    if (matches.size() == 1) return matches.front();
    if (matches.empty()) throw Error("--set: there is no node '{}' in this patch", name);
    throw Error("--set: {} nodes are named '{}'; use the id", matches.size(), name);
}

bool takes_text(const NodeRecord& node, const std::string& name) {
    const NodeType* type = builtin_nodes().find(node.type);
    const ParamBase* param = type == nullptr ? nullptr : builtin_nodes().sample(*type).param(name);
    return param != nullptr && param->info.kind == ParamInfo::Kind::Text;
}

void set_param(Graph& graph, NodeId id, const std::string& param, const json& value) {
    const NodeType* type = builtin_nodes().find(graph.nodes.at(id).type);
    const std::string label = graph.label(id, builtin_nodes());
    if (type == nullptr) throw Error("{} is of a type that is not installed", label);
    const auto trial = type->create();
    ParamBase* found = trial->param(param);
    if (found == nullptr) throw Error("{} has no parameter '{}'", label, param);
    if (const std::string problem = found->set(value); !problem.empty())
        throw Error("{}: {}", label, problem);
    apply(graph, builtin_nodes(), {SetParam{id, param, value}});
}

/// --set, --seed and --model are edits like any other.
void change(Graph& graph, const Options& options) {
    for (const std::string& set : options.sets) {
        const auto equals = set.find('=');
        const auto dot = set.substr(0, equals).rfind('.');
        if (equals == std::string::npos || dot == std::string::npos)
            throw Error("--set '{}' cannot be read; write for example --set \"Truncation 2.truncation=0.4\"",
                        set);
        const std::string text = set.substr(equals + 1);
        json value = json::parse(text, nullptr, false);
        if (value.is_discarded() || value.is_structured()) value = text;
        const NodeId id = node_named(graph, set.substr(0, dot));
        const std::string param = set.substr(dot + 1, equals - dot - 1);
        if (takes_text(graph.nodes.at(id), param)) value = text;
        set_param(graph, id, param, value);
    }
    for (const auto& [id, node] : std::map(graph.nodes)) {
        if (options.seed && node.type.starts_with("latent.") && node.type != "latent.truncation") {
            const NodeType* type = builtin_nodes().find(node.type);
            if (type != nullptr && builtin_nodes().sample(*type).param("seed") != nullptr)
                set_param(graph, id, "seed", *options.seed);
        }
        if (!options.model.empty() && node.type == "model.load")
            set_param(graph, id, "path", fs::absolute(options.model).string());
    }
}

Size size_of(const Options& options, const Image& image) {
    if (options.size.empty()) return {image.width, image.height, image.wrap_x, image.wrap_y};
    const auto x = options.size.find('x');
    const std::string_view text = options.size;
    Size size{parse_number<int>(text.substr(0, x), "--size", "1280x720"),
              parse_number<int>(x == std::string::npos ? text : text.substr(x + 1), "--size", "1280x720")};
    size.wrap_x = image.wrap_x;
    size.wrap_y = image.wrap_y;
    if (size.width < 1 || size.height < 1 || size.width > 16384 || size.height > 16384)
        throw Error("--size {} is out of range: 1 to 16384 pixels a side", options.size);
    return size;
}

/// "frames_%05d.png" with the number filled in; a name without one stays.
std::string frame_name(const std::string& pattern, int64_t frame) {
    const auto percent = pattern.find('%');
    if (percent == std::string::npos) return pattern;
    const auto end = pattern.find('d', percent);
    const std::string digits = end == std::string::npos ? "" : pattern.substr(percent + 1, end - percent - 1);
    if (digits.size() < 2 || digits[0] != '0' ||
        digits.find_first_not_of("0123456789") != std::string::npos || digits.size() > 3)
        throw Error("--out {}: the number of a frame is written %05d", pattern);
    return pattern.substr(0, percent) +
           fmt::format("{:0{}}", frame,
                       parse_number<int>(std::string_view(digits).substr(1), "--out", "%05d")) +
           pattern.substr(end + 1);
}

const Plan::Step& output_of(const Plan& plan) {
    const Plan::Step* found = nullptr;
    for (const Plan::Step& step : plan.steps)
        if (step.instance->type->id == "image.output" && !step.mute &&
            (found == nullptr || step.id < found->id))
            found = &step;
    if (found == nullptr)
        throw Error("the patch has no Output node that is not muted, so there is nothing to render");
    return *found;
}

void explain(const Player& player) {
    for (const NodeReport& report : player.report())
        fmt::print("{:<24} {:<14} {:10.3f} ms\n", player.plan()->find(report.node)->label,
                   name_of(report.reason), report.microseconds / 1e3);
}

int render(const Options& options) {
    Patch patch = load_patch(options.patch, builtin_nodes());
    print_notes(patch.problems);
    change(patch.graph, options);
    const Settings settings = settings_of(patch.graph);
    const double fps = options.fps > 0 ? options.fps : settings.rate;
    const Range range = range_of(options, settings, fps);
    if (options.check) {
        output_of(*build_plan(patch.graph, builtin_nodes()));
        fmt::print("{}: {} nodes, {} links, {} problem{}\n", options.patch, patch.graph.nodes.size(),
                   patch.graph.links.size(), patch.problems.size(), patch.problems.size() == 1 ? "" : "s");
        return patch.problems.empty() ? 0 : 1;
    }
    if (options.out.empty() && !options.explain)
        throw Error("say where to: --out picture.png or --out frames_%05d.png");
    if (!options.out.empty() && fs::path(options.out).extension() != ".png")
        throw Error("--out {}: only PNG pictures can be written: picture.png or frames_%05d.png",
                    options.out);
    const bool many = options.out.find('%') != std::string::npos;
    if (!options.out.empty() && !many && range.last - range.first > 1 && !options.frames.empty())
        throw Error("--out {} is one picture and --frames {} are several; write frames_%05d.png", options.out,
                    options.frames);

    Player player;
    player.post(build_plan(patch.graph, builtin_nodes()));
    const std::string folder = fs::path(options.patch).parent_path().string();
    const std::string text = patch_text(patch.graph);
    const int64_t last = many || options.out.empty() ? range.last : range.first + 1;
    Progress progress("rendering", static_cast<size_t>(last - range.first));
    for (int64_t frame = range.first; frame < last; ++frame) {
        check_interrupted();
        const int64_t tick = tick_of(frame, settings.rate, fps);
        player.show({.index = tick, .rate = settings.rate, .tempo = settings.tempo, .folder = folder});
        const auto& output = static_cast<const Output<ImageRef>&>(
            *output_of(*player.plan()).instance->node->outputs().front());
        if (!output.error().empty()) {
            std::string cause = output.error();
            for (const Plan::Step& step : player.plan()->steps)
                for (const OutputBase* port : step.instance->node->outputs())
                    if (step.asked && port->error().starts_with(step.label + ": ")) cause = port->error();
            throw Error("frame {} (tick {}): {}", frame, tick, cause);
        }
        if (options.explain) {
            fmt::print("frame {} (tick {})\n", frame, tick);
            explain(player);
        }
        if (options.out.empty()) continue;
        const Image& image = *output.value();
        write_png(frame_name(options.out, frame),
                  to_picture({.width = image.width,
                              .height = image.height,
                              .channels = image.channels,
                              .pixels = image.pixels},
                             size_of(options, image)),
                  {{patch_key, text}, {"Software", "Ganymede"}});
        progress.update(static_cast<size_t>(frame - range.first + 1));
    }
    return 0;
}

}  // namespace

void add_render(CLI::App& app, Command& chosen) {
    auto* command = app.add_subcommand("render", "Render a patch to pictures, without a window");
    auto options = std::make_shared<Options>();
    command->add_option("PATCH", options->patch, "Patch file")->required();
    command->add_option("-o,--out", options->out, "picture.png (the first frame), or frames_%05d.png");
    command->add_option("--frames", options->frames, "One frame, or FIRST..LAST without the last");
    command->add_option("--seconds", options->seconds, "Length; otherwise the patch's own")
        ->check(CLI::PositiveNumber);
    command->add_option("--fps", options->fps, "Frames a second; otherwise the patch's tick rate")
        ->check(CLI::Range(0.01, 1000.0));
    command->add_option("--size", options->size, "WxH pixels; otherwise as the network makes it");
    command->add_option("--set", options->sets, "NODE.PARAMETER=VALUE; the node by name or id");
    command->add_option("--seed", options->seed, "Of every latent");
    command->add_option("--model", options->model, "Instead of the patch's models");
    command->add_flag("--check", options->check, "Load and check the patch only");
    command->add_flag("--explain", options->explain, "Print which nodes ran, and why");
    command->callback([options, &chosen] { chosen = [options] { return render(*options); }; });
}

}  // namespace gan
