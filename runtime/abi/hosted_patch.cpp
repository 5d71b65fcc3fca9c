#include "runtime/abi/hosted_patch.h"

#include "nodes/output.h"
#include "nodes/patches.h"
#include "nodes/plugins.h"
#include "runtime/abi/frame.h"
#include "runtime/base/assets.h"
#include "runtime/base/file.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <filesystem>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr const char* input_type = "image.input";
constexpr const char* first_patch = "patches/first.ganymede";

/// Threads that are started while this lives never run the host's signal handlers.
class NoSignals {
public:
    NoSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    NoSignals(const NoSignals&) = delete;
    NoSignals& operator=(const NoSignals&) = delete;

private:
    sigset_t before_{};
};

/// Whether this thread's stack is as deep as engines take for granted. A host's may be smaller.
bool has_room() {
    static thread_local const bool room = [] {
        constexpr size_t enough = size_t{1} << 20;
        pthread_attr_t attributes;
        if (pthread_getattr_np(pthread_self(), &attributes) != 0) return false;
        void* lowest = nullptr;
        size_t size = 0;
        pthread_attr_getstack(&attributes, &lowest, &size);
        pthread_attr_destroy(&attributes);
        const char here = 0;
        return &here - static_cast<const char*>(lowest) > static_cast<ptrdiff_t>(enough);
    }();
    return room;
}

std::thread quiet_thread(std::function<void()> work) {
    const NoSignals quiet;
    return std::thread(std::move(work));
}

std::string input_name_of(const NodeRecord& record) {
    const auto name = record.params.find("name");
    return name != record.params.end() && name->is_string() ? name->get<std::string>() : "input";
}

/// What an Input shows until its host gives a picture, where the patch has nothing that stands in.
ImageRef nothing_yet() {
    constexpr int side = 64;
    return std::make_shared<Image>(ImageInfo{.width = side, .height = side},
                                   std::vector<float>(size_t{side} * side * 3));
}

void use_threads(Graph& graph, int threads) {
    for (const auto& [id, node] : std::map(graph.nodes))
        if (node.type == "biggan.generator")
            apply(graph, installed_nodes(), {SetParam{id, "threads", threads}});
}

std::string joined(const std::vector<std::string>& sentences) {
    std::string text;
    for (const std::string& sentence : sentences) text += (text.empty() ? "" : "; ") + sentence;
    return text;
}

}  // namespace

HostedPatch::HostedPatch(Options options)
    : options_(std::move(options)), thread_(quiet_thread([this] { work(); })) {}

HostedPatch::~HostedPatch() {
    stop();
}

void HostedPatch::stop() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        changed_.notify_all();
    }
    cancel();
    const std::lock_guard turn(turn_);  // the last who waited has gone
    if (thread_.joinable()) thread_.join();
    live_.reset();
}

void HostedPatch::cancel() {
    const std::lock_guard lock(mutex_);
    if (!breakable_) return;
    cancelled_ = true;
    if (player_ != nullptr) player_->give_up();
}

int HostedPatch::wait(double seconds) {
    std::unique_lock lock(mutex_);
    const auto known = [this] { return state_ != State::Opening; };
    // Longer than anyone waits, and short enough for the clock.
    constexpr double most = 1e8;
    if (seconds < 0 || seconds > most)
        changed_.wait(lock, known);
    else
        changed_.wait_for(lock, std::chrono::duration<double>(seconds), known);
    switch (state_) {
        case State::Opening:
            return GAN_PENDING;
        case State::Open:
            return GAN_OK;
        case State::Cancelled:
            return GAN_ERROR_CANCELLED;
        case State::Failed:
            break;
    }
    return open_result_;
}

std::string HostedPatch::message() const {
    const std::lock_guard lock(mutex_);
    return message_;
}

void HostedPatch::say(const std::string& message) {
    const std::lock_guard lock(mutex_);
    message_ = message;
}

void HostedPatch::work() {
    State state = State::Open;
    int result = GAN_OK;
    std::string message;
    try {
        open();
        if (options_.opened) options_.opened();
    } catch (const Interrupted&) {
        state = State::Cancelled;
    } catch (const std::bad_alloc&) {
        result = GAN_ERROR_MEMORY;
        message = "there was not enough memory to open the patch";
    } catch (const std::exception& error) {
        result = GAN_ERROR_OPEN;
        message = error.what();
    }
    const std::lock_guard lock(mutex_);
    if (result != GAN_OK) state = State::Failed;
    if (cancelled_ && state != State::Failed) state = State::Cancelled;
    if (state == State::Cancelled) message = "opening the patch was cancelled";
    if (!message.empty()) message_ = message;
    open_result_ = result;
    state_ = state;
    breakable_ = cancelled_ = false;
    progress_ = state == State::Open ? 1.0 : progress_.load();
    changed_.notify_all();
}

void HostedPatch::open() {
    Graph graph;
    std::vector<std::string> problems;
    const auto take = [&](Patch patch) {
        graph = std::move(patch.graph);
        problems = std::move(patch.problems);
    };
    if (options_.text) {
        take(parse_patch(*options_.text, installed_nodes()));
        folder_ = options_.folder;
    } else {
        const std::string path = options_.path ? *options_.path : asset(first_patch).string();
        if (path.empty()) throw Error("the patch's path is empty; name a file");
        take(open_patch(path));
        folder_ = options_.folder.empty() ? fs::path(path).parent_path().string() : options_.folder;
    }
    progress_ = 0.1;
    if (!options_.model.empty()) use_model(graph, options_.model);
    if (options_.threads > 0) use_threads(graph, options_.threads);
    settings_ = settings_of(graph, problems);
    gpu_ = std::make_unique<Gpu>(options_.gpu);
    parameters_ = std::make_unique<Parameters>(graph, installed_nodes());
    desk_ = std::make_unique<Desk>(std::move(graph), installed_nodes(), gpu_.get());
    for (const auto& [id, record] : desk_->graph().nodes)
        if (record.type == input_type && !desk_->graph().links.contains({id, "image"}))
            pictures_.emplace(input_name_of(record), nothing_yet());
    make_player();
    progress_ = 0.2;
    const ImageRef& picture = picture_at(0);
    if (picture == nullptr) throw Error("the patch's Output shows no picture");
    width_ = picture->width;
    height_ = picture->height;
    for (std::string& words : take_plugin_words()) problems.push_back(std::move(words));
    say(joined(problems));
}

