#include "trainer/data/sources.h"

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "trainer/data/tar.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr size_t longest_file = 1 << 30;   // bytes of a picture's file
constexpr size_t longest_label = 1 << 20;  // bytes of a .cls or .json
constexpr int64_t most_classes = 1'000'000;

bool is_hidden(const fs::path& path) {
    return path.filename().native().starts_with('.');
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool is_picture(const std::string& extension) {
    constexpr std::array known{".jpg", ".jpeg", ".png", ".webp"};
    return std::find(known.begin(), known.end(), extension) != known.end();
}

bool is_tar(const fs::path& path) {
    const std::string name = lower(path.filename().string());
    return name.ends_with(".tar") || name.ends_with(".tar.gz") || name.ends_with(".tgz");
}

SourceList::File describe(const fs::path& root, const fs::path& path) {
    std::error_code gone;
    SourceList::File file{path.lexically_relative(root).generic_string(), 0, 0};
    if (const auto size = fs::file_size(path, gone); !gone) file.size = static_cast<int64_t>(size);
    if (const auto time = fs::last_write_time(path, gone); !gone) file.time = time.time_since_epoch().count();
    return file;
}

/// Files and links to files; a link that leads nowhere counts, to be reported as broken.
bool is_file(const fs::directory_entry& entry) {
    std::error_code gone;
    const auto type = entry.status(gone).type();
    return type == fs::file_type::regular || (type == fs::file_type::not_found && entry.is_symlink(gone));
}

void add(SourceList& list, const fs::directory_entry& entry) {
    const std::string extension = lower(entry.path().extension().string());
    if (is_picture(extension))
        list.files.push_back(describe(list.root, entry.path()));
    else
        ++list.other[extension];
}

void add_class_folder(SourceList& list, const fs::path& folder) {
    const size_t before = list.files.size();
    bool directly = false;
    for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::end(entry); ++entry) {
        if (is_hidden(entry->path())) {
            entry.disable_recursion_pending();
        } else if (is_file(*entry)) {
            const size_t files = list.files.size();
            add(list, *entry);
            directly |= entry.depth() == 0 && list.files.size() > files;
        }
    }
    const std::string name = folder.filename().string();
    if (list.files.size() == before)
        list.notes.push_back(fmt::format("the folder '{}' holds no picture and is no class", name));
    else if (!directly)
        list.notes.push_back(fmt::format(
            "the pictures in folders of '{0}' all are of one class, '{0}'; if these folders are the "
            "classes, name {1}",
            name, folder.string()));
}

std::string described(const std::map<std::string, int64_t>& other) {
    std::string text;
    for (const auto& [extension, count] : other)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count,
                            extension.empty() ? "without extension" : extension);
    return text;
}

void list_folder(SourceList& list) {
    std::vector<fs::directory_entry> folders, files, tars;
    for (const auto& entry : fs::directory_iterator(list.root)) {
        if (is_hidden(entry.path())) continue;
        if (entry.is_directory())
            folders.push_back(entry);
        else if (is_file(entry))
            (is_tar(entry.path()) ? tars : files).push_back(entry);
    }
    const std::string name = list.root.string();
    for (const auto& entry : files) add(list, entry);
    const size_t loose = list.files.size();
    if (!tars.empty()) {
        if (loose > 0)
            throw Error("{}: holds {} pictures beside {} tars; keep them in folders of their own", name,
                        loose, tars.size());
        list.tars = true;
        for (const auto& entry : tars) list.files.push_back(describe(list.root, entry.path()));
    } else {
        std::sort(folders.begin(), folders.end());  // for the notes
        for (const auto& folder : folders) add_class_folder(list, folder.path());
        list.class_folders = list.files.size() > loose;
        if (list.class_folders && loose > 0)
            throw Error(
                "{}: holds {} pictures beside folders of pictures; move them into a folder, as their class, "
                "or elsewhere",
                name, loose);
    }
    if (list.files.empty() && list.other.empty())
        throw Error(
            "{}: holds no pictures; put JPEG, PNG or WebP files into it, or into a folder for each class",
            name);
    if (list.files.empty())
        throw Error("{}: holds no JPEG, PNG or WebP files, only others ({})", name, described(list.other));
    if (!list.other.empty())
        list.notes.push_back(
            fmt::format("files that are no JPEG, PNG or WebP are not used: {}", described(list.other)));
}

