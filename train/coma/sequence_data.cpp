#include "train/coma/sequence_data.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "io/arrays/npy_types.h"
#include "io/arrays/npz.h"
#include "io/mesh/obj.h"
#include "io/mesh/ply.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 30;
constexpr std::int64_t kMostVertices = 4'000'000;
constexpr float kLargest = 1e6F;

bool is_mesh_file(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".ply" || extension == ".obj";
}

void check_finite(std::span<const float> values, const std::string& where) {
  for (const float x : values)
    if (!(std::abs(x) <= kLargest))
      input_error(where, ": holds a coordinate of ", x, ", expected at most 1e6 either way");
}

void check_topology(const mesh::TriangleMesh& topology, const std::string& where) {
  const auto vertices = static_cast<std::int64_t>(topology.vertices.size());
  if (vertices > kMostVertices)
    input_error(where, ": has ", vertices, " vertices, expected at most ", kMostVertices);
}

/// What stands there, followed through links. InputError where the system cannot tell: links that
/// lead in a circle, a folder that may not be entered.
fs::file_status status_of(const fs::path& path) {
  std::error_code failed;
  const fs::file_status out = fs::status(path, failed);
  if (out.type() == fs::file_type::none)
    input_error(path.string(), ": cannot be read (", failed.message(),
                "); check the path, its links and its permissions");
  return out;
}

/// template.ply or template.obj in that folder.
std::optional<fs::path> template_in(const fs::path& folder) {
  for (const char* name : {kPackedTemplate, "template.obj"})
    if (fs::exists(status_of(folder / name))) return folder / name;
  return std::nullopt;
}

std::vector<std::string> read_names(const fs::path& path, std::int64_t expected) {
  const Bytes bytes = read_file(path, std::uint64_t{1} << 28);
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  lines.exceptions(std::ios::badbit);  // or a lack of memory is the end of the text
  std::vector<std::string> out;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) out.push_back(line);
  }
  if (static_cast<std::int64_t>(out.size()) != expected)
    input_error(path.string(), ": has ", out.size(), " names for ", expected,
                " meshes; give one line per mesh, or remove the file");
  return out;
}

/// The values of a float32 or float64 array as floats.
std::vector<float> floats_of(io::NpyArray array, const std::string& where) {
  std::vector<float> out(static_cast<std::size_t>(array.size()));
  if (array.type == io::NpyType::kF32) {
    // Neither pointer may be null, not even for no values.
    if (!out.empty()) std::memcpy(out.data(), array.data.data(), out.size() * sizeof(float));
  } else if (array.type == io::NpyType::kF64) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      double value = 0;
      std::memcpy(&value, array.data.data() + i * sizeof value, sizeof value);
      out[i] = static_cast<float>(value);
    }
  } else {
    input_error(where, ": is no array of float32 or float64; convert it with numpy's astype");
  }
  return out;
}

SequenceData read_packed(const fs::path& file, const SequenceSource& source) {
  SequenceData out;
  const std::string where = file.string();
  std::optional<fs::path> topology = source.topology;
  if (!topology) topology = template_in(file.parent_path());
  if (!topology)
    input_error(where, ": no template.ply or template.obj lies beside it; give --template FILE");
  out.topology = read_mesh_file(*topology);
  check_topology(out.topology, topology->string());
  io::NpyArray array = io::parse_npy(read_file(file, kMostBytes), where);
  if (array.shape.size() != 3 || array.shape[2] != 3 || array.shape[1] != out.vertices())
    input_error(where, ": is an array of ", array.shape.size(), " axes",
                array.shape.size() == 3 ? text(" and ", array.shape[1], " vertices") : "",
                ", expected [n, ", out.vertices(), ", 3] as the template ", topology->string(),
                " has");
  const std::int64_t count = array.shape[0];
  out.positions = floats_of(std::move(array), where);
  check_finite(out.positions, where);
  const fs::path names = file.parent_path() / kPackedNames;
  if (fs::exists(status_of(names))) out.names = read_names(names, count);
  return out;
}

/// Sorted by the path's parts, so that "a/b" stands before "a-b" everywhere. Links are followed:
/// they may lead in a circle, but no deeper than a frame stands.
std::vector<fs::path> meshes_below(const fs::path& folder) {
  constexpr int kFrames = 2;  // below SUBJECT/EXPRESSION
  std::vector<fs::path> out;
  std::error_code failed;
  for (auto entry = fs::recursive_directory_iterator(
           folder, fs::directory_options::follow_directory_symlink, failed);
       !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    if (entry.depth() < kFrames) continue;
    entry.disable_recursion_pending();
    if (is_mesh_file(entry->path()) && fs::is_regular_file(status_of(entry->path())))
      out.push_back(entry->path());
  }
  if (failed) input_error(folder.string(), ": cannot be read (", failed.message(), ")");
  std::sort(out.begin(), out.end());
  return out;
}

