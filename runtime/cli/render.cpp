#include "runtime/cli/render.h"

#include "nodes/output.h"
#include "nodes/patches.h"
#include "nodes/plugins.h"
#include "runtime/base/error.h"
#include "runtime/base/pixel.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/patch_options.h"
#include "runtime/graph/group.h"
#include "runtime/graph/journal.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/plan.h"
#include "runtime/graph/settings.h"
#include "runtime/picture/png.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

namespace gan {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct RenderOptions {
    std::string patch;
    std::string out;
    std::string frames;
    double seconds = 0;
    std::string loop;
    std::string fps;
    std::string size;
    std::string codec;
    std::string log;
    std::string take;
    std::string output;
    Depth depth;
    bool resume = false;
    bool dry_run = false;
    bool check = false;
    bool explain = false;
    PatchOptions changes;
};

constexpr int64_t most = 1'000'000'000;  // frames: half a year at 60 a second

/// Output frames first .. last - 1.
struct Range {
    int64_t first = 0;
    int64_t last = 1;
};

template <class T>
T parse_number(std::string_view text, const char* option, const char* example) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw Error("{} '{}' cannot be read; write for example {}", option, text, example);
    return value;
}

/// "60", "60000/1001", or a decimal number: exactly what it says, but that 59.94 and its like, rounded to any
/// two or more digits, are the ratios that video means by them.
Rational fps_named(const std::string& text) {
    constexpr const char* examples = "60, 29.97 or 30000/1001";
    const auto slash = text.find('/');
    const auto point = text.find('.');
    const std::string_view view = text;
    Rational fps;
    if (slash != std::string::npos) {
        const auto num = parse_number<int32_t>(view.substr(0, slash), "--fps", examples);
        const auto den = parse_number<int32_t>(view.substr(slash + 1), "--fps", examples);
        if (num < 1 || den < 1) throw Error("--fps {} is out of range: 0.01 to 1000", text);
        fps = {num, den};
    } else {
        const auto value = parse_number<double>(view, "--fps", examples);
        if (!(value >= 0.01 && value <= 1000)) throw Error("--fps {} is out of range: 0.01 to 1000", text);
        fps = {std::llround(value * 1e6), 1'000'000};
        const size_t digits = point == std::string::npos ? 0 : text.size() - point - 1;
        const Rational ntsc{std::max(1LL, std::llround(value * 1.001)) * 1000, 1001};
        if (digits >= 2 && fps.den > 1 &&
            std::abs(ntsc.value() - value) <=
                0.5 * std::pow(0.1, static_cast<double>(digits)) + 1e-14 * value)
            fps = ntsc;
    }
    if (fps.value() < 0.01 || fps.value() > 1000) throw Error("--fps {} is out of range: 0.01 to 1000", text);
    return fps;
}

std::string text_of(Rational number) {
    return number.den == 1 ? std::to_string(number.num) : fmt::format("{}/{}", number.num, number.den);
}