/// "cats" and "black/1.jpg" of "cats/black/1.jpg".
std::pair<std::string_view, std::string_view> split(std::string_view name) {
    const size_t slash = name.find('/');
    return slash == std::string_view::npos ? std::pair{std::string_view{}, name}
                                           : std::pair{name.substr(0, slash), name.substr(slash + 1)};
}

Samples of_folder(const SourceList& list) {
    Samples result;
    if (!list.class_folders) result.class_names = {list.title};
    for (size_t i = 0; i < list.files.size(); ++i) {
        const std::string_view name = split(list.files[i].name).first;
        if (list.class_folders && (result.class_names.empty() || result.class_names.back() != name))
            result.class_names.emplace_back(name);
        result.samples.push_back(
            {list.files[i].name, static_cast<int32_t>(result.class_names.size() - 1), i, 0});
    }
    return result;
}

/// A sample of a tar before all classes are known.
struct Candidate {
    Sample sample;
    std::string folder;
    std::optional<int64_t> number;
    std::optional<std::string> name;
    std::string problem;

    void set_number(int64_t value) {
        number = value;
        if (value < 0 || value >= most_classes)
            problem = fmt::format("its class {} is not between 0 and {}", value, most_classes - 1);
    }
    void read_cls(std::string_view text) {
        const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
        while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
        while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
        int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size())
            problem = "its .cls is not a whole number";
        else
            set_number(value);
    }
    void read_json(std::string_view text) {
        const auto json = nlohmann::json::parse(text, nullptr, false);
        if (json.is_discarded()) problem = "its .json is not JSON";
        if (!json.is_object()) return;
        for (const char* key : {"label", "class", "class_name"}) {
            const auto value = json.find(key);
            if (value == json.end()) continue;
            if (value->is_number_integer() && !number) set_number(value->get<int64_t>());
            if (value->is_string() && !name) name = value->get<std::string>();
        }
    }
};

void read_tar(const SourceList& list, size_t file, std::vector<Candidate>& candidates,
              std::map<std::string, int64_t>& other) {
    Tar tar(list.root / list.files[file].name);
    std::unordered_map<std::string, Candidate> groups;  // by key
    std::vector<std::string> order;
    while (tar.next()) {
        const fs::path path(tar.name());
        const std::string base = path.filename().string();
        const size_t dot = base.find('.');
        if (dot == 0) continue;
        const std::string key = (path.parent_path() / base.substr(0, dot)).generic_string();
        const std::string extension = dot < base.size() ? lower(base.substr(dot)) : "";
        const bool picture = is_picture(extension);
        if (!picture && extension != ".cls" && extension != ".json") {
            ++other[extension];
            continue;
        }
        Candidate& candidate = groups[key];
        if (picture && candidate.sample.name.empty()) {  // the first of a key
            candidate.sample = {list.files[file].name + "/" + tar.name(), 0, file, tar.number()};
            candidate.folder = path.parent_path().generic_string();
            order.push_back(key);
        } else if (picture) {
            ++other[extension];
        } else {
            const auto bytes = tar.read(longest_label);
            const std::string_view text =
                bytes ? std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "";
            extension == ".cls" ? candidate.read_cls(text) : candidate.read_json(text);
        }
    }
    for (const std::string& key : order) candidates.push_back(std::move(groups.at(key)));
}

