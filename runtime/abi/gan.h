/* Ganymede in other programs: opens patches, sets what they expose, and gives their pictures.
 *
 *     gan_patch patch = 0;
 *     gan_open_options options = {.abi = GAN_ABI, .size = sizeof options, .path = "show.ganymede"};
 *     gan_frame frame = {.abi = GAN_ABI, .size = sizeof frame, .pixels = pixels, .width = 512, .height = 512,
 *                        .stride = 512 * 4, .format = GAN_RGBA8};
 *     if (gan_open(&options, &patch) == GAN_OK && gan_wait(patch, -1) == GAN_OK)
 *         gan_render(patch, 0, &frame);
 *     gan_close(patch);
 *
 * Functions return GAN_OK, GAN_PENDING, or an error below 0; gan_error() says why in a sentence. No function
 * throws, exits, prints, or sets a signal handler; none changes the locale or the rounding of numbers. What a
 * function is not given rightly (null, a size that is none, a handle that was closed) is an error and changes
 * nothing.
 *
 * [any thread] may be called by any thread at any time; calls for one patch take turns, but for those that
 * are marked [at once], which never wait for others. In a process that was forked after the library was
 * loaded, every call fails with GAN_ERROR_FORKED: start another program instead.
 *
 * Structures begin with `abi` and `size`, which the caller sets to GAN_ABI and sizeof. Later versions add
 * fields at the end and functions; none is changed or taken away while GAN_ABI stays what it is.
 *
 * Text is UTF-8, ends with a 0, and is copied. The library stays loaded until the process ends. */
#ifndef GAN_H
#define GAN_H

#include <stdint.h>

#if defined(__GNUC__)
#define GAN_API __attribute__((visibility("default")))
#else
#define GAN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What structures say that they are made for. */
#define GAN_ABI 1u

/* A patch that is open; 0 is none. A number is never given twice. */
typedef uint64_t gan_patch;

/* What functions return. */
enum {
    GAN_OK = 0,
    GAN_PENDING = 1,             /* not yet: ask again */
    GAN_ERROR_ARGUMENT = -1,     /* null, out of range, or a structure of another abi or size */
    GAN_ERROR_HANDLE = -2,       /* no patch has this handle: it was closed, or never opened */
    GAN_ERROR_ORDER = -3,        /* not at this time: the patch is not open yet, or is playing */
    GAN_ERROR_OPEN = -4,         /* the patch could not be opened */
    GAN_ERROR_CANCELLED = -5,    /* gan_cancel() was called before it was open */
    GAN_ERROR_NAME = -6,         /* the patch exposes nothing of this id */
    GAN_ERROR_VALUE = -7,        /* the parameter takes no such value */
    GAN_ERROR_RENDER = -8,       /* a node failed, or there is no Output */
    GAN_ERROR_MEMORY = -9,       /* there was not enough */
    GAN_ERROR_UNSUPPORTED = -10, /* this machine cannot do it */
    GAN_ERROR_FORKED = -11,      /* the process was forked after the library was loaded */
    GAN_ERROR_INTERNAL = -12     /* a defect of the library; the sentence says more */
};

/* The library's version, "0.1.0". [any thread, at once] */
GAN_API const char* gan_version(void);

/* What a result means, a sentence that lives as long as the program; of any number. [any thread, at once] */
GAN_API const char* gan_result_text(int result);

/* ---- Opening ---- */

/* What is opened, and how. */
typedef struct gan_open_options {
    uint32_t abi;
    uint32_t size;
    const char* path; /* a patch file, or a picture that `ganymede render` wrote; or null */
    const char* text; /* the patch itself, when path is null; with both null, the first patch that comes with
                         Ganymede */
    const char* folder; /* that the patch's relative paths start from; null: its file's, or the current one */
    const char* model;  /* a model file, instead of the patch's own; or null */
    const char* gpu;    /* for pictures: part of its name, its UUID, or "software"; or null */
    uint32_t threads;   /* of the processor, for networks; 0: as the patch says */
} gan_open_options;

/* Begins to open a patch and returns at once: gan_wait() tells when it is open. Reading the patch, loading
 * its networks and making a first picture happen on a thread of the library's own. Two patches with one model
 * share its weights. `patch` receives the handle, also of a patch that turns out to be broken; give it back
 * with gan_close(). Errors: ARGUMENT, MEMORY. [any thread, at once] */
GAN_API int gan_open(const gan_open_options* options, gan_patch* patch);

