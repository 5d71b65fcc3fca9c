#include "runtime/abi/gan.h"

#include "runtime/abi/failure.h"
#include "runtime/abi/hosted_patch.h"
#include "runtime/abi/open_patches.h"
#include "runtime/abi/text.h"
#include "runtime/base/file.h"
#include "runtime/base/plain_rounding.h"

#include <cstring>
#include <filesystem>
#include <memory>
#include <new>

namespace gan {
namespace {

namespace fs = std::filesystem;

/// Runs what a function does, and turns what it throws into a result and a sentence. `otherwise`: what an
/// Error means there.
template <class Work>
int guarded(HostedPatch* hosted, int otherwise, const Work& work) noexcept {
    const auto say = [&](const char* message) {
        try {
            if (hosted != nullptr) hosted->say(message);
        } catch (...) {
            // Not even for the sentence was there memory.
        }
    };
    try {
        const PlainRounding plain;
        return work();
    } catch (const Failure& failure) {
        say(failure.what());
        return failure.result;
    } catch (const Interrupted&) {
        say("it was cancelled");
        return GAN_ERROR_CANCELLED;
    } catch (const std::bad_alloc&) {
        say("there was not enough memory");
        return GAN_ERROR_MEMORY;
    } catch (const Error& error) {
        say(error.what());
        return otherwise;
    } catch (const std::exception& error) {
        say(error.what());
        return GAN_ERROR_INTERNAL;
    } catch (...) {
        say("something unknown went wrong");
        return GAN_ERROR_INTERNAL;
    }
}

/// The same for a function of an open patch.
template <class Work>
int with(gan_patch patch, int otherwise, const Work& work) noexcept {
    if (forked()) return GAN_ERROR_FORKED;
    std::shared_ptr<HostedPatch> hosted;
    try {
        hosted = open_patch_of(patch);
    } catch (...) {
        return GAN_ERROR_INTERNAL;
    }
    if (hosted == nullptr) return GAN_ERROR_HANDLE;
    return guarded(hosted.get(), otherwise, [&] {
        const int result = work(*hosted);
        return result;
    });
}

void require(bool right, const char* what) {
    if (!right) throw Failure(GAN_ERROR_ARGUMENT, "{}", what);
}

/// The caller's structure, with what it does not know yet as zeros. `least`: bytes of its first version.
template <class Struct>
Struct read(const Struct* given, size_t least) {
    require(given != nullptr, "a structure is null");
    if (given->abi != GAN_ABI)
        throw Failure(GAN_ERROR_ARGUMENT, "a structure is of abi {}, and the library of {}", given->abi,
                      GAN_ABI);
    if (given->size < least)
        throw Failure(GAN_ERROR_ARGUMENT, "a structure says that it has {} bytes; set size to sizeof, {}",
                      given->size, least);
    Struct copy{};
    std::memcpy(&copy, given, std::min<size_t>(given->size, sizeof(copy)));
    return copy;
}

/// What the caller's structure has room for.
template <class Struct>
void write(Struct* given, size_t least, Struct value) {
    const Struct header = read(given, least);
    value.abi = header.abi;
    value.size = header.size;
    std::memcpy(given, &value, std::min<size_t>(header.size, sizeof(value)));
}

constexpr size_t first_options = sizeof(gan_open_options);
constexpr size_t first_info = sizeof(gan_patch_info);
constexpr size_t first_parameter = sizeof(gan_parameter);
constexpr size_t first_frame = sizeof(gan_frame);
constexpr size_t first_image = sizeof(gan_gpu_image);

std::string text_or_empty(const char* text) {
    return text == nullptr ? "" : text;
}

}  // namespace
}  // namespace gan

using namespace gan;  // NOLINT(google-build-using-namespace): its functions cannot be in it

