// Files of the ICT-FaceKit, for its two importers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "io/mesh/obj.h"
#include "mesh/face/face_model.h"

namespace fgcn::mesh::ict {

constexpr std::int32_t kFaceVertices = 9409;   // the kit lists the face first
constexpr std::int32_t kHeadVertices = 26719;  // of a whole mesh
constexpr std::size_t kLandmarks = 68;
constexpr double kDecimetresPerCentimetre = 0.1;
constexpr const char* kIndexFile = "vertex_indices.json";

/// The contents of vertex_indices.json.
struct IndexFile {
  std::vector<std::string> expressions;
  std::vector<std::int32_t> landmarks;
};

/// InputError naming the file and what it lacks.
IndexFile read_index_file(const std::filesystem::path& path);

/// InputError naming the file when it has fewer vertices; those beyond are left out.
ObjFile read_kit_obj(const std::filesystem::path& path, std::int32_t vertices);

/// a - b, flat.
std::vector<float> difference(const std::vector<Vec3>& a, const std::vector<Vec3>& b);

/// Shapes as differences to the neutral one, centimetres.
struct Shapes {
  std::vector<std::vector<float>> deltas;  // each [V, 3]
  std::vector<std::string> names;
};

/// identity000.obj and on, without a gap. InputError when there is none.
Shapes read_identities(const std::filesystem::path& folder, const std::vector<Vec3>& neutral);
Shapes read_expressions(const std::filesystem::path& folder, const IndexFile& index,
                        const std::vector<Vec3>& neutral);

/// In decimetres.
Modes stacked(const std::vector<std::vector<float>>& deltas, std::vector<std::string> names);

/// InputError when two of the landmarks are one vertex: the kit has a vertex for each.
void check_landmarks(const std::vector<std::int32_t>& landmarks, const std::string& where);

}  // namespace fgcn::mesh::ict
