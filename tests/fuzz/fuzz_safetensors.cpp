// A native or reference model from hostile bytes: opened, or refused with an Error; never anything else.

#include "runtime/base/error.h"
#include "runtime/model/infer_config.h"
#include "runtime/model/layouts.h"
#include "runtime/model/safetensors.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        const auto contents =
            gan::parse_safetensors({reinterpret_cast<const std::byte*>(data), size}, nullptr, "fuzz");
        for (const auto& found : gan::find_generators(contents.tensors))
            gan::infer_config(gan::to_reference(contents.tensors, found, std::nullopt, "fuzz"), std::nullopt,
                              "fuzz");
    } catch (const gan::Error&) {
    }
    return 0;
}