/// One period of the node that --loop names, which must be whole frames, and whole ticks.
Range loop_range(const Graph& graph, const std::string& name, const Settings& settings, Rational fps) {
    const NodeId id = node_named(graph, name, "--loop");
    const auto plan = build_plan(graph, installed_nodes());
    const Plan::Step* step = plan->find(id);
    if (step == nullptr)
        throw Error("--loop: {} is of a type that {}", name,
                    installed_nodes().why_missing(graph.nodes.at(id).type));
    const Node& node = *step->instance->node;
    const Tick tick{.rate = settings.tick_rate.value(), .tempo = settings.tempo};
    const auto period = node.period(tick);
    if (!period)
        throw Error("--loop: {} never repeats; name an LFO, a Circle, a Class Walk or a Walk with a loop",
                    name);
    const Rational per_tick{fps.num * settings.tick_rate.den, fps.den * settings.tick_rate.num};  // frames
    if (*period * std::max(1.0, per_tick.value()) > most)
        throw Error("--loop: {} repeats every {:.6g} ticks, which are too many frames", name, *period);
    const auto near = [](double x) { return std::max<int64_t>(1, std::llround(x)); };
    const int64_t ticks = near(*period);
    const bool whole = std::abs(*period - static_cast<double>(ticks)) <= 1e-9 * *period;
    if (whole && ticks % per_tick.den == 0) return {0, ticks / per_tick.den * per_tick.num};
    const std::string wrong =
        fmt::format("--loop: {} repeats every {:.6g} ticks, no whole number of {} at {} frames a second",
                    name, *period, whole ? "frames" : "ticks", text_of(fps));
    if (whole) {
        const int64_t frames = near(static_cast<double>(ticks) * per_tick.value());
        throw Error("{}; the nearest that fits is --fps {}", wrong,
                    text_of({frames * settings.tick_rate.num, ticks * settings.tick_rate.den}));
    }
    // Ticks that are whole frames are multiples of per_tick.den.
    const double fitting =
        static_cast<double>(near(*period / static_cast<double>(per_tick.den)) * per_tick.den);
    const bool in_beats = node.period({.rate = tick.rate, .tempo = 2 * tick.tempo}) != period;
    if (in_beats)
        throw Error("{}; the nearest tempo that fits is {}", wrong, settings.tempo * *period / fitting);
    throw Error("{}; the nearest that fits is a loop of {} s", wrong, fitting / tick.rate);
}

/// `length`: ticks, of the patch or the take.
Range range_of(const RenderOptions& options, const Graph& graph, const Settings& settings, int64_t length,
               Rational fps) {
    const auto frame = [](std::string_view text) {
        const auto number = parse_number<int64_t>(text, "--frames", "0..300");
        if (number < 0 || number > most) throw Error("--frames {} is out of range: 0 to {}", number, most);
        return number;
    };
    if (!options.loop.empty()) return loop_range(graph, options.loop, settings, fps);
    if (options.frames.empty()) {
        const double seconds =
            options.seconds > 0 ? options.seconds : static_cast<double>(length) / settings.tick_rate.value();
        return {0, std::llround(std::clamp(seconds * fps.value(), 1.0, static_cast<double>(most)))};
    }
    const std::string_view text = options.frames;
    const auto dots = text.find("..");
    const int64_t first = frame(text.substr(0, dots));
    const Range range{first, dots == std::string_view::npos ? first + 1 : frame(text.substr(dots + 2))};
    if (range.last <= range.first)
        throw Error("--frames {} is empty; the last frame is not part of the range", options.frames);
    return range;
}

std::optional<Size> size_of(const RenderOptions& options, const Settings& settings) {
    if (options.size.empty()) return size_of(settings);
    const auto x = options.size.find('x');
    const std::string_view text = options.size;
    const Size size{
        parse_number<int>(text.substr(0, x), "--size", "1280x720"),
        parse_number<int>(x == std::string::npos ? text : text.substr(x + 1), "--size", "1280x720")};
    if (size.width < 1 || size.height < 1 || size.width > max_side || size.height > max_side)
        throw Error("--size {} is out of range: 1 to {} pixels a side", options.size, max_side);
    return size;
}

/// What the log's first line and --dry-run say.
json about(const RenderJob& job, const SinkKind& kind) {
    const auto name = [&](int64_t frame) { return numbered_name(job.sink.out, frame); };
    int64_t replaced = 0;
    for (int64_t frame = job.first; frame < job.last && !job.sink.out.empty(); ++frame) {
        replaced += fs::exists(name(frame)) ? 1 : 0;
        if (kind.form != SinkKind::Sequence) break;
    }
    json result{{"out", job.sink.out},
                {"frames", job.last - job.first},
                {"first", job.first},
                {"fps", job.fps.value()},
                {"seconds", static_cast<double>(job.last - job.first) / job.fps.value()},
                {"first_tick", job.tick_of(job.first)},
                {"last_tick", job.tick_of(job.last - 1)},
                {"existing", replaced}};
    if (!kind.codec.empty()) result["codec"] = kind.codec;
    if (job.sink.size) result["size"] = {job.sink.size->width, job.sink.size->height};
    return result;
}

