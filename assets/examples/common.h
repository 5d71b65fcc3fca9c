/* What the examples share: errors in words, and pictures as files. */
#ifndef COMMON_H
#define COMMON_H

#include <ganymede/gan.h>

#include <stdint.h>
#include <stdio.h>

/* Prints what went wrong and why; returns the exit code. */
static inline int failed(gan_patch patch, const char* what, int result) {
    char why[1024] = "";
    gan_error(patch, why, sizeof why);
    fprintf(stderr, "%s: %s\n", what, *why != 0 ? why : gan_result_text(result));
    gan_close(patch);
    return 1;
}

/* RGBA of 8 bits, rows without gaps, as a PPM without the alpha; 0 when it could not be written. */
static inline int write_ppm(const char* path, const uint8_t* rgba, uint32_t width, uint32_t height) {
    FILE* file = fopen(path, "wb");
    if (file == NULL) return 0;
    fprintf(file, "P6\n%u %u\n255\n", (unsigned)width, (unsigned)height);
    for (size_t i = 0; i < (size_t)width * height; ++i) fwrite(rgba + 4 * i, 1, 3, file);
    const int written = ferror(file) == 0;
    return fclose(file) == 0 && written;
}

#endif
