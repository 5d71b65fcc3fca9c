/* Writes the first picture of a patch, as large as the patch makes it.
 *
 *     first_picture [FILE.ppm [PATCH]]     without PATCH, the first patch that comes with Ganymede */
#include "common.h"

#include <stdlib.h>

int main(int argc, char** argv) {
    const char* file = argc > 1 ? argv[1] : "first_picture.ppm";
    const gan_open_options options = {
        .abi = GAN_ABI, .size = sizeof options, .path = argc > 2 ? argv[2] : NULL};
    gan_patch patch = 0;
    int result = gan_open(&options, &patch);
    if (result == GAN_OK) result = gan_wait(patch, -1);
    if (result != GAN_OK) return failed(patch, "the patch cannot be opened", result);

    gan_patch_info info = {.abi = GAN_ABI, .size = sizeof info};
    result = gan_info(patch, &info);
    if (result != GAN_OK) return failed(patch, "nothing is known of the patch", result);
    uint8_t* pixels = malloc((size_t)info.width * info.height * 4);
    if (pixels == NULL) return failed(patch, "no memory", GAN_ERROR_MEMORY);
    const gan_frame frame = {.abi = GAN_ABI,
                             .size = sizeof frame,
                             .pixels = pixels,
                             .width = info.width,
                             .height = info.height,
                             .stride = (int64_t)info.width * 4,
                             .format = GAN_RGBA8,
                             .encoding = GAN_SRGB};
    result = gan_render(patch, 0, &frame);
    if (result != GAN_OK) return failed(patch, "there is no picture", result);
    if (!write_ppm(file, pixels, info.width, info.height)) {
        fprintf(stderr, "%s cannot be written\n", file);
        return 1;
    }
    printf("%s: %ux%u, by Ganymede %s\n", file, info.width, info.height, gan_version());
    free(pixels);
    return gan_close(patch) == GAN_OK ? 0 : 1;
}