void HostedPatch::make_player() {
    auto player = std::make_unique<Player>(gpu_.get());
    player->post(desk_->first_plan());
    const std::lock_guard lock(mutex_);
    player_.swap(player);
    if (cancelled_) player_->give_up();
}

const ImageRef& HostedPatch::picture_at(int64_t tick) {
    constexpr int most_losses = 3;  // at one tick: then it is this tick that the GPU cannot do
    for (int losses = 0;; ++losses) {
        try {
            player_->show({.index = tick,
                           .rate = settings_.tick_rate.value(),
                           .tempo = settings_.tempo,
                           .folder = folder_,
                           .pictures = &pictures_});
            return shown(*player_);
        } catch (const Error&) {
            if (!gpu_->take_loss() || losses == most_losses) throw;
            make_player();
        }
    }
}

void HostedPatch::run(const std::function<void()>& job) {
    const std::lock_guard turn(turn_);
    {
        const std::lock_guard lock(mutex_);
        if (state_ == State::Opening)
            throw Failure(GAN_ERROR_ORDER, "the patch is not open yet; call gan_wait() first");
        if (state_ == State::Failed) throw Failure(open_result_, "{}", message_);
        if (state_ == State::Cancelled) throw Failure(GAN_ERROR_CANCELLED, "{}", message_);
        if (closing_) throw Failure(GAN_ERROR_CANCELLED, "the patch was closed");
    }
    const NoSignals quiet;  // threads that it starts never run the host's handlers
    if (has_room()) {
        job();
        return;
    }
    std::exception_ptr failure;
    std::thread([&] {
        try {
            job();
        } catch (...) {
            failure = std::current_exception();
        }
    }).join();
    if (failure) std::rethrow_exception(failure);
}

void HostedPatch::require_still(const char* what) const {
    if (live_ != nullptr)
        throw Failure(GAN_ERROR_ORDER, "the patch plays; pause it with gan_play() before {}", what);
}

void HostedPatch::apply_edit(const Edit& edit) {
    const Cue cue = desk_->cue(edit);
    if (cue.settings) settings_ = *cue.settings;
    if (live_ != nullptr)
        live_->give(cue);
    else if (cue.plan != nullptr || !cue.values.empty())
        player_->post(cue.plan, cue.values);
}

std::vector<std::string> HostedPatch::inputs() const {
    std::vector<std::string> names;
    for (const auto& [id, record] : desk_->graph().nodes)
        if (record.type == input_type) names.push_back(input_name_of(record));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

gan_patch_info HostedPatch::info() {
    gan_patch_info info{};
    run([&] {
        info = {.abi = GAN_ABI,
                .size = sizeof(info),
                .rate_num = settings_.tick_rate.num,
                .rate_den = settings_.tick_rate.den,
                .tempo = settings_.tempo,
                .length = settings_.length,
                .width = static_cast<uint32_t>(settings_.width.value_or(width_)),
                .height = static_cast<uint32_t>(settings_.height.value_or(height_)),
                .parameters = static_cast<uint32_t>(parameters_->size()),
                .inputs = static_cast<uint32_t>(inputs().size())};
    });
    return info;
}

gan_parameter HostedPatch::parameter(uint32_t index) {
    gan_parameter found{};
    run([&] {
        if (index >= parameters_->size())
            throw Failure(GAN_ERROR_ARGUMENT, "there is no parameter {}: the patch exposes {}", index,
                          parameters_->size());
        found = parameters_->info(index);
    });
    return found;
}

void HostedPatch::set(const std::string& id, double value) {
    run([&] { apply_edit(parameters_->set(id, value)); });
}

void HostedPatch::set(const std::string& id, const std::string& text) {
    run([&] { apply_edit(parameters_->set(id, text, desk_->graph())); });
}

double HostedPatch::number(const std::string& id) {
    double value = 0;
    run([&] { value = parameters_->number(id, desk_->graph()); });
    return value;
}

std::string HostedPatch::text(const std::string& id) {
    std::string value;
    run([&] { value = parameters_->text(id, desk_->graph()); });
    return value;
}

std::string HostedPatch::input_name(uint32_t index) {
    std::string name;
    run([&] {
        const std::vector<std::string> names = inputs();
        if (index >= names.size())
            throw Failure(GAN_ERROR_ARGUMENT, "there is no Input {}: the patch has {}", index, names.size());
        name = names[index];
    });
    return name;
}

void HostedPatch::set_input(const char* input, const gan_frame& frame) {
    check_frame(frame);
    run([&] {
        const std::vector<std::string> names = inputs();
        const std::string wanted = input != nullptr ? input : names.empty() ? "" : names.front();
        if (std::find(names.begin(), names.end(), wanted) == names.end())
            throw Failure(GAN_ERROR_NAME, "the patch has no Input '{}'; it has {}", wanted,
                          names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
        pictures_[wanted] = read_frame(frame);
        if (live_ != nullptr) live_->give_pictures(pictures_);
    });
}

}  // namespace gan
