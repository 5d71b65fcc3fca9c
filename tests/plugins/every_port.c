/* Nodes that call every function of the host's: all kinds of values, numbers, state, time, and mistakes. */
#include "tests/plugins/plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- test.every: a port of every type, a parameter of every kind ---- */

enum { IN_NUMBER, IN_BOOL, IN_TEXT, IN_TRIGGER, IN_LATENT, IN_CLASSES, IN_IMAGE };
enum {
    OUT_NUMBER,
    OUT_BOOL,
    OUT_TEXT,
    OUT_TRIGGER,
    OUT_LATENT,
    OUT_CLASSES,
    OUT_IMAGE,
    OUT_SAME,
    OUT_PARAMS
};
enum { PARAM_NUMBER, PARAM_WHOLE, PARAM_TOGGLE, PARAM_CHOICE, PARAM_TEXT, PARAM_SETUP };

static const gan_node_port every_inputs[] = {
    {.name = "number", .description = "A number", .type = GAN_NODE_NUMBER, .optional = 1},
    {.name = "bool", .description = "Yes or no", .type = GAN_NODE_BOOL, .optional = 1},
    {.name = "text", .description = "A text", .type = GAN_NODE_TEXT, .optional = 1},
    {.name = "trigger", .description = "Pulses", .type = GAN_NODE_TRIGGER, .optional = 1},
    {.name = "latent", .description = "A latent", .type = GAN_NODE_LATENT, .optional = 1},
    {.name = "classes", .description = "Classes", .type = GAN_NODE_CLASSES, .optional = 1},
    {.name = "image", .description = "A picture", .type = GAN_NODE_IMAGE, .optional = 1},
};
static const gan_node_port every_outputs[] = {
    {.name = "number", .description = "Twice the number", .type = GAN_NODE_NUMBER},
    {.name = "bool", .description = "The opposite", .type = GAN_NODE_BOOL},
    {.name = "text", .description = "The text", .type = GAN_NODE_TEXT},
    {.name = "trigger", .description = "One more pulse", .type = GAN_NODE_TRIGGER},
    {.name = "latent", .description = "Twice the latent", .type = GAN_NODE_LATENT},
    {.name = "classes", .description = "Twice the weights", .type = GAN_NODE_CLASSES},
    {.name = "image", .description = "The negative", .type = GAN_NODE_IMAGE},
    {.name = "same", .description = "The picture itself", .type = GAN_NODE_IMAGE},
    {.name = "params", .description = "What the parameters are", .type = GAN_NODE_TEXT},
};
static const char* const every_choices[] = {"red", "green", "blue", NULL};
static const gan_node_param every_params[] = {
    {.name = "amount",
     .description = "A number",
     .kind = GAN_NODE_PARAM_NUMBER,
     .flags = GAN_NODE_PARAM_LOG,
     .value = 1,
     .min = 0.5,
     .max = 8,
     .unit = "s"},
    {.name = "steps",
     .description = "A count",
     .kind = GAN_NODE_PARAM_NUMBER,
     .flags = GAN_NODE_PARAM_WHOLE,
     .value = 3,
     .min = 0,
     .max = 10},
    {.name = "loud", .description = "Yes or no", .kind = GAN_NODE_PARAM_TOGGLE, .value = 1},
    {.name = "colour",
     .description = "One of three",
     .kind = GAN_NODE_PARAM_CHOICE,
     .value = 1,
     .choices = every_choices},
    {.name = "words", .description = "A text", .kind = GAN_NODE_PARAM_TEXT, .text = "hello"},
    {.name = "grid",
     .description = "Set up once",
     .kind = GAN_NODE_PARAM_NUMBER,
     .flags = GAN_NODE_PARAM_SETUP | GAN_NODE_PARAM_WHOLE,
     .value = 2,
     .min = 1,
     .max = 4},
};

static int give_latent(const gan_node_host* host) {
    uint64_t i, count;
    double deviation;
    const float* from = host->latent(host, IN_LATENT, &count, &deviation);
    float* to = (float*)malloc((count + 1) * sizeof(float));
    int result;
    for (i = 0; i < count; ++i) to[i] = 2 * from[i];
    result = host->set_latent(host, OUT_LATENT, to, count, 2 * deviation);
    free(to);
    return result;
}

