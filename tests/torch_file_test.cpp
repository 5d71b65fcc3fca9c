#include "runtime/model/torch_file.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "tests/support.h"
#include "tests/torch_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::byte> floats(int count) {
    std::vector<float> values(static_cast<size_t>(count));
    std::iota(values.begin(), values.end(), 0.0f);
    const auto bytes = std::as_bytes(std::span(values));
    return {bytes.begin(), bytes.end()};
}

TorchFile parse(const std::vector<std::byte>& bytes) {
    // Owned by the result: contiguous tensors point into it.
    const auto owner = std::make_shared<const std::vector<std::byte>>(bytes);
    return parse_torch_file(*owner, owner, "x.pth");
}

std::vector<std::byte> one_tensor(int64_t offset, const std::vector<int64_t>& shape,
                                  const std::vector<int64_t>& strides) {
    PickleWriter pickle;
    pickle.raw("}").text("w").tensor("0", DType::F32, 12, offset, shape, strides).raw("s");
    return zip_container(pickle.finish(), {{"0", floats(12)}});
}

void parse_pickle(PickleWriter& writer) {
    const auto bytes = writer.finish();
    read_pickle(bytes, "x.pth");
}

TEST(TorchFile, ReadsBothContainersAlike) {
    StateDict tensors;
    tensors.emplace("a", make_tensor(std::vector<float>{1, 2, 3, 4}, {2, 2}));
    tensors.emplace("n", make_tensor(std::vector<int64_t>{-5, 1LL << 40}, {2}));
    for (bool zip : {false, true}) {
        const TorchFile file = parse(save_state_dict(tensors, zip));
        EXPECT_EQ(file.tensors.at("a").to<float>(), (std::vector<float>{1, 2, 3, 4}));
        EXPECT_EQ(file.tensors.at("n").to<int64_t>(), (std::vector<int64_t>{-5, 1LL << 40}));
    }
}

