// Wrinkles and folds of a photo as turns of the fitted surface's normals.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "io/image.h"
#include "photo/landmarks.h"
#include "recon/fit/fit_result.h"

namespace fgcn::recon {

/// The fitted face as a picture of it shows it, per pixel.
struct SeenSurface {
  Image normals;  // [G, G, 3] smooth, of length 1, camera space; zero where no face is
  Image usual;    // [G, G, 3] albedo that the face model knows for such a person
  Image albedo;   // [G, G, 3] as it is written
  Image visible;  // [G, G, 1] 1 where the picture shows skin, else 0
};

/// What the vertices say, interpolated over a picture of `size` pixels a side.
///   albedo   [V, 3] as it is written; `usual` is the fit's
///   visible  [V] 1 where the crop shows the vertex and its skin
///   side     pixels a side of the crop that fit.screen counts
SeenSurface seen_surface(const FitResult& fit, const std::vector<float>& albedo,
                         const std::vector<float>& visible,
                         const std::vector<std::int32_t>& triangles, std::int64_t side,
                         std::int64_t size);

struct ShadedNormals {
  /// [G, G, 3] what is added to the smooth normal before it is normalised: tangential, camera
  /// space. Its length is the tangent of the angle, 35 degrees at most; zero where nothing was
  /// found.
  Image tilt;
  /// How much of the logarithm of these normals' shading each channel of the albedo holds already:
  /// 0 or more, the mean of the three 1 at most. Folds of skin are of a deeper color.
  std::array<double, 3> held{};

  bool empty() const { return tilt.pixels.empty(); }
};

/// Normals whose shading follows the photo: those of a height over the surface (height_field.h).
///
/// The detail is the logarithm of the photo over the fit's albedo and light, finer than 5.5 pixels
/// of a crop of 224, in a mean of the channels that pigments change little. It counts where skin is
/// seen squarely and neither burnt out nor black. It counts little where the color changes with it,
/// and not at all at eyes, brows, lips and nostrils.
///
///   photo      [G, G, 3] the crop
///   light      27 coefficients that belong to the albedo
///   landmarks  in pixels of `photo`
///
/// Errors   fgcn::Error when the pictures are of different sizes.
/// Repeat   bitwise; one thread.
ShadedNormals shaded_normals(const Image& photo, const SeenSurface& surface,
                             const std::array<double, 27>& light,
                             const photo::Landmarks& landmarks);

}  // namespace fgcn::recon
