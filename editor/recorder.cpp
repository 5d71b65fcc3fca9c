#include "editor/recorder.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/gpu/vulkan.h"
#include "runtime/graph/patch.h"

#include <algorithm>
#include <filesystem>

namespace gan {
namespace {

// Of pictures: four seconds at 60 a second, or fewer where they are large.
constexpr size_t pictures_waiting = 240;
constexpr size_t bytes_waiting = size_t{512} << 20;

size_t bytes_of(const Image& picture) {
    return static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height) * 4 * sizeof(float);
}

bool sets_the_tick_rate(const Edit& edit) {
    if (const auto* list = std::get_if<std::vector<Edit>>(&edit.change))
        return std::any_of(list->begin(), list->end(), sets_the_tick_rate);
    const auto* set = std::get_if<SetSetting>(&edit.change);
    return set != nullptr && set->setting == "tick_rate";
}

Settings settings_at_begin(const Graph& graph) {
    std::vector<std::string> said;  // by the session already
    return settings_of(graph, said);
}

/// What brings a performance that begins with the patch as it is to where this one stands.
std::vector<Action> opening(const Settings& settings, const Transport& time, int64_t tick) {
    std::vector<Action> actions;
    using Kind = TransportCommand::Kind;
    if (time.loop() != settings.loop)
        actions.push_back(TransportCommand{.kind = Kind::Loop, .loop = time.loop()});
    if (time.speed() != 1) actions.push_back(TransportCommand{.kind = Kind::Speed, .speed = time.speed()});
    actions.push_back(TransportCommand{.kind = Kind::Seek, .ticks = tick});
    if (!time.playing()) actions.push_back(TransportCommand{.kind = Kind::Pause});
    return actions;
}

void make_folder_of(const std::string& path) {
    std::error_code failure;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder, failure);
    if (failure) throw Error("the folder {} cannot be made: {}", folder.string(), failure.message());
}

Size size_of_recording(const Settings& settings, const Image& picture, const SinkKind& kind) {
    Size size{settings.width.value_or(picture.width), settings.height.value_or(picture.height)};
    // What loses nothing has the pictures as they are.
    if (kind.form != SinkKind::Video || kind.codec == "ffv1") return size;
    // Small networks' pictures are enlarged by a whole factor: players stretch what is smaller badly.
    if (!settings.width && !settings.height) {
        const int factor = std::max(1, 512 / std::max(size.width, size.height));
        size.width *= factor;
        size.height *= factor;
    }
    // Codecs take even sides.
    size.width += size.width % 2;
    size.height += size.height % 2;
    return size;
}

}  // namespace

Recorder::Recorder(Session& session, Options options)
    : session_(session),
      options_(std::move(options)),
      graph_(session.graph()),
      settings_(settings_at_begin(graph_)) {
    if (!options_.video.empty()) {
        // Throws here what would end the recording with its first picture.
        kind_ = kind_of({.out = options_.video, .codec = options_.codec});
        if (kind_.form == SinkKind::Still)
            throw Error(
                "{} would be one picture; name a video (.mp4, .webm, .mov, .mkv or .gif), or many (%05d.png)",
                options_.video);
        // A folder of its own for very many files.
        if (kind_.form == SinkKind::Sequence) make_folder_of(options_.video);
    }
    if (!options_.take.empty()) take_.emplace(options_.take, graph_);
    thread_ = std::thread([this] { work(); });
    session_.listen([this](const Live::Moment& moment) { take(moment); });
}

Recorder::~Recorder() {
    stop();
    thread_.join();
}

void Recorder::stop() {
    session_.listen(nullptr);
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
}

Recorder::Status Recorder::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

void Recorder::take(const Live::Moment& moment) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    const bool retimed = std::any_of(moment.taken.begin(), moment.taken.end(), [](const Action& action) {
        const Edit* edit = std::get_if<Edit>(&action);
        return edit != nullptr && sets_the_tick_rate(*edit);
    });
    if (retimed) {
        status_.problem = fmt::format(
            "{} ends where the tick rate changed, since a recording has one; what was recorded until then is "
            "kept",
            path());
        stopping_ = true;
    } else {
        ++status_.frames;
        Entry entry{.picture = nullptr, .taken = moment.taken};
        if (moment.begin != nullptr) {
            const std::vector<Action> before = opening(settings_, *moment.begin, moment.begin_tick);
            entry.taken.insert(entry.taken.begin(), before.begin(), before.end());
        }
        if (!options_.video.empty() && queue(moment.picture)) entry.picture = moment.picture;
        if (entry.picture == nullptr && entry.taken.empty() && !entries_.empty())
            ++entries_.back().frames;
        else
            entries_.push_back(std::move(entry));
    }
    changed_.notify_one();
}

/// Whether this picture is to be written, and not the one before it once more. mutex_ is held.
bool Recorder::queue(const ImageRef& picture) {
    if (picture != nullptr && picture == newest_) return false;
    const bool room =
        picture != nullptr &&
        (pictures_ == 0 || (pictures_ < pictures_waiting && bytes_ + bytes_of(*picture) <= bytes_waiting));
    if (!room) {
        ++status_.lost;
        return false;
    }
    ++pictures_;
    bytes_ += bytes_of(*picture);
    newest_ = picture;
    return true;
}

/// Waits for it; none: it is over.
std::optional<Recorder::Entry> Recorder::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !entries_.empty(); });
    if (entries_.empty()) return {};
    Entry entry = std::move(entries_.front());
    entries_.pop_front();
    if (entry.picture != nullptr) {
        --pictures_;
        bytes_ -= bytes_of(*entry.picture);
    }
    return entry;
}

void Recorder::write(Entry entry) {
    if (take_)
        for (const Action& action : entry.taken) take_->append(frames_, action);
    frames_ += entry.frames;
    try {
        if (entry.picture != nullptr) {
            entry.picture->pixels();
            last_ = std::move(entry.picture);
        }
    } catch (const DeviceLost&) {
        const std::lock_guard lock(mutex_);
        ++status_.lost;
    }
    if (options_.video.empty() || last_ == nullptr) return;
    if (sink_ == nullptr)
        sink_ = open_sink({.out = options_.video,
                           .size = size_of_recording(settings_, *last_, kind_),
                           .codec = options_.codec,
                           .fps = settings_.tick_rate,
                           .patch = patch_text(graph_)});
    // The first picture stands in for those before it.
    for (; written_ < frames_; ++written_) sink_->write(written_, last_);
}

void Recorder::work() {
    std::string problem;
    const auto attempt = [&](const auto& step) {
        try {
            step();
        } catch (const std::exception& error) {
            if (problem.empty()) problem = error.what();
        } catch (const Interrupted&) {
            // Ctrl-C: the program ends, and what is written is kept.
        }
    };
    attempt([&] {
        while (std::optional<Entry> entry = next()) write(std::move(*entry));
    });
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        entries_.clear();
    }
    attempt([&] {
        if (written_ > 0) {
            sink_->finish();
            if (!problem.empty()) problem += "; what was recorded until then is kept";
        } else if (!options_.video.empty()) {
            throw Error("{}: no picture came while it recorded, so there is no video", options_.video);
        }
    });
    attempt([&] {
        if (take_) take_->end(std::max<int64_t>(frames_, 1));
    });
    const std::lock_guard lock(mutex_);
    if (!problem.empty()) status_.problem = problem;
    status_.done = true;
}

}  // namespace gan
