// A user's files of morphable models, told apart by their content.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace fgcn::mesh::morphable {

enum class Kind {
  kBasel2009,        // MAT: shapePC, shapeEV, ...
  kComposed,         // MAT: idBase, exBase, ... (BFM_model_front.mat)
  kLsfm,             // MAT: the structure model
  kFrontIndex,       // MAT: idx
  kExpressionIndex,  // MAT: trimIndex
  kFaceInfo,         // MAT: tri, keypoints, skinmask
  kExpressionModes,  // Exp_Pca.bin
  kDeviations,       // std_exp.txt
  kStatismo,         // HDF5: BFM 2017, 2019 and others of their form
  kOther,
};

/// The published name, for messages.
const char* name_of(Kind kind);

/// By the first bytes and the names of variables. InputError for a MAT or HDF5 file that is cut
/// short or that this program was built without a reader of.
Kind kind_of(const std::filesystem::path& file);

/// By its signature; that of a MAT 7.3 file lies behind 512 bytes.
bool is_hdf5(const std::filesystem::path& file);

using Sources = std::map<Kind, std::filesystem::path>;

/// Files, and the files of folders. InputError when there is none, when a file that is named is
/// none of these, and when two are of one kind.
Sources find_sources(std::span<const std::filesystem::path> paths);

}  // namespace fgcn::mesh::morphable
