// Face-model files: versions 1 (a face) and 2 (what a whole head adds).
#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/arrays/safetensors.h"
#include "kernels/core/error.h"
#include "mesh/face/face_model.h"

namespace fgcn::mesh {
namespace {

constexpr const char* kFormat = "fgcn face model";
constexpr const char* kFaceVersion = "1";
constexpr const char* kHeadVersion = "2";
constexpr std::size_t kLandmarks = 68;
constexpr std::uint64_t kMostBytes = std::uint64_t{2}
                                     << 30;  // 500 modes of 50,000 vertices: 0.3 GB

// The tensor's shape must be `shape`, where -1 stands for any size.
const io::StoredTensor& shaped(const io::Safetensors& file, const std::string& name,
                               const std::vector<std::int64_t>& shape, const std::string& where) {
  const io::StoredTensor& tensor = file.at(name, where);
  bool fits = tensor.shape.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i)
    fits = shape[i] < 0 || tensor.shape[i] == shape[i];
  if (!fits)
    input_error(where, ": the array ", name,
                " does not have the shape that a face model's has; see docs/formats/face-model.md");
  return tensor;
}

/// `count` is -1 for any number.
std::vector<std::string> read_names(const io::Safetensors& file, const std::string& key,
                                    std::int64_t count, const std::string& where) {
  const auto stored = file.metadata.find(key);
  const nlohmann::json list = stored == file.metadata.end()
                                  ? nlohmann::json()
                                  : nlohmann::json::parse(stored->second, nullptr, false);
  bool strings = list.is_array() && (count < 0 || list.size() == static_cast<std::size_t>(count));
  for (std::size_t i = 0; strings && i < list.size(); ++i) strings = list[i].is_string();
  if (!strings)
    input_error(where, ": ", key, " in the header is not a list of ",
                count < 0 ? std::string() : text(count, " "),
                "names as texts; see docs/formats/face-model.md");
  std::vector<std::string> names;
  for (const auto& item : list) names.push_back(item.get<std::string>());
  return names;
}

Modes read_modes(const io::Safetensors& file, const std::string& name, std::int64_t vertices,
                 const std::string& where) {
  const io::StoredTensor& tensor = shaped(file, name, {-1, vertices, 3}, where);
  Modes modes;
  modes.count = tensor.shape[0];
  modes.data = tensor.floats();
  const std::string key = text(name, "_names");
  if (file.metadata.contains(key)) modes.names = read_names(file, key, modes.count, where);
  return modes;
}

void store_modes(io::Safetensors& file, const std::string& name, const Modes& modes,
                 std::int64_t vertices) {
  file.tensors[name] = io::StoredTensor::of({modes.count, vertices, 3}, std::span(modes.data));
  if (!modes.names.empty())
    file.metadata[text(name, "_names")] = nlohmann::json(modes.names).dump();
}

void check_kind(const io::Safetensors& file, const std::string& where) {
  const auto format = file.metadata.find("format");
  if (format == file.metadata.end() || format->second != kFormat)
    input_error(where, ": is not a face model; make one with fgcn_data embedded or import-ict");
  const auto version = file.metadata.find("version");
  if (version == file.metadata.end() ||
      (version->second != kFaceVersion && version->second != kHeadVersion))
    input_error(where, ": has a version of the face-model format that this program does not know; ",
                "write it again with this program's fgcn_data");
}

std::vector<Triangle> read_triangles(const io::Safetensors& file, const std::string& name,
                                     std::int64_t count, const std::string& where) {
  const std::vector<std::int32_t> corners = shaped(file, name, {count, 3}, where).ints();
  std::vector<Triangle> triangles;
  for (std::size_t i = 0; i + 2 < corners.size(); i += 3)
    triangles.push_back({corners[i], corners[i + 1], corners[i + 2]});
  return triangles;
}

void store_triangles(io::Safetensors& file, const std::string& name,
                     const std::vector<Triangle>& triangles) {
  std::vector<std::int32_t> corners;
  for (const Triangle& t : triangles) corners.insert(corners.end(), t.begin(), t.end());
  file.tensors[name] = io::StoredTensor::of({static_cast<std::int64_t>(triangles.size()), 3},
                                            std::span<const std::int32_t>(corners));
}

/// Values of 0 to `most`, which fit a byte.
std::vector<std::uint8_t> read_bytes(const io::StoredTensor& tensor, std::int32_t most,
                                     const char* name, const std::string& where) {
  std::vector<std::uint8_t> out;
  for (const std::int32_t value : tensor.ints()) {
    if (value < 0 || value > most)
      input_error(where, ": ", name, " holds ", value, ", expected 0 to ", most);
    out.push_back(static_cast<std::uint8_t>(value));
  }
  return out;
}

/// Arrays that stand together or are all absent; InputError naming the one that is missing.
bool has_all(const io::Safetensors& file, std::initializer_list<const char*> names,
             const std::string& where) {
  const auto stored = [&](const char* name) { return file.tensors.contains(name); };
  if (std::none_of(names.begin(), names.end(), stored)) return false;
  for (const char* name : names) file.at(name, where);
  return true;
}

void read_whole_head(const io::Safetensors& file, FaceModel& model, const std::string& where) {
  const std::int64_t v = model.vertices();
  constexpr std::int32_t kByte = 255;
  if (has_all(file, {"uv_triangles"}, where))
    model.uv_triangles = read_triangles(file, "uv_triangles",
                                        static_cast<std::int64_t>(model.triangles.size()), where);
  if (has_all(file, {"vertex_part"}, where)) {
    model.parts.names = read_names(file, "part_names", -1, where);
    model.parts.part =
        read_bytes(shaped(file, "vertex_part", {v}, where), kByte, "vertex_part", where);
  }
  if (has_all(file, {"joint_parents", "joint_positions", "skinning_joints", "skinning_weights"},
              where)) {
    FaceJoints& joints = model.joints;
    const auto influences = static_cast<std::int64_t>(FaceJoints::kInfluences);
    joints.parents = shaped(file, "joint_parents", {-1}, where).ints();
    const auto count = static_cast<std::int64_t>(joints.parents.size());
    joints.names = read_names(file, "joint_names", count, where);
    joints.positions = shaped(file, "joint_positions", {count, 3}, where).floats();
    joints.joints = read_bytes(shaped(file, "skinning_joints", {v, influences}, where), kByte,
                               "skinning_joints", where);
    joints.weights = shaped(file, "skinning_weights", {v, influences}, where).floats();
  }
  if (has_all(file, {"landmark_triangles", "landmark_weights"}, where)) {
    model.landmark_points.triangles = shaped(file, "landmark_triangles", {-1}, where).ints();
    model.landmark_points.weights = shaped(file, "landmark_weights", {-1, 3}, where).floats();
  }
  model.landmark_errors = read_landmark_errors(file, where);
  if (has_all(file, {"regions"}, where)) {
    const io::StoredTensor& inside = shaped(file, "regions", {-1, v}, where);
    model.regions.names = read_names(file, "region_names", inside.shape[0], where);
    model.regions.inside = read_bytes(inside, 1, "regions", where);
  }
}

void store_names(io::Safetensors& file, const char* key, const std::vector<std::string>& names) {
  file.metadata[key] = nlohmann::json(names).dump();
}

void store_whole_head(io::Safetensors& file, const FaceModel& model) {
  const std::int64_t v = model.vertices();
  const auto influences = static_cast<std::int64_t>(FaceJoints::kInfluences);
  if (!model.uv_triangles.empty()) store_triangles(file, "uv_triangles", model.uv_triangles);
  if (!model.parts.empty()) {
    store_names(file, "part_names", model.parts.names);
    file.tensors["vertex_part"] = io::StoredTensor::of({v}, std::span(model.parts.part));
  }
  if (!model.joints.empty()) {
    const FaceJoints& joints = model.joints;
    const auto count = static_cast<std::int64_t>(joints.names.size());
    store_names(file, "joint_names", joints.names);
    file.tensors["joint_parents"] = io::StoredTensor::of({count}, std::span(joints.parents));
    file.tensors["joint_positions"] = io::StoredTensor::of({count, 3}, std::span(joints.positions));
    file.tensors["skinning_joints"] =
        io::StoredTensor::of({v, influences}, std::span(joints.joints));
    file.tensors["skinning_weights"] =
        io::StoredTensor::of({v, influences}, std::span(joints.weights));
  }
  if (!model.landmark_points.empty()) {
    const LandmarkPoints& points = model.landmark_points;
    const auto count = static_cast<std::int64_t>(points.triangles.size());
    file.tensors["landmark_triangles"] = io::StoredTensor::of({count}, std::span(points.triangles));
    file.tensors["landmark_weights"] = io::StoredTensor::of({count, 3}, std::span(points.weights));
  }
  store(file, model.landmark_errors);
  if (!model.regions.empty()) {
    store_names(file, "region_names", model.regions.names);
    file.tensors["regions"] =
        io::StoredTensor::of({static_cast<std::int64_t>(model.regions.names.size()), v},
                             std::span(model.regions.inside));
  }
}

/// A model that uses nothing of version 2 is a file of version 1, byte for byte.
bool is_whole_head(const FaceModel& model) {
  return !model.uv_triangles.empty() || !model.parts.empty() || !model.joints.empty() ||
         !model.landmark_points.empty() || !model.regions.empty() || !model.landmark_errors.empty();
}

}  // namespace

