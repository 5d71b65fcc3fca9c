/* Kinds of nodes for Ganymede, from libraries of other people.
 *
 * A library is a file NAME.gannode.so that exports one symbol, gan_node_library: what it is, and a list of
 * its types. A type says in plain data which ports and parameters its nodes have, and has functions to make,
 * run and end one:
 *
 *     static int process(void *node, const gan_node_host *host, const gan_node_tick *tick) {
 *         return host->set_number(host, 0, host->number(host, 0) * host->param(host, 0));
 *     }
 *
 * nodes/template is a whole library. Libraries are looked for in the folders of the environment's
 * GANYMEDE_PATH (separated by colons), in ~/.local/share/ganymede/nodes ($XDG_DATA_HOME), and in
 * lib/ganymede/nodes of the installation, in this order; of two types with one id the first counts.
 * `ganymede nodes` lists them, and says why one cannot be used. With GANYMEDE_SAFE=1 there are none.
 *
 * A helper program opens each library once, reads its description, calls none of its functions, and ends: one
 * that crashes, hangs or is made for a newer Ganymede is left out, with its name. The program that plays
 * opens it when a patch first plays one of its nodes, and never closes it. When a program ends inside one of
 * its functions, it is left out from the next start on, until its file changes or a person says
 * `ganymede nodes --enable FILE`.
 *
 * Functions return GAN_NODE_OK or an error below 0. None may throw, exit, print, set a signal handler, or
 * change the locale or the rounding of numbers; what a C++ function throws fails the node, and that is all
 * that can be promised of it. Threads of a library's own are its own affair, but that they call nothing of
 * the host's except log().
 *
 * [one at a time] functions of one node never overlap, and are not always called by the same thread.
 * Functions of different nodes do overlap, also of one type.
 *
 * [processing] may be called inside process(), on the thread that it was called on.
 *
 * Structures that cross begin with `abi` and `size`, which whoever makes them sets to GAN_NODE_ABI and their
 * sizeof. Later versions add fields at the end, functions and constants; none is changed or taken away while
 * GAN_NODE_ABI stays what it is. Before it uses what a later version added, a library asks `host->size`.
 *
 * Text is UTF-8 and ends with a 0. What a library describes itself with lives as long as the process. */
#ifndef GAN_NODE_H
#define GAN_NODE_H

#include <stdint.h>

#if defined(__GNUC__)
#define GAN_NODE_EXPORT __attribute__((visibility("default")))
#else
#define GAN_NODE_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define GAN_NODE_ABI 1u

/* What functions return. */
enum {
    GAN_NODE_OK = 0,
    GAN_NODE_FAILED = -1,           /* the node fails; fail() said why */
    GAN_NODE_ERROR_ARGUMENT = -2,   /* null, out of range, of another type, or of another abi or size */
    GAN_NODE_ERROR_ORDER = -3,      /* not in this function, or not on this thread */
    GAN_NODE_ERROR_UNSUPPORTED = -4 /* there is no GPU here */
};

/* ---- What a library says ---- */

/* What a wire carries. */
enum {
    GAN_NODE_NUMBER = 0,  /* a double, finite */
    GAN_NODE_BOOL = 1,    /* 0 or 1 */
    GAN_NODE_TEXT = 2,    /* at most 1 MiB */
    GAN_NODE_TRIGGER = 3, /* a running count of pulses, so that none is lost between two readings */
    GAN_NODE_LATENT = 4,  /* a point in a generator's latent space */
    GAN_NODE_CLASSES = 5, /* a weighted mix of classes */
    GAN_NODE_IMAGE = 6    /* a picture */
};

/* Names of ports and parameters are saved in patches: they never change. They begin with a letter and have
 * letters, digits, spaces, _ and -, at most 64; inputs and parameters of a type have different names. */
typedef struct gan_node_port {
    const char* name;
    const char* description; /* what a person reads about it; not empty */
    uint32_t type;
    uint32_t optional; /* inputs: 1, the node works without a link here */
} gan_node_port;

