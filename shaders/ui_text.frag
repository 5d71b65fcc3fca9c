// Letters and plain areas: the atlas of fonts says how much of the colour there is.
#version 450

layout(location = 0) in vec2 uv;
layout(location = 1) in vec4 colour;
layout(location = 0) out vec4 result;

layout(binding = 0) uniform sampler2D atlas;

void main() { result = vec4(colour.rgb, colour.a * textureLod(atlas, uv, 0).r); }
