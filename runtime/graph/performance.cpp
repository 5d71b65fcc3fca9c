#include "runtime/graph/performance.h"

#include "runtime/base/file.h"

namespace gan {
namespace {

/// Their problems are said where the patch is loaded.
Settings quiet_settings(const Graph& graph) {
    std::vector<std::string> problems;
    return settings_of(graph, problems);
}

bool sets_settings(const Edit& edit) {
    if (const auto* list = std::get_if<std::vector<Edit>>(&edit.change))
        return std::any_of(list->begin(), list->end(), sets_settings);
    return std::holds_alternative<SetSetting>(edit.change);
}

}  // namespace

std::shared_ptr<const Plan> Desk::first_plan() {
    return plan_ = build_plan(graph_, types_, nullptr, {}, gpu_);
}

Cue Desk::cue(const Action& action) {
    Cue cue{.action = action};
    const auto* edit = std::get_if<Edit>(&action);
    if (edit == nullptr) return cue;
    const Rational rate = quiet_settings(graph_).tick_rate;
    apply(graph_, types_, *edit);
    Document::Effect effect = Document::effect_of(graph_, types_, *edit);
    if (effect.structural) cue.plan = plan_ = build_plan(graph_, types_, plan_.get(), {}, gpu_);
    cue.values = std::move(effect.values);
    if (!sets_settings(*edit)) return cue;
    cue.settings = settings_of(graph_, cue.problems);
    if (cue.settings->tick_rate != rate)
        cue.problems.push_back("the tick rate stays what it was until the performance is over");
    return cue;
}

Stage::Stage(std::shared_ptr<const Plan> plan, const Settings& settings, std::string folder, Gpu* gpu)
    : player_(gpu), transport_(settings.loop), settings_(settings), folder_(std::move(folder)) {
    player_.post(std::move(plan));
}

void Stage::take(const Cue& cue, int64_t clock) {
    if (const auto* command = std::get_if<TransportCommand>(&cue.action)) apply(transport_, clock, *command);
    if (cue.plan != nullptr || !cue.values.empty()) player_.post(cue.plan, cue.values);
    if (!cue.settings) return;
    if (cue.settings->loop != settings_.loop) transport_.set_loop(clock, cue.settings->loop);
    const Rational rate = settings_.tick_rate;
    settings_ = *cue.settings;
    settings_.tick_rate = rate;
}

Tick Stage::tick_at(int64_t clock, bool live) const {
    return {.index = transport_.tick(clock),
            .rate = settings_.tick_rate.value(),
            .tempo = settings_.tempo,
            .live = live,
            .folder = folder_,
            .pictures = &pictures_};
}

TakePlayer::TakePlayer(const Take& take, const NodeTypes& types, std::string folder, Gpu* gpu)
    : take_(take),
      desk_(take.graph, types),
      stage_(desk_.first_plan(), quiet_settings(take.graph), std::move(folder), gpu) {}

void TakePlayer::take_events(int64_t clock) {
    for (; next_event_ < take_.events.size() && take_.events[next_event_].clock <= clock; ++next_event_)
        stage_.take(desk_.cue(take_.events[next_event_].action), clock);
}

void TakePlayer::show(int64_t clock) {
    for (; next_clock_ < clock; ++next_clock_) {
        if (next_clock_ % 1024 == 0) check_interrupted();
        take_events(next_clock_);
        stage_.pass(next_clock_, false);
    }
    take_events(clock);
    stage_.show(clock, false);
    next_clock_ = clock + 1;
}

}  // namespace gan
