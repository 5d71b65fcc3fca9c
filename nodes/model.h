#pragma once

#include "runtime/graph/value.h"
#include "runtime/model/config.h"
#include "runtime/model/engine.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace gan {

/// Where a model is. Throws Error that says where it was looked for.
///   file     as the patch names it; taken when it is there, whatever it holds
///   hash     of its weights (stored_hash()), by which a native file is found again after it was moved; or
///   empty:
///            in the patch's folder, its subfolder `models`, the folders of the environment's GANYMEDE_MODELS
///            (separated by colons), and Ganymede's own assets/models
std::filesystem::path find_model(const std::filesystem::path& folder, const std::string& file,
                                 const std::string& hash);

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
    const std::string& hash() const { return hash_; }  // that the file carries; or empty

    /// Slow the first time. `exact`: as EngineOptions. Throws Error. [any thread]
    std::shared_ptr<Engine> engine(Precision precision, int threads, EngineKind kind = EngineKind::Auto,
                                   bool exact = true) const;

private:
    std::string path_;
    BigGanConfig config_;
    std::vector<std::string> notes_;
    std::string hash_;
    std::shared_ptr<const Program> program_;
    mutable std::mutex mutex_;
    mutable std::vector<std::tuple<Precision, int, EngineKind, bool, std::weak_ptr<Engine>>> engines_;
};

/// The network on a wire. Throws Error when the handle is of another kind.
std::shared_ptr<const LoadedModel> loaded(const ModelRef& model);

}  // namespace gan
