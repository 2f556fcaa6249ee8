// The meshes that the commands of fgcn_mesh read, and what they print.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/mesh/mesh_file.h"

namespace fgcn::mesh_app {

using Json = nlohmann::ordered_json;

/// Whether the name stands for a face model, not a mesh file.
bool is_face_model(const std::string& name);

/// A mesh file, a face model's mean face (a file, "head" or "embedded"), whose 68 landmarks are
/// named "0" to "67". InputError with one sentence; for a mesh with coordinates beyond 1e60 too.
mesh::MeshFile read_source(const std::string& name);

/// Vertices of one position joined; texture coordinates and normals go where they differ.
mesh::MeshFile welded(const mesh::MeshFile& mesh);

/// Writes the mesh; one line on stderr names what the format leaves out.
void write_result(const std::string& path, const mesh::MeshFile& mesh,
                  const mesh::MeshWriteOptions& options = {});

/// "mm" to 0.001; also m, dm, cm, um, in and ft. InputError for another word.
double metres_of(const std::string& unit);
/// The unit's name, or how many metres it has; "unknown" for 0.
std::string unit_name(double metres);

/// Prints to stdout; names are the user's bytes and need not be UTF-8.
void print(const Json& json);
Json json_of(const mesh::Vec3& p);
/// "1,2,3" as three numbers; InputError naming `option` otherwise.
std::vector<double> numbers_of(const std::string& option, const std::string& text,
                               std::size_t count);

/// Points of a mesh file (its vertices, with their normals) or of a file of landmarks or xyz rows.
struct QueryPoints {
  std::vector<std::string> names;  // empty where they are vertices
  std::vector<mesh::Vec3> points;
  std::vector<mesh::Vec3> normals;  // of a mesh's vertices, else empty
};
QueryPoints read_points(const std::string& path);

}  // namespace fgcn::mesh_app
