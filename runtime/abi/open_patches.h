#pragma once

#include "runtime/abi/hosted_patch.h"

#include <memory>

namespace gan {

// The patches that are open: with the networks in use, the one thing that the library keeps for all.
// [any thread]

/// Returns its handle.
gan_patch keep_open(std::shared_ptr<HostedPatch> patch);
/// Null: there is none.
std::shared_ptr<HostedPatch> open_patch_of(gan_patch handle);
std::shared_ptr<HostedPatch> forget(gan_patch handle);

/// Whether this is another process than the one that loaded the library: its threads are not here.
bool forked();

/// Has all patches that are still open closed before the process ends what was loaded until now: their
/// threads would use what is gone.
void close_all_at_exit();

}  // namespace gan
