#include "tests/abi.h"

#include "runtime/picture/read_picture.h"
#include "tests/support.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace gan {

using nlohmann::json;

namespace {

json swing_json() {
    json patch = json::parse(read_text(swing_patch()));
    patch["nodes"][0]["params"]["path"] = GAN_ASSETS "/models/textures-64.safetensors";
    return patch;
}

}  // namespace

HostPicture::HostPicture(uint32_t width, uint32_t height, uint32_t format, uint32_t encoding, int64_t padding)
    : frame(structure<gan_frame>()) {
    const int64_t pixel = format == GAN_RGBA8 ? 4 : format == GAN_RGBA16F ? 8 : 16;
    frame.width = width;
    frame.height = height;
    frame.stride = width * pixel + padding;
    frame.format = format;
    frame.encoding = encoding;
    bytes.assign(static_cast<size_t>(frame.stride) * height, untouched);
    frame.pixels = bytes.data();
}

HostPatch::HostPatch(const gan_open_options& options, bool waits) {
    opened = gan_open(&options, &id_);
    if (opened == GAN_OK && waits) opened = gan_wait(id_, -1);
}

HostPatch::~HostPatch() {
    if (id_ != 0) gan_close(id_);
}

gan_open_options from_path(const std::string& path) {
    auto options = structure<gan_open_options>();
    options.path = path.c_str();
    return options;
}

gan_open_options from_text(const std::string& text) {
    auto options = structure<gan_open_options>();
    options.text = text.c_str();
    return options;
}

std::string error_of(gan_patch patch) {
    char text[2000] = "";
    EXPECT_EQ(gan_error(patch, text, sizeof(text)), GAN_OK);
    return text;
}

std::vector<uint8_t> rendered(gan_patch patch, int64_t tick, uint32_t width, uint32_t height) {
    HostPicture picture(width, height);
    EXPECT_EQ(gan_render(patch, tick, &picture.frame), GAN_OK) << "tick " << tick << ": " << error_of(patch);
    return std::move(picture.bytes);
}

json exposing_patch() {
    json patch = swing_json();
    patch["links"].erase("3.truncation");
    patch["nodes"].push_back({{"id", 20}, {"type", "image.input"}, {"params", {{"name", "camera"}}}});
    const auto expose = [&](size_t id, const char* param, json as) {
        patch["nodes"][id - 1]["exposed"][param] = std::move(as);
    };
    patch["nodes"][2]["params"]["truncation"] = 0.65;
    expose(3, "truncation", {{"name", "Calm"}, {"min", 0.1}, {"max", 0.9}});
    expose(2, "seed", {{"name", "Seed"}});
    expose(5, "wrap x", {{"name", "Tiles"}});
    expose(3, "mode", {{"name", "Way"}});
    expose(4, "class", {{"name", "What"}});
    return patch;
}

json remembering_patch() {
    json patch = swing_json();
    patch["nodes"].push_back({{"id", 8}, {"type", "control.smooth"}, {"params", {{"time", 0.2}}}});
    patch["links"]["8.value"] = "7.value";
    patch["links"]["3.truncation"] = "8.value";
    return patch;
}

std::map<std::string, double> figures(const std::string& text) {
    std::map<std::string, double> result;
    std::istringstream lines(text);
    std::string name;
    for (double number; lines >> name >> number;) result[name] = number;
    return result;
}

std::vector<uint8_t> Abi::of_program(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--out", at("program.png")});
    render(std::move(arguments));
    const auto picture = std::get<Picture8>(read_picture(at("program.png")));
    const auto channels = static_cast<size_t>(picture.channels);
    std::vector<uint8_t> rgba;
    for (size_t i = 0; i < picture.pixels.size(); i += channels) {
        for (size_t c = 0; c < 3; ++c) rgba.push_back(picture.pixels[i + (channels < 3 ? 0 : c)]);
        rgba.push_back(channels == 4 ? picture.pixels[i + 3] : 255);
    }
    return rgba;
}

std::string Abi::saved(const json& patch, const std::string& name) {
    std::ofstream(at(name)) << patch;
    return at(name);
}

Outcome Abi::run_other(const std::vector<std::string>& command) {
    const Started started{.pid = 0, .out = at("other.out"), .err = at("other.err")};
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, started.out.c_str(), flags, 0600);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, started.err.c_str(), flags, 0600);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t pid = 0;
    const int failed = ::posix_spawnp(&pid, arguments[0], &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (failed != 0) return {.code = 127, .out = {}, .err = command[0] + " cannot be started"};
    return Started{pid, started.out, started.err}.wait();
}

}  // namespace gan
