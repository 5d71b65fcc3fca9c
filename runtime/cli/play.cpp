#include "nodes/output.h"
#include "nodes/patches.h"
#include "nodes/plugins.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/patch_options.h"
#include "runtime/cli/pipe_sink.h"
#include "runtime/cli/render.h"
#include "runtime/gpu/gpu.h"
#include "runtime/graph/journal.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/performance.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace gan {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

struct PlayOptions {
    std::string patch;
    double seconds = 0;
    bool lock = false;
    bool control = false;
    std::string capture;
    std::string pipe;  // "y4m", "rgba", or nothing
    std::string record;
    bool json = false;
    PatchOptions changes;
};

/// The editing side of a performance: reads actions from stdin, makes cues of them, and writes what the
/// player took, and when, into the take. The player's thread waits for none of it.
class Control {
public:
    Control(Graph graph, Gpu& gpu)
        : desk_(std::move(graph), installed_nodes(), &gpu), first_plan_(desk_.first_plan()) {}
    ~Control() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    std::shared_ptr<const Plan> first_plan() const { return first_plan_; }

    /// Throws Error when the take cannot be written.
    void start(const PlayOptions& options) {
        if (!options.record.empty()) take_.emplace(options.record, desk_.graph());
        if (options.control || take_) thread_ = std::thread([this, reads = options.control] { work(reads); });
    }

    /// Hands the cues that are there to the stage. [player's thread]
    void give(Stage& stage, int64_t clock) {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock) return;  // the next tick takes them
        for (Cue& cue : cues_) {
            stage.take(cue, clock);
            taken_.emplace_back(clock, std::move(cue));
        }
        cues_.clear();
    }

    /// Whether stdin has ended and everything that came was taken.
    bool ended() {
        const std::lock_guard lock(mutex_);
        return ended_ && cues_.empty();
    }

    /// The performance is over. Throws Error when the take could not be written. [player's thread]
    void end(int64_t length) {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
        if (!failure_.empty()) throw Error("{}", failure_);
        if (take_) take_->end(length);
    }

private:
    void work(bool reads) {
        while (!stopping_) {
            if (reads)
                read();
            else
                std::this_thread::sleep_for(patience);
            record();
        }
        record();
    }

    /// What has come on stdin, a line of JSON an action.
    void read() {
        pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
        if (ended_ || ::poll(&input, 1, static_cast<int>(patience.count())) <= 0) {
            if (ended_) std::this_thread::sleep_for(patience);
            return;
        }
        std::array<char, 4096> buffer;
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count > 0) line_.append(buffer.data(), static_cast<size_t>(count));
        for (size_t end; (end = line_.find('\n')) != std::string::npos; line_.erase(0, end + 1))
            if (!std::exchange(skipping_, false)) act(line_.substr(0, end));
        if (count <= 0 && !skipping_) act(std::exchange(line_, {}));
        if (line_.size() > longest_line) {
            if (!skipping_)
                fmt::print(stderr, "ganymede: stdin: a line is longer than {} bytes and is left out\n",
                           longest_line);
            skipping_ = true;
            line_.clear();
        }
        if (count <= 0) {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
    }

    void act(const std::string& line) {
        if (line.empty()) return;
        try {
            // Less deep than what patches and takes hold, so that all of it can be saved.
            Cue cue = desk_.cue(action_from_json(parse_json(line, 32)));
            for (const std::string& problem : cue.problems)
                fmt::print(stderr, "ganymede: stdin: {}\n", problem);
            const std::lock_guard lock(mutex_);
            cues_.push_back(std::move(cue));
        } catch (const Error& error) {
            fmt::print(stderr, "ganymede: stdin: {}\n", error.what());
        }
    }

    void record() {
        std::vector<std::pair<int64_t, Cue>> taken;
        {
            const std::lock_guard lock(mutex_);
            taken.swap(taken_);
        }
        if (!take_) return;
        try {
            for (const auto& [clock, cue] : taken) take_->append(clock, cue.action);
        } catch (const Error& error) {
            failure_ = error.what();
            fmt::print(stderr, "ganymede: {}; the take ends here, the performance goes on\n", failure_);
            take_.reset();
        }
    }

    static constexpr std::chrono::milliseconds patience{5};
    static constexpr size_t longest_line = 1 << 20;

    Desk desk_;
    const std::shared_ptr<const Plan> first_plan_;
    std::optional<TakeWriter> take_;
    std::string line_;
    bool skipping_ = false;  // the rest of a line that is too long
    std::string failure_;    // written before the thread ends, read after
    std::mutex mutex_;
    std::vector<Cue> cues_;                       // for the player
    std::vector<std::pair<int64_t, Cue>> taken_;  // by the player, at a tick of the clock
    bool ended_ = false;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;  // last: it uses the others
};