void print_plan(const RenderJob& job, const SinkKind& kind, const json& plan) {
    fmt::print("out     {}{}\n", job.sink.out, kind.codec.empty() ? "" : ", " + kind.codec);
    fmt::print("frames  {} ({}..{}), {:.3f} s at {} a second\n", job.last - job.first, job.first, job.last,
               plan["seconds"].get<double>(), text_of(job.fps));
    fmt::print("ticks   {} to {}\n", job.tick_of(job.first), job.tick_of(job.last - 1));
    fmt::print("size    {}\n", job.sink.size
                                   ? fmt::format("{}x{}", job.sink.size->width, job.sink.size->height)
                                   : "as the network makes it");
    const auto there = plan["existing"].get<int64_t>();
    if (there > 0)
        fmt::print("there   {} file{}, {}\n", there, there == 1 ? "" : "s",
                   job.sink.resume ? "kept where they are of this patch" : "replaced");
}

/// Where nothing is said: beside whoever asks, named after the patch.
std::string default_out(const RenderOptions& options, const Range& range) {
    const std::string stem = fs::path(options.take.empty() ? options.patch : options.take).stem().string();
    if (range.last - range.first > 1) return stem + (options.frames.empty() ? ".mp4" : "_%05d.png");
    std::error_code ignored;
    if (fs::equivalent(stem + ".png", options.patch, ignored))
        throw Error("{}.png is the picture that the patch is read from; say --out", stem);
    return stem + ".png";
}

RenderJob job_of(const RenderOptions& options, Graph graph, std::optional<Take> take, RenderLog& log) {
    std::vector<std::string> said_when_loaded;
    const Settings settings = settings_of(graph, said_when_loaded);
    const Rational fps = options.fps.empty() ? settings.tick_rate : fps_named(options.fps);
    const Range range = range_of(options, graph, settings, take ? take->length : settings.length, fps);
    const auto output =
        options.output.empty() ? std::nullopt : std::optional(node_named(graph, options.output, "--output"));
    if (take) take->graph = graph;
    RenderJob job{.graph = std::move(graph),
                  .take = std::move(take),
                  .folder = fs::path(options.patch).parent_path().string(),
                  .settings = settings,
                  .fps = fps,
                  .first = range.first,
                  .last = range.last,
                  .output = output,
                  .explain = options.explain};
    job.sink = {.out = !options.out.empty() || options.explain ? options.out : default_out(options, range),
                .size = size_of(options, settings),
                .codec = options.codec,
                .depth = options.depth,
                .fps = fps,
                .patch = patch_text(job.graph),
                .resume = options.resume,
                .note = [&log](const std::string& message) { log.problem(message); }};
    return job;
}

/// What an exposed parameter may be set to, in words.
std::string values_of(const Graph& graph, const ExposedParam& exposed) {
    const NodeRecord& record = graph.nodes.at(exposed.node);
    const NodeType& type = *installed_nodes().find(record.type);
    const ParamInfo& info = installed_nodes().sample(type, record.params).param(exposed.param)->info;
    switch (info.kind) {
        case ParamInfo::Kind::Number:
            return fmt::format("{} to {}", exposed.min, exposed.max);
        case ParamInfo::Kind::Toggle:
            return "true or false";
        case ParamInfo::Kind::Choice:
            return fmt::format("{}", fmt::join(info.choices, ", "));
        case ParamInfo::Kind::Text:
            return "text";
        default:
            return "data";
    }
}

