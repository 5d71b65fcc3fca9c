#include "runtime/abi/half.h"

#include <string.h>

uint16_t half_of(float value) {
    const _Float16 half = (_Float16)value;
    uint16_t bits;
    memcpy(&bits, &half, sizeof(bits));
    return bits;
}

float float_of_half(uint16_t half) {
    _Float16 value;
    memcpy(&value, &half, sizeof(value));
    return (float)value;
}
