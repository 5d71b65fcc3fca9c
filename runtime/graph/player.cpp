#include "runtime/graph/player.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace gan {
namespace {

using std::chrono::steady_clock;

void fail_all(const Node& node, const std::string& message) {
    for (OutputBase* output : node.outputs()) output->fail(message);
}

/// The input whose value a bypassed node passes on: the first of the output's type that is no parameter.
const InputBase* route(const Node& node, const OutputBase& output) {
    for (const InputBase* input : node.inputs())
        if (input->type == output.type && node.param(input->name) == nullptr) return input;
    return nullptr;
}

}  // namespace

std::string_view name_of(Reason reason) {
    static constexpr std::string_view names[] = {"not asked for", "unchanged", "new",      "input changed",
                                                 "time",          "waiting",   "bypassed", "muted"};
    return names[static_cast<size_t>(reason)];
}

Player::Player(Gpu* gpu)
    : gpu_(gpu), plan_(std::make_shared<const Plan>()), retirer_([this] { retire_loop(); }) {}

Player::~Player() {
    {
        const std::lock_guard lock(retired_mutex_);
        closing_ = true;
    }
    retired_ready_.notify_one();
    retirer_.join();
}

void Player::post(std::shared_ptr<const Plan> plan, std::vector<ValueChange> values) {
    const std::lock_guard lock(updates_mutex_);
    updates_.push_back({std::move(plan), std::move(values)});
}

void Player::take_updates() {
    std::vector<Update> updates;
    {
        const std::unique_lock lock(updates_mutex_, std::try_to_lock);
        if (!lock) return;  // somebody is posting: the next tick takes it
        updates.swap(updates_);
    }
    for (Update& update : updates) {
        if (update.plan != nullptr) adopt(update.plan);
        for (const ValueChange& change : update.values) set(change);
    }
    if (!updates.empty()) retire(std::make_shared<const std::vector<Update>>(std::move(updates)));
}

void Player::adopt(std::shared_ptr<const Plan> plan) {
    for (const Plan::Step& step : plan->steps) {
        for (const Plan::Link& link : step.links) link.input->link(link.source);
        const Plan::Step* old = plan_->find(step.id);
        if (old != nullptr && old->instance != step.instance && old->instance->type == step.instance->type)
            step.instance->node->follow(*old->instance->node);
        if (old == nullptr || old->bypass != step.bypass || old->mute != step.mute)
            step.instance->dirty = step.instance->fresh = true;
    }
    problems_.insert(problems_.end(), plan->problems.begin(), plan->problems.end());
    report_.assign(plan->steps.size(), {});
    for (size_t i = 0; i < report_.size(); ++i) report_[i].node = plan->steps[i].id;
    retire(std::exchange(plan_, std::move(plan)));
}

void Player::set(const ValueChange& change) {
    const Plan::Step* step = plan_->find(change.node);
    ParamBase* param = step == nullptr ? nullptr : step->instance->node->param(change.param);
    if (param == nullptr) return;
    const std::string problem = param->set(change.value);
    if (!problem.empty()) problems_.push_back(step->label + ": " + problem);
    step->instance->dirty = true;
}

void Player::reset() {
    reset_due_ = true;
}

void Player::renew() {
    for (const Plan::Step& step : plan_->steps) step.instance->dirty = step.instance->fresh = true;
}

void Player::play(const Tick& given, bool shown) {
    Tick tick = given;
    tick.gpu = gpu_;
    // What was skipped passed before anything changed.
    if (!reset_due_ && tick.index >= next_) step_state(tick);
    take_updates();
    // A tick that is shown again, with other values perhaps, is no step for what has state.
    bool again = tick.index < next_;
    if (plan_->has_state && (reset_due_ || tick.index < next_ - 1)) {
        for (const Plan::Step& step : plan_->steps)
            if (step.feeds_state) {
                step.instance->node->reset();
                step.instance->dirty = true;
            }
        next_ = 0;
        again = false;
        step_state(tick);
    }
    reset_due_ = false;
    if (shown || plan_->has_state) evaluate(tick, {.state_only = !shown, .again = again});
    next_ = tick.index + 1;
}