Samples of_tars(const SourceList& list) {
    Samples result;
    std::vector<Candidate> candidates;
    for (size_t file = 0; file < list.files.size(); ++file) read_tar(list, file, candidates, result.other);
    if (!result.other.empty())
        result.notes.push_back(fmt::format("files in tars that are no pictures or labels are not used: {}",
                                           described(result.other)));

    const auto any = [&](auto has) { return std::any_of(candidates.begin(), candidates.end(), has); };
    const bool numbers = any([](const Candidate& c) { return c.number.has_value(); });
    const bool names = any([](const Candidate& c) { return c.name.has_value(); });
    if (!numbers) {
        std::set<std::string> sorted;
        for (Candidate& c : candidates) {
            if (!names) c.name = c.folder;
            if (c.name && c.problem.empty()) sorted.insert(*c.name);
        }
        result.class_names.assign(sorted.begin(), sorted.end());
        if (result.class_names.size() == 1 && !names) result.class_names = {list.title};
    }
    for (Candidate& c : candidates) {
        if (!numbers && c.name && c.problem.empty())
            c.number =
                result.class_names.size() == 1
                    ? 0
                    : std::ranges::lower_bound(result.class_names, *c.name) - result.class_names.begin();
        if (!c.number && c.problem.empty())
            c.problem = c.name ? fmt::format("its class '{}' has no number, and others have one", *c.name)
                               : "has no .cls or .json with its class, and others have one";
        if (!c.problem.empty()) {
            result.broken.push_back({c.sample.name, c.problem});
            continue;
        }
        const auto label = static_cast<size_t>(*c.number);
        for (size_t i = result.class_names.size(); i <= label; ++i)
            result.class_names.push_back(std::to_string(i));
        if (numbers && c.name) result.class_names[label] = *c.name;
        c.sample.label = static_cast<int32_t>(label);
        result.samples.push_back(std::move(c.sample));
    }
    return result;
}

std::vector<std::byte> read_file(const fs::path& path, const std::string& name) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const auto size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
    if (size < 0) throw Error("{}: cannot be opened", name);
    if (static_cast<size_t>(size) > longest_file) throw Error("{}: is longer than 1 GiB", name);
    std::vector<std::byte> bytes(static_cast<size_t>(size));
    file.seekg(0);
    if (!file.read(reinterpret_cast<char*>(bytes.data()), size)) throw Error("{}: cannot be read", name);
    return bytes;
}

}  // namespace

std::string SourceList::hash() const {
    Sha256 hash;
    for (const File& file : files) {
        const std::string line = fmt::format("{}\n{}\n{}\n", file.name, file.size, file.time);
        hash.add(std::as_bytes(std::span(line)));
    }
    return hash.hex();
}

Broken broken_picture(const std::string& name, std::string_view error) {
    if (error.starts_with(name + ": ")) error.remove_prefix(name.size() + 2);
    return {name, std::string(error)};
}

SourceList list_sources(const fs::path& path) {
    SourceList list;
    try {
        list.root = fs::canonical(path);
        list.title = list.root.filename().string();
        if (!fs::is_directory(list.root)) {
            if (!is_tar(list.root))
                throw Error("{}: is a file; name a folder of pictures, or a tar", path.string());
            list.tars = true;
            list.root = list.root.parent_path();
            list.files = {describe(list.root, list.root / list.title)};
            return list;
        }
        list_folder(list);
    } catch (const fs::filesystem_error& error) {
        throw Error("{}: cannot be read ({})", error.path1().string(), error.code().message());
    }
    std::sort(list.files.begin(), list.files.end(), [&](const auto& a, const auto& b) {
        return list.class_folders ? split(a.name) < split(b.name) : a.name < b.name;
    });
    return list;
}

Samples find_samples(const SourceList& list) {
    Samples result = list.tars ? of_tars(list) : of_folder(list);
    if (result.samples.empty() && result.broken.empty())
        throw Error("{}: holds no JPEG, PNG or WebP files", (list.root / list.files.front().name).string());
    return result;
}

SampleReader::SampleReader(const SourceList& list, const std::vector<Sample>& samples)
    : list_(list), samples_(samples) {}

SampleReader::~SampleReader() = default;

std::function<std::vector<std::byte>()> SampleReader::take(int64_t index) {
    const Sample& sample = samples_[static_cast<size_t>(index)];
    const fs::path path = list_.root / list_.files[sample.file].name;
    if (!list_.tars) return [&sample, path] { return read_file(path, sample.name); };
    if (open_ != sample.file) {
        tar_ = std::make_unique<Tar>(path);
        open_ = sample.file;
    }
    while (tar_->number() < sample.number)
        if (!tar_->next()) throw Error("{}: has changed, or is cut off; run this again", path.string());
    if (!sample.name.ends_with("/" + tar_->name()))
        throw Error("{}: was changed while it was read; run this again", path.string());
    return [&sample, bytes = tar_->read(longest_file)]() mutable {
        if (!bytes) throw Error("{}: is longer than 1 GiB", sample.name);
        return std::move(*bytes);
    };
}

}  // namespace gan