static int give_classes(const gan_node_host* host) {
    const char* names[16];
    double weights[16];
    uint64_t offset_count;
    const float* offset = host->class_offset(host, IN_CLASSES, &offset_count);
    const uint32_t count = host->class_count(host, IN_CLASSES);
    uint32_t i;
    if (count > 16) return host->fail(host, "more than 16 classes");
    for (i = 0; i < count; ++i) {
        names[i] = host->class_name(host, IN_CLASSES, i, &weights[i]);
        weights[i] *= 2;
    }
    return host->set_classes(host, OUT_CLASSES, names, weights, count, offset, offset_count);
}

static int give_image(const gan_node_host* host) {
    gan_node_image image = {.abi = GAN_NODE_ABI, .size = sizeof image};
    float* pixels;
    size_t i, count;
    int result = host->image(host, IN_IMAGE, &image);
    if (result != GAN_NODE_OK) return result;
    if (!host->linked(host, IN_IMAGE)) {
        if (image.pixels != NULL || image.width != 0)
            return host->fail(host, "there is a picture where none is linked");
        image.width = image.height = image.channels = image.data = 1;
        pixels = host->new_image(host, OUT_SAME, &image);
        if (pixels == NULL) return GAN_NODE_FAILED;
        *pixels = 0;
    } else if ((result = host->pass(host, OUT_SAME, IN_IMAGE)) != GAN_NODE_OK) {
        return result;
    }
    pixels = host->new_image(host, OUT_IMAGE, &image);
    if (pixels == NULL) return GAN_NODE_FAILED;
    count = (size_t)image.width * image.height * image.channels;
    for (i = 0; i < count; ++i) pixels[i] = 1 - (image.pixels == NULL ? 0 : image.pixels[i]);
    return GAN_NODE_OK;
}

static int every(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    char words[200];
    const char* text = host->text(host, IN_TEXT);
    (void)node;
    host->set_number(host, OUT_NUMBER, 2 * host->number(host, IN_NUMBER));
    host->set_truth(host, OUT_BOOL, !host->truth(host, IN_BOOL));
    host->set_text(host, OUT_TEXT, text == NULL ? "none" : text);
    host->set_trigger(host, OUT_TRIGGER, host->trigger(host, IN_TRIGGER) + 1);
    snprintf(words, sizeof words, "%g %g %g %g %s %g, tick %d at %g and %g, %s, in '%s'",
             host->param(host, PARAM_NUMBER), host->param(host, PARAM_WHOLE), host->param(host, PARAM_TOGGLE),
             host->param(host, PARAM_CHOICE), host->param_text(host, PARAM_TEXT),
             host->param(host, PARAM_SETUP), (int)tick->index, tick->rate, tick->tempo,
             tick->live ? "live" : "not live", tick->folder);
    host->set_text(host, OUT_PARAMS, words);
    host->log(host, "all is well");
    if (tick->live) host->run_again(host);
    if (give_latent(host) != GAN_NODE_OK || give_classes(host) != GAN_NODE_OK) return GAN_NODE_FAILED;
    return give_image(host);
}

static const char* const every_aliases[] = {"anything", "all", NULL};
static const gan_node_type every_type = {TYPE("test.every", "Every", every), .aliases = every_aliases,
                                         .process = every};

/* ---- test.wave, test.scale: numbers, by the time and by wires ---- */

static const gan_node_port wave_outputs[] = {
    {.name = "value", .description = "The square of the time", .type = GAN_NODE_NUMBER}};
static const gan_node_port scale_inputs[] = {
    {.name = "value", .description = "A number", .type = GAN_NODE_NUMBER}};
static const gan_node_port scale_outputs[] = {
    {.name = "value", .description = "Scaled", .type = GAN_NODE_NUMBER}};
static const gan_node_param scale_params[] = {{.name = "factor",
                                               .description = "Of the number",
                                               .kind = GAN_NODE_PARAM_NUMBER,
                                               .value = 1,
                                               .min = -100,
                                               .max = 100},
                                              {.name = "offset",
                                               .description = "Added to it",
                                               .kind = GAN_NODE_PARAM_NUMBER,
                                               .value = 0,
                                               .min = -100,
                                               .max = 100}};

static int wave(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    const double seconds = (double)tick->index / tick->rate;
    (void)node;
    return host->set_number(host, 0, seconds * seconds);
}

static int scale(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    (void)node;
    (void)tick;
    return host->set_number(host, 0, host->number(host, 0) * host->param(host, 0) + host->param(host, 1));
}

static const gan_node_type wave_type = {.abi = GAN_NODE_ABI,
                                        .size = sizeof(gan_node_type),
                                        .id = "test.wave",
                                        .name = "Wave",
                                        .description = "For tests",
                                        .version = 3,
                                        .traits = GAN_NODE_TIMED,
                                        .outputs = wave_outputs,
                                        .output_count = COUNT(wave_outputs),
                                        .port_size = sizeof(gan_node_port),
                                        .process = wave};
