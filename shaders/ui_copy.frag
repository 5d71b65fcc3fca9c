// What was drawn before, as it is on screen. Mesa's software driver copies it by rows where nothing is done to it: a factor
// that comes from the corners would keep it from that.
#version 450

layout(location = 0) in vec2 uv;
layout(location = 1) in vec4 colour;
layout(location = 0) out vec4 result;

layout(binding = 0) uniform sampler2D drawn;

// It has a pipeline of its own.
layout(constant_id = 0) const bool faded = false;

void main() {
    const vec4 shown = texture(drawn, uv);
    result = faded ? vec4(shown.rgb, shown.a * colour.a) : shown;
}
