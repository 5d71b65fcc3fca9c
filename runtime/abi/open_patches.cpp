#include "runtime/abi/open_patches.h"

#include <unistd.h>

#include <cstdlib>
#include <map>
#include <mutex>

namespace gan {
namespace {

/// Never freed: hosts end without closing their patches, in any order.
struct Table {
    std::mutex mutex;
    std::map<gan_patch, std::shared_ptr<HostedPatch>> patches;
    gan_patch next = 1;
};

Table& table() {
    static Table* const only = new Table;
    return *only;
}

const pid_t loaded_by = ::getpid();

void close_all() {
    if (forked()) return;
    std::map<gan_patch, std::shared_ptr<HostedPatch>> patches;
    {
        const std::lock_guard lock(table().mutex);
        patches.swap(table().patches);
    }
    for (auto& [handle, patch] : patches) patch->stop();
}

}  // namespace

gan_patch keep_open(std::shared_ptr<HostedPatch> patch) {
    const std::lock_guard lock(table().mutex);
    const gan_patch handle = table().next++;
    table().patches.emplace(handle, std::move(patch));
    return handle;
}

std::shared_ptr<HostedPatch> open_patch_of(gan_patch handle) {
    const std::lock_guard lock(table().mutex);
    const auto found = table().patches.find(handle);
    return found == table().patches.end() ? nullptr : found->second;
}

std::shared_ptr<HostedPatch> forget(gan_patch handle) {
    const std::lock_guard lock(table().mutex);
    const auto found = table().patches.extract(handle);
    return found.empty() ? nullptr : found.mapped();
}

bool forked() {
    return ::getpid() != loaded_by;
}

void close_all_at_exit() {
    // What is loaded later ends earlier, as engines do: once for what is there now, and once after the first
    // patch has brought its own.
    static std::mutex mutex;
    static int calls = 0;
    constexpr int enough = 2;
    const std::lock_guard lock(mutex);
    if (calls < enough) {
        ++calls;
        std::atexit(close_all);
    }
}

}  // namespace gan