enum {
    GAN_NODE_PARAM_NUMBER = 0, /* also an input, unless it is set up once: a wire wins over what is stored */
    GAN_NODE_PARAM_TOGGLE = 1, /* 0 or 1 */
    GAN_NODE_PARAM_CHOICE = 2, /* one of several words, by its index; saved as the word */
    GAN_NODE_PARAM_TEXT = 3
};
enum {
    GAN_NODE_PARAM_WHOLE = 1, /* numbers: integers only */
    GAN_NODE_PARAM_LOG = 2,   /* numbers: knobs go in ratios; min is above 0 */
    GAN_NODE_PARAM_SETUP = 4, /* set up once: takes no wire; a change may take the node long to follow */
    GAN_NODE_PARAM_FILE = 8   /* texts: a file that is read, relative to gan_node_tick.folder */
};
typedef struct gan_node_param {
    const char* name;
    const char* description;
    uint32_t kind;
    uint32_t flags;
    double value; /* at first; of choices, the index */
    double min;   /* numbers; what is stored or comes on a wire is cut to the range */
    double max;
    const char* unit;           /* numbers: "s", "pixels"; or null */
    const char* const* choices; /* choices: the words, then null */
    const char* text;           /* texts: at first; null: empty */
} gan_node_param;

/* How a type's nodes are played. */
enum {
    GAN_NODE_TIMED = 1,    /* depends on the tick: processed on every one that is asked for */
    GAN_NODE_STATEFUL = 2, /* remembers: processed on every tick, in order, asked for or not; has a reset() */
    GAN_NODE_SINK = 4      /* sends something out: asks for what it depends on, though nobody looks */
};

typedef struct gan_node_host gan_node_host;
typedef struct gan_node_tick gan_node_tick;

/* A kind of node. Without GAN_NODE_TIMED and GAN_NODE_STATEFUL its outputs are a function of its inputs and
 * parameters alone: it is processed when one of them changed. */
typedef struct gan_node_type {
    uint32_t abi;
    uint32_t size;
    const char* id;          /* "vendor.name": small letters, digits and _; saved in patches, never changes.
                                What Ganymede's own begin with ("image", "control") is no vendor */
    const char* name;        /* for people: "Vendor Name" */
    const char* description; /* one sentence, without its full stop */
    const char* const* aliases; /* other words that people search for, then null; or null */
    uint32_t version;           /* of its ports and parameters, from 1; patches keep it */
    uint32_t traits;
    const gan_node_port* inputs; /* lists of at most 64; functions name their entries by the index from 0 */
    const gan_node_port* outputs;
    const gan_node_param* params;
    uint32_t input_count;
    uint32_t output_count; /* at least 1: of a sink, a text that says how it goes */
    uint32_t param_count;
    uint32_t port_size;  /* sizeof(gan_node_port) */
    uint32_t param_size; /* sizeof(gan_node_param) */
    uint32_t reserved;   /* 0 */

    /* Makes what a node remembers; null: it has no memory, and `node` is null everywhere. `host` is this
     * node's own and lives until destroy() has returned. Only fail(), log() and run_again() may be called.
     * Called before the node's first process(), often by another thread than that, and again before the next
     * when it failed. Slow work belongs to a thread of the library's own. [one at a time] */
    int (*create)(const gan_node_host* host, void** node);
    /* Ends it; only gpu_wait() may be called. null where create is. [one at a time] */
    void (*destroy)(void* node);
    /* Computes the outputs from inputs and parameters. Every required input has a value. An output that is
     * not set keeps its value; the first time, each must be set. An error fails all outputs. Must not wait
     * for long when `tick->live`. [one at a time] */
    int (*process)(void* node, const gan_node_host* host, const gan_node_tick* tick);
    /* Back to the state of the first tick: the ticks that follow come in order from 0. Required of stateful
     * types, else null is allowed. [one at a time] */
    void (*reset)(void* node);
    /* What it remembers, given to host->keep(): so that another node of this type, which replaces it while it
     * plays since the patch was built anew, plays on with restore(). Both, or null and the new one begins at
     * its reset. Patches do not keep these bytes: a patch that is opened begins at the reset. Later versions
     * may, so they should mean the same on every machine. restore() is to distrust them; an error leaves the
     * node at its reset. [one at a time] */
    int (*save)(void* node, const gan_node_host* host);
    int (*restore)(void* node, const void* bytes, uint64_t size);
    /* Destroys all that it has made on the GPU, which is about to be closed: gpu() tells of another. Only
     * gpu_wait() may be called. Required of those who call gpu(), else null. Before destroy() it is not
     * called: that destroys it, too. [one at a time] */
    void (*release_gpu)(void* node);
} gan_node_type;

