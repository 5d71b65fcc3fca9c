#pragma once

#include "runtime/base/file.h"
#include "runtime/model/tensor.h"

#include <filesystem>
#include <map>
#include <string>

namespace gan {

/// The contents of a safetensors file. Format: https://github.com/huggingface/safetensors
///   8 bytes   length of the header, little endian
///   header    JSON: name -> {dtype, shape, data_offsets}, and "__metadata__": string -> string
///   data      the tensors, contiguous, row-major, little endian
struct SafeTensors {
    StateDict tensors;
    std::map<std::string, std::string, std::less<>> metadata;
};

/// Maps the file and checks every field of the header: length, JSON, dtype, shape, size, order and
/// overlap of the offsets, and that they cover the data section exactly. Tensors point into the map.
/// Throws Error naming the file and what is wrong. [any thread]
SafeTensors read_safetensors(const std::filesystem::path& path);

/// The same, from bytes that `owner` keeps alive; `name` stands for the path in messages.
SafeTensors parse_safetensors(std::span<const std::byte> bytes, const std::shared_ptr<const void>& owner,
                              const std::string& name);

/// Where the metadata of Ganymede's own files keep their hash.
inline constexpr const char* weights_hash_key = "ganymede.sha256";

/// Writes through AtomicFile; wide elements come first, so that each tensor is aligned to its own
/// element size although the format allows no gaps. If `hash_key` is not empty, the metadata gets
/// that key with the SHA-256 of the data section in hex. Returns that hash.
std::string write_safetensors(const std::filesystem::path& path, const SafeTensors& contents,
                              const std::string& hash_key = {}, OnInterrupt on_interrupt = OnInterrupt::Stop);

/// SHA-256, in hex, of the data section these tensors would have.
std::string data_hash(const StateDict& tensors);

}  // namespace gan
