/* As a game would: variants of a tileable material, each a colour map and a normal map, are made on a worker
 * thread while frames go on, and no frame waits for one.
 *
 *     material_stream [--variants 64] [--size 256] [--material gravel] [--patch FILE] [--out FOLDER]
 *
 * Prints the longest frame, first alone and then while variants are made, and how many took longer than the
 * budget of a 60 Hz display. A frame begins when the display would, so that one that is woken late counts as
 * late. */
#define _GNU_SOURCE /* nice() of one thread, clock_nanosleep() */
#include "common.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef MATERIAL
#define MATERIAL "material.ganymede"
#endif

enum { most_variants = 4096 };
static const double budget = 1.0 / 60; /* seconds */

typedef struct {
    uint8_t* colour; /* (size, size, 4), as a display shows it */
    uint8_t* normal; /* (size, size, 4), plain numbers */
} Variant;

typedef struct {
    const char* path;
    const char* material; /* or null: the patch's own */
    uint32_t size;
    int count;
    Variant variants[most_variants];
    atomic_int made;  /* of the variants, those that are whole: raised by the worker, read by the frames */
    atomic_int ended; /* 1: well, -1: not */
} Stream;

/* The id of the parameter that the patch exposes by this name. */
static int find(gan_patch patch, const char* name, char id[64]) {
    gan_parameter parameter = {.abi = GAN_ABI, .size = sizeof parameter};
    for (uint32_t i = 0; gan_parameter_info(patch, i, &parameter) == GAN_OK; ++i)
        if (strcmp(parameter.name, name) == 0) {
            memcpy(id, parameter.id, sizeof parameter.id);
            return GAN_OK;
        }
    fprintf(stderr, "the patch exposes no %s\n", name);
    return GAN_ERROR_NAME;
}

/* One map of the variant that is set: 0 the colours, 1 the normals. */
static int render(gan_patch patch, const char* map_id, int map, uint32_t size, uint8_t* pixels) {
    const gan_frame frame = {.abi = GAN_ABI,
                             .size = sizeof frame,
                             .pixels = pixels,
                             .width = size,
                             .height = size,
                             .stride = (int64_t)size * 4,
                             .format = GAN_RGBA8,
                             .encoding = map == 0 ? GAN_SRGB : GAN_LINEAR};
    const int result = gan_set_number(patch, map_id, map);
    return result != GAN_OK ? result : gan_render(patch, 0, &frame);
}

static int make_all(Stream* stream, gan_patch patch) {
    char variant[64], map[64], material[64];
    int result = find(patch, "Variant", variant);
    if (result == GAN_OK) result = find(patch, "Map", map);
    if (result == GAN_OK && stream->material != NULL) {
        result = find(patch, "Material", material);
        if (result == GAN_OK) result = gan_set_text(patch, material, stream->material);
    }
    for (int i = 0; i < stream->count && result == GAN_OK; ++i) {
        const Variant* into = &stream->variants[i];
        result = gan_set_number(patch, variant, i);
        if (result == GAN_OK) result = render(patch, map, 0, stream->size, into->colour);
        if (result == GAN_OK) result = render(patch, map, 1, stream->size, into->normal);
        if (result == GAN_OK) atomic_store_explicit(&stream->made, i + 1, memory_order_release);
    }
    return result;
}