static const gan_node_type scale_type = {TYPE("test.scale", "Scale", scale), .process = scale};

/* ---- test.sum: remembers ---- */

typedef struct sum_node {
    double sum;
} sum_node;

static int alive; /* of this type */

static const gan_node_port sum_inputs[] = {
    {.name = "value", .description = "A number", .type = GAN_NODE_NUMBER}};
static const gan_node_port sum_outputs[] = {
    {.name = "sum", .description = "Of all so far", .type = GAN_NODE_NUMBER},
    {.name = "alive", .description = "Nodes of this type", .type = GAN_NODE_NUMBER}};

static int create_sum(const gan_node_host* host, void** node) {
    *node = calloc(1, sizeof(sum_node));
    if (*node == NULL) return host->fail(host, "there is no memory for a sum");
    __atomic_add_fetch(&alive, 1, __ATOMIC_SEQ_CST);
    return GAN_NODE_OK;
}
static void destroy_sum(void* node) {
    __atomic_sub_fetch(&alive, 1, __ATOMIC_SEQ_CST);
    free(node);
}
static int process_sum(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    sum_node* sum = (sum_node*)node;
    (void)tick;
    sum->sum += host->number(host, 0);
    host->set_number(host, 1, __atomic_load_n(&alive, __ATOMIC_SEQ_CST));
    return host->set_number(host, 0, sum->sum);
}
static void reset_sum(void* node) {
    ((sum_node*)node)->sum = 0;
}
static int save_sum(void* node, const gan_node_host* host) {
    return host->keep(host, &((sum_node*)node)->sum, sizeof(double));
}
static int restore_sum(void* node, const void* bytes, uint64_t size) {
    if (size != sizeof(double)) return GAN_NODE_ERROR_ARGUMENT;
    memcpy(&((sum_node*)node)->sum, bytes, sizeof(double));
    return GAN_NODE_OK;
}

static const gan_node_type sum_type = {.abi = GAN_NODE_ABI,
                                       .size = sizeof(gan_node_type),
                                       .id = "test.sum",
                                       .name = "Sum",
                                       .description = "For tests",
                                       .version = 1,
                                       .traits = GAN_NODE_STATEFUL,
                                       .inputs = sum_inputs,
                                       .outputs = sum_outputs,
                                       .input_count = COUNT(sum_inputs),
                                       .output_count = COUNT(sum_outputs),
                                       .port_size = sizeof(gan_node_port),
                                       .create = create_sum,
                                       .destroy = destroy_sum,
                                       .process = process_sum,
                                       .reset = reset_sum,
                                       .save = save_sum,
                                       .restore = restore_sum};

/* ---- test.wrong: mistakes ---- */

static const char* const mistakes[] = {
    "none",        "says so",       "says nothing", "input index", "input type",   "output index",
    "output type", "param index",   "param text",   "text param",  "not finite",   "unset",
    "no text",     "no utf-8",      "null image",   "small image", "huge picture", "two channels",
    "pass index",  "pass unlinked", "pass type",    "latent size", "null classes", "class index",
    "keep",        "no release",    "null host",    NULL};
enum {
    NONE,
    SAYS_SO,
    SAYS_NOTHING,
    INPUT_INDEX,
    INPUT_TYPE,
    OUTPUT_INDEX,
    OUTPUT_TYPE,
    PARAM_INDEX,
    PARAM_IS_TEXT,
    TEXT_IS_PARAM,
    NOT_FINITE,
    UNSET,
    NO_TEXT,
    NO_UTF8,
    NULL_IMAGE,
    SMALL_IMAGE,
    HUGE_PICTURE,
    TWO_CHANNELS,
    PASS_INDEX,
    PASS_UNLINKED,
    PASS_TYPE,
    LATENT_SIZE,
    NULL_CLASSES,
    CLASS_INDEX,
    KEEP,
    NO_RELEASE,
    NULL_HOST
};

static const gan_node_port wrong_inputs[] = {
    {.name = "number", .description = "A number", .type = GAN_NODE_NUMBER, .optional = 1},
    {.name = "classes", .description = "Classes", .type = GAN_NODE_CLASSES, .optional = 1}};
