#pragma once

#include "editor/session.h"
#include "runtime/cli/frame_sink.h"
#include "runtime/graph/take.h"

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace gan {

/// What pictures can be recorded as.
struct RecordForm {
    const char* name;
    const char* ending;  // of the file, or of each of a folder's
    const char* codec;   // "": the container's own
    const char* about;
};
inline constexpr std::array record_forms{
    RecordForm{"MP4", ".mp4", "", "H.264: plays everywhere"},
    RecordForm{"MOV", ".mov", "", "ProRes 422 HQ, 10 bits: for editing"},
    RecordForm{"MKV, lossless", ".mkv", "ffv1", "FFV1: the very pixels of PNG files, in one file"},
    RecordForm{"WebM", ".webm", "", "VP9: for web pages"},
    RecordForm{"GIF", ".gif", "", "256 colours a frame, at most 100 frames a second"},
    RecordForm{"PNG files", ".png", "", "A folder of numbered pictures, each with the patch in it"}};

/// Writes what is shown while it plays: the pictures as a video, what is done as a take, or both. The player
/// hands them over and never waits; a picture that the encoder has no room for is lost, counted, and the one
/// before it stands in, so that the video keeps its time. Whatever ends it, what was recorded until then is
/// kept where it can be. Functions: [editor's thread].
class Recorder {
public:
    struct Options {
        std::string
            video;  // path, whose ending says the container, or with %05d, as `render --out`; or empty
        std::string codec{};  // as `render --codec`
        std::string take{};   // path; or empty
    };
    /// Begins with the patch as it is now; the session must live longer. Throws Error when a file cannot be
    /// begun.
    Recorder(Session& session, Options options);
    /// Ends it, and waits until it is written.
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// Records no more; what was recorded is still being written.
    void stop();
    struct Status {
        int64_t frames = 0;   // recorded
        int64_t lost = 0;     // pictures of these that another stands in for
        bool done = false;    // everything is written
        std::string problem;  // why it ended; or empty
    };
    Status status() const;
    const std::string& path() const { return options_.video.empty() ? options_.take : options_.video; }

private:
    struct Entry {
        ImageRef picture;  // null: the one before goes on
        std::vector<Action> taken;
        int64_t frames = 1;
    };
    void take(const Live::Moment& moment);
    bool queue(const ImageRef& picture);
    void work();
    std::optional<Entry> next();
    void write(Entry entry);

    Session& session_;
    const Options options_;
    const Graph graph_;
    const Settings settings_;
    SinkKind kind_;  // of the video
    std::optional<TakeWriter> take_;

    // Of the thread that writes:
    std::unique_ptr<FrameSink> sink_;
    ImageRef last_;        // good picture
    int64_t frames_ = 0;   // taken from the others
    int64_t written_ = 0;  // of these, into the sink

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable changed_;
    std::deque<Entry> entries_;
    size_t pictures_ = 0;  // of these, that wait
    size_t bytes_ = 0;     // of these pictures
    ImageRef newest_;      // of these pictures, or of those before
    Status status_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses the others
};

}  // namespace gan
