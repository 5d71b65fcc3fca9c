// What shaders that take grey values from any picture share; after picture.glsl.

// Of data the first channel; of colours the luminance, over black where there is alpha: encoded as a display
// wants it, or light.
float grey(vec4 value, bool data, bool displayed) {
    if (data) return value.r;
    const float light = luminance(value.rgb);
    return displayed ? to_srgb(vec3(light)).r : light;
}

// An input stretched over the result: bilinear at the same relative place.
vec4 stretched(texture2D picture, int number, ivec2 at) {
    const ivec2 size = textureSize(picture, 0);
    const ivec2 here = ivec2(c.width, c.height);
    if (size == here) return texel(picture, number, at);
    return between(picture, number, (vec2(at) + 0.5) * vec2(size) / vec2(here));
}
