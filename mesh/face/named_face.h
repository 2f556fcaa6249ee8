// Face models by the names that users give them.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "mesh/face/face_model.h"

namespace fgcn::mesh {

struct NamedFace {
  std::string name;  // "head", "embedded" or the file
  FaceModel model;
};

/// The whole head that scripts/head_model.sh makes, beside the program or the library
/// (io/resources.h); nothing where it was not made.
std::optional<std::filesystem::path> find_head();

/// True for a face model that what is read with it, weights or a data set, belongs to.
using FaceWanted = std::function<bool(const FaceModel&)>;

/// name   "head"; "embedded"; a file; or "auto": the first of head and embedded face that is there
///        and wanted, the first that is there when none is wanted.
/// Errors InputError: "head" was not made, or the file is no face model.
NamedFace named_face(const std::string& name, const FaceWanted& wanted = {});

}  // namespace fgcn::mesh