static void* work(void* argument) {
    Stream* stream = argument;
    /* Threads inherit this, the library's own too: frames come first wherever there are too few processors.
     */
    errno = 0;
    if (nice(10) == -1 && errno != 0) perror("nice");
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const gan_open_options options = {.abi = GAN_ABI,
                                      .size = sizeof options,
                                      .path = stream->path,
                                      .threads = processors > 2 ? (uint32_t)processors - 1 : 1};
    gan_patch patch = 0;
    int result = gan_open(&options, &patch);
    if (result == GAN_OK) result = gan_wait(patch, -1);
    if (result == GAN_OK) result = make_all(stream, patch);
    if (result != GAN_OK) {
        failed(patch, stream->path, result);
    } else {
        gan_close(patch);
    }
    atomic_store(&stream->ended, result == GAN_OK ? 1 : -1);
    return NULL;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void sleep_until(double time) {
    const struct timespec until = {.tv_sec = (time_t)time,
                                   .tv_nsec = (long)((time - (double)(time_t)time) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

typedef struct {
    int frames, over, uploads;
    double longest; /* seconds, from when the frame was due until it was done */
} Frames;
static volatile unsigned drawn; /* so that no compiler leaves the work out */

/* What frames do: one variant that is new is uploaded (its pixels are copied to where a GPU would read them),
 * and the one that was uploaded last is read, as by who draws with it. */
static void frame(const Stream* stream, uint8_t* upload, size_t bytes, Frames* frames) {
    if (frames->uploads < atomic_load_explicit(&stream->made, memory_order_acquire)) {
        const Variant* newest = &stream->variants[frames->uploads++];
        memcpy(upload, newest->colour, bytes);
        memcpy(upload + bytes, newest->normal, bytes);
    }
    unsigned sum = 0;
    for (size_t i = 0; i < 2 * bytes; i += 16) sum += upload[i];
    drawn = sum;
}

/* Frames at 60 Hz, until the time is over (where it is above 0), or until everything is made and uploaded. */
static Frames run_frames(const Stream* stream, uint8_t* upload, size_t bytes, double time) {
    Frames frames = {0};
    const double start = seconds();
    double due = start;
    for (;;) {
        sleep_until(due);
        frame(stream, upload, bytes, &frames);
        const double took = seconds() - due;
        ++frames.frames;
        frames.over += took > budget;
        frames.longest = took > frames.longest ? took : frames.longest;
        do due += budget;
        while (due < seconds()); /* the display does not wait either */
        const int ended = atomic_load(&stream->ended);
        if (time > 0 ? due - start > time : ended < 0 || (ended > 0 && frames.uploads == stream->count))
            break;
    }
    return frames;
}

static void report(const char* when, const Frames* frames, double time) {
    printf("%s: %d frames in %.1f s, the longest %.2f ms, %d over %.1f ms\n", when, frames->frames, time,
           1e3 * frames->longest, frames->over, 1e3 * budget);
}

static int write_all(const Stream* stream, const char* folder) {
    char path[4096];
    for (int i = 0; i < stream->count; ++i)
        for (int map = 0; map < 2; ++map) {
            const Variant* variant = &stream->variants[i];
            snprintf(path, sizeof path, "%s/%s_%02d.ppm", folder, map == 0 ? "colour" : "normal", i);
            if (!write_ppm(path, map == 0 ? variant->colour : variant->normal, stream->size, stream->size)) {
                fprintf(stderr, "%s cannot be written\n", path);
                return 0;
            }
        }
    return 1;
}

int main(int argc, char** argv) {
    static Stream stream = {.path = MATERIAL, .size = 256, .count = 64};
    const char* folder = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--variants") == 0) stream.count = atoi(argv[i + 1]);
        if (strcmp(argv[i], "--size") == 0) stream.size = (uint32_t)atoi(argv[i + 1]);
        if (strcmp(argv[i], "--material") == 0) stream.material = argv[i + 1];
        if (strcmp(argv[i], "--patch") == 0) stream.path = argv[i + 1];
        if (strcmp(argv[i], "--out") == 0) folder = argv[i + 1];
    }
    if (stream.count < 1 || stream.count > most_variants || stream.size < 1 || stream.size > 4096) {
        fprintf(stderr, "1 to %d variants of 1 to 4096 pixels\n", most_variants);
        return 2;
    }
    const size_t bytes = (size_t)stream.size * stream.size * 4;
    uint8_t* upload = calloc(2, bytes);
    int enough = upload != NULL;
    for (int i = 0; i < stream.count && enough; ++i) {
        stream.variants[i] = (Variant){.colour = calloc(1, bytes), .normal = calloc(1, bytes)};
        enough = stream.variants[i].colour != NULL && stream.variants[i].normal != NULL;
    }
    if (!enough) {
        fprintf(stderr, "there is not enough memory for so many\n");
        return 1;
    }

    const Frames alone = run_frames(&stream, upload, bytes, 1);
    report("alone", &alone, 1);
    pthread_t worker;
    if (pthread_create(&worker, NULL, work, &stream) != 0) {
        fprintf(stderr, "no thread can be started\n");
        return 1;
    }
    const double start = seconds();
    const Frames frames = run_frames(&stream, upload, bytes, 0);
    const double took = seconds() - start;
    pthread_join(worker, NULL);
    if (stream.ended < 0) return 1;
    report("while variants are made", &frames, took);
    printf("%d variants of %ux%u, two maps each: %.1f ms a variant, opening included\n", stream.count,
           stream.size, stream.size, 1e3 * took / stream.count);
    const int written = folder == NULL || write_all(&stream, folder);
    for (int i = 0; i < stream.count; ++i) {
        free(stream.variants[i].colour);
        free(stream.variants[i].normal);
    }
    free(upload);
    return written ? 0 : 1;
}
