#include "runtime/model/safetensors.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

static_assert(std::endian::native == std::endian::little, "safetensors data is mapped as it lies");

namespace gan {
namespace {

using nlohmann::json;

constexpr size_t max_header = 100 << 20;  // bytes; the limit of the reference implementation
constexpr size_t max_rank = 32;

struct Entry {
    std::string name;
    Tensor tensor;
    uint64_t begin = 0;
    uint64_t end = 0;
};

uint64_t unsigned_field(const json& value, const std::string& where) {
    if (!value.is_number_unsigned()) throw Error("{}: must be a number that is not negative", where);
    return value.get<uint64_t>();
}

Entry parse_entry(const std::string& file, const std::string& name, const json& fields) {
    const std::string where = fmt::format("{}: tensor '{}'", file, name);
    if (!fields.is_object() || fields.size() != 3 || !fields.contains("dtype") || !fields.contains("shape") ||
        !fields.contains("data_offsets"))
        throw Error("{}: must have exactly dtype, shape and data_offsets", where);
    Entry entry{.name = name};

    const json& dtype = fields["dtype"];
    const auto known = dtype.is_string() ? dtype_named(dtype.get_ref<const std::string&>()) : std::nullopt;
    if (!known) throw Error("{}: dtype {} is not one Ganymede reads", where, dtype.dump());
    entry.tensor.dtype = *known;

    const json& shape = fields["shape"];
    if (!shape.is_array() || shape.size() > max_rank)
        throw Error("{}: shape must be a list of at most {} numbers", where, max_rank);
    uint64_t size = size_of(*known);
    for (const json& d : shape) {
        const uint64_t extent = unsigned_field(d, where + ": shape");
        if (__builtin_mul_overflow(size, extent, &size) || size > (uint64_t{1} << 62))
            throw Error("{}: shape {} is too large", where, shape.dump());
        entry.tensor.shape.push_back(static_cast<int64_t>(extent));
    }

    const json& offsets = fields["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2) throw Error("{}: data_offsets must be a pair", where);
    entry.begin = unsigned_field(offsets[0], where + ": data_offsets");
    entry.end = unsigned_field(offsets[1], where + ": data_offsets");
    if (entry.end < entry.begin || entry.end - entry.begin != size)
        throw Error("{}: {} {} needs {} bytes, but data_offsets {} span another number", where,
                    name_of(*known), shape_text(entry.tensor.shape), size, offsets.dump());
    return entry;
}

/// nlohmann's parser keeps the last of two equal keys; a header with two is malformed.
json parse_header(std::string_view text, const std::string& file) {
    // Tensor names are at depth 1, their fields at depth 2; deeper nesting is only ever hostile.
    std::vector<std::set<std::string, std::less<>>> keys;
    bool repeated = false;
    bool deep = false;
    const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start) keys.emplace_back();
        if (event == json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
        if (event == json::parse_event_t::key && !keys.empty())
            repeated |= !keys.back().insert(parsed.get<std::string>()).second;
        deep |= depth > 4;
        return !deep;
    };
    json header = json::parse(text, watch, /*allow_exceptions=*/false);
    if (repeated) throw Error("{}: its safetensors header names one thing twice", file);
    if (deep || !header.is_object())
        throw Error("{}: its safetensors header is not a JSON object; the file is damaged", file);
    return header;
}

std::vector<std::pair<std::string, const Tensor*>> in_file_order(const StateDict& tensors) {
    std::vector<std::pair<std::string, const Tensor*>> order;
    for (const auto& [name, tensor] : tensors) order.emplace_back(name, &tensor);
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
        return size_of(a.second->dtype) > size_of(b.second->dtype);
    });
    return order;
}

}  // namespace

SafeTensors parse_safetensors(std::span<const std::byte> bytes, const std::shared_ptr<const void>& owner,
                              const std::string& name) {
    uint64_t length = 0;
    if (bytes.size() < sizeof length) throw Error("{}: is too short for a safetensors file", name);
    std::memcpy(&length, bytes.data(), sizeof length);
    bytes = bytes.subspan(sizeof length);
    if (length > bytes.size() || length > max_header)
        throw Error(
            "{}: its header claims {} bytes, more than the file holds; it is damaged or no safetensors file",
            name, length);
    const json header = parse_header({reinterpret_cast<const char*>(bytes.data()), length}, name);
    const auto data = bytes.subspan(length);

    SafeTensors contents;
    std::vector<Entry> entries;
    for (const auto& [key, value] : header.items()) {
        if (key != "__metadata__") {
            entries.push_back(parse_entry(name, key, value));
            continue;
        }
        if (!value.is_object()) throw Error("{}: __metadata__ must be an object", name);
        for (const auto& [field, text] : value.items()) {
            if (!text.is_string()) throw Error("{}: __metadata__ '{}' must be a string", name, field);
            contents.metadata.emplace(field, text.get<std::string>());
        }
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    uint64_t expected = 0;
    for (Entry& entry : entries) {
        if (entry.begin != expected)
            throw Error("{}: tensor '{}' {} the one before it; the file is damaged", name, entry.name,
                        entry.begin < expected ? "overlaps" : "leaves a gap after");
        if (entry.end > data.size())
            throw Error("{}: tensor '{}' ends at byte {} of {}; the file is cut off", name, entry.name,
                        entry.end, data.size());
        expected = entry.end;
        entry.tensor.owner = owner;
        entry.tensor.bytes = data.subspan(entry.begin, entry.end - entry.begin);
        contents.tensors.emplace(std::move(entry.name), std::move(entry.tensor));
    }
    if (expected != data.size())
        throw Error("{}: {} bytes follow the last tensor; the file is damaged", name, data.size() - expected);
    return contents;
}

SafeTensors read_safetensors(const std::filesystem::path& path) {
    auto file = MappedFile::open(path);
    return parse_safetensors(file->bytes(), file, path.string());
}

std::string data_hash(const StateDict& tensors) {
    Sha256 hash;
    for (const auto& [name, tensor] : in_file_order(tensors)) hash.add(tensor->bytes);
    return hash.hex();
}

std::string write_safetensors(const std::filesystem::path& path, const SafeTensors& contents,
                              const std::string& hash_key, OnInterrupt on_interrupt) {
    const std::string hash = data_hash(contents.tensors);
    json header = json::object();
    json& metadata = header["__metadata__"];
    metadata = json::object();
    for (const auto& [key, value] : contents.metadata) metadata[key] = value;
    if (!hash_key.empty()) metadata[hash_key] = hash;
    const auto order = in_file_order(contents.tensors);
    uint64_t offset = 0;
    for (const auto& [name, tensor] : order) {
        header[name] = {{"dtype", name_of(tensor->dtype)},
                        {"shape", tensor->shape},
                        {"data_offsets", {offset, offset + tensor->bytes.size()}}};
        offset += tensor->bytes.size();
    }
    std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
    text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data section starts aligned

    AtomicFile file(path, on_interrupt);
    const uint64_t length = text.size();
    file.write(std::as_bytes(std::span(&length, 1)));
    file.write(std::as_bytes(std::span(text)));
    for (const auto& [name, tensor] : order) file.write(tensor->bytes);
    file.commit();
    return hash;
}

}  // namespace gan
