#include "runtime/gpu/vulkan.h"

namespace gan {

void check(VkResult result, const std::string& what) {
    switch (result) {
        case VK_SUCCESS:
        case VK_TIMEOUT:
        case VK_INCOMPLETE:
            return;
        case VK_ERROR_DEVICE_LOST:
            throw DeviceLost("the GPU stopped answering; it is opened again, and what it held is made again");
        case VK_ERROR_OUT_OF_DEVICE_MEMORY:
            throw Error(
                "the GPU has not enough memory to {}; make pictures smaller, or close what else uses it",
                what);
        case VK_ERROR_OUT_OF_HOST_MEMORY:
            throw Error("there is not enough memory to {}; make pictures smaller, or close other programs",
                        what);
        default:
            throw Error("the GPU's driver could not {} (Vulkan result {}); a newer driver may help", what,
                        static_cast<int>(result));
    }
}

}  // namespace gan