static const gan_node_port wrong_outputs[] = {
    {.name = "number", .description = "A number", .type = GAN_NODE_NUMBER},
    {.name = "text", .description = "A text", .type = GAN_NODE_TEXT},
    {.name = "image", .description = "A picture", .type = GAN_NODE_IMAGE},
    {.name = "latent", .description = "A latent", .type = GAN_NODE_LATENT},
    {.name = "classes", .description = "Classes", .type = GAN_NODE_CLASSES}};
static const gan_node_param wrong_params[] = {
    {.name = "mistake", .description = "That it makes", .kind = GAN_NODE_PARAM_CHOICE, .choices = mistakes},
    {.name = "text", .description = "A text", .kind = GAN_NODE_PARAM_TEXT}};

static int do_rightly(const gan_node_host* host) {
    const gan_node_image shape = {
        .abi = GAN_NODE_ABI, .size = sizeof shape, .width = 1, .height = 1, .channels = 1, .data = 1};
    float* pixel = host->new_image(host, 2, &shape);
    if (pixel == NULL) return GAN_NODE_FAILED;
    *pixel = 0;
    host->set_number(host, 0, 1);
    host->set_text(host, 1, "");
    host->set_latent(host, 3, NULL, 0, 1);
    return host->set_classes(host, 4, NULL, NULL, 0, NULL, 0);
}

static int wrong(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    gan_node_image image = {
        .abi = GAN_NODE_ABI, .size = sizeof image, .width = 4, .height = 4, .channels = 3};
    gan_node_gpu gpu = {.abi = GAN_NODE_ABI, .size = sizeof gpu};
    const int mistake = (int)host->param(host, 0);
    (void)node;
    (void)tick;
    if (mistake != UNSET && do_rightly(host) != GAN_NODE_OK) return GAN_NODE_FAILED;
    /* Whatever they return, the node is to fail by itself. */
    switch (mistake) {
        case SAYS_SO:
            return host->fail(host, "the moon is full; wait a day");
        case SAYS_NOTHING:
            return -77;
        case INPUT_INDEX:
            host->number(host, 99);
            break;
        case INPUT_TYPE:
            host->truth(host, 0);
            break;
        case OUTPUT_INDEX:
            host->set_number(host, 64, 1);
            break;
        case OUTPUT_TYPE:
            host->set_truth(host, 0, 1);
            break;
        case PARAM_INDEX:
            host->param(host, 2);
            break;
        case PARAM_IS_TEXT:
            host->param(host, 1);
            break;
        case TEXT_IS_PARAM:
            host->param_text(host, 0);
            break;
        case NOT_FINITE:
            host->set_number(host, 0, 1e300 * 1e300);
            break;
        case NO_TEXT:
            host->set_text(host, 1, NULL);
            break;
        case NO_UTF8:
            host->set_text(host, 1, "\xff\xfe");
            break;
        case NULL_IMAGE:
            host->new_image(host, 2, NULL);
            break;
        case SMALL_IMAGE:
            image.size = 8;
            host->new_image(host, 2, &image);
            break;
        case HUGE_PICTURE:
            image.width = 1u << 30;
            host->new_image(host, 2, &image);
            break;
        case TWO_CHANNELS:
            image.channels = 2;
            host->new_image(host, 2, &image);
            break;
        case PASS_INDEX:
            host->pass(host, 5, 0);
            break;
        case PASS_UNLINKED:
            host->pass(host, 0, 0);
            break;
        case PASS_TYPE:
            host->pass(host, 1, 0);
            break;
        case LATENT_SIZE:
            host->set_latent(host, 3, &(float){0}, 1ull << 40, 1);
            break;
        case NULL_CLASSES:
            host->set_classes(host, 4, NULL, NULL, 3, NULL, 0);
            break;
        case CLASS_INDEX:
            host->class_name(host, 1, 7, NULL);
            break;
        case KEEP:
            if (host->keep(host, "x", 1) == GAN_NODE_ERROR_ORDER)
                return host->fail(host, "keep() is for save()");
            break;
        case NO_RELEASE:
            host->gpu(host, &gpu);
            break;
        case NULL_HOST:
            if (host->number(NULL, 0) == 0 && host->set_number(NULL, 0, 1) == GAN_NODE_ERROR_ORDER)
                return host->fail(host, "there is no host");
            break;
        default:
            break;
    }
    return GAN_NODE_OK;
}

static const gan_node_type wrong_type = {TYPE("test.wrong", "Wrong", wrong), .process = wrong};

static const gan_node_type* const types[] = {&every_type, &wave_type, &scale_type, &sum_type, &wrong_type};
LIBRARY(types);
