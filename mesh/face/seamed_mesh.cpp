#include <array>
#include <map>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/face/face_model.h"

namespace fgcn::mesh {

SeamedMesh cut_at_seams(const FaceModel& model) {
  const auto vertices = static_cast<std::int32_t>(model.vertices());
  SeamedMesh out;
  for (std::int32_t v = 0; v < vertices; ++v) out.vertex.push_back(v);
  if (model.uv_triangles.empty()) {
    out.uv = model.uv;
    out.triangles = model.triangles;
    return out;
  }
  FGCN_CHECK(model.uv_triangles.size() == model.triangles.size(),
             "cut_at_seams: ", model.uv_triangles.size(), " texture triangles for ",
             model.triangles.size());
  out.uv.assign(2 * static_cast<std::size_t>(vertices), 0.0f);
  std::vector<bool> placed(static_cast<std::size_t>(vertices), false);
  using Coordinate = std::array<float, 2>;
  // Charts that end in different rows of equal coordinates make no seam.
  std::map<std::pair<std::int32_t, Coordinate>, std::int32_t> place;
  for (std::size_t t = 0; t < model.triangles.size(); ++t) {
    Triangle corners{};
    for (std::size_t k = 0; k < 3; ++k) {
      const std::int32_t v = model.triangles[t][k];
      const auto row = static_cast<std::size_t>(model.uv_triangles[t][k]);
      const Coordinate at{model.uv.at(2 * row), model.uv.at(2 * row + 1)};
      const bool first = !placed.at(static_cast<std::size_t>(v));
      const auto next = first ? v : static_cast<std::int32_t>(out.vertex.size());
      const auto [found, fresh] = place.try_emplace({v, at}, next);
      corners[k] = found->second;
      if (!fresh) continue;
      if (first) {
        placed[static_cast<std::size_t>(v)] = true;
        out.uv[2 * static_cast<std::size_t>(v)] = at[0];
        out.uv[2 * static_cast<std::size_t>(v) + 1] = at[1];
      } else {
        out.vertex.push_back(v);
        out.uv.insert(out.uv.end(), at.begin(), at.end());
      }
    }
    out.triangles.push_back(corners);
  }
  return out;
}

}  // namespace fgcn::mesh
