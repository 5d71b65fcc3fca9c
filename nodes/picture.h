#pragma once

#include "runtime/gpu/gpu.h"
#include "runtime/graph/node.h"

#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace gan {

/// What lies beyond a picture's sides, as shaders/edges.glsl counts; Automatic: around again where it tiles,
/// else its last pixels.
enum class Edge { Automatic, Wrap, Mirror, Clamp, Empty };
inline const std::vector<std::string> edge_names{"automatic", "wrap", "mirror", "clamp", "empty"};
inline constexpr std::string_view edge_description =
    "What lies beyond the picture: around again, mirrored, its last pixels, or nothing; automatic: around "
    "again where the picture tiles, else its last pixels";
/// Whether a picture that tiles is taken around its edges.
inline bool goes_around(Edge edge) {
    return edge == Edge::Automatic || edge == Edge::Wrap;
}

/// A picture of the same size, wrapping and channels as this one, in what picture nodes work in: linear16f
/// for colours, data32f for data.
ImageInfo result_like(const Image& image);

/// What a picture node's prepare_on() does: makes the pipelines of its shaders, and those that bring pictures
/// to the GPU and back. Fails silently: drawing says why.
void prepare_shaders(Gpu& gpu, std::initializer_list<const ShaderCode*> own);

/// A picture on the GPU, for passes of a node's own. Throws Error.
TextureRef texture_of(const Tick& tick, const Image& image);

/// A picture of what is in a texture, for passes of a node's own.
ImageRef image_of(TextureRef texture, const ImageInfo& info);

/// Runs a shader over every pixel of a new picture, on the tick's GPU. Returns at once. Throws Error.
///   constants  the shader's own, laid out by std430: T is trivially copyable, at most 112 bytes
ImageRef draw_bytes(const Tick& tick, const ShaderCode& shader, std::span<const ImageRef> inputs,
                    const ImageInfo& result, std::span<const std::byte> constants);

template <class T>
ImageRef draw(const Tick& tick, const ShaderCode& shader, std::initializer_list<ImageRef> inputs,
              const ImageInfo& result, const T& constants) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(PassHeader) + sizeof(T) <= Device::max_constants);
    return draw_bytes(tick, shader, {inputs.begin(), inputs.size()}, result,
                      std::as_bytes(std::span(&constants, 1)));
}

}  // namespace gan
