// The numbers that glTF 2.0 gives to its formats.
#pragma once

#include <cstdint>

namespace fgcn::mesh::gltf {

constexpr std::uint32_t kMagic = 0x46546c67;        // "glTF"
constexpr std::uint32_t kJsonChunk = 0x4e4f534a;    // "JSON"
constexpr std::uint32_t kBinaryChunk = 0x004e4942;  // "BIN"
constexpr std::uint32_t kVersion = 2;

constexpr int kByte = 5120;
constexpr int kUnsignedByte = 5121;
constexpr int kShort = 5122;
constexpr int kUnsignedShort = 5123;
constexpr int kUnsignedInt = 5125;
constexpr int kFloat = 5126;
constexpr int kArrayBuffer = 34962;
constexpr int kElementArrayBuffer = 34963;
constexpr int kTriangles = 4;
constexpr int kLinear = 9729;
constexpr int kLinearMipmapLinear = 9987;
constexpr int kClampToEdge = 33071;

constexpr double kDecimetresPerMetre = 10.0;

}  // namespace fgcn::mesh::gltf
