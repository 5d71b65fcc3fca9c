#pragma once

#include "runtime/model/modulation.h"
#include "runtime/model/program.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace gan {

enum class Precision { F32, BF16, F16 };

inline std::string_view name_of(Precision precision) {
    return precision == Precision::F32 ? "f32" : precision == Precision::BF16 ? "bf16" : "f16";
}

/// Which library runs programs, and on what; see backends.h.
enum class EngineKind { Auto, OpenVino, Torch, Cuda };

/// The shape of what is generated. Each needs a compiled form of the program of its own.
struct Variant {
    bool wrap_x = false;  // circular padding along the width: the picture tiles left to right
    bool wrap_y = false;
    int grid_x = 1;  // cells of 4x4 in the base map; the picture is (grid_y R, grid_x R)
    int grid_y = 1;
    bool operator==(const Variant&) const = default;
    int cells() const { return grid_x * grid_y; }
};

/// N pictures. Spans are borrowed until run() returns.
struct Request {
    Variant variant;
    std::span<const float> z;       // (N, dim_z), normal whatever the network was trained on
    std::span<const float> base_z;  // (N, cells, first_chunk): each cell's own; or empty: z's, in all
    std::span<const double> psi;    // (N) which batch-norm statistics; see statistics_psi()
    std::span<const Conditioning> conditioning;  // (N)
    std::span<const float> bend_scale;           // (C) of Modulation, or empty
    std::span<const float> bend_offset;          // (C), or empty
};

struct EngineOptions {
    Precision precision = Precision::F32;
    int threads = 0;       // 0: all processors this process may use
    int max_variants = 3;  // compiled forms kept; the least recently used goes first
    int batch = 1;         // pictures that one run() will mostly ask for; more may make use of chunks
    bool taps = false;     // tests only: every BasicOp::tap can be read
    EngineKind engine = EngineKind::OpenVino;  // for open_backend()
    bool exact = true;  // the same bytes in every batch and every process; false: as fast as can be, where
                        // the last bits may differ (the CUDA engine alone has something to gain, and live
                        // players ask it for that)
};

/// A program compiled for one variant and a number of pictures. Made by a Backend; used by one thread at
/// a time.
class Executable {
public:
    virtual ~Executable() = default;
    /// Its N pictures. base (N, cells, base_input), modulation (N, 2 C), rgb (N, image_channels, grid_y R,
    /// grid_x R) in [-1, 1], which may be memory of Backend::device(). Allocates nothing that grows with use.
    virtual void infer(std::span<const float> base, std::span<const float> modulation,
                       std::span<float> rgb) = 0;
    /// After infer(), with EngineOptions::taps: the value of that tap, (channels, H, W), if there is one.
    virtual std::optional<std::vector<float>> tap(const std::string& name) = 0;
};

/// What runs programs: a library on a device.
class Backend {
public:
    virtual ~Backend() = default;
    /// Slow. Called from the engine's own thread, never by two at once. Throws Error.
    virtual std::unique_ptr<Executable> compile(const Variant& variant, int pictures) = 0;
    /// How many pictures at a time are faster than one by one; 1 when none are.
    virtual int chunk() const { return 1; }
    virtual double macs() const = 0;  // multiply-accumulates of one picture of one cell, as executed
    virtual std::string description() const = 0;  // "OpenVINO 2026.4 on Intel Xeon, f32, 2 threads"
    /// A CUDA device, as CUDA counts, and the cudaStream_t in whose order it writes pictures; -1 and null:
    /// it runs on the processor. Infer() into the device's memory returns before the picture is written.
    virtual int device() const { return -1; }
    virtual void* stream() const { return nullptr; }

    std::string note;  // why this one and not what was asked for; or empty
};

using BackendFactory =
    std::function<std::unique_ptr<Backend>(std::shared_ptr<const Program>, const EngineOptions&)>;

/// OpenVINO on this machine's processor. Throws Error when bf16 is asked of a processor without it.
std::unique_ptr<Backend> openvino_backend(std::shared_ptr<const Program> program,
                                          const EngineOptions& options);