/// What happened, for the person or program that asked.
class Record {
public:
    void shown(const Player& player, double milliseconds, bool late) {
        times_.push_back(milliseconds);
        if (!late) return;
        ++late_;
        const auto& report = player.report();
        const auto longest = std::max_element(report.begin(), report.end(), [](const auto& a, const auto& b) {
            return a.microseconds < b.microseconds;
        });
        if (longest != report.end() && longest->microseconds > 500 * milliseconds)
            ++causes_[player.plan()->find(longest->node)->label];
        else
            ++causes_["the machine or the sum of all nodes"];
    }
    void dropped(int64_t ticks) { dropped_ += ticks; }

    void print(std::FILE* to, bool as_json, double seconds) {
        std::sort(times_.begin(), times_.end());
        const auto part = [&](double share) {
            return times_.empty()
                       ? 0.0
                       : times_[static_cast<size_t>(share * static_cast<double>(times_.size() - 1))];
        };
        if (as_json) {
            fmt::print(to, "{}\n",
                       json{{"seconds", seconds},
                            {"shown", times_.size()},
                            {"late", late_},
                            {"dropped", dropped_},
                            {"median_ms", part(0.5)},
                            {"p99_ms", part(0.99)},
                            {"max_ms", part(1)},
                            {"late_because_of", causes_}}
                           .dump());
            return;
        }
        fmt::print(
            to,
            "{:.1f} s: {} ticks shown, {} late, {} left out; a tick took {:.2f} ms, 99 % under {:.2f}, the "
            "longest {:.2f}\n",
            seconds, times_.size(), late_, dropped_, part(0.5), part(0.99), part(1));
        for (const auto& [cause, count] : causes_) fmt::print(to, "late {} times: {}\n", count, cause);
    }

private:
    std::vector<double> times_;
    int64_t late_ = 0;
    int64_t dropped_ = 0;
    std::map<std::string, int64_t> causes_;
};