typedef struct gan_node_entry {
    uint32_t abi;
    uint32_t size;
    const char* vendor;                /* whom to ask */
    const char* version;               /* of the library: "1.0.2" */
    const gan_node_type* const* types; /* 256 at most */
    uint32_t count;
    uint32_t reserved; /* 0 */
} gan_node_entry;

/* The one symbol that a library exports. */
GAN_NODE_EXPORT extern const gan_node_entry gan_node_library;

/* ---- What a node is given ---- */

/* The moment that is shown. Lives until process() returns. */
struct gan_node_tick {
    uint32_t abi;
    uint32_t size;
    int64_t index; /* of the tick, from 0 */
    double rate;   /* ticks a second: the time is index / rate */
    double tempo;  /* beats a minute */
    uint32_t live; /* 1: someone is watching, nothing may wait; 0: everything is waited for */
    uint32_t reserved;
    const char* folder; /* that relative paths of the patch start from; empty: the current one */
};

/* A picture in memory: rows from the top, (height, width, channels). Of colours, sRGB-encoded in [0, 1],
 * alpha straight; of data (heights, normals, masks), plain numbers. */
typedef struct gan_node_image {
    uint32_t abi;
    uint32_t size;
    uint32_t width; /* 1 to 16384 */
    uint32_t height;
    uint32_t channels; /* 1 grey, 3 RGB, 4 RGBA */
    uint32_t data;     /* 1: data, 0: colours */
    uint32_t wrap_x;   /* 1: it tiles from left to right */
    uint32_t wrap_y;   /* 1: from top to bottom */
    const float* pixels;
} gan_node_image;

/* The GPU that pictures are worked on with. Its Vulkan version is 1.2; handles are the host's, which destroys
 * them. Enabled are timelineSemaphore, shaderStorageImageWriteWithoutFormat and VK_KHR_push_descriptor. */
typedef struct gan_node_gpu {
    uint32_t abi;
    uint32_t size;
    void* instance;                       /* VkInstance */
    void* physical_device;                /* VkPhysicalDevice */
    void* device;                         /* VkDevice */
    void (*get_instance_proc_addr)(void); /* PFN_vkGetInstanceProcAddr, to be cast */
    uint32_t queue_family;                /* that command pools are made for; the queue is the host's alone */
    uint32_t reserved;
} gan_node_gpu;

/* A picture on that GPU: 2D, one level, one layer, four channels, usage SAMPLED | STORAGE | TRANSFER_SRC |
 * TRANSFER_DST | COLOR_ATTACHMENT. Of colours, light in VK_FORMAT_R16G16B16A16_SFLOAT, multiplied by alpha;
 * of data, numbers in VK_FORMAT_R32G32B32A32_SFLOAT. */
typedef struct gan_node_gpu_image {
    uint32_t abi;
    uint32_t size;
    uint32_t width;
    uint32_t height;
    uint32_t channels; /* that mean something: 1, 3 or 4; the others are copies of grey, and alpha 1 */
    uint32_t data;
    uint32_t wrap_x;
    uint32_t wrap_y;
    uint32_t format; /* VkFormat */
    uint32_t reserved;
    uint64_t image; /* VkImage */
    uint64_t view;  /* VkImageView of all of it */
} gan_node_gpu_image;

/* What a node may ask and say; every function takes the `host` that its node was given. Inputs, outputs and
 * parameters are named by their index in the type's lists. Who asks for what is not there, of another type,
 * or not in process(), gets 0, null or an error, and the node fails with a sentence that says so. Pointers
 * that are returned live until process() returns. */
struct gan_node_host {
    uint32_t abi;
    uint32_t size;
    void* self; /* the host's */

    /* Inputs. Where nothing is linked to an optional one: 0, or null. [processing] */
    int (*linked)(const gan_node_host* host, uint32_t input); /* 1: something is */
    double (*number)(const gan_node_host* host, uint32_t input);
    int (*truth)(const gan_node_host* host, uint32_t input);
    const char* (*text)(const gan_node_host* host, uint32_t input);
    uint64_t (*trigger)(const gan_node_host* host, uint32_t input);
    /* Its numbers, how many there are, and the standard deviation that they were drawn or truncated to (1:
     * unit normal). The last two may be null. */
    const float* (*latent)(const gan_node_host* host, uint32_t input, uint64_t* count, double* deviation);
    /* How many classes are mixed; each one's name (a number, or one that the model knows) and weight; and an
     * offset in the space of embeddings, null and 0 without one. `weight` and `count` may be null. */
    uint32_t (*class_count)(const gan_node_host* host, uint32_t input);
    const char* (*class_name)(const gan_node_host* host, uint32_t input, uint32_t index, double* weight);
    const float* (*class_offset)(const gan_node_host* host, uint32_t input, uint64_t* count);
    /* A picture in memory; one on a GPU is fetched, which waits for it. The caller sets abi and size. */
    int (*image)(const gan_node_host* host, uint32_t input, gan_node_image* image);

