#pragma once

#include "runtime/cuda/cuda_handles.h"

#include <ATen/cuda/CUDAGraph.h>

#include <functional>
#include <memory>
#include <mutex>

namespace gan {

/// Where all networks of the process are recorded, one at a time: LibTorch keeps a workspace for every stream
/// that its matrix products have met, its settings are the process's, and its list of recordings is made for
/// one thread. Whatever waits for the whole GPU or frees LibTorch's cache comes here as well, since neither
/// is possible while a recording runs. Never destroyed, as LibTorch is not.
struct Studio {
    std::mutex mutex;
    CudaStream stream;
};
Studio& studio();

/// Frees what LibTorch keeps for later: after a failure, whose memory others may need. [any thread]
void free_cache() noexcept;

/// The GPU's memory of all recordings of a network. They share it, since no two are played at once: it is as
/// large as the largest needs, until the pool is destroyed. What is still held when a recording ends (a tap)
/// stays its own. [any thread]
class GraphPool {
public:
    GraphPool();
    ~GraphPool();
    GraphPool(const GraphPool&) = delete;
    GraphPool& operator=(const GraphPool&) = delete;

    c10::MempoolId_t id() const { return id_; }
    int holders() const;  // this and the recordings

    /// Of a recording that failed, before and after it is destroyed: LibTorch ends the first, allocations
    /// that look for memory here, and the second, its hold, only together with a graph that is whole.
    void end_recording() const noexcept;
    void let_go(int holders_before) const noexcept;

private:
    const c10::MempoolId_t id_;
};

/// What CUDA was asked for once, to be asked for again as one.
class Recording {
public:
    /// Records `work`, which was run before on the studio's stream and is done: libraries load kernels,
    /// choose algorithms and reserve workspaces when first used, none of which may happen in a recording.
    /// That stream is the current one, and the studio's mutex is the caller's. Throws what LibTorch throws.
    Recording(const GraphPool& pool, const std::function<void()>& work);
    /// Not while it is played, nor with the studio's mutex.
    ~Recording();
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

    cudaGraphExec_t get() const { return played_; }

private:
    void record(const GraphPool& pool, const std::function<void()>& work);

    std::unique_ptr<at::cuda::CUDAGraph> graph_;
    cudaGraphExec_t played_ = nullptr;  // graph_'s
};

}  // namespace gan
