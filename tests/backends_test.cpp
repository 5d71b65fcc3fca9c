// Which engine is opened, what is said of the others, and every way in which one cannot be had: no module, a
// module of another version, no driver, an old one. LibTorch itself is not loaded here.

#include "runtime/model/backends.h"
#include "runtime/model/lower.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace gan {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class NamedBackend final : public Backend {
public:
    std::unique_ptr<Executable> compile(const Variant&, int) override { throw Error("not asked for"); }
    double macs() const override { return 0; }
    std::string description() const override { return "OpenVINO's place"; }
};

/// A machine with an OpenVINO that opens at once and neither of the modules.
EngineMachine pretended(const std::string& driver = {}) {
    return {.driver = driver,
            .cuda_module = "gan_missing_cuda.so",
            .torch_module = "gan_missing_torch.so",
            .openvino = [](auto, const auto&) { return std::make_unique<NamedBackend>(); }};
}

std::shared_ptr<const Program> any_program() {
    static const auto program =
        std::make_shared<const Program>(lower(random_checkpoint(small_config(Family::BigGan, 32, 2), 1)));
    return program;
}

std::string note_on(const EngineMachine& machine, EngineKind kind) {
    return open_backend_on(machine, any_program(), {.engine = kind})->note;
}

TEST(Backends, HaveNames) {
    for (const char* name : {"auto", "openvino", "torch", "cuda"})
        EXPECT_EQ(name_of(engine_kind_named(name).value()), name);
    EXPECT_FALSE(engine_kind_named("tpu"));
}

TEST(Backends, NothingIsSaidWhereNothingWasMissed) {
    EXPECT_EQ(note_on(pretended(), EngineKind::Auto), "");
    EXPECT_EQ(note_on(pretended(), EngineKind::OpenVino), "");
    EXPECT_EQ(note_on(pretended("580.65.06"), EngineKind::Auto), "");  // CUDA has to be asked for
}

TEST(Backends, WithoutADriverTheProcessorPlays) {
    EXPECT_EQ(note_on(pretended(), EngineKind::Cuda), "CUDA: there is no NVIDIA driver; OpenVINO is used");
}

TEST(Backends, AnOldDriverIsNamed) {
    EXPECT_EQ(note_on(pretended("535.54.03"), EngineKind::Cuda),
              "CUDA: the driver 535.54.03 is older than CUDA 13 needs (580); OpenVINO is used");
}

TEST(Backends, AMissingModuleIsNamed) {
    EXPECT_THAT(note_on(pretended("580.65.06"), EngineKind::Cuda),
                AllOf(HasSubstr("CUDA: "), HasSubstr("gan_missing_cuda.so"), HasSubstr("OpenVINO is used")));
    EXPECT_THAT(
        note_on(pretended(), EngineKind::Torch),
        AllOf(HasSubstr("LibTorch: "), HasSubstr("gan_missing_torch.so"), HasSubstr("OpenVINO is used")));
}

// gan_old.so (tests/old_module.cpp) says that it was built with another interface; its function would abort.
TEST(Backends, AModuleOfAnotherVersionIsNotCalled) {
    EngineMachine machine = pretended("580.65.06");
    machine.cuda_module = machine.torch_module = "gan_old.so";
    EXPECT_THAT(note_on(machine, EngineKind::Cuda), HasSubstr("gan_old.so is of another version"));
    EXPECT_THAT(note_on(machine, EngineKind::Torch), HasSubstr("gan_old.so is of another version"));
}

TEST(Backends, WithoutAnyEngineAllReasonsAreGiven) {
    EngineMachine machine = pretended();
    machine.openvino = [](auto, const auto&) -> std::unique_ptr<Backend> {
        throw NoEngine("OpenVINO could not be started: its plugin is gone");
    };
    EXPECT_THAT([&] { note_on(machine, EngineKind::Auto); },
                ThrowsMessage<NoEngine>(AllOf(HasSubstr("plugin is gone"), HasSubstr("gan_missing_torch"))));
}

// What was asked for is wrong, not the engine: no other is tried behind the back of who asked.
TEST(Backends, ARefusedRequestIsNoReasonForAnotherEngine) {
    EngineMachine machine = pretended();
    machine.openvino = [](auto, const auto&) -> std::unique_ptr<Backend> {
        throw Error("bf16 needs another processor");
    };
    EXPECT_THAT([&] { note_on(machine, EngineKind::Auto); },
                ThrowsMessage<Error>(testing::StrEq("bf16 needs another processor")));
    EXPECT_THAT([&] { note_on(machine, EngineKind::Cuda); },
                ThrowsMessage<Error>(AllOf(HasSubstr("no NVIDIA driver"), HasSubstr("bf16 needs"))));
}

TEST(Backends, TheEnginePassesTheNoteOn) {
    const Engine engine(any_program(), {.engine = EngineKind::Cuda},
                        [](const auto& program, const EngineOptions& options) {
                            return open_backend_on(pretended(), program, options);
                        });
    EXPECT_THAT(engine.note(), HasSubstr("no NVIDIA driver"));
    EXPECT_EQ(engine.description(), "OpenVINO's place");
}

TEST(Backends, ReadTheDriversVersion) {
    const TemporaryFolder folder;
    const auto read = [&](const std::string& text) {
        std::ofstream(folder / "version") << text;
        return nvidia_driver(folder / "version");
    };
    EXPECT_EQ(read("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6 22:20:39 UTC 2023\n"
                   "GCC version:  gcc version 12.2.0\n"),
              "535.54.03");
    EXPECT_EQ(read("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.82.07  Release Build\n"),
              "580.82.07");
    EXPECT_EQ(read("nothing of the kind"), "");
    EXPECT_EQ(nvidia_driver(folder / "missing"), "");
}

}  // namespace
}  // namespace gan