extern "C" {

const char* gan_version(void) {
    return GAN_VERSION;
}

const char* gan_result_text(int result) {
    switch (result) {
        case GAN_OK:
            return "it worked";
        case GAN_PENDING:
            return "not yet: ask again";
        case GAN_ERROR_ARGUMENT:
            return "an argument is null, out of range, or of another version";
        case GAN_ERROR_HANDLE:
            return "no patch has this handle: it was closed, or never opened";
        case GAN_ERROR_ORDER:
            return "not at this time: the patch is not open yet, or is playing";
        case GAN_ERROR_OPEN:
            return "the patch could not be opened";
        case GAN_ERROR_CANCELLED:
            return "it was cancelled";
        case GAN_ERROR_NAME:
            return "the patch has nothing of this name";
        case GAN_ERROR_VALUE:
            return "the parameter takes no such value";
        case GAN_ERROR_RENDER:
            return "the picture could not be made";
        case GAN_ERROR_MEMORY:
            return "there was not enough memory";
        case GAN_ERROR_UNSUPPORTED:
            return "this machine cannot do it";
        case GAN_ERROR_FORKED:
            return "the process was forked after Ganymede was loaded; start another program instead";
        case GAN_ERROR_INTERNAL:
            return "a defect of Ganymede";
        default:
            return "no result of Ganymede's";
    }
}

int gan_open(const gan_open_options* options, gan_patch* patch) {
    if (forked()) return GAN_ERROR_FORKED;
    return guarded(nullptr, GAN_ERROR_OPEN, [&] {
        require(patch != nullptr, "patch is null");
        *patch = 0;
        const gan_open_options given = read(options, first_options);
        constexpr uint32_t most_threads = 256;
        require(given.threads <= most_threads, "more than 256 threads");
        // Now: the host may be elsewhere when they are used.
        const auto absolute = [](const char* path) {
            return path == nullptr || *path == '\0' ? std::string() : fs::absolute(path).string();
        };
        HostedPatch::Options wanted{.path = {},
                                    .text = {},
                                    .folder = absolute(given.folder),
                                    .model = absolute(given.model),
                                    .gpu = text_or_empty(given.gpu),
                                    .threads = static_cast<int>(given.threads),
                                    .opened = close_all_at_exit};
        close_all_at_exit();
        if (given.path != nullptr) {
            wanted.path = absolute(given.path);
        } else if (given.text != nullptr) {
            wanted.text = given.text;
            if (wanted.folder.empty()) wanted.folder = fs::current_path().string();
        }
        *patch = keep_open(std::make_shared<HostedPatch>(std::move(wanted)));
        return GAN_OK;
    });
}

int gan_wait(gan_patch patch, double seconds) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        require(seconds == seconds, "seconds is no number");
        return hosted.wait(seconds);
    });
}

int gan_progress(gan_patch patch, double* done) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        require(done != nullptr, "done is null");
        *done = hosted.progress();
        return GAN_OK;
    });
}

int gan_cancel(gan_patch patch) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        hosted.cancel();
        return GAN_OK;
    });
}

int gan_close(gan_patch patch) {
    if (forked()) return GAN_ERROR_FORKED;
    return guarded(nullptr, GAN_ERROR_INTERNAL, [&] {
        const std::shared_ptr<HostedPatch> hosted = forget(patch);
        if (hosted == nullptr) return static_cast<int>(GAN_ERROR_HANDLE);
        hosted->stop();
        return static_cast<int>(GAN_OK);
    });
}

int gan_error(gan_patch patch, char* text, uint64_t size) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        if (text == nullptr || size == 0) return static_cast<int>(GAN_ERROR_ARGUMENT);  // the sentence stays
        copy_text(hosted.message(), {text, size});
        return static_cast<int>(GAN_OK);
    });
}

int gan_info(gan_patch patch, gan_patch_info* info) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        read(info, first_info);
        write(info, first_info, hosted.info());
        return GAN_OK;
    });
}

int gan_parameter_info(gan_patch patch, uint32_t index, gan_parameter* parameter) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        read(parameter, first_parameter);
        write(parameter, first_parameter, hosted.parameter(index));
        return GAN_OK;
    });
}