FaceModel read_face_model(const std::filesystem::path& path) {
  const std::string where = path.string();
  const io::Safetensors file = io::read_safetensors(path, [&](const io::Safetensors& header) {
    check_kind(header, where);
    io::check_bytes(header, kMostBytes, where);
  });
  FaceModel model;
  const auto name = file.metadata.find("name");
  if (name != file.metadata.end()) model.name = name->second;
  model.mean_shape = shaped(file, "mean_shape", {-1, 3}, where).floats();
  const std::int64_t v = model.vertices();
  model.mean_albedo = shaped(file, "mean_albedo", {v, 3}, where).floats();
  model.identity = read_modes(file, "identity", v, where);
  model.expression = read_modes(file, "expression", v, where);
  model.albedo = read_modes(file, "albedo", v, where);
  const std::int64_t e = model.expression.count;
  model.expression_low = shaped(file, "expression_low", {e}, where).floats();
  model.expression_high = shaped(file, "expression_high", {e}, where).floats();
  const bool head = file.metadata.at("version") == kHeadVersion;
  const bool seams = head && file.tensors.contains("uv_triangles");
  model.triangles = read_triangles(file, "triangles", -1, where);
  model.uv = shaped(file, "uv", {seams ? -1 : v, 2}, where).floats();
  model.landmarks = shaped(file, "landmarks", {-1}, where).ints();
  model.mirror = shaped(file, "mirror", {v}, where).ints();
  model.skin = read_bytes(shaped(file, "skin", {v}, where), 1, "skin", where);
  if (head) read_whole_head(file, model, where);
  check(model, where);
  return model;
}

