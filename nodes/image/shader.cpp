#include "nodes/builtin.h"
#include "nodes/picture.h"
#include "nodes/shader_source.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/gpu/shader_compiler.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>

namespace gan {
namespace {

constexpr const char* first_shader = R"(// ISF, Shadertoy's mainImage(), or plain GLSL such as this.
uniform float speed = 0.2;  // 0 to 2
uniform float rings = 12;  // 1 to 64

void main() {
    vec2 at = isf_FragNormCoord - 0.5;
    float wave = 0.5 + 0.5 * sin(6.2832 * (rings * length(at) - speed * TIME));
    gl_FragColor = vec4(vec3(wave), 1);
}
)";

class ShaderNode final : public Node {
    using Kind = ShaderInput::Kind;
    enum class Space { Display, Light };

    /// What was compiled from a text.
    struct Program {
        std::string text;
        std::vector<ShaderInput> inputs;
        std::vector<uint32_t> code;
        bool timed = false;
        std::string failure;
    };
    using ProgramRef = std::shared_ptr<const Program>;

    /// What it draws with, once a GPU knows it.
    struct Playable {
        ProgramRef program;
        DrawingRef drawing;
    };

    /// As the shaders of nodes/shader_source.cpp have them.
    struct Constants {
        PassHeader header;
        float time;
        float time_delta;
        int32_t frame;
        int32_t display;
        int32_t data;  // a bit for every picture that is
    };

    /// All that a picture depends on.
    struct Recipe {
        ProgramRef program;
        std::shared_ptr<Device> device;
        ImageInfo size;
        std::vector<float> numbers;
        std::vector<ImageRef> pictures;
        double seconds = 0;
        bool display = true;
        bool operator==(const Recipe& other) const {
            return program == other.program && device == other.device && size.width == other.size.width &&
                   size.height == other.size.height && numbers == other.numbers &&
                   pictures == other.pictures && seconds == other.seconds && display == other.display;
        }
    };

    // Before the parameters, whose defaults are set already.
    std::string text_;    // that is to be compiled
    bool shaped_ = true;  // until the node is made: the default makes no ports
    std::vector<std::unique_ptr<Number>> numbers_;
    std::vector<std::unique_ptr<Input<ImageRef>>> pictures_;
    std::chrono::steady_clock::time_point looked_{};

    std::future<Playable> compiling_;
    ProgramRef newest_;  // compiled or not
    Playable good_;      // the newest that compiled
    Recipe drawn_;
    const ImageRef nothing_ = std::make_shared<Image>(
        ImageInfo{.width = 1, .height = 1, .channels = 4, .encoding = Encoding::Data32f},
        std::vector<float>(4, 0.0f));

public:
    DataParam code{*this, "code", "The fragment shader; what it asks for becomes ports",
                   nlohmann::json(first_shader).dump(),
                   [this](const nlohmann::json& value) { shape(value); }};
    TextParam file{*this,
                   "file",
                   "A file that is compiled instead, again whenever it changes; the ports are those that the "
                   "code asks for, by name",
                   "",
                   true,
                   true};
    Number width{*this,
                 "width",
                 "0: as the first picture, or 512",
                 {.value = 0, .min = 0, .max = 16384, .unit = "pixels", .whole = true}};
    Number height{*this,
                  "height",
                  "0: as the first picture, or 512",
                  {.value = 0, .min = 0, .max = 16384, .unit = "pixels", .whole = true}};
    Choice<Space> space{*this,
                        "space",
                        "What the shader's colours are: as a display has them, or light",
                        {"display", "light"},
                        Space::Display};
    Output<ImageRef> out{*this, "image", "What the shader draws"};
    Output<std::string> status{*this, "status", "What the compiler says"};

    ShaderNode() { shaped_ = false; }