SequenceData read_tree(const SequenceSource& source,
                       const std::function<void(std::int64_t, std::int64_t)>& told) {
  const std::vector<fs::path> files = meshes_below(source.data);
  if (files.empty())
    input_error(source.data.string(), ": holds neither ", kPackedMeshes,
                " nor files SUBJECT/EXPRESSION/FRAME.ply");
  SequenceData out;
  const fs::path topology = source.topology ? *source.topology : files.front();
  out.topology = read_mesh_file(topology);
  check_topology(out.topology, topology.string());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const mesh::TriangleMesh mesh = read_mesh_file(files[i]);
    if (mesh.vertices.size() != out.topology.vertices.size()) {
      out.left_out.push_back(text(files[i].string(), ": has ", mesh.vertices.size(),
                                  " vertices, the template ", out.topology.vertices.size()));
      continue;
    }
    const std::size_t begin = out.positions.size();
    for (const mesh::Vec3& p : mesh.vertices)
      for (const double x : p) out.positions.push_back(static_cast<float>(x));
    check_finite(std::span(out.positions).subspan(begin), files[i].string());
    out.names.push_back((files[i].lexically_relative(source.data).parent_path() / files[i].stem())
                            .generic_string());
    if (told) told(static_cast<std::int64_t>(i + 1), static_cast<std::int64_t>(files.size()));
  }
  return out;
}

/// The places whose name has that part; the rest.
SequenceSplit held_out(const SequenceData& data, int part, const std::string& wanted,
                       const char* what) {
  if (data.names.empty())
    input_error("--split ", what, ":", wanted,
                ": the data have no names; put names.txt beside them, a line "
                "SUBJECT/EXPRESSION/FRAME per mesh");
  SequenceSplit out;
  std::set<std::string> there;
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const std::string name = name_part(data.names[static_cast<std::size_t>(i)], part);
    there.insert(name);
    (name == wanted ? out.test : out.training).push_back(i);
  }
  if (out.test.empty()) {
    std::string all;
    for (const std::string& name : there) all += (all.empty() ? "" : ", ") + name;
    input_error("--split ", what, ":", wanted, ": there is no such ", what, "; there are ", all);
  }
  return out;
}

}  // namespace

mesh::TriangleMesh read_mesh_file(const fs::path& path) {
  mesh::TriangleMesh out;
  const std::string extension = path.extension().string();
  if (extension == ".ply") {
    mesh::RenderMesh read = mesh::read_ply(path);
    out = {std::move(read.vertices), std::move(read.triangles)};
  } else if (extension == ".obj") {
    out = mesh::triangle_mesh(mesh::read_obj(path));
  } else {
    input_error(path.string(), ": is neither .ply nor .obj");
  }
  return out;
}

SequenceData read_sequences(const SequenceSource& source,
                            const std::function<void(std::int64_t, std::int64_t)>& told) {
  const fs::path& data = source.data;
  const fs::file_status there = status_of(data);
  if (!fs::exists(there)) input_error(data.string(), ": does not exist");
  SequenceData out;
  if (!fs::is_directory(there))
    out = read_packed(data, source);
  else if (fs::exists(status_of(data / kPackedMeshes)))
    out = read_packed(data / kPackedMeshes, source);
  else
    out = read_tree(source, told);
  if (out.size() == 0) input_error(data.string(), ": holds no mesh of the template's vertices");
  return out;
}

void write_packed(const fs::path& folder, const SequenceData& data) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) input_error(folder.string(), ": cannot be made (", failed.message(), ")");
  mesh::RenderMesh topology;
  topology.vertices = data.topology.vertices;
  topology.triangles = data.topology.triangles;
  std::string names;
  for (const std::string& name : data.names) names += name + "\n";
  FileSet files(folder);
  files.add(kPackedTemplate, mesh::encode_ply(topology, mesh::PlyFormat::kLittleEndian));
  if (!names.empty()) files.add(kPackedNames, std::string_view(names));
  files.add(kPackedMeshes,
            io::encode_npy(io::NpyArray::of({data.size(), data.vertices(), 3},
                                            std::span<const float>(data.positions))));
  files.commit(Existing::kReplace);
}

std::string name_part(const std::string& name, int part) {
  std::size_t begin = 0;
  for (int i = 0; i < part; ++i) {
    begin = name.find('/', begin);
    if (begin == std::string::npos) break;
    ++begin;
  }
  const std::size_t end = begin == std::string::npos ? begin : name.find('/', begin);
  if (end == std::string::npos || end == begin)
    input_error("'", name, "': is no name SUBJECT/EXPRESSION/FRAME of a mesh");
  return name.substr(begin, end - begin);
}

SequenceSplit split_sequences(const SequenceData& data, const std::string& rule) {
  constexpr std::int64_t kSlice = 100, kTested = 10, kValidation = 100;
  SequenceSplit out;
  const std::size_t colon = rule.find(':');
  const std::string kind = rule.substr(0, colon);
  const std::string name = colon == std::string::npos ? "" : rule.substr(colon + 1);
  if (kind == "expression" && !name.empty()) {
    out = held_out(data, 1, name, "expression");
  } else if (kind == "identity" && !name.empty()) {
    out = held_out(data, 0, name, "identity");
  } else if (rule == "sliced" || rule == "none") {
    for (std::int64_t i = 0; i < data.size(); ++i)
      (rule == "sliced" && i % kSlice < kTested ? out.test : out.training).push_back(i);
  } else {
    input_error("--split ", rule, ": is none of sliced, none, expression:NAME and identity:NAME");
  }
  const auto rest = static_cast<std::int64_t>(out.training.size());
  if (rest < 2)
    input_error("--split ", rule, ": leaves ", rest, " meshes to train on, expected 2 or more");
  const std::int64_t tail = std::min(kValidation, rest / 10);
  out.validation.assign(out.training.end() - tail, out.training.end());
  out.training.resize(static_cast<std::size_t>(rest - tail));
  return out;
}

}  // namespace fgcn::train
