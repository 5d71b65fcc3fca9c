#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* IEEE 754 binary16 from a float, rounded to nearest, and back, by the compiler: GCC 12 knows halves in C
 * alone. */
uint16_t half_of(float value);
float float_of_half(uint16_t half);

#ifdef __cplusplus
}
#endif