/// The engine that the options ask for, else the next best one; see backends.h.
std::unique_ptr<Backend> open_backend(std::shared_ptr<const Program> program, const EngineOptions& options);

/// Threads these options mean on this machine.
int engine_threads(const EngineOptions& options);

/// Multiply-accumulates a second (in billions) that a large matrix product reaches with these options:
/// the practical peak that a network's share is told against. Takes about a second.
double matrix_rate(const EngineOptions& options);

/// Plays a program: turns requests into pictures. The same request gives the same bytes, alone or in any
/// batch, on one machine with one engine, precision and number of threads.
class Engine {
public:
    Engine(std::shared_ptr<const Program> program, const EngineOptions& options,
           const BackendFactory& backend = open_backend);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    const Program& program() const { return *program_; }
    std::string description() const { return backend_->description(); }
    const std::string& note() const { return backend_->note; }
    int device() const { return backend_->device(); }  // as Backend has them
    void* stream() const { return backend_->stream(); }
    double macs() const { return backend_->macs(); }

    /// What is played for a variant: a tileable network's pictures always tile. Every function here takes
    /// either. [any thread]
    Variant played(Variant variant) const;

    /// What preparing a variant took: seconds, and by how much this process grew (bytes; other threads count
    /// too). Zeros for a variant that is not ready. [any thread]
    struct Cost {
        double seconds = 0;
        int64_t bytes = 0;
    };
    Cost cost(const Variant& variant) const;

    /// Starts compiling a variant on the engine's own thread, while others go on running, and returns at
    /// once; the future is ready when run() accepts the variant, or holds the Error. [any thread]
    std::shared_future<void> prepare(const Variant& variant);
    bool ready(const Variant& variant) const;  // [any thread]

    /// Generates N pictures into `rgb` (N, image_channels, grid_y R, grid_x R), values in [-1, 1];
    /// (v + 1) / 2 is an sRGB-encoded pixel. Never compiles: throws Error when the variant is not ready,
    /// or when the request does not fit the network, naming what and how. `rgb` may be memory of device():
    /// pictures are then written there in the order of stream(), and this returns before they are.
    /// [any thread; calls from several threads take turns]
    void run(const Request& request, std::span<float> rgb);

    /// The value of a tap after run() of one picture; EngineOptions::taps.
    std::optional<std::vector<float>> tap(const Variant& variant, const std::string& name);

    /// Numbers in one picture of a variant.
    size_t picture_size(const Variant& variant) const;

private:
    struct Compiled {
        std::unique_ptr<Executable> one;
        std::unique_ptr<Executable> several;  // Backend::chunk() pictures; null when that gains nothing or
                                              // cannot be had
    };
    struct Slot {
        Variant variant;
        std::shared_future<void> ready;
        std::shared_ptr<const Compiled> compiled;  // set before `ready` is
        Cost cost;
    };
    struct Product {
        Conditioning conditioning;
        std::vector<float> values;  // class_product()
        std::vector<float> y;       // embed()
    };

    void compile_loop();
    std::shared_ptr<const Compiled> compile(const Variant& variant);
    bool same_bytes(const Compiled& compiled, const Variant& variant) const;
    std::shared_ptr<const Compiled> compiled_of(const Variant& variant);
    const Product& product_of(const Conditioning& conditioning);
    void validate(const Request& request, std::span<float> rgb) const;

    std::shared_ptr<const Program> program_;
    EngineOptions options_;
    std::unique_ptr<Backend> backend_;

    mutable std::mutex variants_mutex_;
    std::condition_variable work_;
    std::list<Slot> slots_;  // most recently used first
    std::list<std::pair<Variant, std::promise<void>>> queue_;
    bool closing_ = false;

    std::mutex run_mutex_;
    std::vector<Product> products_;  // the last few conditions' share of the modulation
    size_t next_product_ = 0;
    std::vector<float> base_;        // of one chunk
    std::vector<float> modulation_;  // of one chunk

    std::thread compiler_;
};

}  // namespace gan
