#include "trainer/run/run_folder.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace gan {

namespace fs = std::filesystem;

RunFolder::RunFolder(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    for (const char* part : {"checkpoints", "samples"}) {
        fs::create_directories(path_ / part, error);
        if (error) throw Error("{}: cannot be made a run's folder: {}", path_.string(), error.message());
    }
    metrics_ = LockedFile::open(path_ / "metrics.jsonl", LockedFile::Mode::Create);
    if (!metrics_) throw Error("{}: cannot be written", (path_ / "metrics.jsonl").string());
}

fs::path RunFolder::sample(int64_t step) const {
    return path_ / fmt::format("samples/step_{:08}.png", step);
}

fs::path RunFolder::checkpoint(int64_t step) const {
    return path_ / fmt::format("checkpoints/step_{:08}.safetensors", step);
}

std::vector<int64_t> RunFolder::checkpoints() const {
    std::vector<int64_t> steps;
    for (const auto& entry : fs::directory_iterator(path_ / "checkpoints")) {
        const std::string name = entry.path().stem();
        constexpr std::string_view prefix = "step_";
        if (entry.path().extension() != ".safetensors" || !name.starts_with(prefix)) continue;
        const std::string digits = name.substr(prefix.size());
        if (!digits.empty() && digits.size() < 18 &&
            std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
            steps.push_back(std::stoll(digits));
    }
    std::ranges::sort(steps);
    return steps;
}

void RunFolder::prune(int keep) const {
    auto steps = checkpoints();
    for (size_t i = 0; i + static_cast<size_t>(keep) < steps.size(); ++i) {
        std::error_code ignored;
        fs::remove(checkpoint(steps[i]), ignored);
    }
}

void RunFolder::log(const nlohmann::json& line) {
    unwritten_ += line.dump() + "\n";
    metrics_->append(unwritten_);
}

void RunFolder::forget_after(int64_t step) {
    std::istringstream lines(read_text(metrics_->path(), size_t{1} << 32) + unwritten_);
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
        const auto parsed = nlohmann::json::parse(line, nullptr, false);
        if (parsed.is_object() && parsed.value("step", int64_t{0}) <= step) kept += line + "\n";
    }
    metrics_->replace(kept);
    unwritten_.clear();
}

void RunFolder::note_start(const nlohmann::json& facts) const {
    std::ofstream(path_ / "starts.jsonl", std::ios::app) << facts.dump() + "\n";
}

}  // namespace gan
