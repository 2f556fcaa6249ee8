#include "io/mesh/gltf_picture.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace fgcn::mesh::gltf {

using nlohmann::json;

Picture picture_of(const Document& document, const json& info) {
  constexpr const char* kOtherKind = "has a texture that is neither PNG nor JPEG";
  Picture out;
  const json& texture = document.item("textures", document.number(info, "index"));
  if (!texture.contains("source")) return {{}, {}, kOtherKind};
  const json& image = document.item("images", document.number(texture, "source"));
  Bytes bytes;
  if (image.contains("bufferView")) {
    const auto view = document.view(document.number(image, "bufferView"));
    bytes.assign(view.begin(), view.end());
  } else if (const auto uri = image.find("uri"); uri != image.end() && uri->is_string()) {
    const std::string& address = uri->get_ref<const std::string&>();
    if (!address.starts_with("data:")) return {{}, {}, "keeps its data in another file"};
    bytes = decode_data_uri(address, document);
  } else {
    return {{}, {}, "has an image without bytes"};
  }
  constexpr std::array<std::uint8_t, 8> kPng{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  constexpr std::array<std::uint8_t, 3> kJpeg{0xff, 0xd8, 0xff};
  const auto begins = [&](const auto& mark) {
    return bytes.size() > mark.size() && std::equal(mark.begin(), mark.end(), bytes.begin());
  };
  if (begins(kPng))
    out.png = std::move(bytes);
  else if (begins(kJpeg))
    out.jpeg = std::move(bytes);
  else
    out.fault = kOtherKind;
  return out;
}

}  // namespace fgcn::mesh::gltf
