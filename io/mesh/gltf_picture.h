// Images that the materials of a glTF file name.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "io/file.h"
#include "io/mesh/gltf_document.h"

namespace fgcn::mesh::gltf {

/// The file of an image, in the list of its kind; or neither, and what is wrong with it.
struct Picture {
  Bytes png, jpeg;
  std::string fault;  // "has a texture that is neither PNG nor JPEG"
};

/// Of a textureInfo, which is not empty. InputError where its JSON is malformed or names what is
/// not there.
Picture picture_of(const Document& document, const nlohmann::json& info);

}  // namespace fgcn::mesh::gltf
