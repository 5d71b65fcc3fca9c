#pragma once

#include "runtime/graph/value.h"
#include "runtime/model/config.h"
#include "runtime/model/engine.h"

#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace gan {

/// A network on a wire: its description, its lowered program, and the engines that run it. Immutable but for
/// the engines, which are opened when first asked for and shared by all who ask for the same.
class LoadedModel final : public ModelHandle {
public:
    /// Slow: reads and lowers. Throws Error naming the file.
    static std::shared_ptr<const LoadedModel> load(const std::string& path);

    /// "biggan.safetensors: 128 pixels, 1000 classes, dim_z 120"
    std::string description() const override;
    const std::string& path() const { return path_; }
    const BigGanConfig& config() const { return config_; }
    const std::vector<std::string>& notes() const { return notes_; }

    /// Slow the first time. Throws Error. [any thread]
    std::shared_ptr<Engine> engine(Precision precision, int threads) const;

private:
    std::string path_;
    BigGanConfig config_;
    std::vector<std::string> notes_;
    std::shared_ptr<const Program> program_;
    mutable std::mutex mutex_;
    mutable std::vector<std::tuple<Precision, int, std::weak_ptr<Engine>>> engines_;
};

/// The network on a wire. Throws Error when the handle is of another kind.
std::shared_ptr<const LoadedModel> loaded(const ModelRef& model);

}  // namespace gan