/* Waits until the patch is open, at most so many seconds; below 0 means as long as it takes. PENDING: it is
 * not open yet. Errors: OPEN, CANCELLED. [any thread, at once] */
GAN_API int gan_wait(gan_patch patch, double seconds);

/* How much of the opening is done, from 0 to 1; never falls. [any thread, at once] */
GAN_API int gan_progress(gan_patch patch, double* done);

/* Gives up opening, and rendering that goes on: those who wait get CANCELLED as soon as the network that is
 * being loaded, or the picture that is being made, lets go. A patch that was open before stays open. [any
 * thread, at once] */
GAN_API int gan_cancel(gan_patch patch);

/* Cancels what goes on, waits for it, and forgets the patch; its handle is an error from now on. Weights that
 * another patch uses stay. [any thread] */
GAN_API int gan_close(gan_patch patch);

/* Copies the sentence that explains the last error of this patch, or its warnings where there was none, cut
 * to `size` bytes with the 0; empty when there is nothing to say. [any thread, at once] */
GAN_API int gan_error(gan_patch patch, char* text, uint64_t size);

/* ---- What a patch is ---- */

/* What there is to know of a patch. */
typedef struct gan_patch_info {
    uint32_t abi;
    uint32_t size;
    int64_t rate_num; /* ticks a second, a fraction */
    int64_t rate_den;
    double tempo;   /* beats a minute */
    int64_t length; /* ticks */
    uint32_t width; /* pixels of its picture at tick 0, as the patch makes it */
    uint32_t height;
    uint32_t parameters; /* that it exposes */
    uint32_t inputs;     /* pictures that it takes from its host: its Input nodes */
} gan_patch_info;

/* Errors: ORDER. [any thread] */
GAN_API int gan_info(gan_patch patch, gan_patch_info* info);

/* What a parameter takes. */
enum {
    GAN_NUMBER = 0, /* any number from min to max */
    GAN_WHOLE = 1,  /* whole numbers only */
    GAN_TOGGLE = 2, /* 0 or 1 */
    GAN_CHOICE = 3, /* one of several words, by its index from 0 to max, or as text */
    GAN_TEXT = 4    /* gan_set_text() alone; JSON where the node keeps lists (keyframes, classes) */
};

/* A parameter that the patch exposes. */
typedef struct gan_parameter {
    uint32_t abi;
    uint32_t size;
    uint32_t kind;
    char id[64];    /* permanent: node and parameter, "3.truncation" */
    char name[128]; /* that the patch gave it, for people */
    char unit[16];
    char description[256];
    double value; /* that the patch had when it was opened; not of texts */
    double min;
    double max;
} gan_parameter;

/* The parameters that the patch exposes, `index` from 0, sorted by name. Errors: ORDER, ARGUMENT.
 * [any thread] */
GAN_API int gan_parameter_info(gan_patch patch, uint32_t index, gan_parameter* parameter);

/* Sets an exposed parameter; the next tick that is rendered or played has it. A number beyond its range
 * becomes the nearest that is in it. Errors: ORDER, NAME, VALUE. [any thread] */
GAN_API int gan_set_number(gan_patch patch, const char* id, double value);
GAN_API int gan_set_text(gan_patch patch, const char* id, const char* text);

/* What it was set to last. Text is cut to `size` bytes with the 0; `needed`, when not null, receives the
 * bytes that all of it takes with the 0, also where `text` is null. Choices can be read both ways. Errors:
 * ORDER, NAME, VALUE. [any thread] */
GAN_API int gan_get_number(gan_patch patch, const char* id, double* value);
GAN_API int gan_get_text(gan_patch patch, const char* id, char* text, uint64_t size, uint64_t* needed);

/* ---- Pictures ---- */

/* How a pixel is kept, and what its numbers mean. */
enum {
    GAN_RGBA8 = 0,   /* 4 bytes a pixel: red, green, blue, alpha */
    GAN_RGBA16F = 1, /* 8 bytes: IEEE 754 halves */
    GAN_RGBA32F = 2  /* 16 bytes: floats */
};
enum {
    GAN_SRGB = 0,  /* colours as screens show them */
    GAN_LINEAR = 1 /* linear light */
};

/* Pixels in the host's memory: rows from the top, colours straight (not multiplied by alpha). Pictures
 * without alpha have 1; pictures of data (heights, normals) are plain numbers in either encoding. A picture
 * of another size is resampled in linear light. */
typedef struct gan_frame {
    uint32_t abi;
    uint32_t size;
    void* pixels;   /* aligned to the bytes of one number */
    uint32_t width; /* 1 to 16384 */
    uint32_t height;
    int64_t stride; /* bytes from one row to the next, at least those of a row */
    uint32_t format;
    uint32_t encoding;
} gan_frame;

