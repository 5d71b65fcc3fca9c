#include "runtime/model/torch_file.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <zip.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gan {
namespace {

/// LONG1 0x1950a86a20f9469cfc6c, which torch.save puts in front of legacy files.
constexpr std::array<unsigned char, 15> legacy_magic{0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                                     0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};

bool starts_with(std::span<const std::byte> bytes, std::span<const unsigned char> magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

/// The bytes of one storage, and what keeps them alive.
struct Storage {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
};

/// Row-major copy of a strided view, or the view itself when it is contiguous already.
Tensor materialize(const TensorRef& ref, const Storage& storage, const std::string& where) {
    const size_t size = size_of(ref.storage.dtype);
    if (ref.shape.size() != ref.strides.size() || ref.shape.size() > 32)
        throw Error("{}: shape and strides do not fit each other", where);
    Tensor tensor{.dtype = ref.storage.dtype, .shape = ref.shape};
    const int64_t available = static_cast<int64_t>(storage.bytes.size() / size);
    int64_t count = 1;
    int64_t last = 0;  // the highest element the strides reach
    bool overflow = ref.offset < 0 || ref.storage.offset < 0;
    for (size_t d = 0; d < ref.shape.size(); ++d) {
        int64_t reach = 0;
        overflow |= ref.shape[d] < 0 || ref.strides[d] < 0;
        overflow |= __builtin_mul_overflow(count, ref.shape[d], &count);
        overflow |= __builtin_mul_overflow(std::max<int64_t>(ref.shape[d] - 1, 0), ref.strides[d], &reach);
        overflow |= __builtin_add_overflow(last, reach, &last);
    }
    int64_t begin = 0;
    int64_t end = 0;
    overflow |= __builtin_add_overflow(ref.offset, ref.storage.offset, &begin);
    overflow |= __builtin_add_overflow(begin, last, &end);
    if (overflow || count > available || (count > 0 && end >= available))
        throw Error("{}: shape {} reaches beyond its storage of {} elements", where, shape_text(ref.shape),
                    available);
    if (count == 0) return make_tensor(std::vector<std::byte>{}, tensor.dtype, ref.shape);

    int64_t expected = 1;
    bool contiguous = true;
    for (size_t d = ref.shape.size(); d-- > 0;) {
        contiguous &= ref.shape[d] == 1 || ref.strides[d] == expected;
        expected *= ref.shape[d];
    }
    const auto from = storage.bytes.subspan(static_cast<size_t>(begin) * size);
    if (contiguous) {
        tensor.owner = storage.owner;
        tensor.bytes = from.first(static_cast<size_t>(count) * size);
        return tensor;
    }
    std::vector<std::byte> copy(static_cast<size_t>(count) * size);
    std::vector<int64_t> index(ref.shape.size(), 0);
    int64_t source = 0;
    for (int64_t i = 0; i < count; ++i) {
        std::memcpy(copy.data() + static_cast<size_t>(i) * size,
                    from.data() + static_cast<size_t>(source) * size, size);
        for (size_t d = ref.shape.size(); d-- > 0;) {  // count up, last axis fastest
            source += ref.strides[d];
            if (++index[d] < ref.shape[d]) break;
            source -= ref.strides[d] * ref.shape[d];
            index[d] = 0;
        }
    }
    return make_tensor(std::move(copy), tensor.dtype, ref.shape);
}

TorchFile assemble(PickleContents contents, const std::string& name, auto&& storage_of) {
    TorchFile file{.scalars = std::move(contents.scalars)};
    for (const auto& [key, ref] : contents.tensors) {
        const std::string where = fmt::format("{}: tensor '{}'", name, key);
        file.tensors.emplace(key, materialize(ref, storage_of(ref.storage, where), where));
    }
    return file;
}

TorchFile parse_legacy(std::span<const std::byte> bytes, const std::shared_ptr<const void>& owner,
                       const std::string& name) {
    const auto next = [&] {
        PickleContents contents = read_pickle(bytes, name);
        bytes = bytes.subspan(contents.length);
        return contents;
    };
    bytes = bytes.subspan(legacy_magic.size());
    next();  // protocol version
    const PickleContents system = next();
    if (const auto little = system.scalars.find("little_endian");
        little != system.scalars.end() && little->second == PickleScalar{false})
        throw Error("{}: was written on a big-endian machine, which is not supported", name);
    PickleContents contents = next();
    const PickleContents keys = next();

    const auto dtypes = contents.storages;
    std::map<std::string, Storage, std::less<>> storages;
    for (const std::string& key : keys.texts) {
        const auto dtype = dtypes.find(key);
        if (dtype == dtypes.end()) throw Error("{}: holds a storage '{}' that nothing names", name, key);
        int64_t count = 0;
        if (bytes.size() < sizeof count) throw Error("{}: is cut off in its tensor data", name);
        std::memcpy(&count, bytes.data(), sizeof count);
        bytes = bytes.subspan(sizeof count);
        const size_t size = size_of(dtype->second);
        if (count < 0 || static_cast<uint64_t>(count) > bytes.size() / size)
            throw Error("{}: is cut off in its tensor data", name);
        storages[key] = {bytes.first(static_cast<size_t>(count) * size), owner};
        bytes = bytes.subspan(static_cast<size_t>(count) * size);
    }
    return assemble(std::move(contents), name, [&](const StorageRef& ref, const std::string& where) {
        const auto found = storages.find(ref.key);
        if (found == storages.end() || dtypes.at(ref.key) != ref.dtype)
            throw Error("{}: its storage '{}' is missing from the file", where, ref.key);
        return found->second;
    });
}

/// A zip archive over bytes in memory.
class Zip {
public:
    Zip(std::span<const std::byte> bytes, const std::string& name) : name_(name) {
        zip_error_t error;
        zip_error_init(&error);
        zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
        if (source != nullptr) archive_ = zip_open_from_source(source, ZIP_RDONLY, &error);
        const std::string reason = zip_error_strerror(&error);
        if (archive_ == nullptr && source != nullptr) zip_source_free(source);
        zip_error_fini(&error);
        if (archive_ == nullptr) throw Error("{}: its zip archive cannot be read ({})", name, reason);
    }
    ~Zip() { zip_discard(archive_); }
    Zip(const Zip&) = delete;
    Zip& operator=(const Zip&) = delete;

    std::vector<std::string> entries() const {
        std::vector<std::string> names;
        const auto count =
            static_cast<zip_uint64_t>(std::max<zip_int64_t>(zip_get_num_entries(archive_, 0), 0));
        for (zip_uint64_t i = 0; i < count; ++i)
            if (const char* entry = zip_get_name(archive_, i, ZIP_FL_ENC_RAW)) names.emplace_back(entry);
        return names;
    }

    std::shared_ptr<const std::vector<std::byte>> read(const std::string& entry) const {
        zip_stat_t status;
        if (zip_stat(archive_, entry.c_str(), ZIP_FL_ENC_RAW, &status) != 0)
            throw Error("{}: its entry '{}' is missing", name_, entry);
        // Weights hardly compress; a far larger entry than its packed form is an attack on memory.
        if (status.size > 16 * status.comp_size + 4096)
            throw Error("{}: its entry '{}' claims {} bytes packed into {}", name_, entry, status.size,
                        status.comp_size);
        auto bytes = std::make_shared<std::vector<std::byte>>(status.size);
        zip_file_t* file = zip_fopen(archive_, entry.c_str(), ZIP_FL_ENC_RAW);
        const zip_int64_t got = file != nullptr ? zip_fread(file, bytes->data(), bytes->size()) : -1;
        std::byte more;
        // Reading past the end makes libzip compare the checksum.
        const bool whole = got == static_cast<zip_int64_t>(bytes->size()) && zip_fread(file, &more, 1) == 0;
        if (file != nullptr) zip_fclose(file);
        if (!whole) throw Error("{}: its entry '{}' is damaged", name_, entry);
        return bytes;
    }

private:
    std::string name_;
    zip_t* archive_ = nullptr;
};

TorchFile parse_zip(std::span<const std::byte> bytes, const std::string& name) {
    const Zip zip(bytes, name);
    const auto entries = zip.entries();
    const auto pickle = std::find_if(entries.begin(), entries.end(), [](const std::string& entry) {
        return entry == "data.pkl" || entry.ends_with("/data.pkl");
    });
    if (pickle == entries.end())
        throw Error("{}: is a zip archive without data.pkl, so torch.save did not write it", name);
    const std::string folder = pickle->substr(0, pickle->size() - std::strlen("data.pkl"));
    if (std::find(entries.begin(), entries.end(), folder + "byteorder") != entries.end()) {
        const auto order = zip.read(folder + "byteorder");
        if (std::string_view(reinterpret_cast<const char*>(order->data()), order->size()) != "little")
            throw Error("{}: was written on a big-endian machine, which is not supported", name);
    }
    const auto program = zip.read(*pickle);
    PickleContents contents = read_pickle(*program, name);
    std::map<std::string, Storage, std::less<>> storages;
    return assemble(std::move(contents), name, [&](const StorageRef& ref, const std::string&) {
        auto [place, fresh] = storages.try_emplace(ref.key);
        if (fresh) {
            const auto data = zip.read(folder + "data/" + ref.key);
            place->second = {*data, data};
        }
        return place->second;
    });
}

}  // namespace

bool is_torch_file(std::span<const std::byte> bytes) {
    constexpr std::array<unsigned char, 4> zip_magic{'P', 'K', 3, 4};
    return starts_with(bytes, legacy_magic) || starts_with(bytes, zip_magic);
}

TorchFile parse_torch_file(std::span<const std::byte> bytes, const std::shared_ptr<const void>& owner,
                           const std::string& name) {
    if (!is_torch_file(bytes)) throw Error("{}: is not a file that torch.save wrote", name);
    return starts_with(bytes, legacy_magic) ? parse_legacy(bytes, owner, name) : parse_zip(bytes, name);
}

TorchFile read_torch_file(const std::filesystem::path& path) {
    auto file = MappedFile::open(path);
    return parse_torch_file(file->bytes(), file, path.string());
}

}  // namespace gan
