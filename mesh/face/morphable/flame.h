// FLAME's arrays, as they are stored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "mesh/face/morphable/formats.h"

namespace fgcn::mesh::morphable {

/// V vertices, K shape modes, J joints.
struct FlameFile {
  std::vector<double> mean;         // v_template [V, 3], metres
  std::int64_t modes = 0;           // K
  std::vector<double> shape;        // shapedirs [V, 3, K], scaled by standard deviations
  std::vector<Triangle> triangles;  // f
  // Empty where the file has none of the three.
  std::int64_t joints = 0;
  std::vector<double> regressor;      // J_regressor [J, V]
  std::vector<double> weights;        // weights [V, J]
  std::vector<std::int32_t> parents;  // the first row of kintree_table [J], -1 at the root
};

/// Of the arrays by their published names. InputError naming `where` and the array.
FlameFile flame_of(const io::Npz& arrays, const std::string& where);
/// An archive of arrays (.npz), a pickled dictionary of them, or an .npy of one; nothing for a file
/// that is none of these.
std::optional<io::Npz> read_named_arrays(const std::filesystem::path& path);
/// Of such a file.
FlameFile read_flame(const std::filesystem::path& path);

/// The points of an embedding: triangles [68] and weights [68, 3].
/// full_lmk_faces_idx and full_lmk_bary_coords; or the 17 of the jaw by the first rows (yaw 0) of
/// dynamic_lmk_faces_idx, dynamic_lmk_bary_coords, and the 51 of static_lmk_*.
/// InputError naming `where` and the array.
LandmarkPoints flame_landmarks(const io::Npz& arrays, std::int64_t triangles,
                               const std::string& where);

/// The head: 300 identity modes and the rest expressions, of which `counts` are taken; joints where
/// the file has them; the largest piece and eyeballs as parts where there are three pieces. It has
/// no landmarks yet.
RawModel flame_model(const FlameFile& file, const ModeCounts& counts);

/// The points within triangles, and the vertices of the largest weights.
void add_landmarks(LandmarkPoints points, RawModel& model);

}  // namespace fgcn::mesh::morphable