void write_face_model(const std::filesystem::path& path, const FaceModel& model) {
  check(model, path.string());
  const std::int64_t v = model.vertices();
  const std::int64_t e = model.expression.count;
  io::Safetensors file;
  file.metadata.emplace("format", kFormat);
  file.metadata.emplace("version", is_whole_head(model) ? kHeadVersion : kFaceVersion);
  file.metadata.emplace("name", model.name);
  file.tensors["mean_shape"] = io::StoredTensor::of({v, 3}, std::span(model.mean_shape));
  file.tensors["mean_albedo"] = io::StoredTensor::of({v, 3}, std::span(model.mean_albedo));
  store_modes(file, "identity", model.identity, v);
  store_modes(file, "expression", model.expression, v);
  store_modes(file, "albedo", model.albedo, v);
  file.tensors["expression_low"] = io::StoredTensor::of({e}, std::span(model.expression_low));
  file.tensors["expression_high"] = io::StoredTensor::of({e}, std::span(model.expression_high));
  store_triangles(file, "triangles", model.triangles);
  file.tensors["uv"] = io::StoredTensor::of({static_cast<std::int64_t>(model.uv.size() / 2), 2},
                                            std::span(model.uv));
  file.tensors["landmarks"] =
      io::StoredTensor::of({std::int64_t{kLandmarks}}, std::span(model.landmarks));
  file.tensors["mirror"] = io::StoredTensor::of({v}, std::span(model.mirror));
  file.tensors["skin"] = io::StoredTensor::of({v}, std::span(model.skin));
  store_whole_head(file, model);
  io::write_safetensors(path, file);
}

}  // namespace fgcn::mesh
