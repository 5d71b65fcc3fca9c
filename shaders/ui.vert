// The corners of what an interface is drawn of: editor/window/painter.h.
#version 450

layout(location = 0) in vec2 position;  // px
layout(location = 1) in vec2 uv;
layout(location = 2) in vec4 colour;

layout(location = 0) out vec2 uv_out;
layout(location = 1) out vec4 colour_out;

layout(push_constant) uniform Constants { vec2 scale; vec2 translate; } c;

void main() {
    uv_out = uv;
    colour_out = colour;
    gl_Position = vec4(position * c.scale + c.translate, 0, 1);
}
