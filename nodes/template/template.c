/* A library of nodes for Ganymede, to begin one of your own with: "Ease", on numbers, and "Posterize", on
 * pictures. <ganymede/gan_node.h> is the manual. Ids and names are saved in patches: choose them once. */
#include <ganymede/gan_node.h>

#include <stddef.h>

#define COUNT(list) (uint32_t)(sizeof(list) / sizeof(*(list)))

/* ---- Ease: a number between two bounds, with a soft begin and end ---- */

enum { EASE_VALUE };          /* inputs */
enum { EASE_OUT };            /* outputs */
enum { EASE_LOW, EASE_HIGH }; /* parameters */

static const gan_node_port ease_inputs[] = {
    {.name = "value", .description = "Any number", .type = GAN_NODE_NUMBER},
};
static const gan_node_port ease_outputs[] = {
    {.name = "value", .description = "From 0 at the low bound to 1 at the high one", .type = GAN_NODE_NUMBER},
};
static const gan_node_param ease_params[] = {
    {.name = "low",
     .description = "What becomes 0",
     .kind = GAN_NODE_PARAM_NUMBER,
     .value = 0,
     .min = -1e6,
     .max = 1e6},
    {.name = "high",
     .description = "What becomes 1",
     .kind = GAN_NODE_PARAM_NUMBER,
     .value = 1,
     .min = -1e6,
     .max = 1e6},
};

static int ease(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    const double low = host->param(host, EASE_LOW);
    const double high = host->param(host, EASE_HIGH);
    double x = host->number(host, EASE_VALUE);
    (void)node; /* it remembers nothing */
    (void)tick; /* nor does it depend on the time */
    if (low == high) return host->fail(host, "'low' and 'high' are the same; set one of them higher");
    x = (x - low) / (high - low);
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    return host->set_number(host, EASE_OUT, x * x * (3 - 2 * x));
}

static const char* const ease_aliases[] = {"smoothstep", "soft", NULL};

static const gan_node_type ease_type = {
    .abi = GAN_NODE_ABI,
    .size = sizeof(gan_node_type),
    .id = "example.ease",
    .name = "Ease",
    .description = "Goes from 0 to 1 between two bounds, with a soft begin and end",
    .aliases = ease_aliases,
    .version = 1,
    .inputs = ease_inputs,
    .outputs = ease_outputs,
    .params = ease_params,
    .input_count = COUNT(ease_inputs),
    .output_count = COUNT(ease_outputs),
    .param_count = COUNT(ease_params),
    .port_size = sizeof(gan_node_port),
    .param_size = sizeof(gan_node_param),
    .process = ease,
};

/* ---- Posterize: a picture in few tones ---- */

enum { POSTERIZE_IMAGE };
enum { POSTERIZE_OUT };
enum { POSTERIZE_LEVELS };

static const gan_node_port posterize_inputs[] = {
    {.name = "image", .description = "The picture", .type = GAN_NODE_IMAGE},
};
static const gan_node_port posterize_outputs[] = {
    {.name = "image", .description = "The same in few tones", .type = GAN_NODE_IMAGE},
};
static const gan_node_param posterize_params[] = {
    {.name = "levels",
     .description = "Tones of each channel",
     .kind = GAN_NODE_PARAM_NUMBER,
     .flags = GAN_NODE_PARAM_WHOLE,
     .value = 4,
     .min = 2,
     .max = 64},
};

static int posterize(void* node, const gan_node_host* host, const gan_node_tick* tick) {
    const float steps = (float)host->param(host, POSTERIZE_LEVELS) - 1;
    gan_node_image image = {.abi = GAN_NODE_ABI, .size = sizeof image};
    float* result;
    size_t i, count;
    (void)node;
    (void)tick;
    if (host->image(host, POSTERIZE_IMAGE, &image) != GAN_NODE_OK) return GAN_NODE_FAILED;
    result = host->new_image(host, POSTERIZE_OUT, &image); /* as large, and of the same kind */
    if (result == NULL) return GAN_NODE_FAILED;
    count = (size_t)image.width * image.height * image.channels;
    for (i = 0; i < count; ++i) {
        const float value = image.pixels[i];
        const float cut = value < 0 ? 0 : value > 1 ? 1 : value;
        result[i] = (float)(int)(cut * steps + 0.5f) / steps;
    }
    return GAN_NODE_OK;
}

static const gan_node_type posterize_type = {
    .abi = GAN_NODE_ABI,
    .size = sizeof(gan_node_type),
    .id = "example.posterize",
    .name = "Posterize",
    .description = "Rounds a picture to few tones",
    .version = 1,
    .inputs = posterize_inputs,
    .outputs = posterize_outputs,
    .params = posterize_params,
    .input_count = COUNT(posterize_inputs),
    .output_count = COUNT(posterize_outputs),
    .param_count = COUNT(posterize_params),
    .port_size = sizeof(gan_node_port),
    .param_size = sizeof(gan_node_param),
    .process = posterize,
};

/* ---- What Ganymede finds ---- */

static const gan_node_type* const types[] = {&ease_type, &posterize_type};

const gan_node_entry gan_node_library = {
    .abi = GAN_NODE_ABI,
    .size = sizeof(gan_node_entry),
    .vendor = "Ganymede's examples",
    .version = "1.0.0",
    .types = types,
    .count = COUNT(types),
};
