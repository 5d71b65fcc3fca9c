#include "nodes/output.h"
#include "nodes/plugins.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/cli/render.h"
#include "runtime/graph/performance.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace gan {
namespace {

void explain(const Player& player) {
    for (const NodeReport& report : player.report())
        fmt::print("{:<24} {:<14} {:10.3f} ms\n", player.plan()->find(report.node)->label,
                   name_of(report.reason), report.microseconds / 1e3);
}

/// Shows a job's ticks, one after another.
class Show {
public:
    Show(const RenderJob& job, Gpu& gpu) : job_(job), gpu_(gpu) { begin(); }

    Player& player() { return take_ ? take_->player() : *patch_; }

    /// Shows a tick and hands its picture to `take`. Where the GPU is lost meanwhile, everything is made
    /// again, from the first tick where there is state.
    template <class Take>
    void show(int64_t tick, const Take& take) {
        constexpr int most_losses = 3;  // at one tick: then it is this tick that the GPU cannot do
        for (int losses = 0;; ++losses) {
            try {
                if (take_)
                    take_->show(tick);
                else
                    patch_->show({.index = tick,
                                  .rate = job_.settings.tick_rate.value(),
                                  .tempo = job_.settings.tempo,
                                  .folder = job_.folder});
                take(shown(player(), job_.output));
                return;
            } catch (const Error&) {
                if (!gpu_.take_loss() || losses == most_losses) throw;
                begin();
            }
        }
    }

private:
    void begin() {
        take_.reset();
        patch_.reset();
        if (job_.take)
            take_.emplace(*job_.take, installed_nodes(), job_.folder, &gpu_);
        else
            patch_.emplace(&gpu_).post(build_plan(job_.graph, installed_nodes()));
    }

    const RenderJob& job_;
    Gpu& gpu_;
    std::optional<TakePlayer> take_;
    std::optional<Player> patch_;
};

}  // namespace

int render_frames(const RenderJob& job, RenderLog& log, Gpu& gpu) {
    using Clock = std::chrono::steady_clock;
    const auto sink = job.sink.out.empty() ? nullptr : open_sink(job.sink);
    Show show(job, gpu);
    int64_t done = 0;
    bool interrupted = false;
    try {
        for (int64_t frame = job.first; frame < job.last; ++frame) {
            check_interrupted();
            // The first frame says how large all are, and the last that is there must still come out the
            // same.
            if (sink && frame > job.first && frame + 1 < job.last && sink->has(frame) && sink->has(frame + 1))
                continue;
            const auto start = Clock::now();
            const int64_t tick = job.tick_of(frame);
            try {
                show.show(tick, [&](const ImageRef& image) {
                    if (sink) sink->write(frame, image);
                });
            } catch (const Error& error) {
                throw Error("frame {} (tick {}): {}", frame, tick, error.what());
            }
            if (job.explain) {
                fmt::print("frame {} (tick {})\n", frame, tick);
                explain(show.player());
            }
            ++done;
            for (const std::string& words : take_plugin_words()) log.problem(words);
            log.frame(frame, tick, std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        }
    } catch (const Interrupted&) {
        if (done == 0 || sink == nullptr) throw;
        interrupted = true;
    }
    if (sink) sink->finish();
    log.end(job.sink.out, interrupted);
    if (!interrupted) return 0;
    fmt::print(stderr, "ganymede: interrupted; {} holds the {} frame{} made until then{}\n", job.sink.out,
               done, done == 1 ? "" : "s",
               job.sink.out.find('%') == std::string::npos ? "" : "; --resume goes on from there");
    return 130;
}

}  // namespace gan
