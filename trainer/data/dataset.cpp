#include "trainer/data/dataset.h"

#include "runtime/base/error.h"
#include "runtime/base/pixel.h"
#include "trainer/data/decode.h"
#include "trainer/data/in_order.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace gan {

namespace fs = std::filesystem;
using nlohmann::json;

/// What a cache is made of.
struct Dataset::Plan {
    struct Work {
        std::vector<std::string> class_names;
        std::vector<int32_t> labels;                             // (count)
        std::vector<Broken> broken;                              // before any picture is read
        std::vector<std::string> notes;                          // of these
        std::function<std::string(int64_t)> name;                // of a picture
        std::function<std::function<Picture8()>(int64_t)> take;  // as run_in_order takes jobs
        bool may_break = true;                                   // or an Error of a picture ends it all
    };
    std::string title;
    json key;                        // all that the pictures depend on
    std::vector<std::string> notes;  // of whatever was listed just now
    std::function<Work()> work;      // asked for when the cache is to be made
};

namespace {

// To be raised when decode() or square_picture() give other pixels.
constexpr int rules = 2;

void check(const DatasetOptions& options) {
    if (options.resolution < 1 || options.resolution > max_side)
        throw Error("the resolution of a dataset is 1 to {}, not {}", max_side, options.resolution);
    if (options.channels != 1 && options.channels != 3 && options.channels != 4)
        throw Error("a dataset has 1 channel (grey), 3 (RGB) or 4 (RGBA), not {}", options.channels);
}

/// One file for a source and a shape, so that a changed source does not leave its old pictures behind.
fs::path cache_file(const std::string& title, const std::string& source, const DatasetOptions& options) {
    return cache_folder(options.cache) / fmt::format("{}-{}-{}x{}.pictures", title.substr(0, 80),
                                                     sha256_hex(source).substr(0, 8), options.resolution,
                                                     options.channels);
}

json cache_key(const char* kind, const std::string& source, const DatasetOptions& options) {
    return {{"kind", kind},
            {"source", source},
            {"resolution", options.resolution},
            {"channels", options.channels},
            {"rules", rules}};
}

void make_room(const fs::path& file, size_t size) {
    try {
        fs::create_directories(file.parent_path());
        const auto free = fs::space(file.parent_path()).available;
        if (free < size)
            throw Error(
                "{}: the pictures take {:.1f} GB, and {:.1f} GB are free; name another folder for the cache",
                file.parent_path().string(), static_cast<double>(size) * 1e-9,
                static_cast<double>(free) * 1e-9);
    } catch (const fs::filesystem_error& error) {
        throw Error("{}: cannot keep decoded pictures ({}); name another folder for the cache",
                    file.parent_path().string(), error.code().message());
    }
}

std::string first_few(const std::vector<Broken>& broken) {
    std::string text;
    for (size_t i = 0; i < std::min<size_t>(broken.size(), 5); ++i)
        text += fmt::format("{}{} {}", i == 0 ? "" : "; ", broken[i].name, broken[i].reason);
    return broken.size() > 5 ? text + "; ..." : text;
}

/// Of a class of which nothing can be read, a network would learn nothing, unnoticed.
void check_classes(const std::string& title, const std::vector<std::string>& names,
                   const std::vector<int32_t>& wanted, const std::vector<int32_t>& read,
                   const std::vector<Broken>& broken, std::vector<std::string>& notes) {
    std::vector<int64_t> before(names.size()), after(names.size());
    for (int32_t label : wanted) ++before[static_cast<size_t>(label)];
    for (int32_t label : read) ++after[static_cast<size_t>(label)];
    int64_t empty = 0;
    std::string first;
    for (size_t i = 0; i < names.size(); ++i) {
        if (before[i] > 0 && after[i] == 0)
            throw Error(
                "{}: none of the {} pictures of class '{}' can be read ({}); mend them, or take the class out",
                title, before[i], names[i], first_few(broken));
        if (before[i] == 0 && ++empty <= 5) first += (first.empty() ? "" : ", ") + names[i];
    }
    if (empty > 0)
        notes.push_back(fmt::format("{} of {} classes have no picture: {}{}", empty, names.size(), first,
                                    empty > 5 ? ", ..." : ""));
}

}  // namespace

