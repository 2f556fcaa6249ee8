// A piece of surface laid flat with little stretch.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "io/mesh/triangle_mesh.h"
#include "mesh/subdivide.h"

namespace fgcn::mesh {

/// A triangle that has to keep its form: corners a and b at (0, 0) and (length, 0), c where it
/// lies.
struct FlatTriangle {
  Triangle corner{};
  double length = 0;
  Vec2 apex{};
  double weight = 0;
};

/// The triangle at each corner of each polygon, made of the corner and its two neighbours: for a
/// quad the four halves. `scale` [polygons] is the wished texture length for a length of one. A
/// polygon's triangles share its area, in the texture, as weight. Corners in one line have none.
std::vector<FlatTriangle> corner_triangles(const Polygons& mesh, const std::vector<Vec3>& position,
                                           const std::vector<double>& scale);

/// Positions [vertices] in the plane that minimize
///
///   sum over triangles of  weight (|J|^2 + |J^-1|^2),  J the map from the wished form to the plane
///
///   start    [vertices] no triangle is turned over; nor is one in the result
///   on_axis  [vertices] 1: its first coordinate stays as it is
///
/// Errors   fgcn::Error when `start` turns a triangle over.
/// Repeat   bitwise on one machine.
/// Source   Symmetric Dirichlet energy, Schreiner et al. 2004; projected Newton steps with its
///          eigensystem as in Smith et al., "Analytic Eigensystems for Isotropic Distortion
///          Energies", 2019; longest step without a flip as in Smith and Schaefer 2015.
std::vector<Vec2> flatten(const std::vector<FlatTriangle>& triangles, std::vector<Vec2> start,
                          const std::vector<std::uint8_t>& on_axis);

/// Positions [vertices] in which every vertex without a place of its own is the mean of its
/// neighbours along the edges of `mesh`: on a disk whose border has places on a convex curve, no
/// polygon is turned over.
///
///   fixed  [vertices] 1: keeps its place in `place`
///
/// Errors   fgcn::Error when a vertex that is not fixed is connected to none that is.
/// Source   Tutte, "How to Draw a Graph", 1963.
std::vector<Vec2> tutte(const Polygons& mesh, std::vector<Vec2> place,
                        const std::vector<std::uint8_t>& fixed);

}  // namespace fgcn::mesh
