#include "trainer/data/check.h"

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "trainer/data/decode.h"
#include "trainer/data/in_order.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>
#include <unordered_map>
#include <utility>

namespace gan {
namespace {

/// What is kept of a picture that was read.
struct Seen {
    int width = 0;
    int height = 0;
    int channels = 0;
    std::string file_hash, pixel_hash;
};

std::string short_hash(std::span<const std::byte> bytes) {
    return sha256_hex(bytes).substr(0, 32);  // 128 bits: no two of all pictures there are
}

Seen see(std::span<const std::byte> file, const std::string& name) {
    const Picture8 picture = decode(file, name);
    return {picture.width, picture.height, picture.channels, short_hash(file),
            fmt::format("{}x{}x{} {}", picture.width, picture.height, picture.channels,
                        short_hash(std::as_bytes(std::span(picture.pixels))))};
}

/// The median is the lower of the two in the middle.
DataReport::Spread spread(std::vector<int> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    return {values.front(), values[(values.size() - 1) / 2], values.back()};
}

std::vector<DataReport::Duplicates> find_duplicates(const std::vector<Sample>& samples,
                                                    const std::vector<Seen>& seen) {
    std::unordered_map<std::string, std::vector<size_t>> groups;  // by pixels
    for (size_t i = 0; i < seen.size(); ++i)
        if (!seen[i].pixel_hash.empty()) groups[seen[i].pixel_hash].push_back(i);
    std::vector<std::vector<size_t>> several;
    for (auto& [hash, group] : groups)
        if (group.size() > 1) several.push_back(std::move(group));
    std::sort(several.begin(), several.end());  // by the first picture
    std::vector<DataReport::Duplicates> result;
    for (const auto& group : several) {
        DataReport::Duplicates one{.names = {}, .same_file = true, .same_class = true};
        for (size_t i : group) {
            one.names.push_back(samples[i].name);
            one.same_file &= seen[i].file_hash == seen[group[0]].file_hash;
            one.same_class &= samples[i].label == samples[group[0]].label;
        }
        result.push_back(std::move(one));
    }
    return result;
}

void find_problems(DataReport& report) {
    auto& problems = report.problems;
    if (!report.broken.empty())
        problems.push_back(fmt::format("{} of {} pictures cannot be read, the first: {} {}",
                                       report.broken.size(),
                                       report.pictures + static_cast<int64_t>(report.broken.size()),
                                       report.broken[0].name, report.broken[0].reason));
    if (report.pictures == 1)
        problems.push_back("there is a single picture, which a network learns by heart");
    for (const auto& one : report.classes)
        if (one.pictures == 0)
            problems.push_back(fmt::format("the class '{}' has no picture{}", one.name,
                                           one.broken > 0 ? " that can be read" : ""));
    const auto by_count = [](const auto& a, const auto& b) { return a.pictures < b.pictures; };
    const auto [least, most] = std::minmax_element(report.classes.begin(), report.classes.end(), by_count);
    if (!report.classes.empty() && least->pictures > 0 && most->pictures >= 10 * least->pictures)
        problems.push_back(fmt::format("the classes are uneven: '{}' has {} pictures and '{}' {}", most->name,
                                       most->pictures, least->name, least->pictures));
    int64_t copies = 0;
    const DataReport::Duplicates* across = nullptr;
    int64_t crossing = 0;
    for (const auto& one : report.duplicates) {
        copies += static_cast<int64_t>(one.names.size()) - 1;
        if (one.same_class) continue;
        ++crossing;
        if (across == nullptr) across = &one;
    }
    if (copies > 0)
        problems.push_back(fmt::format("{} of {} pictures are copies of others, the first: {} of {}", copies,
                                       report.pictures, report.duplicates[0].names[1],
                                       report.duplicates[0].names[0]));
    if (across != nullptr)
        problems.push_back(fmt::format("{} pictures are in several classes, the first: {} and {}", crossing,
                                       across->names.front(), across->names.back()));
}

nlohmann::json to_json(const DataReport::Spread& spread) {
    return {{"min", spread.min}, {"median", spread.median}, {"max", spread.max}};
}

template <class List, class Line>
void add_lines(std::string& text, const char* title, const List& list, size_t few, Line line) {
    if (list.empty()) return;
    text += fmt::format("{}:\n", title);
    for (size_t i = 0; i < std::min(few, list.size()); ++i) text += fmt::format("  {}\n", line(list[i]));
    if (list.size() > few) text += fmt::format("  and {} more\n", list.size() - few);
}

}  // namespace

DataReport check_data(const std::filesystem::path& path, int workers,
                      const std::function<void(int64_t, int64_t)>& progress) {
    const SourceList list = list_sources(path);
    const Samples found = find_samples(list);
    const auto count = static_cast<int64_t>(found.samples.size());
    DataReport report{
        .path = path.string(), .broken = found.broken, .other = list.other, .problems = list.notes};
    for (const auto& [extension, number] : found.other) report.other[extension] += number;
    report.problems.insert(report.problems.end(), found.notes.begin(), found.notes.end());
    for (const std::string& name : found.class_names) report.classes.push_back({name, 0, 0});

    std::vector<Seen> seen(found.samples.size());  // empty of what is broken
    SampleReader reader(list, found.samples);
    run_in_order(count, workers, [&](int64_t index) -> Job {
        const Sample& sample = found.samples[static_cast<size_t>(index)];
        return [&, index, bytes = reader.take(index)]() -> Finish {
            try {
                seen[static_cast<size_t>(index)] = see(bytes(), sample.name);
                return [&, index] {
                    ++report.classes[static_cast<size_t>(sample.label)].pictures;
                    if (progress) progress(index + 1, count);
                };
            } catch (const Error& error) {
                return [&, index, broken = broken_picture(sample.name, error.what())] {
                    ++report.classes[static_cast<size_t>(sample.label)].broken;
                    report.broken.push_back(broken);
                    if (progress) progress(index + 1, count);
                };
            }
        };
    });

    std::vector<int> widths, heights, sides;
    for (const Seen& one : seen) {
        if (one.width == 0) continue;
        ++report.pictures;
        ++report.channels[one.channels == 1 ? "grey" : one.channels == 3 ? "RGB" : "RGBA"];
        widths.push_back(one.width);
        heights.push_back(one.height);
        sides.push_back(std::min(one.width, one.height));
    }
    report.width = spread(std::move(widths));
    report.height = spread(std::move(heights));
    report.side = spread(std::move(sides));
    report.duplicates = find_duplicates(found.samples, seen);
    find_problems(report);
    return report;
}

std::string to_text(const DataReport& report, size_t few) {
    std::string text =
        fmt::format("{}: {} pictures in {} classes\n", report.path, report.pictures, report.classes.size());
    if (report.pictures > 0) {
        const auto line = [&](const char* what, const DataReport::Spread& spread) {
            text += fmt::format("  {:<14}{} to {} pixels, half of them up to {}\n", what, spread.min,
                                spread.max, spread.median);
        };
        line("width", report.width);
        line("height", report.height);
        line("shorter side", report.side);
        for (const auto& [kind, count] : report.channels) text += fmt::format("  {:<14}{}\n", kind, count);
    }
    add_lines(text, "classes", report.classes, few, [](const auto& one) {
        return one.broken == 0
                   ? fmt::format("{}: {}", one.name, one.pictures)
                   : fmt::format("{}: {}, and {} that cannot be read", one.name, one.pictures, one.broken);
    });
    add_lines(text, "cannot be read", report.broken, few,
              [](const Broken& one) { return fmt::format("{}: {}", one.name, one.reason); });
    add_lines(text, "the same pictures", report.duplicates, few, [](const auto& one) {
        std::string names;
        for (const std::string& name : one.names) names += (names.empty() ? "" : ", ") + name;
        return names + (one.same_file ? "" : " (in different files)");
    });
    add_lines(text, "problems", report.problems, report.problems.size(), [](const auto& one) { return one; });
    return text;
}

nlohmann::json to_json(const DataReport& report) {
    nlohmann::json json{{"path", report.path},
                        {"pictures", report.pictures},
                        {"width", to_json(report.width)},
                        {"height", to_json(report.height)},
                        {"side", to_json(report.side)},
                        {"channels", report.channels},
                        {"other", report.other},
                        {"problems", report.problems}};
    for (const char* list : {"classes", "broken", "duplicates"}) json[list] = nlohmann::json::array();
    for (const auto& one : report.classes)
        json["classes"].push_back({{"name", one.name}, {"pictures", one.pictures}, {"broken", one.broken}});
    for (const auto& [name, reason] : report.broken)
        json["broken"].push_back({{"name", name}, {"reason", reason}});
    for (const auto& one : report.duplicates)
        json["duplicates"].push_back(
            {{"names", one.names}, {"same_file", one.same_file}, {"same_class", one.same_class}});
    return json;
}

}  // namespace gan
