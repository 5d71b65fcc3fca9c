#include "runtime/model/safetensors.h"
#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "tests/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace gan {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::byte> file_with(const std::string& header, size_t data) {
    std::vector<std::byte> bytes(8 + header.size() + data);
    const uint64_t length = header.size();
    std::memcpy(bytes.data(), &length, 8);
    std::memcpy(bytes.data() + 8, header.data(), header.size());
    return bytes;
}

void parse(const std::vector<std::byte>& bytes) {
    // A buffer of exactly this size, so that the sanitizer sees every access beyond it.
    const std::vector<std::byte> exact(bytes);
    parse_safetensors(exact, nullptr, "x.safetensors");
}

SafeTensors sample() {
    SafeTensors contents;
    contents.tensors.emplace("b.half", make_tensor(std::vector<std::byte>(6), DType::F16, {3}));
    contents.tensors.emplace("a.weight", make_tensor(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}));
    contents.tensors.emplace("scalar", make_tensor(std::vector<float>{7}, {}));
    contents.tensors.emplace("empty", make_tensor(std::vector<float>{}, {0, 4}));
    contents.metadata["note"] = "grün";
    return contents;
}

TEST(SafeTensors, GiveBackWhatWasWritten) {
    const TemporaryFolder folder;
    const std::string hash = write_safetensors(folder / "m.safetensors", sample(), "sha");
    const SafeTensors read = read_safetensors(folder / "m.safetensors");
    EXPECT_EQ(read.metadata.at("note"), "grün");
    EXPECT_EQ(read.metadata.at("sha"), hash);
    EXPECT_EQ(data_hash(read.tensors), hash);
    ASSERT_EQ(read.tensors.size(), 4u);
    EXPECT_EQ(read.tensors.at("a.weight").shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(read.tensors.at("a.weight").to<float>(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(read.tensors.at("scalar").to<float>(), std::vector<float>{7});
    EXPECT_EQ(read.tensors.at("empty").count(), 0);
}

TEST(SafeTensors, AreWrittenAligned) {
    const TemporaryFolder folder;
    write_safetensors(folder / "m.safetensors", sample());
    for (const auto& [name, tensor] : read_safetensors(folder / "m.safetensors").tensors)
        EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.bytes.data()) % size_of(tensor.dtype), 0u) << name;
}

TEST(SafeTensors, RefuseEveryTruncation) {
    const TemporaryFolder folder;
    write_safetensors(folder / "m.safetensors", sample());
    const auto file = MappedFile::open(folder / "m.safetensors");
    const auto whole = file->bytes();
    for (size_t length = 0; length < whole.size(); ++length)
        EXPECT_THROW(parse({whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length)}), Error) << length;
}

TEST(SafeTensors, RefuseBytesAfterTheLastTensor) {
    EXPECT_THAT([] { parse(file_with(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 5)); },
                ThrowsMessage<Error>(HasSubstr("follow the last tensor")));
}

struct BadHeader {
    const char* header;
    size_t data;
    const char* message;
};

class SafeTensorsHeader : public testing::TestWithParam<BadHeader> {};

TEST_P(SafeTensorsHeader, IsRefusedInWords) {
    EXPECT_THAT([&] { parse(file_with(GetParam().header, GetParam().data)); },
                ThrowsMessage<Error>(HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    Bad, SafeTensorsHeader,
    testing::Values(
        BadHeader{"not json", 0, "not a JSON object"}, BadHeader{"[]", 0, "not a JSON object"},
        BadHeader{"", 0, "not a JSON object"},
        BadHeader{R"({"a":1})", 0, "exactly dtype, shape and data_offsets"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4, "exactly dtype"},
        BadHeader{R"({"a":{"dtype":"F128","shape":[1],"data_offsets":[0,16]}})", 16, "dtype"},
        BadHeader{R"({"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})", 4, "dtype"},
        BadHeader{R"({"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", 4, "shape"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "shape"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4, "shape"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0,
                  "too large"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "needs 8 bytes"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "needs 4 bytes"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "must be a pair"},
        BadHeader{
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
            6, "overlaps"},
        BadHeader{
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
            12, "gap"},
        BadHeader{
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
            1, "twice"},
        BadHeader{R"({"__metadata__":{"k":1}})", 0, "must be a string"},
        BadHeader{R"({"__metadata__":[]})", 0, "must be an object"},
        BadHeader{R"({"a":{"dtype":"U8","shape":[[[[[[1]]]]]],"data_offsets":[0,1]}})", 1,
                  "not a JSON object"}));

TEST(SafeTensors, RefuseAHeaderLongerThanTheFile) {
    std::vector<std::byte> bytes(16);
    const uint64_t length = ~uint64_t{0};
    std::memcpy(bytes.data(), &length, 8);
    EXPECT_THAT([&] { parse(bytes); }, ThrowsMessage<Error>(HasSubstr("more than the file holds")));
}

TEST(AtomicFile, LeavesTheOldFileUntilCommit) {
    const TemporaryFolder folder;
    std::ofstream(folder / "f") << "old";
    {
        AtomicFile file(folder / "f");
        file.write(std::as_bytes(std::span("new", 3)));
        EXPECT_EQ(read_text(folder / "f"), "old");
    }
    EXPECT_EQ(read_text(folder / "f"), "old");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1)
        << "a temporary file was left behind";
    AtomicFile file(folder / "f");
    file.write(std::as_bytes(std::span("new", 3)));
    file.commit();
    EXPECT_EQ(read_text(folder / "f"), "new");
}

TEST(AtomicFile, SaysWhereItCannotWrite) {
    EXPECT_THAT([] { AtomicFile("/nonexistent/folder/file"); },
                ThrowsMessage<Error>(HasSubstr("/nonexistent/folder/file")));
}

TEST(Tensor, WidensHalfFormatsExactly) {
    // 1.5, the smallest subnormal, -infinity, and 65504, the largest half.
    const std::vector<uint16_t> halves{0x3e00, 0x0001, 0xfc00, 0x7bff};
    const auto bytes = std::as_bytes(std::span(halves));
    const auto values = make_tensor({bytes.begin(), bytes.end()}, DType::F16, {4}).to<float>();
    EXPECT_EQ(values, (std::vector<float>{1.5f, 0x1p-24f, -INFINITY, 65504.0f}));
    const std::vector<uint16_t> bfloats{0x3fc0, 0xc000};
    const auto more = std::as_bytes(std::span(bfloats));
    EXPECT_EQ(make_tensor({more.begin(), more.end()}, DType::BF16, {2}).to<float>(),
              (std::vector<float>{1.5f, -2.0f}));
}

}  // namespace
}  // namespace gan