int gan_set_number(gan_patch patch, const char* id, double value) {
    return with(patch, GAN_ERROR_VALUE, [&](HostedPatch& hosted) {
        require(id != nullptr, "id is null");
        hosted.set(id, value);
        return GAN_OK;
    });
}

int gan_set_text(gan_patch patch, const char* id, const char* text) {
    return with(patch, GAN_ERROR_VALUE, [&](HostedPatch& hosted) {
        require(id != nullptr && text != nullptr, "id or text is null");
        hosted.set(id, std::string(text));
        return GAN_OK;
    });
}

int gan_get_number(gan_patch patch, const char* id, double* value) {
    return with(patch, GAN_ERROR_VALUE, [&](HostedPatch& hosted) {
        require(id != nullptr && value != nullptr, "id or value is null");
        *value = hosted.number(id);
        return GAN_OK;
    });
}

int gan_get_text(gan_patch patch, const char* id, char* text, uint64_t size, uint64_t* needed) {
    return with(patch, GAN_ERROR_VALUE, [&](HostedPatch& hosted) {
        require(id != nullptr, "id is null");
        require(text == nullptr ? needed != nullptr : size > 0, "there is no room for the text");
        const std::string value = hosted.text(id);
        if (text != nullptr) copy_text(value, {text, size});
        if (needed != nullptr) *needed = value.size() + 1;
        return GAN_OK;
    });
}

int gan_render(gan_patch patch, int64_t tick, const gan_frame* frame) {
    return with(patch, GAN_ERROR_RENDER, [&](HostedPatch& hosted) {
        hosted.render(tick, read(frame, first_frame));
        return GAN_OK;
    });
}

int gan_play(gan_patch patch, int on) {
    return with(patch, GAN_ERROR_RENDER, [&](HostedPatch& hosted) {
        hosted.play(on != 0);
        return GAN_OK;
    });
}

int gan_seek(gan_patch patch, int64_t tick) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        hosted.seek(tick);
        return GAN_OK;
    });
}

int gan_set_rate(gan_patch patch, int64_t num, int64_t den) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        hosted.set_rate(num, den);
        return GAN_OK;
    });
}

int gan_set_tempo(gan_patch patch, double beats) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        hosted.set_tempo(beats);
        return GAN_OK;
    });
}

int gan_latest(gan_patch patch, const gan_frame* frame, uint64_t* number) {
    return with(patch, GAN_ERROR_RENDER, [&](HostedPatch& hosted) {
        uint64_t seen = number == nullptr ? 0 : *number;
        const bool newer = hosted.latest(read(frame, first_frame), seen);
        if (number != nullptr) *number = seen;
        return newer ? GAN_OK : GAN_PENDING;
    });
}

int gan_input_name(gan_patch patch, uint32_t index, char* name, uint64_t size) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        require(name != nullptr && size > 0, "name is null");
        copy_text(hosted.input_name(index), {name, size});
        return GAN_OK;
    });
}

int gan_set_input(gan_patch patch, const char* input, const gan_frame* frame) {
    return with(patch, GAN_ERROR_INTERNAL, [&](HostedPatch& hosted) {
        hosted.set_input(input, read(frame, first_frame));
        return GAN_OK;
    });
}

int gan_export_image(gan_patch patch, gan_gpu_image* image) {
    return with(patch, GAN_ERROR_RENDER, [&](HostedPatch& hosted) {
        write(image, first_image, hosted.export_image(read(image, first_image)));
        return GAN_OK;
    });
}

int gan_render_image(gan_patch patch, int64_t tick, uint64_t* moment) {
    return with(patch, GAN_ERROR_RENDER, [&](HostedPatch& hosted) {
        const uint64_t when = hosted.render_image(tick);
        if (moment != nullptr) *moment = when;
        return GAN_OK;
    });
}

}  // extern "C"
