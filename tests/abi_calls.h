#pragma once

#include "runtime/abi/gan.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gan {

/// How a structure begins that a host, this or another, hands over.
struct Header {
    uint32_t abi = GAN_ABI;
    std::optional<uint32_t> size;  // none: as it is here, and `more`
    int32_t more = 0;
};

/// A function of gan.h and ways to call it. Calls for a patch want that of calls_patch(), open.
struct AbiCall {
    using Call = std::function<int(gan_patch)>;

    const char* name;
    Call rightly;
    /// What it may return then.
    std::vector<int> open{GAN_OK};
    /// And before the patch is open.
    std::vector<int> opening{GAN_ERROR_ORDER};
    /// With a null, or a number out of range, where there must be none.
    std::vector<Call> wrongly{};
    /// With a structure that begins like this; none: it takes none.
    std::function<int(gan_patch, const Header&)> headed{};
    bool takes_patch = true;
    bool can_fail = true;
};

/// Every function of gan.h, in its order; gan_close() ends the patch that it is called for.
const std::vector<AbiCall>& abi_calls();

/// A patch with what the calls name.
const std::string& calls_patch();

/// The names that gan.h declares, in its order.
std::vector<std::string> declared_functions();

}  // namespace gan
