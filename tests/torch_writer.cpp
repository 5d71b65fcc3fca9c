#include "tests/torch_writer.h"

#include <fmt/format.h>
#include <zip.h>

#include <cstring>
#include <stdexcept>

namespace gan {
namespace {

std::string little_endian(uint64_t value, size_t size) {
    return {reinterpret_cast<const char*>(&value), size};
}

std::vector<std::byte> as_bytes(const std::string& text) {
    const auto* data = reinterpret_cast<const std::byte*>(text.data());
    return {data, data + text.size()};
}

std::string_view storage_name(DType dtype) {
    switch (dtype) {
        case DType::F64:
            return "DoubleStorage";
        case DType::F16:
            return "HalfStorage";
        case DType::BF16:
            return "BFloat16Storage";
        case DType::I64:
            return "LongStorage";
        default:
            return "FloatStorage";
    }
}

}  // namespace

PickleWriter& PickleWriter::raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
}
PickleWriter& PickleWriter::text(const std::string& value) {
    return raw("X" + little_endian(value.size(), 4) + value);
}
PickleWriter& PickleWriter::integer(int64_t value) {
    return raw("\x8a\x08" + little_endian(static_cast<uint64_t>(value), 8));
}
PickleWriter& PickleWriter::tuple(const std::vector<int64_t>& values) {
    raw("(");
    for (int64_t value : values) integer(value);
    return raw("t");
}
PickleWriter& PickleWriter::global(const std::string& module, const std::string& name) {
    return raw("c" + module + "\n" + name + "\n");
}
PickleWriter& PickleWriter::tensor(const std::string& key, DType dtype, int64_t count, int64_t offset,
                                   const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
    global("torch._utils", "_rebuild_tensor_v2")
        .raw("((")
        .text("storage")
        .global("torch", std::string(storage_name(dtype)));
    text(key).text("cpu").integer(count).raw("NtQ").integer(offset).tuple(shape).tuple(strides);
    return raw("\x89").global("collections", "OrderedDict").raw(")RtR");
}
std::vector<std::byte> PickleWriter::finish() {
    bytes_ += '.';
    return as_bytes(bytes_);
}

std::vector<std::byte> legacy_container(const std::vector<std::byte>& pickle, const Storages& storages,
                                        const std::map<std::string, DType>& dtypes) {
    std::string file("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15);
    file += std::string("\x80\x02M\xe9\x03.", 6);
    std::string system("\x80\x02}", 3);
    file += system + "X" + little_endian(13, 4) + "little_endian\x88s.";
    file.append(reinterpret_cast<const char*>(pickle.data()), pickle.size());
    PickleWriter keys;
    keys.raw("](");
    for (const auto& [key, bytes] : storages) keys.text(key);
    const auto list = keys.raw("e").finish();
    file.append(reinterpret_cast<const char*>(list.data()), list.size());
    for (const auto& [key, bytes] : storages) {
        file += little_endian(bytes.size() / size_of(dtypes.at(key)), 8);
        file.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return as_bytes(file);
}

std::vector<std::byte> zip_container(const std::vector<std::byte>& pickle, const Storages& storages,
                                     bool compress) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* sink = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(sink);
    zip_t* archive = zip_open_from_source(sink, ZIP_TRUNCATE, &error);
    const auto add = [&](const std::string& name, const void* data, size_t size) {
        const zip_int64_t index =
            zip_file_add(archive, name.c_str(), zip_source_buffer(archive, data, size, 0), 0);
        if (index < 0) throw std::runtime_error("zip_file_add");
        zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                                 compress ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
    };
    add("archive/data.pkl", pickle.data(), pickle.size());
    add("archive/byteorder", "little", 6);
    for (const auto& [key, bytes] : storages) add("archive/data/" + key, bytes.data(), bytes.size());
    if (zip_close(archive) != 0) throw std::runtime_error("zip_close");
    zip_stat_t status;
    zip_source_stat(sink, &status);
    std::vector<std::byte> file(status.size);
    zip_source_open(sink);
    zip_source_read(sink, file.data(), file.size());
    zip_source_close(sink);
    zip_source_free(sink);
    return file;
}

std::vector<std::byte> save_state_dict(const StateDict& tensors, bool zip) {
    PickleWriter pickle;
    Storages storages;
    std::map<std::string, DType> dtypes;
    pickle.raw("}(");
    for (const auto& [name, tensor] : tensors) {
        const std::string key = std::to_string(storages.size());
        std::vector<int64_t> strides(tensor.shape.size());
        int64_t step = 1;
        for (size_t d = strides.size(); d-- > 0; step *= tensor.shape[d]) strides[d] = step;
        pickle.text(name).tensor(key, tensor.dtype, tensor.count(), 0, tensor.shape, strides);
        storages.emplace(key, std::vector<std::byte>(tensor.bytes.begin(), tensor.bytes.end()));
        dtypes.emplace(key, tensor.dtype);
    }
    const auto bytes = pickle.raw("u").finish();
    return zip ? zip_container(bytes, storages) : legacy_container(bytes, storages, dtypes);
}

}  // namespace gan
