// gan_old.so: a module that was built with another version of runtime/model/backends.h.

#include <cstdint>
#include <cstdlib>

extern "C" {
extern __attribute__((visibility("default"))) const uint64_t gan_backend_interface;
const uint64_t gan_backend_interface = 1;

__attribute__((visibility("default"))) void* gan_cuda_backend() {
    std::abort();
}
__attribute__((visibility("default"))) void* gan_torch_backend() {
    std::abort();
}
}