int render(const RenderOptions& options) {
    RenderLog log(!options.log.empty());
    std::optional<Take> take;
    Patch patch;
    if (options.take.empty()) {
        patch = open_patch(options.patch);
        if (const auto warning = journal_warning(options.patch)) log.problem(*warning);
    } else {
        take = load_take(options.take, installed_nodes());
        patch = {.graph = take->graph, .problems = take->problems};
    }
    for (const std::string& problem : patch.problems) log.problem(problem);
    options.changes.change(patch.graph, [&](const std::string& note) { log.problem(note); });
    RenderJob job = job_of(options, patch.graph, std::move(take), log);
    output_of(*build_plan(job.graph, installed_nodes()), job.output);
    if (options.check) {
        fmt::print("{}: {} nodes, {} links, {} problem{}\n", options.patch, job.graph.nodes.size(),
                   job.graph.links.size(), patch.problems.size(), patch.problems.size() == 1 ? "" : "s");
        for (const ExposedParam& exposed : exposed_params(job.graph, installed_nodes()))
            fmt::print("exposed  {} ({}.{}, {})\n", exposed.name,
                       job.graph.label(exposed.node, installed_nodes()), exposed.param,
                       values_of(job.graph, exposed));
        return patch.problems.empty() ? 0 : 1;
    }
    const SinkKind kind = job.sink.out.empty() ? SinkKind{} : kind_of(job.sink);
    if (kind.form == SinkKind::Still && !job.sink.out.empty()) {
        if (job.last - job.first > 1 && !options.frames.empty())
            throw Error("--out {} is one picture and --frames {} are several; write frames_%05d.png",
                        options.out, options.frames);
        job.last = job.first + 1;
    }
    const json plan = about(job, kind);
    if (options.dry_run && options.log.empty()) print_plan(job, kind, plan);
    if (!options.dry_run || !options.log.empty()) log.start(plan, job.last - job.first);
    if (options.dry_run) return 0;
    Gpu gpu(options.changes.gpu);
    const int code = render_frames(job, log, gpu);
    if (options.out.empty() && !job.sink.out.empty() && options.log.empty()) fmt::print("{}\n", job.sink.out);
    return code;
}

}  // namespace

void add_render(CLI::App& app, Command& chosen) {
    auto* command = app.add_subcommand("render", "Render a patch to a video or pictures, without a window");
    auto options = std::make_shared<RenderOptions>();
    command->add_option("PATCH", options->patch, "Patch file, or a picture that render wrote")->required();
    command->add_option("-o,--out", options->out,
                        "video.mp4, .mov, .mkv, .webm or .gif; picture.png (the first frame); "
                        "frames_%05d.png. Otherwise named "
                        "after the patch");
    auto* frames =
        command->add_option("--frames", options->frames, "One frame, or FIRST..LAST without the last");
    auto* seconds = command->add_option("--seconds", options->seconds, "Length; otherwise the patch's own")
                        ->check(CLI::PositiveNumber)
                        ->excludes(frames);
    command->add_option("--loop", options->loop, "NODE, by name or id: exactly one of its periods")
        ->excludes(frames)
        ->excludes(seconds);
    command->add_option("--fps", options->fps,
                        "Frames a second, such as 25, 29.97 or 30000/1001; otherwise the patch's tick rate");
    command->add_option("--size", options->size, "WxH pixels; otherwise as the network makes it");
    command->add_option(
        "--codec", options->codec,
        "mp4: h264 or hevc; mov: prores, h264 or hevc; mkv: h264, hevc, vp9 or ffv1 (lossless); "
        "webm: vp9. The first is taken unless told");
    command->add_option("--bits", options->depth.bits, "Of each sample of PNG files: 8 or 16")
        ->check(CLI::IsMember({8, 16}));
    command->add_flag("--dither", options->depth.dither,
                      "PNG files of 8 bits: round by a fixed pattern, so that smooth colours show no bands");
    command->add_option(
        "--output", options->output,
        "NODE, by name or id: the Output node to render; otherwise the one with the lowest id");
    auto* take = command->add_option("--take", options->take,
                                     "Render a performance that was recorded with this patch");
    command
        ->add_flag("--resume", options->resume,
                   "Keep the frames_%05d.png that are there; the last is made again and must be the same")
        ->excludes(take);
    auto* log =
        command->add_option("--log", options->log, "json: an object a line on stdout, for other programs")
            ->check(CLI::IsMember({"json"}));
    options->changes.add(*command);
    command->add_flag("--dry-run", options->dry_run, "Print what would be rendered");
    command->add_flag("--check", options->check, "Load and check the patch only");
    command->add_flag("--explain", options->explain, "Print which nodes ran, and why")->excludes(log);
    command->callback([options, &chosen] { chosen = [options] { return render(*options); }; });
}

}  // namespace gan