TEST(TorchFile, MakesStridedTensorsContiguous) {
    // A (3, 4) storage seen transposed, and every second column from the second on.
    EXPECT_EQ(parse(one_tensor(0, {4, 3}, {1, 4})).tensors.at("w").to<float>(),
              (std::vector<float>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
    EXPECT_EQ(parse(one_tensor(1, {3, 2}, {4, 2})).tensors.at("w").to<float>(),
              (std::vector<float>{1, 3, 5, 7, 9, 11}));
}

TEST(TorchFile, LetsTensorsShareAStorage) {
    PickleWriter pickle;
    pickle.raw("}(").text("first").tensor("0", DType::F32, 12, 0, {6}, {1});
    pickle.text("second").tensor("0", DType::F32, 12, 6, {6}, {1}).raw("u");
    const TorchFile file = parse(zip_container(pickle.finish(), {{"0", floats(12)}}));
    EXPECT_EQ(file.tensors.at("first").to<float>(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(file.tensors.at("second").to<float>(), (std::vector<float>{6, 7, 8, 9, 10, 11}));
}

TEST(TorchFile, FlattensNestedDictionariesAndKeepsPlainValues) {
    PickleWriter pickle;
    pickle.raw("}(").text("state").raw("}").text("w").tensor("0", DType::F32, 12, 0, {12}, {1}).raw("s");
    pickle.text("config").raw("}(").text("eps").raw(std::string_view("G\x3f\x1a\x36\xe2\xeb\x1c\x43\x2d", 9));
    pickle.text("name").text("run").text("shared").raw("\x88u");
    pickle.raw("u");
    const TorchFile file = parse(zip_container(pickle.finish(), {{"0", floats(12)}}));
    EXPECT_TRUE(file.tensors.contains("state.w"));
    EXPECT_DOUBLE_EQ(std::get<double>(file.scalars.at("config.eps")), 1e-4);
    EXPECT_EQ(std::get<std::string>(file.scalars.at("config.name")), "run");
    EXPECT_TRUE(std::get<bool>(file.scalars.at("config.shared")));
}

TEST(TorchFile, ReadsPastStoragesThatOnlyTheOptimizerUses) {
    PickleWriter pickle;  // {"state_dict": {...}, "optimizer": {0: tensor}}: parameters are numbered there
    pickle.raw("}(").text("w").tensor("1", DType::F32, 2, 0, {2}, {1});
    pickle.text("optimizer").raw("}").integer(0).tensor("0", DType::F64, 1, 0, {1}, {1}).raw("s").raw("u");
    const auto file =
        parse(legacy_container(pickle.finish(), {{"0", std::vector<std::byte>(8)}, {"1", floats(2)}},
                               {{"0", DType::F64}, {"1", DType::F32}}));
    EXPECT_EQ(file.tensors.at("w").to<float>(), (std::vector<float>{0, 1}));
}

TEST(TorchFile, RefusesViewsBeyondTheirStorage) {
    const auto refused = [](int64_t offset, const std::vector<int64_t>& shape,
                            const std::vector<int64_t>& strides) {
        EXPECT_THAT([&] { parse(one_tensor(offset, shape, strides)); },
                    ThrowsMessage<Error>(HasSubstr("x.pth: tensor 'w'")))
            << offset;
    };
    refused(0, {13}, {1});
    refused(1, {12}, {1});
    refused(-1, {2}, {1});
    refused(0, {2}, {-1});
    refused(0, {-2}, {1});
    refused(0, {1LL << 40}, {0});  // one element repeated into a terabyte
    refused(0, {1LL << 32, 1LL << 32}, {1, 1});
    refused(0, {2}, {1LL << 62});
    refused(1LL << 62, {2}, {1});
    refused(0, {2, 2}, {1});
}

TEST(TorchFile, RefusesEveryTruncation) {
    StateDict tensors;
    tensors.emplace("a", make_tensor(std::vector<float>{1, 2, 3, 4}, {2, 2}));
    for (bool zip : {false, true}) {
        const auto whole = save_state_dict(tensors, zip);
        for (size_t length = 0; length < whole.size(); ++length)
            EXPECT_THROW(parse({whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length)}), Error)
                << length;
    }
}

TEST(TorchFile, RefusesZipBombs) {
    PickleWriter pickle;
    pickle.raw("}").text("w").tensor("0", DType::F32, 1 << 22, 0, {1 << 22}, {1}).raw("s");
    const auto bytes =
        zip_container(pickle.finish(), {{"0", std::vector<std::byte>(4 << 22)}}, /*compress=*/true);
    ASSERT_LT(bytes.size(), 100'000u);
    EXPECT_THAT([&] { parse(bytes); }, ThrowsMessage<Error>(HasSubstr("claims 16777216 bytes")));
}

// The two fixtures run `touch PWNED` when unpickled naively.
TEST(TorchFile, RefusesHostileFilesByNameAndRunsNothing) {
    const TemporaryFolder folder;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    for (const char* name : {"hostile.pth", "hostile.zip.pth"})
        EXPECT_THAT([&] { read_torch_file(data_folder() / "golden/checkpoints" / name); },
                    ThrowsMessage<Error>(HasSubstr("system'")))
            << name;
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    std::filesystem::current_path(before);
}

TEST(Pickle, RefusesOtherConstructorsByName) {
    for (const auto& [module, name] :
         std::vector<std::pair<std::string, std::string>>{{"os", "system"},
                                                          {"builtins", "eval"},
                                                          {"torch", "load"},
                                                          {"torch.hub", "load"},
                                                          {"numpy", "frombuffer"},
                                                          {"__builtin__", "getattr"}}) {
        PickleWriter pickle;
        pickle.global(module, name).raw(")R");
        EXPECT_THAT([&] { parse_pickle(pickle); },
                    ThrowsMessage<Error>(HasSubstr("refuses '" + module + "." + name + "'")));
    }
}

TEST(Pickle, RefusesOpcodesThatStateDictsDoNotUse) {
    for (const char opcode : {'i', 'o', 'V', 'I', 'p', 'P'}) {
        PickleWriter pickle;
        pickle.raw(std::string(1, opcode));
        EXPECT_THAT([&] { parse_pickle(pickle); }, ThrowsMessage<Error>(HasSubstr("refuses pickle opcode")));
    }
    PickleWriter extension;
    extension.raw("\x82\x01");
    EXPECT_THAT([&] { parse_pickle(extension); }, ThrowsMessage<Error>(HasSubstr("0x82")));
}

TEST(Pickle, SurvivesADictionaryThatHoldsItself) {
    PickleWriter pickle;
    pickle.raw("}").raw(std::string_view("q\0", 2)).text("self").raw(std::string_view("h\0", 2)).raw("s");
    EXPECT_THAT([&] { parse_pickle(pickle); }, ThrowsMessage<Error>(HasSubstr("nested too deeply")));
}

TEST(Pickle, SurvivesExponentialSharing) {
    PickleWriter pickle;  // each dictionary holds the one before it twice: 2^40 paths
    pickle.raw("}").raw(std::string_view("q\0", 2)).raw("0");
    for (int level = 1; level <= 40; ++level) {
        const std::string previous{'h', static_cast<char>(level - 1)};
        pickle.raw("}(")
            .text("a")
            .raw(previous)
            .text("b")
            .raw(previous)
            .raw("u")
            .raw(std::string{'q', static_cast<char>(level)})
            .raw("0");
    }
    pickle.raw(std::string{'h', static_cast<char>(40)});
    EXPECT_THAT([&] { parse_pickle(pickle); }, ThrowsMessage<Error>(HasSubstr("too many objects")));
}

TEST(Pickle, ReadsNotesOfATrainingRun) {
    // {"best_IS": numpy scalar, "config": {"G_activation": ReLU(), "G_ch": 96}}, as the reference saves them.
    PickleWriter pickle;
    pickle.raw("}(").text("best_IS").global("numpy.core.multiarray", "scalar").global("numpy", "dtype");
    pickle.text("f4")
        .raw("\x89\x88\x87R(")
        .integer(3)
        .text("<")
        .raw("NNN")
        .integer(-1)
        .integer(-1)
        .integer(0)
        .raw("tb");
    pickle.global("_codecs", "encode").text("xxxx").text("latin1").raw("\x86R\x86R");
    pickle.text("config")
        .raw("}(")
        .text("G_activation")
        .global("torch.nn.modules.activation", "ReLU")
        .raw(")\x81}b");
    pickle.text("G_ch").integer(96).raw("u").raw("u");
    const auto bytes = pickle.finish();
    EXPECT_EQ(std::get<int64_t>(read_pickle(bytes, "x").scalars.at("config.G_ch")), 96);
}

}  // namespace
}  // namespace gan