    void process(const Tick& tick) override {
        take_text(tick);
        compile(tick);
        if (good_.program == nullptr)
            throw Error("{}", newest_ == nullptr ? "the shader is being compiled" : newest_->failure);
        draw(tick);
        status = newest_ == nullptr || newest_->failure.empty() ? std::string("compiled") : newest_->failure;
    }

    /// The last text that compiled goes on playing until this one does.
    void follow(Node& old) override {
        if (const auto* other = dynamic_cast<const ShaderNode*>(&old)) good_ = other->good_;
    }

private:
    /// Makes the ports, once.
    void shape(const nlohmann::json& value) {
        if (!value.is_string()) throw Error("a shader's code is text");
        text_ = value.get<std::string>();
        if (shaped_) return;
        shaped_ = true;
        try {
            for (const ShaderInput& input : shader_inputs(text_)) add_ports(input);
        } catch (const Error&) {
            // Compiling says it, where a person sees it.
        }
    }

    static std::string number_name(const ShaderInput& input, size_t i) {
        static constexpr std::array point{" x", " y"};
        static constexpr std::array colour{" red", " green", " blue", " alpha"};
        return input.name + (input.kind == Kind::Point    ? point[i]
                             : input.kind == Kind::Colour ? colour[i]
                                                          : "");
    }

    void add_ports(const ShaderInput& input) {
        const std::string_view label = lasting_name(input.label);
        if (input.kind == Kind::Picture) {
            if (Node::input(input.name) != nullptr) return;
            pictures_.push_back(
                std::make_unique<Input<ImageRef>>(*this, lasting_name(input.name), label, Need::Optional));
            return;
        }
        for (size_t i = 0; i < input.value.size(); ++i) {
            const std::string name = number_name(input, i);
            if (param(name) != nullptr) continue;  // one of the node's own
            numbers_.push_back(std::make_unique<Number>(
                *this, lasting_name(name), label,
                NumberInfo{.value = std::clamp(input.value[i], input.min[i], input.max[i]),
                           .min = input.min[i],
                           .max = input.max[i],
                           .whole = input.kind == Kind::Whole || input.kind == Kind::Switch}));
        }
    }

    /// Looks at the file four times a second when live, else at every tick.
    void take_text(const Tick& tick) {
        if ((*file).empty()) return;
        run_again();
        const auto now = std::chrono::steady_clock::now();
        if (tick.live && now - looked_ < std::chrono::milliseconds(250)) return;
        looked_ = now;
        const std::filesystem::path path = std::filesystem::path(tick.folder) / *file;
        try {
            text_ = read_text(path);
        } catch (const Error& failure) {
            if (good_.program == nullptr) throw;
            newest_ = std::make_shared<const Program>(Program{.text = text_, .failure = failure.what()});
        }
    }

    /// Slow: not on the player's thread while it plays live.
    static Playable compiled(const std::string& text, Gpu* gpu) {
        auto program = std::make_shared<Program>();
        program->text = text;
        try {
            program->inputs = shader_inputs(text);
            program->code = compile_fragment_shader(shader_source(text, program->inputs));
            for (const char* name : {"TIME", "iTime", "FRAMEINDEX", "iFrame"})
                program->timed |= text.find(name) != std::string::npos;
        } catch (const std::exception& failure) {
            program->failure = failure.what();
        }
        Playable result{program, nullptr};
        try {
            if (program->failure.empty() && gpu != nullptr)
                result.drawing = gpu->device()->drawing(program->code, PixelFormat::Rgba16f);
        } catch (const Error&) {
            // Drawing says it: there is no GPU.
        }
        return result;
    }

