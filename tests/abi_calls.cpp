#include "tests/abi_calls.h"

#include "tests/abi.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <regex>

namespace gan {
namespace {

constexpr int overrun = -1000;  // no result of gan.h

/// A structure with room behind it, as hosts of later versions have; theirs is 0 there.
template <class T>
struct Roomy {
    explicit Roomy(const Header& header) {
        known.abi = header.abi;
        known.size =
            header.size.value_or(static_cast<uint32_t>(static_cast<int32_t>(sizeof(T)) + header.more));
    }
    /// What a call returned, unless it wrote behind what it knows.
    int checked(int result) const { return room == decltype(room){} ? result : overrun; }

    T known{};
    std::array<uint8_t, 64> room{};
};

int render_into(gan_patch patch, const Header& header) {
    HostPicture picture;
    Roomy<gan_frame> frame({});
    frame.known = picture.frame;
    frame.known.abi = header.abi;
    frame.known.size = Roomy<gan_frame>(header).known.size;
    return gan_render(patch, 0, &frame.known);
}

/// The three functions that take a frame, with one that is wrong in one way.
template <class Use>
std::vector<AbiCall::Call> with_bad_frames(const Use& use) {
    std::vector<AbiCall::Call> calls{[use](gan_patch patch) { return use(patch, nullptr); }};
    const auto bad = [&](const std::function<void(gan_frame&)>& spoil, uint32_t format = GAN_RGBA8) {
        calls.push_back([use, spoil, format](gan_patch patch) {
            HostPicture picture(64, 64, format);
            spoil(picture.frame);
            const int result = use(patch, &picture.frame);
            const bool untouched =
                std::count(picture.bytes.begin(), picture.bytes.end(), HostPicture::untouched) ==
                static_cast<ptrdiff_t>(picture.bytes.size());
            return untouched ? result : overrun;
        });
    };
    bad([](gan_frame& frame) { frame.pixels = nullptr; });
    for (uint32_t side : {0u, 16385u, ~0u}) {
        bad([side](gan_frame& frame) { frame.width = side; });
        bad([side](gan_frame& frame) { frame.height = side; });
    }
    constexpr int64_t most = std::numeric_limits<int64_t>::max();
    for (int64_t stride : {int64_t{0}, int64_t{255}, int64_t{-256}, -most, most})
        bad([stride](gan_frame& frame) { frame.stride = stride; });
    bad([](gan_frame& frame) { frame.format = 3; });
    bad([](gan_frame& frame) { frame.encoding = 2; });
    for (uint32_t format : {GAN_RGBA16F, GAN_RGBA32F}) {
        bad([](gan_frame& frame) { frame.pixels = static_cast<uint8_t*>(frame.pixels) + 1; }, format);
        bad([](gan_frame& frame) { frame.stride += 1; }, format);
    }
    return calls;
}

std::vector<AbiCall> opening_calls() {
    return {
        {.name = "gan_version",
         .rightly = [](gan_patch) { return *gan_version() == '\0' ? overrun : GAN_OK; },
         .opening = {GAN_OK},
         .takes_patch = false,
         .can_fail = false},
        {.name = "gan_result_text",
         .rightly = [](gan_patch) { return *gan_result_text(GAN_OK) == '\0' ? overrun : GAN_OK; },
         .opening = {GAN_OK},
         .takes_patch = false,
         .can_fail = false},
        {.name = "gan_open",
         .rightly =
             [](gan_patch) {
                 gan_patch patch = 0;
                 const auto options = from_text(calls_patch());
                 const int result = gan_open(&options, &patch);
                 if (result == GAN_OK) gan_close(patch);
                 return result;
             },
         .opening = {GAN_OK},
         .wrongly = {[](gan_patch) {
                         const auto options = from_text(calls_patch());
                         return gan_open(&options, nullptr);
                     },
                     [](gan_patch) {
                         gan_patch patch = 0;
                         const int result = gan_open(nullptr, &patch);
                         return patch == 0 ? result : overrun;
                     }},
         .headed =
             [](gan_patch, const Header& header) {
                 Roomy<gan_open_options> options(header);
                 options.known.text = calls_patch().c_str();
                 gan_patch patch = 0;
                 const int result = gan_open(&options.known, &patch);
                 if (result == GAN_OK) gan_close(patch);
                 return options.checked(result);
             },
         .takes_patch = false},
        {.name = "gan_wait",
         .rightly = [](gan_patch patch) { return gan_wait(patch, 0); },
         .opening = {GAN_PENDING}},
        {.name = "gan_progress",
         .rightly =
             [](gan_patch patch) {
                 double done = 0;
                 return gan_progress(patch, &done);
             },
         .opening = {GAN_OK},
         .wrongly = {[](gan_patch patch) { return gan_progress(patch, nullptr); }}},
        {.name = "gan_cancel",
         .rightly = [](gan_patch patch) { return gan_cancel(patch); },
         .opening = {GAN_OK}},
        {.name = "gan_close",
         .rightly = [](gan_patch patch) { return gan_close(patch); },
         .opening = {GAN_OK}},
        {.name = "gan_error",
         .rightly =
             [](gan_patch patch) {
                 char text[100];
                 return gan_error(patch, text, sizeof(text));
             },
         .opening = {GAN_OK},
         .wrongly = {[](gan_patch patch) { return gan_error(patch, nullptr, 100); },
                     [](gan_patch patch) {
                         char text = '#';
                         const int result = gan_error(patch, &text, 0);
                         return text == '#' ? result : overrun;
                     }}},
    };
}

std::vector<AbiCall> parameter_calls() {
    return {
        {.name = "gan_info",
         .rightly =
             [](gan_patch patch) {
                 auto info = structure<gan_patch_info>();
                 return gan_info(patch, &info);
             },
         .wrongly = {[](gan_patch patch) { return gan_info(patch, nullptr); }},
         .headed =
             [](gan_patch patch, const Header& header) {
                 Roomy<gan_patch_info> info(header);
                 return info.checked(gan_info(patch, &info.known));
             }},
        {.name = "gan_parameter_info",
         .rightly =
             [](gan_patch patch) {
                 auto parameter = structure<gan_parameter>();
                 return gan_parameter_info(patch, 0, &parameter);
             },
         .wrongly = {[](gan_patch patch) { return gan_parameter_info(patch, 0, nullptr); },
                     [](gan_patch patch) {
                         auto parameter = structure<gan_parameter>();
                         return gan_parameter_info(patch, ~0u, &parameter);
                     }},
         .headed =
             [](gan_patch patch, const Header& header) {
                 Roomy<gan_parameter> parameter(header);
                 return parameter.checked(gan_parameter_info(patch, 0, &parameter.known));
             }},
        {.name = "gan_set_number",
         .rightly = [](gan_patch patch) { return gan_set_number(patch, "2.seed", 7); },
         .wrongly = {[](gan_patch patch) { return gan_set_number(patch, nullptr, 8); }}},
        {.name = "gan_set_text",
         .rightly = [](gan_patch patch) { return gan_set_text(patch, "4.class", "16"); },
         .wrongly = {[](gan_patch patch) { return gan_set_text(patch, nullptr, "17"); },
                     [](gan_patch patch) { return gan_set_text(patch, "4.class", nullptr); }}},
        {.name = "gan_get_number",
         .rightly =
             [](gan_patch patch) {
                 double value = 0;
                 return gan_get_number(patch, "2.seed", &value);
             },
         .wrongly = {[](gan_patch patch) { return gan_get_number(patch, "2.seed", nullptr); },
                     [](gan_patch patch) {
                         double value = 42;
                         const int result = gan_get_number(patch, nullptr, &value);
                         return value == 42 ? result : overrun;
                     }}},
        {.name = "gan_get_text",
         .rightly =
             [](gan_patch patch) {
                 char text[20];
                 return gan_get_text(patch, "4.class", text, sizeof(text), nullptr);
             },
         .wrongly = {[](gan_patch patch) { return gan_get_text(patch, "4.class", nullptr, 20, nullptr); },
                     [](gan_patch patch) {
                         char text[20] = "#";
                         const int result = gan_get_text(patch, nullptr, text, sizeof(text), nullptr);
                         return *text == '#' ? result : overrun;
                     },
                     [](gan_patch patch) {
                         char text = '#';
                         const int result = gan_get_text(patch, "4.class", &text, 0, nullptr);
                         return text == '#' ? result : overrun;
                     }}},
    };
}

std::vector<AbiCall> picture_calls() {
    return {
        {.name = "gan_render",
         .rightly = [](gan_patch patch) { return render_into(patch, {}); },
         .wrongly = with_bad_frames(
             [](gan_patch patch, const gan_frame* frame) { return gan_render(patch, 0, frame); }),
         .headed = render_into},
        {.name = "gan_play", .rightly = [](gan_patch patch) { return gan_play(patch, 0); }},
        {.name = "gan_seek",
         .rightly = [](gan_patch patch) { return gan_seek(patch, 0); },
         .wrongly = {[](gan_patch patch) { return gan_seek(patch, -1); }}},
        {.name = "gan_set_rate",
         .rightly = [](gan_patch patch) { return gan_set_rate(patch, 60, 1); },
         .wrongly = {[](gan_patch patch) { return gan_set_rate(patch, 60, 0); }}},
        {.name = "gan_set_tempo",
         .rightly = [](gan_patch patch) { return gan_set_tempo(patch, 120); },
         .wrongly = {[](gan_patch patch) { return gan_set_tempo(patch, std::nan("")); }}},
        {.name = "gan_latest",
         .rightly =
             [](gan_patch patch) {
                 HostPicture picture;
                 return gan_latest(patch, &picture.frame, nullptr);
             },
         .open = {GAN_ERROR_ORDER},
         .wrongly = with_bad_frames(
             [](gan_patch patch, const gan_frame* frame) { return gan_latest(patch, frame, nullptr); }),
         .headed =
             [](gan_patch patch, const Header& header) {
                 Roomy<gan_frame> frame(header);
                 return gan_latest(patch, &frame.known, nullptr);
             }},
        {.name = "gan_input_name",
         .rightly =
             [](gan_patch patch) {
                 char name[20];
                 return gan_input_name(patch, 0, name, sizeof(name));
             },
         .wrongly = {[](gan_patch patch) { return gan_input_name(patch, 0, nullptr, 20); },
                     [](gan_patch patch) {
                         char name = '#';
                         const int result = gan_input_name(patch, 0, &name, 0);
                         return name == '#' ? result : overrun;
                     },
                     [](gan_patch patch) {
                         char name[20];
                         return gan_input_name(patch, ~0u, name, sizeof(name));
                     }}},
        {.name = "gan_set_input",
         .rightly =
             [](gan_patch patch) {
                 const HostPicture picture(2, 2);
                 return gan_set_input(patch, "camera", &picture.frame);
             },
         .wrongly = with_bad_frames(
             [](gan_patch patch, const gan_frame* frame) { return gan_set_input(patch, "camera", frame); }),
         .headed =
             [](gan_patch patch, const Header& header) {
                 const HostPicture picture;
                 Roomy<gan_frame> frame({});
                 frame.known = picture.frame;
                 frame.known.abi = header.abi;
                 frame.known.size = Roomy<gan_frame>(header).known.size;
                 return gan_set_input(patch, nullptr, &frame.known);
             }},
    };
}

/// Gives back what an export handed over.
int exported(gan_patch patch, const Header& header, uint32_t width = 32, uint32_t format = GAN_RGBA8) {
    Roomy<gan_gpu_image> image(header);
    image.known.width = width;
    image.known.height = 16;
    image.known.format = format;
    const int result = gan_export_image(patch, &image.known);
    if (result == GAN_OK)
        for (int descriptor : {image.known.memory, image.known.ready})
            if (descriptor >= 0) ::close(descriptor);
    return image.checked(result);
}

std::vector<AbiCall> gpu_calls() {
    return {
        {.name = "gan_export_image",
         .rightly = [](gan_patch patch) { return exported(patch, {}); },
         .open = {GAN_OK, GAN_ERROR_UNSUPPORTED},
         .wrongly = {[](gan_patch patch) { return gan_export_image(patch, nullptr); },
                     [](gan_patch patch) { return exported(patch, {}, 0); },
                     [](gan_patch patch) { return exported(patch, {}, 16385); },
                     [](gan_patch patch) { return exported(patch, {}, 32, GAN_RGBA32F); }},
         .headed = [](gan_patch patch, const Header& header) { return exported(patch, header); }},
        {.name = "gan_render_image",
         .rightly =
             [](gan_patch patch) {
                 uint64_t moment = 0;
                 return gan_render_image(patch, 0, &moment);
             },
         .open = {GAN_OK, GAN_ERROR_ORDER},
         .wrongly = {[](gan_patch patch) { return gan_render_image(patch, 0, nullptr); }}},
    };
}

}  // namespace

const std::vector<AbiCall>& abi_calls() {
    static const std::vector<AbiCall> all = [] {
        std::vector<AbiCall> calls;
        for (const auto& part : {opening_calls(), parameter_calls(), picture_calls(), gpu_calls()})
            calls.insert(calls.end(), part.begin(), part.end());
        return calls;
    }();
    return all;
}

std::vector<std::string> declared_functions() {
    const std::string header = read_text(GAN_HEADER);
    const std::regex function(R"(GAN_API [^(;]*?(gan_\w+)\()");
    std::vector<std::string> names;
    for (std::sregex_iterator found(header.begin(), header.end(), function), end; found != end; ++found)
        names.push_back((*found)[1]);
    return names;
}

const std::string& calls_patch() {
    static const std::string text = exposing_patch().dump();
    return text;
}

}  // namespace gan
