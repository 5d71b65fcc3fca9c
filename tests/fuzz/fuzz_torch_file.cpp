// Both containers of torch.save, and bare pickles, from hostile bytes: read, or refused with an Error.

#include "runtime/base/error.h"
#include "runtime/model/infer_config.h"
#include "runtime/model/layouts.h"
#include "runtime/model/torch_file.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::span bytes{reinterpret_cast<const std::byte*>(data), size};
    try {
        gan::read_pickle(bytes, "fuzz");
    } catch (const gan::Error&) {
    }
    try {
        const auto file = gan::parse_torch_file(bytes, nullptr, "fuzz");
        for (const auto& found : gan::find_generators(file.tensors))
            gan::infer_config(gan::to_reference(file.tensors, found, std::nullopt, "fuzz"), std::nullopt,
                              "fuzz");
    } catch (const gan::Error&) {
    }
    return 0;
}