    void compile(const Tick& tick) {
        if (newest_ != nullptr && newest_->text == text_) return;
        if (!compiling_.valid()) {
            compiling_ = std::async(std::launch::async,
                                    [text = text_, gpu = tick.gpu] { return compiled(text, gpu); });
            if (tick.live) return run_again();
        }
        if (tick.live && compiling_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            return run_again();
        Playable result = compiling_.get();
        newest_ = result.program;
        if (newest_->failure.empty()) good_ = std::move(result);
        if (newest_->text != text_) compile(tick);  // it changed meanwhile
    }

    double value_of(const ShaderInput& input, size_t i) const {
        const std::string name = number_name(input, i);
        for (const auto& number : numbers_)
            if (number->name == name) return *number;
        return input.value[i];
    }

    ImageRef picture_of(const ShaderInput& input) const {
        for (const auto& picture : pictures_)
            if (picture->name == input.name && picture->linked()) return **picture;
        return nothing_;
    }

    Recipe recipe(const Tick& tick) const {
        if (tick.gpu == nullptr) throw Error("there is no GPU here to work on pictures with");
        Recipe result{.program = good_.program,
                      .device = tick.gpu->device(),
                      .size = {.width = 512, .height = 512, .channels = 4, .encoding = Encoding::Linear16f},
                      .numbers = {},
                      .pictures = {},
                      .seconds = good_.program->timed ? tick.seconds() : 0,
                      .display = space == Space::Display};
        for (const ShaderInput& input : good_.program->inputs)
            if (input.kind == Kind::Picture)
                result.pictures.push_back(picture_of(input));
            else
                for (size_t i = 0; i < input.value.size(); ++i)
                    result.numbers.push_back(static_cast<float>(value_of(input, i)));
        for (const ImageRef& picture : result.pictures) {
            if (picture == nothing_) continue;
            result.size.width = picture->width;
            result.size.height = picture->height;
            break;
        }
        result.pictures.resize(most_pictures, nothing_);
        if (width > 0.0) result.size.width = static_cast<int>(width.whole());
        if (height > 0.0) result.size.height = static_cast<int>(height.whole());
        return result;
    }

    void draw(const Tick& tick) {
        if (good_.program->timed) run_again();
        Recipe wanted = recipe(tick);
        if (wanted == drawn_) return;
        Device& device = *wanted.device;
        if (good_.drawing == nullptr || good_.drawing->device != wanted.device)
            good_.drawing = device.drawing(wanted.program->code, PixelFormat::Rgba16f);
        std::array<TextureRef, most_pictures> textures;
        Constants constants{.header = {.width = wanted.size.width, .height = wanted.size.height},
                            .time = static_cast<float>(tick.seconds()),
                            .time_delta = static_cast<float>(1 / tick.rate),
                            .frame = static_cast<int32_t>(tick.index),
                            .display = wanted.display ? 1 : 0,
                            .data = 0};
        for (size_t i = 0; i < most_pictures; ++i) {
            const Image& picture = *wanted.pictures[i];
            textures[i] = texture_of(tick, picture);
            constants.header.wraps |= (picture.wrap_x ? 1u : 0u) << (2 * i) | (picture.wrap_y ? 2u : 0u)
                                                                                  << (2 * i);
            constants.data |= (is_data(picture) ? 1 : 0) << i;
        }
        auto numbers = device.host_buffer(std::max<size_t>(wanted.numbers.size(), 1) * sizeof(float));
        std::copy(wanted.numbers.begin(), wanted.numbers.end(), reinterpret_cast<float*>(numbers->data));
        TextureRef result = device.texture(wanted.size.width, wanted.size.height, PixelFormat::Rgba16f);
        device.run({.drawing = good_.drawing,
                    .inputs = textures,
                    .output = result,
                    .buffer = numbers.get(),
                    .constants = std::as_bytes(std::span(&constants, 1)),
                    .width = wanted.size.width,
                    .height = wanted.size.height});
        device.release(std::move(numbers));
        out = image_of(std::move(result), wanted.size);
        drawn_ = std::move(wanted);
    }
};

}  // namespace

NodeType shader() {
    NodeType type = node_type<ShaderNode>("image.shader", "Shader", "Draws a picture by a text in GLSL");
    type.aliases = {"glsl", "isf", "shadertoy", "code", "fragment"};
    type.shaped_by = "code";
    return type;
}

}  // namespace gan