/// Nodes with state see the ticks before `tick` that they have not seen.
void Player::step_state(const Tick& tick) {
    if (!plan_->has_state) return;
    Tick passed = tick;
    for (passed.index = next_; passed.index < tick.index; next_ = ++passed.index) {
        if (given_up_) throw Interrupted{};
        if (passed.index % 1024 == 0) check_interrupted();
        evaluate(passed, {.state_only = true});
    }
}

void Player::evaluate(const Tick& tick, Pass pass) {
    for (size_t i = 0; i < plan_->steps.size(); ++i) {
        if (given_up_) throw Interrupted{};
        const Plan::Step& step = plan_->steps[i];
        report_[i].microseconds = 0;
        if (pass.state_only ? !step.feeds_state : !step.asked) {
            report_[i].reason = Reason::NotAsked;
            continue;
        }
        const NodeTraits& traits = step.instance->type->traits;
        if (pass.again && (traits.stateful || traits.feedback) && !step.instance->fresh) {
            report_[i].reason = Reason::Unchanged;
            continue;
        }
        const auto start = steady_clock::now();
        report_[i].reason = run(step, tick);
        if (report_[i].reason != Reason::Unchanged)
            report_[i].microseconds =
                std::chrono::duration<double, std::micro>(steady_clock::now() - start).count();
    }
    if (pass.again) return;
    for (const Plan::Step& step : plan_->steps)
        if (step.instance->type->traits.feedback) step.instance->node->latch(tick);
}

Reason Player::run(const Plan::Step& step, const Tick& tick) {
    Instance& instance = *step.instance;
    Node& node = *instance.node;
    bool changed = false;
    for (InputBase* input : node.inputs())
        if (input->take_change()) changed = true;
    const NodeTraits& traits = instance.type->traits;
    const Reason reason = instance.dirty                                       ? Reason::New
                          : changed && !traits.feedback                        ? Reason::Input
                          : traits.timed || traits.stateful || traits.feedback ? Reason::Time
                                                                               : Reason::Unchanged;
    if (reason == Reason::Unchanged) return reason;
    instance.dirty = false;
    instance.fresh = false;

    if (step.mute) {
        fail_all(node, step.label + " is muted");
        return Reason::Muted;
    }
    if (step.bypass) {
        for (OutputBase* output : node.outputs()) {
            const InputBase* input = route(node, *output);
            if (input != nullptr && input->linked())
                output->copy(*input->source());
            else
                output->fail(step.label + " is bypassed, and nothing is linked that it could pass on");
        }
        return Reason::Bypassed;
    }
    if (!traits.feedback)
        for (const Plan::Link& link : step.links) {
            if (link.source == nullptr && !link.input->optional) {
                fail_all(node, fmt::format("{} needs a link to '{}'", step.label, link.input->name));
                return Reason::Waiting;
            }
            if (link.source != nullptr && !link.source->error().empty()) {
                fail_all(node, fmt::format("{} waits for {}", step.label, plan_->steps[link.from].label));
                return Reason::Waiting;
            }
        }
    try {
        node.process(tick);
    } catch (const std::exception& failure) {
        fail_all(node, fmt::format("{}: {}", step.label, failure.what()));
    }
    instance.dirty = node.take_request();
    return reason;
}

std::vector<std::string> Player::take_problems() {
    return std::exchange(problems_, {});
}

void Player::retire(std::shared_ptr<const void> thing) {
    {
        const std::lock_guard lock(retired_mutex_);
        retired_.push_back(std::move(thing));
    }
    retired_ready_.notify_one();
}

void Player::retire_loop() {
    std::unique_lock lock(retired_mutex_);
    while (true) {
        retired_ready_.wait(lock, [this] { return closing_ || !retired_.empty(); });
        std::vector<std::shared_ptr<const void>> dead;
        dead.swap(retired_);
        if (dead.empty() && closing_) return;
        lock.unlock();
        dead.clear();
        lock.lock();
    }
}

}  // namespace gan
