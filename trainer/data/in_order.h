#pragma once

#include <cstdint>
#include <functional>

namespace gan {

using Finish = std::function<void()>;
using Job = std::function<Finish()>;

/// Does `count` jobs on several threads with the outcome of one thread, whatever their number:
///   take(i)   makes job i: called for 0, 1, 2, ..., one at a time
///   job()     the work: any order, several at a time
///   finish()  what the job gave: called for 0, 1, 2, ..., one at a time, never while take is
/// Jobs run ahead of the first unfinished one by a few per thread, which bounds memory. Returns when all are
/// finished. What any of the three throws stops the rest and is thrown here, as is Interrupted.
///   workers  threads; 0: as many as the machine runs at once
void run_in_order(int64_t count, int workers, const std::function<Job(int64_t)>& take);

}  // namespace gan