fs::path cache_folder(const fs::path& given) {
    if (!given.empty()) return given;
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return fs::path(value != nullptr ? value : "");
    };
    if (const fs::path cache = variable("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "ganymede";
    if (const fs::path home = variable("HOME"); home.is_absolute()) return home / ".cache/ganymede";
    throw Error("there is no home folder to keep decoded pictures in; name a folder for the cache");
}

void Dataset::make(const Plan& plan, const fs::path& file, const DatasetOptions& options) {
    Plan::Work work = plan.work();
    std::vector<Broken>& broken = work.broken;
    const auto count = static_cast<int64_t>(work.labels.size());
    const auto total = count + static_cast<int64_t>(broken.size());
    const auto limit = static_cast<size_t>(std::max(
        options.broken_count, static_cast<int64_t>(options.broken_share * static_cast<double>(total))));
    const auto check_limit = [&] {
        if (broken.size() > limit)
            throw Error("{}: {} of {} pictures cannot be read, more than the {} that may be left out: {}",
                        plan.title, broken.size(), total, limit, first_few(broken));
    };
    check_limit();

    const size_t picture_size = static_cast<size_t>(options.resolution) *
                                static_cast<size_t>(options.resolution) *
                                static_cast<size_t>(options.channels);
    make_room(file, static_cast<size_t>(count) * picture_size);
    PictureCacheWriter cache(file, picture_size);
    int64_t enlarged = 0;
    run_in_order(count, options.workers, [&](int64_t index) -> Job {
        return [&, index, take = work.take(index)]() -> Finish {
            Picture8 square;
            bool small = false;
            std::string problem;
            try {
                const Picture8 picture = take();
                small = std::min(picture.width, picture.height) < options.resolution;
                square = square_picture(picture, options.resolution, options.channels);
            } catch (const Error& error) {
                if (!work.may_break) throw;
                problem = error.what();
            }
            return [&, index, small, square = std::move(square), problem = std::move(problem)] {
                if (problem.empty()) {
                    cache.add(square.pixels, work.labels[static_cast<size_t>(index)]);
                    enlarged += small ? 1 : 0;
                } else {
                    broken.push_back(broken_picture(work.name(index), problem));
                    check_limit();
                }
                if (options.progress) options.progress(index + 1, count);
            };
        };
    });

    if (cache.labels().empty())
        throw Error("{}: none of {} pictures can be read: {}", plan.title, total, first_few(broken));
    check_classes(plan.title, work.class_names, work.labels, cache.labels(), broken, work.notes);
    if (!broken.empty())
        work.notes.push_back(fmt::format("{} of {} pictures cannot be read and are left out: {}",
                                         broken.size(), total, first_few(broken)));
    if (enlarged > 0)
        work.notes.push_back(fmt::format("{} of {} pictures are smaller than {}x{} and were enlarged",
                                         enlarged, cache.labels().size(), options.resolution,
                                         options.resolution));
    if (cache.labels().size() == 1)
        work.notes.push_back("there is a single picture, which a network learns by heart");

    json left_out = json::array();
    for (const auto& [name, reason] : broken) left_out.push_back({{"name", name}, {"reason", reason}});
    cache.finish(
        {{"key", plan.key}, {"class_names", work.class_names}, {"broken", left_out}, {"notes", work.notes}});
}

Dataset::Dataset(PictureCache cache) : cache_(std::move(cache)) {
    const json& facts = cache_.facts;
    resolution_ = facts.at("key").at("resolution");
    channels_ = facts.at("key").at("channels");
    hash_ = facts.at("pictures_sha256");
    class_names_ = facts.at("class_names").get<std::vector<std::string>>();
    notes_ = facts.at("notes").get<std::vector<std::string>>();
    for (const json& one : facts.at("broken")) broken_.push_back({one.at("name"), one.at("reason")});
}

Dataset Dataset::open_or_make(const Plan& plan, const fs::path& file, const DatasetOptions& options) {
    std::vector<std::string> notes = plan.notes;
    std::optional<Dataset> dataset;
    std::error_code ignored;
    if (fs::exists(file, ignored)) {
        try {
            PictureCache cache = PictureCache::open(file);
            if (cache.facts.value("key", json()) == plan.key) {
                if (cache.pictures.size() <= options.verify_up_to && !cache.whole())
                    throw Error("{}: is damaged", file.string());
                dataset = Dataset(std::move(cache));
            }
        } catch (const Error& error) {
            notes.push_back(fmt::format("{}; it was made again", error.what()));
        }
    }
    if (!dataset) {
        make(plan, file, options);
        dataset = Dataset(PictureCache::open(file));
    }
    dataset->notes_.insert(dataset->notes_.begin(), notes.begin(), notes.end());
    return *dataset;
}

Dataset Dataset::open(const fs::path& path, const DatasetOptions& options) {
    check(options);
    const SourceList list = list_sources(path);
    const auto samples = std::make_shared<Samples>();  // outlives work(), whose functions read it
    const auto work = [&list, samples] {
        *samples = find_samples(list);
        Plan::Work result{
            .class_names = samples->class_names, .broken = samples->broken, .notes = samples->notes};
        for (const Sample& sample : samples->samples) result.labels.push_back(sample.label);
        result.name = [samples](int64_t i) { return samples->samples[static_cast<size_t>(i)].name; };
        result.take = [samples, reader = std::make_shared<SampleReader>(list, samples->samples)](int64_t i) {
            return [&name = samples->samples[static_cast<size_t>(i)].name, bytes = reader->take(i)] {
                return decode(bytes(), name);
            };
        };
        return result;
    };
    const std::string source = (list.root / list.title).string();
    return open_or_make({list.title, cache_key("files", list.hash(), options), list.notes, work},
                        cache_file(list.title, source, options), options);
}

Dataset Dataset::generate(int64_t count, int classes, const std::vector<std::string>& names,
                          const std::function<Picture8(int64_t)>& picture, const DatasetOptions& options,
                          const std::string& key) {
    check(options);
    if (count < 1 || classes < 1) throw Error("a dataset has at least one picture and one class");
    if (!names.empty() && names.size() != static_cast<size_t>(classes))
        throw Error("{} names do not suit {} classes", names.size(), classes);
    const auto work = [&] {
        Plan::Work result{.class_names = names, .may_break = false};
        for (int i = 0; names.empty() && i < classes; ++i) result.class_names.push_back(std::to_string(i));
        for (int64_t i = 0; i < count; ++i) result.labels.push_back(static_cast<int32_t>(i % classes));
        result.take = [&](int64_t i) { return [&, i] { return picture(i); }; };
        return result;
    };
    const std::string source = json{key, count, classes, names}.dump();
    return open_or_make({"generated", cache_key("generated", source, options), {}, work},
                        cache_file("generated", source, options), options);
}

}  // namespace gan
