/* gan.h by itself, as strictly as compilers can: compiled once for every language that it is for. */
#include "runtime/abi/gan.h"

#include <stddef.h>

/* What programs were built with stays where it is: a field that moved would make an array of size -1. */
#define IS(name, fact) typedef char name[(fact) ? 1 : -1]
#define BEGINS(type) IS(type##_begins, offsetof(type, abi) == 0 && offsetof(type, size) == 4)

BEGINS(gan_open_options);
BEGINS(gan_patch_info);
BEGINS(gan_parameter);
BEGINS(gan_frame);
BEGINS(gan_gpu_image);

#if UINTPTR_MAX > 0xffffffff
IS(options_paths, offsetof(gan_open_options, path) == 8 && offsetof(gan_open_options, text) == 16);
IS(options_folder, offsetof(gan_open_options, folder) == 24 && offsetof(gan_open_options, model) == 32);
IS(options_rest, offsetof(gan_open_options, gpu) == 40 && offsetof(gan_open_options, threads) == 48);
IS(info_time, offsetof(gan_patch_info, rate_num) == 8 && offsetof(gan_patch_info, rate_den) == 16);
IS(info_length, offsetof(gan_patch_info, tempo) == 24 && offsetof(gan_patch_info, length) == 32);
IS(info_size, offsetof(gan_patch_info, width) == 40 && offsetof(gan_patch_info, height) == 44);
IS(info_rest, offsetof(gan_patch_info, parameters) == 48 && offsetof(gan_patch_info, inputs) == 52);
IS(parameter_names, offsetof(gan_parameter, kind) == 8 && offsetof(gan_parameter, id) == 12);
IS(parameter_texts, offsetof(gan_parameter, name) == 76 && offsetof(gan_parameter, unit) == 204);
IS(parameter_value, offsetof(gan_parameter, description) == 220 && offsetof(gan_parameter, value) == 480);
IS(parameter_range, offsetof(gan_parameter, min) == 488 && offsetof(gan_parameter, max) == 496);
IS(frame_pixels, offsetof(gan_frame, pixels) == 8 && offsetof(gan_frame, width) == 16);
IS(frame_rows, offsetof(gan_frame, height) == 20 && offsetof(gan_frame, stride) == 24);
IS(frame_rest, offsetof(gan_frame, format) == 32 && offsetof(gan_frame, encoding) == 36);
IS(image_size, offsetof(gan_gpu_image, width) == 8 && offsetof(gan_gpu_image, height) == 12);
IS(image_handles, offsetof(gan_gpu_image, memory) == 20 && offsetof(gan_gpu_image, ready) == 24);
IS(image_memory, offsetof(gan_gpu_image, memory_type) == 28 && offsetof(gan_gpu_image, memory_size) == 32);
IS(image_device, offsetof(gan_gpu_image, device) == 40 && offsetof(gan_gpu_image, driver) == 56);
#endif

IS(results, GAN_OK == 0 && GAN_PENDING == 1 && GAN_ERROR_ARGUMENT == -1 && GAN_ERROR_INTERNAL == -12);
IS(kinds, GAN_NUMBER == 0 && GAN_WHOLE == 1 && GAN_TOGGLE == 2 && GAN_CHOICE == 3 && GAN_TEXT == 4);
IS(formats, GAN_RGBA8 == 0 && GAN_RGBA16F == 1 && GAN_RGBA32F == 2 && GAN_SRGB == 0 && GAN_LINEAR == 1);
