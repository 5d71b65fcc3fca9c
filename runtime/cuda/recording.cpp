#include "runtime/cuda/recording.h"

#include <ATen/core/CachingHostAllocator.h>
#include <c10/cuda/CUDACachingAllocator.h>

namespace at::cuda {
// Of CUDAContextLight.h, which includes more of CUDA's libraries than are here.
TORCH_CUDA_CPP_API void clearCublasWorkspaces();
}  // namespace at::cuda

namespace gan {
namespace {

namespace gpu_memory = c10::cuda::CUDACachingAllocator;

/// What is tidied up while a failure is told: the first failure is the one to tell.
template <class Work>
void attempt(const Work& work) noexcept {
    try {
        work();
    } catch (...) {
        // Left as it is.
    }
}

at::HostAllocator& pinned_memory() {
    return *at::getHostAllocator(at::kCUDA);
}

}  // namespace

Studio& studio() {
    static auto* const instance = new Studio;
    return *instance;
}

void free_cache() noexcept {
    attempt([] {
        const std::lock_guard lock(studio().mutex);
        gpu_memory::emptyCache();
    });
}

// LibTorch counts who holds a pool, of the GPU's memory and of the host's, and records into none that all
// have let go: so this holds both throughout.

GraphPool::GraphPool() : id_(at::cuda::graph_pool_handle()) {
    gpu_memory::createOrIncrefPool(gpu, id_);
    pinned_memory().begin_allocate_to_pool(id_, [](c10::Stream) { return false; });
    pinned_memory().end_allocate_to_pool(id_);  // which lets nothing go
}

GraphPool::~GraphPool() {
    attempt([this] { gpu_memory::releasePool(gpu, id_); });
    attempt([this] { pinned_memory().release_pool(id_); });
}

int GraphPool::holders() const {
    return gpu_memory::getPoolUseCount(gpu, id_);
}

void GraphPool::end_recording() const noexcept {
    attempt([this] { gpu_memory::endAllocateToPool(gpu, id_); });
    attempt([this] {
        pinned_memory().end_allocate_to_pool(id_);
        pinned_memory().release_pool(id_);
    });
}

void GraphPool::let_go(int holders_before) const noexcept {
    attempt([&] {
        if (holders() > holders_before) gpu_memory::releasePool(gpu, id_);
    });
}

Recording::Recording(const GraphPool& pool, const std::function<void()>& work) {
    // The memory of whatever was run before, since a recording has its own. Matrix products have a workspace
    // for each thread and stream: kept, it would be in all of this thread's recordings, and two networks
    // would write it at once.
    at::cuda::clearCublasWorkspaces();
    gpu_memory::emptyCache();
    record(pool, work);
    at::cuda::clearCublasWorkspaces();  // its own, which stays in the pool
}

void Recording::record(const GraphPool& pool, const std::function<void()>& work) {
    const int holders = pool.holders();
    bool running = true;
    graph_ = std::make_unique<at::cuda::CUDAGraph>(/*keep_graph=*/true);
    try {
        // Other threads may go on with what a recording forbids, since they use other streams.
        graph_->capture_begin(pool.id(), cudaStreamCaptureModeThreadLocal);
        work();
        running = false;
        graph_->capture_end();
        graph_->instantiate();
        // Launched by hand: CUDAGraph::replay() would first write the state of a random generator.
        played_ = graph_->raw_cuda_graph_exec();
    } catch (...) {
        if (running) attempt([this] { graph_->capture_end(); });
        pool.end_recording();
        graph_.reset();
        pool.let_go(holders);
        attempt([] { at::cuda::clearCublasWorkspaces(); });
        throw;
    }
}

Recording::~Recording() {
    const std::lock_guard lock(studio().mutex);
    graph_.reset();
}

}  // namespace gan