/// Why there is no picture; empty when there is one.
std::string fault(const Player& player) {
    try {
        shown(player);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

/// A sentence whenever another one is true.
class Complaints {
public:
    void say(const std::string& sentence) {
        if (sentence != last_ && !sentence.empty()) fmt::print(stderr, "ganymede: {}\n", sentence);
        last_ = sentence;
    }

private:
    std::string last_;
};

int play(const PlayOptions& options) {
    if (!options.capture.empty() && !options.lock)
        throw Error("--capture needs --lock: only then is every tick shown");
    if (!options.capture.empty() && !options.pipe.empty())
        throw Error("--capture and --stdout are two places for the pictures; choose one");
    Patch patch = open_patch(options.patch);
    std::set<std::string> said;
    const auto note = [&](const std::string& problem) {
        if (said.insert(problem).second) fmt::print(stderr, "ganymede: {}\n", problem);
    };
    for (const std::string& problem : patch.problems) note(problem);
    if (const auto warning = journal_warning(options.patch)) note(*warning);
    options.changes.change(patch.graph, note);
    const Settings settings = settings_of(patch.graph, patch.problems);

    Gpu gpu(options.changes.gpu);
    Control control(patch.graph, gpu);
    output_of(*control.first_plan());
    Stage stage(control.first_plan(), settings, fs::path(options.patch).parent_path().string(), &gpu);
    std::unique_ptr<FrameSink> sink;
    if (!options.capture.empty()) {
        const SinkOptions capture{.out = options.capture,
                                  .size = size_of(settings),
                                  .fps = settings.tick_rate,
                                  .patch = patch_text(patch.graph),
                                  .note = note};
        if (kind_of(capture).form == SinkKind::Still)
            throw Error("--capture {} is one picture; write frames_%05d.png or a video", options.capture);
        sink = open_sink(capture);
    }
    if (!options.pipe.empty())
        sink = open_pipe_sink(options.pipe, {.size = size_of(settings), .fps = settings.tick_rate});
    control.start(options);

    const double rate = settings.tick_rate.value();
    const auto length = static_cast<int64_t>(
        options.seconds > 0 ? std::min(std::ceil(options.seconds * rate), static_cast<double>(most_ticks))
                            : static_cast<double>(most_ticks));
    const auto start = Clock::now();
    const auto time_of = [&](int64_t clock) {
        return start + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(clock) / rate));
    };
    const auto over = [&] { return options.control && options.seconds <= 0 && control.ended(); };
    Record record;
    Complaints complaints;
    std::exception_ptr failure;
    ImageRef picture;  // the last good one
    int64_t clock = 0;
    try {
        for (; clock < length && !over(); ++clock) {
            // In slices, so that Ctrl-C and the end of stdin are heard at any tick rate.
            for (auto now = Clock::now(); now < time_of(clock) && !over(); now = Clock::now()) {
                check_interrupted();
                std::this_thread::sleep_until(std::min(time_of(clock), now + std::chrono::milliseconds(50)));
            }
            check_interrupted();
            if (gpu.take_loss()) stage.player().renew();
            control.give(stage, clock);
            const auto before = Clock::now();
            stage.show(clock, !options.lock);
            const auto after = Clock::now();
            record.shown(stage.player(), std::chrono::duration<double, std::milli>(after - before).count(),
                         after > time_of(clock + 1));
            for (const std::string& problem : stage.player().take_problems()) note(problem);
            for (const std::string& words : take_plugin_words()) note(words);
            if (sink && options.lock)
                picture = shown(stage.player());
            else if (const std::string why = fault(stage.player()); why.empty())
                picture = shown(stage.player());
            else
                complaints.say(why);
            if (sink && picture != nullptr) sink->write(clock, picture);
            // Late: whole ticks are left out, though not by what remembers.
            const auto due =
                static_cast<int64_t>(std::chrono::duration<double>(Clock::now() - start).count() * rate);
            for (; !options.lock && clock + 1 < std::min(due, length); record.dropped(1)) {
                stage.pass(++clock, true);
                if (sink && picture != nullptr) sink->write(clock, picture);  // who reads it counts frames
            }
        }
    } catch (const Interrupted&) {
        // Ctrl-C is how a performance without an end ends.
    } catch (const Error& error) {
        failure = std::make_exception_ptr(Error("tick {} of the performance: {}", clock, error.what()));
    }
    if (sink) sink->finish();
    control.end(clock);
    record.print(options.pipe.empty() ? stdout : stderr, options.json,
                 std::chrono::duration<double>(Clock::now() - start).count());
    if (failure) std::rethrow_exception(failure);
    return 0;
}

}  // namespace

void add_play(CLI::App& app, Command& chosen) {
    auto* command = app.add_subcommand("play", "Play a patch live, without a window, and say how it went");
    auto options = std::make_shared<PlayOptions>();
    command->add_option("PATCH", options->patch, "Patch file, or a picture that render wrote")->required();
    command->add_option("--seconds", options->seconds, "How long; otherwise until stdin ends, or Ctrl-C")
        ->check(CLI::PositiveNumber);
    command->add_flag("--lock", options->lock, "Show every tick, however long it takes; nothing is dropped");
    command->add_flag("--control", options->control,
                      "Read what to do from stdin, a line of JSON each: edits and transport commands");
    command->add_option("--capture", options->capture,
                        "With --lock: where the pictures go, as render's --out");
    command->add_option("--stdout", options->pipe,
                        "y4m or rgba: the pictures, for a program that reads video from a pipe; one a tick, "
                        "those that came late repeated, or exact with --lock");
    command->add_option("--record", options->record, "Write a take, which render --take renders again");
    command->add_flag("--json", options->json, "Print the figures as JSON");
    options->changes.add(*command);
    command->callback([options, &chosen] { chosen = [options] { return play(*options); }; });
}

}  // namespace gan
