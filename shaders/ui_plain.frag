// Plain areas, without a look into the atlas: where the processor draws, that takes most of the time.
#version 450

layout(location = 0) in vec2 uv;
layout(location = 1) in vec4 colour;
layout(location = 0) out vec4 result;

void main() { result = colour; }
