#include "mesh/face/ict_kit.h"

#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "io/file.h"
#include "kernels/core/error.h"

namespace fgcn::mesh::ict {

IndexFile read_index_file(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    const std::filesystem::path inner = path.parent_path() / "FaceXModel";
    input_error(path.parent_path().string(), ": has no ", kIndexFile, "; give ",
                std::filesystem::exists(inner / kIndexFile)
                    ? inner.string()
                    : std::string("the ICT-FaceKit's folder FaceXModel"));
  }
  const Bytes bytes = read_file(path, std::uint64_t{16} << 20);
  const nlohmann::json file = nlohmann::json::parse(bytes.begin(), bytes.end(), nullptr, false);
  const auto malformed = [&](const char* what) {
    input_error(path.string(), ": ", what, "; copy the file from the ICT-FaceKit again");
  };
  if (!file.is_object()) malformed("is not a JSON object");
  IndexFile result;
  const auto names = file.find("expressions");
  if (names == file.end() || !names->is_array()) malformed("has no list \"expressions\"");
  for (const auto& name : *names) {
    if (!name.is_string()) malformed("has an expression that is not a text");
    const std::string& value = name.get_ref<const std::string&>();
    // The name becomes a file's name.
    if (value.empty() || value.find_first_of("/\\") != std::string::npos || value.front() == '.')
      malformed("has an expression that is not a plain name");
    result.expressions.push_back(value);
  }
  const auto points = file.find("idx_to_landmark_verts");
  if (points == file.end() || !points->is_array() || points->size() != kLandmarks)
    malformed("has no list \"idx_to_landmark_verts\" of 68 vertices");
  for (const auto& point : *points) {
    if (!point.is_number_integer()) malformed("has a landmark that is not a number");
    const auto value = point.get<std::int64_t>();
    if (value < 0 || value >= kFaceVertices) malformed("has a landmark that is not on the face");
    result.landmarks.push_back(static_cast<std::int32_t>(value));
  }
  return result;
}

std::vector<float> difference(const std::vector<Vec3>& a, const std::vector<Vec3>& b) {
  std::vector<float> result;
  result.reserve(b.size() * 3);
  for (std::size_t v = 0; v < b.size(); ++v)
    for (std::size_t k = 0; k < 3; ++k) result.push_back(static_cast<float>(a[v][k] - b[v][k]));
  return result;
}

ObjFile read_kit_obj(const std::filesystem::path& path, std::int32_t vertices) {
  ObjFile obj = read_obj(path);
  if (obj.vertices.size() < static_cast<std::size_t>(vertices))
    input_error(path.string(), ": has ", obj.vertices.size(),
                " vertices, a mesh of the ICT-FaceKit ", "has at least ", vertices,
                "; copy the file from the kit again");
  obj.vertices.resize(static_cast<std::size_t>(vertices));
  return obj;
}

Shapes read_identities(const std::filesystem::path& folder, const std::vector<Vec3>& neutral) {
  Shapes out;
  const auto vertices = static_cast<std::int32_t>(neutral.size());
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(i);
    const std::string name = text("identity", std::string(3 - number.size(), '0'), number);
    const std::filesystem::path path = folder / text(name, ".obj");
    if (!std::filesystem::exists(path)) break;
    out.deltas.push_back(difference(read_kit_obj(path, vertices).vertices, neutral));
    out.names.push_back(name);
  }
  if (out.deltas.empty())
    input_error(folder.string(),
                ": has no identity000.obj; give the ICT-FaceKit's folder FaceXModel");
  return out;
}

Shapes read_expressions(const std::filesystem::path& folder, const IndexFile& index,
                        const std::vector<Vec3>& neutral) {
  Shapes out;
  const auto vertices = static_cast<std::int32_t>(neutral.size());
  for (const std::string& name : index.expressions) {
    const std::filesystem::path path = folder / text(name, ".obj");
    out.deltas.push_back(difference(read_kit_obj(path, vertices).vertices, neutral));
    out.names.push_back(name);
  }
  return out;
}

Modes stacked(const std::vector<std::vector<float>>& deltas, std::vector<std::string> names) {
  Modes modes;
  modes.count = static_cast<std::int64_t>(deltas.size());
  modes.names = std::move(names);
  for (const std::vector<float>& delta : deltas)
    for (const float value : delta)
      modes.data.push_back(static_cast<float>(value * kDecimetresPerCentimetre));
  return modes;
}

void check_landmarks(const std::vector<std::int32_t>& landmarks, const std::string& where) {
  std::unordered_map<std::int32_t, std::size_t> point;
  for (std::size_t k = 0; k < landmarks.size(); ++k) {
    const auto [found, added] = point.emplace(landmarks[k], k);
    if (!added)
      input_error(where, ": landmarks: the points ", found->second, " and ", k, " are both vertex ",
                  landmarks[k], ", expected a vertex for each of the 68; copy the kit again");
  }
}

}  // namespace fgcn::mesh::ict
