#pragma once

#include <cstdint>

/// frei0r 1.2 as its hosts see it, written down from its specification (frei0r.dyne.org), since the header
/// that comes with it is under the GPL. Who may call what, and when, is in there; what hosts really do is in
/// tests/frei0r_test.cpp.

struct f0r_plugin_info_t {
    const char* name;
    const char* author;
    int plugin_type;
    int color_model;
    int frei0r_version;
    int major_version;
    int minor_version;
    int num_params;
    const char* explanation;
};

struct f0r_param_info_t {
    const char* name;
    int type;
    const char* explanation;
};

using f0r_instance_t = void*;
using f0r_param_t = void*;

enum { F0R_PLUGIN_TYPE_FILTER = 0, F0R_PLUGIN_TYPE_SOURCE = 1 };
enum { F0R_COLOR_MODEL_RGBA8888 = 1 };
/// Behind a f0r_param_t: a double from 0 to 1, the same (true from 0.5 on), a char*.
enum { F0R_PARAM_BOOL = 0, F0R_PARAM_DOUBLE = 1, F0R_PARAM_STRING = 4 };
constexpr int frei0r_major_version = 1;

#define F0R_EXPORT __attribute__((visibility("default")))

extern "C" {
F0R_EXPORT int f0r_init();
F0R_EXPORT void f0r_deinit();
F0R_EXPORT void f0r_get_plugin_info(f0r_plugin_info_t* info);
F0R_EXPORT void f0r_get_param_info(f0r_param_info_t* info, int index);
F0R_EXPORT f0r_instance_t f0r_construct(unsigned int width, unsigned int height);
F0R_EXPORT void f0r_destruct(f0r_instance_t instance);
F0R_EXPORT void f0r_set_param_value(f0r_instance_t instance, f0r_param_t value, int index);
F0R_EXPORT void f0r_get_param_value(f0r_instance_t instance, f0r_param_t value, int index);
F0R_EXPORT void f0r_update(f0r_instance_t instance, double time, const uint32_t* in, uint32_t* out);
}
