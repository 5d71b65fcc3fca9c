#include "nodes/hosts/hosted_patch.h"

#include "nodes/hosts/library.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <stdexcept>

namespace gan {
namespace {

/// From the least over the patch's own value to the greatest.
double value_of(double dial, const gan_parameter& parameter) {
    if (dial == HostedPatch::untouched) return parameter.value;  // to the last digit
    const double from = dial < HostedPatch::untouched ? parameter.min : parameter.value;
    const double to = dial < HostedPatch::untouched ? parameter.value : parameter.max;
    const double way = dial < HostedPatch::untouched ? 2 * dial : 2 * dial - 1;
    const double value = from + way * (to - from);
    return parameter.kind == GAN_NUMBER ? value : std::round(value);
}

}  // namespace

void HostedPatch::require(int result) const {
    if (result == GAN_OK) return;
    constexpr size_t longest = 1024;
    char text[longest] = "";
    if (library().error(handle_, text, sizeof(text)) != GAN_OK || *text == '\0')
        throw std::runtime_error(library().result_text(result));
    throw std::runtime_error(text);
}

void HostedPatch::open(const std::string& patch, const std::string& model) {
    if (!asked_ || patch != patch_ || model != model_) {
        close();
        patch_ = patch;
        model_ = model;
        asked_ = true;
        try {
            begin();
        } catch (const std::exception& failure) {
            problem_ = failure.what();
            close();
        }
    }
    if (!problem_.empty()) throw std::runtime_error(problem_);
}

void HostedPatch::begin() {
    problem_.clear();
    const gan_open_options options{.abi = GAN_ABI,
                                   .size = sizeof(options),
                                   .path = patch_.empty() ? nullptr : patch_.c_str(),
                                   .model = model_.empty() ? nullptr : model_.c_str()};
    gan_patch handle = 0;
    const int result = library().open(&options, &handle);
    handle_ = handle;
    require(result);
    require(library().wait(handle, -1));
    info_ = {.abi = GAN_ABI, .size = sizeof(info_)};
    require(library().info(handle, &info_));
    read_dials();
}

void HostedPatch::read_dials() {
    dials_.clear();
    for (uint32_t i = 0; i < info_.parameters && dials_.size() < Dials().size(); ++i) {
        gan_parameter parameter{.abi = GAN_ABI, .size = sizeof(parameter)};
        require(library().parameter_info(handle_, i, &parameter));
        if (parameter.kind != GAN_TEXT) dials_.push_back({parameter, parameter.value});
    }
}

void HostedPatch::render(const Moment& moment, const Dials& dials, const gan_frame* input,
                         const gan_frame& frame) {
    for (size_t i = 0; i < dials_.size(); ++i) {
        Dial& dial = dials_[i];
        const double value = value_of(dials[i], dial.parameter);
        if (value == dial.set) continue;
        require(library().set_number(handle_, dial.parameter.id, value));
        dial.set = value;
    }
    if (input != nullptr) require(library().set_input(handle_, nullptr, input));
    const double rate = static_cast<double>(info_.rate_num) / static_cast<double>(info_.rate_den);
    constexpr double most = 1e15;  // ticks
    const double tick = std::clamp(std::floor((moment.seconds + moment.slack) * rate), 0.0, most);
    require(library().render(handle_, moment.tick.value_or(static_cast<int64_t>(tick)), &frame));
}

void HostedPatch::cancel() const {
    if (const gan_patch handle = handle_; handle != 0) library().cancel(handle);
}

double HostedPatch::progress() const {
    double done = 0;
    if (const gan_patch handle = handle_; handle != 0) library().progress(handle, &done);
    return done;
}

void HostedPatch::close() {
    if (const gan_patch handle = handle_.exchange(0); handle != 0) library().close(handle);
}

}  // namespace gan