/* Renders one tick, 0 or above, whatever the clock says, and waits for it: every frame is exact, and the same
 * as `ganymede render` gives. Ticks in order are fastest where the patch has state. Not while the patch
 * plays. Errors: ORDER, ARGUMENT, RENDER, CANCELLED, MEMORY. [any thread] */
GAN_API int gan_render(gan_patch patch, int64_t tick, const gan_frame* frame);

/* Plays in time on a thread of the library's own, from the tick where it was left, or pauses there. Errors:
 * ORDER, MEMORY. [any thread] */
GAN_API int gan_play(gan_patch patch, int on);

/* Where playing goes on, playing or not. Errors: ORDER, ARGUMENT. [any thread] */
GAN_API int gan_seek(gan_patch patch, int64_t tick);

/* Ticks a second, as a fraction whose numbers are 1 to 1000000 in lowest terms, and beats a minute from 1 to
 * 1000, of this patch while it is open. A rate cannot change while the patch plays. Errors: ORDER, ARGUMENT.
 * [any thread] */
GAN_API int gan_set_rate(gan_patch patch, int64_t num, int64_t den);
GAN_API int gan_set_tempo(gan_patch patch, double beats);

/* The newest picture of a patch that plays, without waiting for one to be made. `number`, when not null, says
 * on the way in which picture the host has already (0: none), on the way out which this is. PENDING: there is
 * none that is newer, and `frame` is as it was. Errors: ORDER (it does not play), ARGUMENT, RENDER, MEMORY.
 * [any thread] */
GAN_API int gan_latest(gan_patch patch, const gan_frame* frame, uint64_t* number);

/* The name of an Input node, `index` from 0, in the order of their names; cut to `size` bytes with the 0.
 * Errors: ORDER, ARGUMENT. [any thread] */
GAN_API int gan_input_name(gan_patch patch, uint32_t index, char* name, uint64_t size);

/* Gives the patch a picture, which is copied: the next tick that is rendered or played has it. `input`: the
 * name of an Input node of the patch; null: its only one, or the first. Errors: ORDER, ARGUMENT, NAME,
 * MEMORY. [any thread] */
GAN_API int gan_set_input(gan_patch patch, const char* input, const gan_frame* frame);

/* ---- Pictures that stay on the GPU ---- */

/* An image in the GPU's memory that a host with Vulkan imports: 2D, one level, one layer, one sample, optimal
 * tiling, usage TRANSFER_SRC | TRANSFER_DST | SAMPLED | COLOR_ATTACHMENT, dedicated memory of the handle type
 * OPAQUE_FD, always in VK_IMAGE_LAYOUT_GENERAL. The host takes it over from VK_QUEUE_FAMILY_EXTERNAL. Linear
 * light for RGBA16F, sRGB-encoded for RGBA8. */
typedef struct gan_gpu_image {
    uint32_t abi;
    uint32_t size;
    uint32_t width; /* in: 1 to 16384 */
    uint32_t height;
    uint32_t format;      /* in: GAN_RGBA8 (R8G8B8A8_UNORM) or GAN_RGBA16F (R16G16B16A16_SFLOAT) */
    int32_t memory;       /* out: file descriptor, the host's; importing consumes it */
    int32_t ready;        /* out: file descriptor of a timeline semaphore, the host's; -1: there is none, and
                             gan_render_image() waits instead */
    uint32_t memory_type; /* out: index of the memory type that it lies in */
    uint64_t memory_size; /* out: bytes of the allocation */
    uint8_t device[16];   /* out: deviceUUID of the GPU; the host must use the same */
    uint8_t driver[16];   /* out: driverUUID */
} gan_gpu_image;

/* Makes such an image for this patch, instead of the one that it had. Errors: ORDER, ARGUMENT, MEMORY,
 * UNSUPPORTED. [any thread] */
GAN_API int gan_export_image(gan_patch patch, gan_gpu_image* image);

/* As gan_render(), into the exported image, without a copy in the host's memory. `moment`, when not null: of
 * the semaphore `ready`, at which the image holds the picture (0 where there is no semaphore: it does). The
 * host must have done with the last picture when it calls. Errors: as gan_render(), ORDER without an image.
 * [any thread] */
GAN_API int gan_render_image(gan_patch patch, int64_t tick, uint64_t* moment);

#ifdef __cplusplus
}
#endif

#endif
