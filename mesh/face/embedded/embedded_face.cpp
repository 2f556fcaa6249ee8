#include "mesh/face/embedded/embedded_face.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/face/embedded/albedo.h"
#include "mesh/face/embedded/curves.h"
#include "mesh/face/embedded/fields.h"
#include "mesh/face/embedded/landmarks.h"
#include "mesh/face/embedded/population.h"

namespace fgcn::mesh {
namespace embedded {

std::vector<Site> sites(const Geometry& g) {
  std::vector<Site> list;
  list.reserve(g.position.size());
  for (int row = 0; row < Rows::kCount; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      const auto i = static_cast<std::size_t>(Geometry::index(row, column));
      Vec3 p = g.position[i];
      p[0] = std::abs(p[0]);
      list.push_back({p, std::abs(g.canonical[i][0]), g.canonical[i][1],
                      column < kHalfColumns ? -1.0 : 1.0, row});
    }
  }
  return list;
}

namespace {

constexpr double kDecimetre = 0.01;  // of a millimetre

// A field written for x >= 0, carried to the vertex's own side.
Vec3 displacement(const Field& field, Symmetry symmetry, const Site& v) {
  Vec3 d = field(v);
  switch (symmetry) {
    case Symmetry::kMirror:
      d[0] *= v.side * smooth_step(0, 6, v.x);  // no tear at the middle
      break;
    case Symmetry::kSlide:
      break;
    case Symmetry::kSwap: {
      const double away = smooth_step(0, 12, v.x);
      d[0] *= away;
      d[1] *= v.side * away;
      d[2] *= v.side * away;
      break;
    }
  }
  return d;
}

void append(Modes& modes, const std::string& name, const std::vector<Vec3>& field) {
  for (const Vec3& d : field)
    for (const double value : d) modes.data.push_back(static_cast<float>(value));
  modes.names.push_back(name);
  ++modes.count;
}

template <class Mode>
const Mode& mode_called(const std::vector<Mode>& list, std::string_view name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Mode& m) { return m.name == name; });
  FGCN_CHECK(found != list.end(), "embedded face: no mode is called ", std::string(name));
  return *found;
}

// From the drawn face to the mean of people; where a vertex lies in the drawing stays as it is.
std::vector<Site> moved_to_mean(const std::vector<Site>& drawn) {
  std::vector<Site> all = drawn;
  const std::vector<NamedField> fields = identity_fields();
  for (const ModeShare& part : shape_of_people()) {
    const NamedField& f = mode_called(fields, part.mode);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Vec3 d = displacement(f.field, f.symmetry, drawn[i]);
      all[i].p[0] += part.share * d[0] * drawn[i].side;
      all[i].p[1] += part.share * d[1];
      all[i].p[2] += part.share * d[2];
    }
  }
  return all;
}

Modes identity_modes(const std::vector<Site>& all) {
  Modes modes;
  std::vector<Vec3> field(all.size());
  for (const NamedField& f : identity_fields()) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      field[i] = displacement(f.field, f.symmetry, all[i]);
      for (double& d : field[i]) d *= kDecimetre;
    }
    append(modes, f.name, field);
  }
  return modes;
}

void add_expressions(FaceModel& model, const std::vector<Site>& all) {
  std::vector<Vec3> field(all.size());
  for (const Blendshape& f : expression_fields()) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Site& v = all[i];
      field[i] = displacement(f.field, f.symmetry, v);
      const double share = f.half == 0 ? 1 : smooth_step(-7, 7, f.half * v.side * v.x);
      for (double& d : field[i]) d *= share * kDecimetre;
    }
    append(model.expression, f.name, field);
    model.expression_low.push_back(static_cast<float>(f.low));
    model.expression_high.push_back(static_cast<float>(f.high));
  }
}

void add_colors(FaceModel& model, const std::vector<Site>& all) {
  std::vector<Paint> paints;
  paints.reserve(all.size());
  const std::vector<ColorMode> modes = color_modes();
  for (const Site& v : all) {
    paints.push_back(paint(v));
    Color mean = mean_color(v, paints.back());
    for (const ModeShare& part : color_of_people()) {
      const Color d = mode_called(modes, part.mode).change(v, paints.back());
      for (std::size_t c = 0; c < 3; ++c) mean[c] += part.share * d[c];
    }
    for (const double value : mean)
      model.mean_albedo.push_back(static_cast<float>(std::clamp(value, 0.0, 1.0)));
    model.skin.push_back(paints.back().skin > 0 && paints.back().nostril < 0.35 ? 1 : 0);
  }
  std::vector<Vec3> field(all.size());
  for (const ColorMode& mode : modes) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      field[i] = mode.change(all[i], paints[i]);
      if (!mode.antisymmetric) continue;
      for (double& d : field[i]) d *= all[i].side;
    }
    append(model.albedo, mode.name, field);
  }
}

void add_topology(FaceModel& model) {
  for (int row = 0; row + 1 < Rows::kCount; ++row) {
    for (int column = 0; column + 1 < kColumns; ++column) {
      const int a = Geometry::index(row, column);
      const int b = a + 1;
      const int c = a + kColumns;
      const int d = c + 1;
      // Diagonals mirror each other across the middle column.
      if (column < kHalfColumns) {
        model.triangles.push_back({a, c, d});
        model.triangles.push_back({a, d, b});
      } else {
        model.triangles.push_back({a, c, b});
        model.triangles.push_back({b, c, d});
      }
    }
  }
  for (int row = 0; row < Rows::kCount; ++row)
    for (int column = 0; column < kColumns; ++column)
      model.mirror.push_back(Geometry::index(row, kColumns - 1 - column));
}

// The grid is drawn denser where the face has detail, so the grid itself is a good chart.
void add_uv(FaceModel& model) {
  for (int row = 0; row < Rows::kCount; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      model.uv.push_back(static_cast<float>((column + 0.5) / kColumns));
      model.uv.push_back(static_cast<float>(1 - (row + 0.5) / Rows::kCount));
    }
  }
}

}  // namespace
}  // namespace embedded

FaceModel make_embedded_face() {
  using namespace embedded;
  const std::vector<Site> drawn = sites(mean_geometry());
  const std::vector<Site> all = moved_to_mean(drawn);
  FaceModel model;
  model.name = "embedded";
  Vec3 mean{};
  for (const Site& v : all)
    for (std::size_t k = 1; k < 3; ++k) mean[k] += v.p[k] / static_cast<double>(all.size());
  for (const Site& v : all) {
    model.mean_shape.push_back(static_cast<float>(v.side * v.p[0] * kDecimetre));
    for (std::size_t k = 1; k < 3; ++k)
      model.mean_shape.push_back(static_cast<float>((v.p[k] - mean[k]) * kDecimetre));
  }
  model.identity = identity_modes(all);
  add_expressions(model, all);
  add_colors(model, drawn);
  add_topology(model);
  add_uv(model);
  model.landmarks = landmark_vertices(drawn);
  check(model, "the embedded face");
  return model;
}

}  // namespace fgcn::mesh
