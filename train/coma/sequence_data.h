// Meshes of one topology in sequences: SUBJECT/EXPRESSION/FRAME.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::train {

struct SequenceData {
  mesh::TriangleMesh topology;        // the template, in the file's unit
  std::vector<float> positions;       // [n, V, 3] in the file's unit
  std::vector<std::string> names;     // [n] "SUBJECT/EXPRESSION/FRAME", or empty: unknown
  std::vector<std::string> left_out;  // meshes of another number of vertices, with the number

  std::int64_t vertices() const { return static_cast<std::int64_t>(topology.vertices.size()); }
  std::int64_t size() const {
    return vertices() == 0 ? 0 : static_cast<std::int64_t>(positions.size()) / (3 * vertices());
  }
};

/// Files of a packed folder.
inline constexpr const char* kPackedMeshes = "meshes.npy";
inline constexpr const char* kPackedTemplate = "template.ply";
inline constexpr const char* kPackedNames = "names.txt";

struct SequenceSource {
  std::filesystem::path data;
  std::optional<std::filesystem::path> topology;  // PLY or OBJ; none: that beside the data, or the
                                                  // first mesh of a tree
};

/// Reads one of
///   DIR/SUBJECT/EXPRESSION/FRAME.ply  a tree of PLY or OBJ files, in the order of sorted paths
///   DIR/meshes.npy                    packed, with template.ply or template.obj beside it, and
///                                     names.txt, a line per mesh, where names are known
///   FILE.npy                          [n, V, 3] float32 or float64; the same files beside it
/// `told` gets how many meshes of how many are read.
///
/// Errors   InputError naming the file when one is missing or malformed, the array is of another
///          shape, a coordinate is not finite or beyond 1e6, or there are no meshes.
SequenceData read_sequences(const SequenceSource& source,
                            const std::function<void(std::int64_t, std::int64_t)>& told = {});

/// A PLY or OBJ file by its extension. InputError for another one.
mesh::TriangleMesh read_mesh_file(const std::filesystem::path& path);

/// Writes meshes.npy (float32), template.ply and names.txt into a folder, which is made.
void write_packed(const std::filesystem::path& folder, const SequenceData& data);

struct SequenceSplit {
  std::vector<std::int64_t> training, validation, test;  // places in the data
};

/// `rule`:
///   sliced           interpolation: i % 100 < 10 of the sorted order are for testing
///   expression:NAME  extrapolation: all of that expression
///   identity:NAME    all of that subject
///   none             nothing is for testing
/// The last hundred of the rest are the validation (a tenth, where the rest are fewer than a
/// thousand). They count as training for mean and deviation, as the authors' do.
///
/// Errors   InputError for an unknown rule, an unknown name (saying which there are), or a rule
/// that
///          leaves no mesh to train on.
SequenceSplit split_sequences(const SequenceData& data, const std::string& rule);

/// The part of a name: 0 the subject, 1 the expression. InputError naming the mesh without it.
std::string name_part(const std::string& name, int part);

}  // namespace fgcn::train
