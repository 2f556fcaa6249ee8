#include "mesh/face/face_model.h"

#include <algorithm>
#include <span>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

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