    /* Parameters: numbers, toggles and choices; texts. [processing] */
    double (*param)(const gan_node_host* host, uint32_t param);
    const char* (*param_text)(const gan_node_host* host, uint32_t param);

    /* Outputs. What is given is copied. Numbers that are not finite fail the output. [processing] */
    int (*set_number)(const gan_node_host* host, uint32_t output, double value);
    int (*set_truth)(const gan_node_host* host, uint32_t output, int value);
    int (*set_text)(const gan_node_host* host, uint32_t output, const char* text);
    int (*set_trigger)(const gan_node_host* host, uint32_t output, uint64_t count);
    int (*set_latent)(const gan_node_host* host, uint32_t output, const float* numbers, uint64_t count,
                      double deviation);
    int (*set_classes)(const gan_node_host* host, uint32_t output, const char* const* names,
                       const double* weights, uint32_t count, const float* offset, uint64_t offset_count);
    /* Memory for a picture of this shape, `pixels` aside, to be written whole: it goes on the wire when
     * process() returns GAN_NODE_OK. null: the node fails. */
    float* (*new_image)(const gan_node_host* host, uint32_t output, const gan_node_image* shape);
    /* What comes into an input, unchanged and without a copy, into an output of the same type. */
    int (*pass)(const gan_node_host* host, uint32_t output, uint32_t input);

    /* Says why the node fails, in a sentence that names the thing, what was wrong and what to do; of several,
     * the first. Returns GAN_NODE_FAILED, to be returned. [processing, or create() or save()] */
    int (*fail)(const gan_node_host* host, const char* sentence);
    /* Something worth knowing, which is no failure: it is shown beside what else is said about the patch. Of
     * many at once, the last are lost. [any thread, until destroy() returns] */
    void (*log)(const gan_node_host* host, const char* sentence);
    /* Is processed in the next tick, though nothing may have changed: something is being prepared.
     * [processing, or create()] */
    void (*run_again)(const gan_node_host* host);
    /* For save(): what to keep, which is copied. [in save()] */
    int (*keep)(const gan_node_host* host, const void* bytes, uint64_t size);

    /* Pictures on the GPU. All of it happens in one process(): commands are recorded, from a pool of the
     * library's own, and submitted before it returns; what is made for later (pipelines, pools) is kept until
     * release_gpu().
     *
     * The commands begin with a memory barrier from ALL_COMMANDS and MEMORY_WRITE, which is what was done
     * before, and end with one to ALL_COMMANDS, MEMORY_READ and MEMORY_WRITE, which is what comes after.
     * Inputs are in VK_IMAGE_LAYOUT_GENERAL, stay in it, and are only read. Outputs hold nothing: their first
     * barrier is from UNDEFINED to GENERAL, and they are written whole. Nobody calls vkDeviceWaitIdle:
     * gpu_wait() waits for what was submitted.
     *
     * gpu() returns UNSUPPORTED where there is no GPU: a node then works in memory, or fails. The caller sets
     * abi and size. [processing] */
    int (*gpu)(const gan_node_host* host, gan_node_gpu* gpu);
    int (*gpu_image)(const gan_node_host* host, uint32_t input, gan_node_gpu_image* image);
    /* In: width, height, channels, data, wrap_x, wrap_y. Out: the others. As new_image(). */
    int (*new_gpu_image)(const gan_node_host* host, uint32_t output, gan_node_gpu_image* image);
    /* Runs a VkCommandBuffer after all that was asked of the GPU until now. `moment`, when it is not null,
     * receives what to wait for. */
    int (*gpu_submit)(const gan_node_host* host, void* commands, uint64_t* moment);
    /* Waits until the GPU has come to it, 30 seconds at most: a command buffer may be recorded again, or
     * freed. Of a GPU that was lost it fails, and there is nothing to wait for. [in any function of the
     * node's] */
    int (*gpu_wait)(const gan_node_host* host, uint64_t moment);
};

#ifdef __cplusplus
}
#endif

#endif
