#include "mesh/face/face_model.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "io/safetensors.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

constexpr const char* kFormat = "fgcn face model";
constexpr const char* kVersion = "1";
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

Modes read_modes(const io::Safetensors& file, const std::string& name, std::int64_t vertices,
                 const std::string& where) {
  const io::StoredTensor& tensor = shaped(file, name, {-1, vertices, 3}, where);
  Modes modes;
  modes.count = tensor.shape[0];
  modes.data = tensor.floats();
  const auto names = file.metadata.find(text(name, "_names"));
  if (names == file.metadata.end()) return modes;
  const nlohmann::json list = nlohmann::json::parse(names->second, nullptr, false);
  bool strings = list.is_array() && list.size() == static_cast<std::size_t>(modes.count);
  for (std::size_t i = 0; strings && i < list.size(); ++i) strings = list[i].is_string();
  if (!strings)
    input_error(where, ": the names of the ", name, " modes are not a list of ", modes.count,
                " texts; see docs/formats/face-model.md");
  for (const auto& item : list) modes.names.push_back(item.get<std::string>());
  return modes;
}

void store_modes(io::Safetensors& file, const std::string& name, const Modes& modes,
                 std::int64_t vertices) {
  file.tensors[name] = io::StoredTensor::of({modes.count, vertices, 3}, std::span(modes.data));
  if (!modes.names.empty())
    file.metadata[text(name, "_names")] = nlohmann::json(modes.names).dump();
}

void check_coefficients(const Modes& modes, const std::vector<float>& weights, const char* what) {
  FGCN_CHECK(static_cast<std::int64_t>(weights.size()) <= modes.count, what, ": ", weights.size(),
             " coefficients for ", modes.count, " modes");
}

std::vector<float> combine(std::vector<float> sum, const Modes& modes,
                           const std::vector<float>& weights, const char* what) {
  check_coefficients(modes, weights, what);
  for (std::size_t m = 0; m < weights.size(); ++m) {
    if (weights[m] == 0) continue;
    const float* mode = modes.data.data() + m * sum.size();
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weights[m] * mode[i];
  }
  return sum;
}

}  // namespace

namespace {

void check_kind(const io::Safetensors& file, const std::string& where) {
  const auto format = file.metadata.find("format");
  if (format == file.metadata.end() || format->second != kFormat)
    input_error(where, ": is not a face model; make one with fgcn_data embedded or import-ict");
  const auto version = file.metadata.find("version");
  if (version == file.metadata.end() || version->second != kVersion)
    input_error(where, ": has a version of the face-model format that this program does not know; ",
                "write it again with this program's fgcn_data");
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
  const std::vector<std::int32_t> corners = shaped(file, "triangles", {-1, 3}, where).ints();
  for (std::size_t i = 0; i + 2 < corners.size(); i += 3)
    model.triangles.push_back({corners[i], corners[i + 1], corners[i + 2]});
  model.uv = shaped(file, "uv", {v, 2}, where).floats();
  model.landmarks = shaped(file, "landmarks", {-1}, where).ints();
  model.mirror = shaped(file, "mirror", {v}, where).ints();
  for (const std::int32_t flag : shaped(file, "skin", {v}, where).ints()) {
    if (flag < 0 || flag > 1) input_error(where, ": skin holds ", flag, ", expected 0 or 1");
    model.skin.push_back(static_cast<std::uint8_t>(flag));
  }
  model.landmark_errors = read_landmark_errors(file, where);
  check(model, where);
  return model;
}

void write_face_model(const std::filesystem::path& path, const FaceModel& model) {
  check(model, path.string());
  const std::int64_t v = model.vertices();
  const std::int64_t e = model.expression.count;
  io::Safetensors file;
  file.metadata.emplace("format", kFormat);
  file.metadata.emplace("version", kVersion);
  file.metadata.emplace("name", model.name);
  file.tensors["mean_shape"] = io::StoredTensor::of({v, 3}, std::span(model.mean_shape));
  file.tensors["mean_albedo"] = io::StoredTensor::of({v, 3}, std::span(model.mean_albedo));
  store_modes(file, "identity", model.identity, v);
  store_modes(file, "expression", model.expression, v);
  store_modes(file, "albedo", model.albedo, v);
  file.tensors["expression_low"] = io::StoredTensor::of({e}, std::span(model.expression_low));
  file.tensors["expression_high"] = io::StoredTensor::of({e}, std::span(model.expression_high));
  std::vector<std::int32_t> corners;
  for (const Triangle& t : model.triangles) corners.insert(corners.end(), t.begin(), t.end());
  const auto triangles = static_cast<std::int64_t>(model.triangles.size());
  file.tensors["triangles"] =
      io::StoredTensor::of({triangles, 3}, std::span<const std::int32_t>(corners));
  file.tensors["uv"] = io::StoredTensor::of({v, 2}, std::span(model.uv));
  file.tensors["landmarks"] =
      io::StoredTensor::of({std::int64_t{kLandmarks}}, std::span(model.landmarks));
  file.tensors["mirror"] = io::StoredTensor::of({v}, std::span(model.mirror));
  file.tensors["skin"] = io::StoredTensor::of({v}, std::span(model.skin));
  check(model.landmark_errors, path.string());
  store(file, model.landmark_errors);
  io::write_safetensors(path, file);
}

TriangleMesh mean_mesh(const FaceModel& model) {
  TriangleMesh out;
  out.triangles = model.triangles;
  for (std::size_t v = 0; v < static_cast<std::size_t>(model.vertices()); ++v)
    out.vertices.push_back(
        {model.mean_shape[3 * v], model.mean_shape[3 * v + 1], model.mean_shape[3 * v + 2]});
  return out;
}

std::vector<float> shape(const FaceModel& model, const std::vector<float>& identity,
                         const std::vector<float>& expression) {
  return combine(combine(model.mean_shape, model.identity, identity, "shape"), model.expression,
                 expression, "shape");
}

std::vector<float> shape_at(const FaceModel& model, const std::vector<float>& identity,
                            const std::vector<float>& expression,
                            std::span<const std::int32_t> at) {
  check_coefficients(model.identity, identity, "shape");
  check_coefficients(model.expression, expression, "shape");
  std::vector<float> out;
  const auto add = [](float& sum, const Modes& modes, const std::vector<float>& weights,
                      std::size_t element, std::size_t elements) {
    for (std::size_t m = 0; m < weights.size(); ++m)
      if (weights[m] != 0) sum += weights[m] * modes.data[m * elements + element];
  };
  for (const std::int32_t v : at) {
    FGCN_CHECK(v >= 0 && v < model.vertices(), "shape: vertex ", v, " of ", model.vertices());
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t element = 3 * static_cast<std::size_t>(v) + c;
      float sum = model.mean_shape[element];
      add(sum, model.identity, identity, element, model.mean_shape.size());
      add(sum, model.expression, expression, element, model.mean_shape.size());
      out.push_back(sum);
    }
  }
  return out;
}

std::vector<float> albedo(const FaceModel& model, const std::vector<float>& coefficients) {
  std::vector<float> colors = combine(model.mean_albedo, model.albedo, coefficients, "albedo");
  for (float& value : colors) value = std::clamp(value, 0.0f, 1.0f);
  return colors;
}

}  // namespace fgcn::mesh
