#include "runtime/abi/half.h"

#include <string.h>

#ifdef __clang__ /* 14 knows the other on newer processors alone */
typedef __fp16 Half;
#else
typedef _Float16 Half;
#endif

uint16_t half_of(float value) {
    const Half half = (Half)value;
    uint16_t bits;
    memcpy(&bits, &half, sizeof(bits));
    return bits;
}

float float_of_half(uint16_t half) {
    Half value;
    memcpy(&value, &half, sizeof(value));
    return (float)value;
}
