/* A host in C: writes tick 9 of a patch, or of the first one, to its output as a PPM picture. */
#include "runtime/abi/gan.h"

#include <stdio.h>
#include <stdlib.h>

static int fail(gan_patch patch, int result) {
    char text[1000] = "";
    gan_error(patch, text, sizeof text);
    fprintf(stderr, "%s: %s\n", gan_result_text(result), text);
    gan_close(patch);
    return 1;
}

int main(int argc, char** argv) {
    gan_open_options options = {.abi = GAN_ABI, .size = sizeof options, .path = argc > 1 ? argv[1] : NULL};
    gan_patch_info info = {.abi = GAN_ABI, .size = sizeof info};
    gan_frame frame = {.abi = GAN_ABI, .size = sizeof frame, .format = GAN_RGBA8};
    gan_patch patch = 0;
    unsigned char* pixels;
    size_t i;
    int result = gan_open(&options, &patch);
    if (result == GAN_OK) result = gan_wait(patch, -1);
    if (result == GAN_OK) result = gan_info(patch, &info);
    if (result != GAN_OK) return fail(patch, result);

    pixels = malloc((size_t)info.width * info.height * 4);
    if (pixels == NULL) return fail(patch, GAN_ERROR_MEMORY);
    frame.pixels = pixels;
    frame.width = info.width;
    frame.height = info.height;
    frame.stride = (int64_t)info.width * 4;
    result = gan_render(patch, 9, &frame);
    if (result == GAN_OK) {
        printf("P6\n%u %u\n255\n", (unsigned)info.width, (unsigned)info.height);
        for (i = 0; i < (size_t)info.width * info.height; ++i) fwrite(pixels + i * 4, 1, 3, stdout);
    }
    free(pixels);
    if (result != GAN_OK) return fail(patch, result);
    return gan_close(patch) == GAN_OK ? 0 : 1;
}
