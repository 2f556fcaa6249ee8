// The scalp of a whole head takes the color of the hair in the photo.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "io/image.h"
#include "mesh/face/face_model.h"
#include "photo/align.h"
#include "photo/decode/decode.h"
#include "recon/fit/fit_result.h"
#include "render/projected_colors.h"

namespace fgcn::recon {

/// The photo around a crop: a crop reaches from the chin to the middle of the forehead only.
///
///   cut      the crop of the photo, of the size that `fit` has
///   crop     [S, S, 4] the same with its skin mask
///   faces    [T, 3] flat, of the face model
///   returns  colors and visibility within twice the crop; the mask is 0 outside of it. A vertex
///            without the mask that has a color of the picture far beside the head is not visible:
///            it shows the background, since a real head may be lower than the model's
ProjectedColors colors_around(const photo::Photo& photo, const photo::Crop& cut, const Image& crop,
                              const FitResult& fit, const std::vector<std::int32_t>& faces);

/// Paints scalps of one face model.
///
/// Hair is what the photo shows on the scalp, and joined to that above the brows, where the skin
/// mask leaves it out and the color is not the forehead's. On a bald head all of it is, and that
/// serves as well. A visible vertex takes its own pixel without the light, and one that turns away
/// or is hidden the median of all of these. Edges of the painted scalp are soft. Nothing is painted
/// where less than half of the visible scalp shows hair, or where the photo shows hardly any
/// scalp, and on a model without a region "scalp".
///
/// Repeat   bitwise; one thread, and safe to call from several.
class ScalpPainter {
 public:
  explicit ScalpPainter(const mesh::FaceModel& face);

  /// False for a model without a region "scalp": colors_around() would be for nothing.
  bool has_scalp() const { return !area_.empty(); }
  /// seen        colors_around() the crop
  /// irradiance  [V, 3] light that belongs to `albedo`
  /// albedo      [V, 3] sRGB-encoded [0, 1]; the scalp's rows are painted
  /// returns     whether hair was seen
  bool operator()(const FitResult& fit, const ProjectedColors& seen,
                  const std::vector<float>& irradiance, std::vector<float>& albedo) const;

 private:
  using Color = std::array<float, 3>;

  /// Vertices of the mesh.
  std::span<const std::int32_t> neighbors(std::size_t i) const;
  /// The area's pixels without the light.
  std::vector<Color> unlit(const ProjectedColors& seen, const std::vector<float>& irradiance) const;
  /// Hair on the forehead counts where a way of hair leads to it from the scalp.
  void drop_what_no_scalp_joins(std::vector<double>& hair) const;
  /// Means over neighbors at the vertices that `where` marks; beyond the area nothing is painted.
  void soften(std::vector<double>& paint, const std::vector<std::uint8_t>& where, int sweeps) const;

  std::vector<std::int32_t> area_;   // vertices: scalp and forehead
  std::vector<std::uint8_t> scalp_;  // [area] 1 on the scalp
  std::vector<std::int32_t> place_;  // [V] in area_, or -1
  std::vector<std::int32_t> begin_;  // [area + 1] of each vertex' neighbors
  std::vector<std::int32_t> neighbor_;
};

}  // namespace fgcn::recon
