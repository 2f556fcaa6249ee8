// How far reconstructed meshes are from the true ones, and the linear model beside.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/image.h"

namespace fgcn::train {

/// Distances of corresponding vertices, over all vertices of all meshes.
struct VertexErrors {
  double mean = 0, deviation = 0, median = 0;  // mm; the deviation over n
  std::vector<double> curve;                   // [kBins + 1] % of vertices below i * kStep mm

  static constexpr std::int64_t kBins = 1000;
  static constexpr double kEnd = 6;  // mm
};

/// `a` and `b` [n, V, 3]; distances times `millimetres`.
/// Errors  fgcn::Error when sizes differ or there is nothing.
VertexErrors vertex_errors(std::span<const float> a, std::span<const float> b, double millimetres);

/// "NAME PCA Error: m+s | med CoMA Error: m+s | med", as the authors print it.
std::string error_line(const std::string& name, const VertexErrors& linear,
                       const VertexErrors& coma);

struct NamedErrors {
  std::string name;
  VertexErrors errors;
};
/// A column of millimetres, and one per curve.
std::string curve_table(const std::vector<NamedErrors>& curves);
/// % of vertices over millimetres.
Image8 curve_picture(const std::vector<NamedErrors>& curves);

/// The leading principal components of rows whose mean is 0.
struct Components {
  std::int64_t count = 0, width = 0;
  std::vector<float> directions;  // [count, width] orthonormal
};

/// By orthogonal iteration with a few more directions than are wanted.
///
///   rows  [n, width]; those of `which` count
///
/// Repeat  bitwise for any number of threads.
/// Source  Halko, Martinsson and Tropp, SIAM Review 2011, algorithm 4.4.
Components principal_components(std::span<const float> rows, std::int64_t width,
                                std::span<const std::int64_t> which, std::int64_t count);
/// The rows' projections onto the components.
std::vector<float> through(const Components& components, std::span<const float> rows);

}  // namespace fgcn::train
