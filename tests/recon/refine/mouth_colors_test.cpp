// The photo's own colors on what open lips show.
#include "recon/refine/mouth_colors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_surfaces.h"
#include "recon/fit/triangle_list.h"
#include "recon/refine_photo.h"
#include "tests/support/rendered_photos.h"

namespace fgcn::recon {
namespace {

/// The embedded face: a plate of it from mouth to cheek has the name of a tongue, so that some of
/// its vertices lie within the lips, some beside them and some far away.
mesh::FaceModel face_with_tongue() {
  mesh::FaceModel m = mesh::make_embedded_face();
  m.regions.names = {"mouth"};
  const float* corner = &m.mean_shape[3 * static_cast<std::size_t>(m.landmarks[54])];
  for (std::int64_t v = 0; v < m.vertices(); ++v) {
    const float* p = &m.mean_shape[3 * static_cast<std::size_t>(v)];
    const bool plate = std::abs(p[1] - corner[1]) < 0.2F && p[2] > 0;
    m.regions.inside.push_back(plate ? 1 : 0);
  }
  return m;
}

constexpr std::array<float, 3> kTeeth{0.1F, 0.25F, 0.15F};

/// Lips open by 12 pixels; all that they show has one color.
PhotoSample open_mouth(const mesh::FaceModel& model) {
  PhotoSample out = test::rendered_photo(model, 1);
  photo::Point middle{};
  for (std::size_t k = 48; k < 60; ++k) {
    middle.x += out.landmarks[k].x / 12;
    middle.y += out.landmarks[k].y / 12;
  }
  const double x[8] = {-15, -15, 0, 15, 15, 15, 0, -15};
  const double y[8] = {0, -6, -6, -6, 0, 6, 6, 6};
  for (std::size_t k = 0; k < 8; ++k) out.landmarks[60 + k] = {middle.x + x[k], middle.y + y[k]};
  for (std::int64_t row = 0; row < 224; ++row)
    for (std::int64_t column = 0; column < 224; ++column)
      if (std::abs(static_cast<double>(column) + 0.5 - middle.x) <= 15.5 &&
          std::abs(static_cast<double>(row) + 0.5 - middle.y) <= 6.5)
        std::copy(kTeeth.begin(), kTeeth.end(), out.crop.at(row, column));
  return out;
}

struct Scene {
  mesh::FaceModel model = face_with_tongue();
  PhotoSample sample = open_mouth(model);
  std::vector<std::int32_t> faces = flat(model.triangles);
  ProjectedColors visible =
      project_colors(sample.crop, sample.fit.screen, sample.fit.normals, faces);
};

/// Vertices of triangles whose box in the picture meets the opening of the lips.
std::vector<bool> at_the_opening(const Scene& s) {
  const double x = (s.sample.landmarks[62].x + s.sample.landmarks[66].x) / 2,
               y = (s.sample.landmarks[62].y + s.sample.landmarks[66].y) / 2;
  std::vector<bool> out(s.visible.visible.size(), false);
  for (const mesh::Triangle& t : s.model.triangles) {
    std::array<double, 4> box{1e9, -1e9, 1e9, -1e9};
    for (const std::int32_t v : t) {
      const float* at = &s.sample.fit.screen[3 * static_cast<std::size_t>(v)];
      box = {std::min(box[0], double{at[0]}), std::max(box[1], double{at[0]}),
             std::min(box[2], double{at[1]}), std::max(box[3], double{at[1]})};
    }
    if (box[0] > x + 15 || box[1] < x - 15 || box[2] > y + 6 || box[3] < y - 6) continue;
    for (const std::int32_t v : t) out[static_cast<std::size_t>(v)] = true;
  }
  return out;
}

TEST_CASE("behind open lips the rendered vertices show the photo, and no others change") {
  const Scene s;
  RefinedFace face = coarse_face(s.sample, s.faces);
  const std::vector<float> before = face.albedo;
  const double psnr = face.rendered.agreement->mouth_psnr.value();
  show_mouth(MouthColors(s.model), s.sample, s.visible, s.faces, face);
  const FitResult& fit = s.sample.fit;
  const std::vector<bool> opening = at_the_opening(s);
  int within = 0, beside = 0, read = 0, off = 0, hidden = 0;
  for (std::size_t v = 0; v < before.size() / 3; ++v) {
    const double dx = static_cast<double>(fit.screen[3 * v]) -
                      (s.sample.landmarks[62].x + s.sample.landmarks[66].x) / 2;
    const double dy = static_cast<double>(fit.screen[3 * v + 1]) -
                      (s.sample.landmarks[62].y + s.sample.landmarks[66].y) / 2;
    const double out = std::hypot(std::max(std::abs(dx) - 15, 0.0),
                                  std::max(std::abs(dy) - 6, 0.0));  // pixels beyond the outline
    const bool mouth = s.model.regions.inside[v] != 0;
    const bool plate = mouth && s.visible.visible[v] > 0;
    if (mouth && !plate && opening[v] && face.albedo[3 * v] != before[3 * v]) ++hidden;
    for (std::size_t i = 3 * v; i < 3 * v + 3; ++i) {
      if (plate && out < 1.9) {
        ++read;
        if (!(std::abs(face.albedo[i] * face.vertex_irradiance[i] - kTeeth[i % 3]) < 0.005F)) ++off;
      } else if (!(mouth && opening[v]) && (!plate || out > 5.1)) {
        CHECK(face.albedo[i] == before[i]);
      }
    }
    within += plate && out == 0 ? 1 : 0;
    beside += plate && out > 5.1 ? 1 : 0;
  }
  // One that a pixel shows with a hidden vertex takes that vertex's part, too.
  MESSAGE(off, " of ", read, " colors are not the photo's; ", hidden, " hidden vertices changed; ",
          psnr, " and ", face.rendered.agreement->mouth_psnr.value(), " dB");
  CHECK(hidden > 5);
  CHECK(read > 15);
  CHECK(off * 20 <= read);
  CHECK(within > 5);
  CHECK(beside > 5);
  CHECK(face.rendered.agreement->mouth_psnr.value() > psnr + 6);
  CHECK(std::count(face.mouth.detail.begin(), face.mouth.detail.end(), 1.0F) <= within);
  CHECK(std::count(face.mouth.detail.begin(), face.mouth.detail.end(), 1.0F) > 3);
}

TEST_CASE("shut lips, hidden ones and models without a mouth keep every bit") {
  Scene s;
  RefinedFace face = coarse_face(s.sample, s.faces);
  const std::vector<float> before = face.albedo;
  const MouthColors none(mesh::make_embedded_face());
  CHECK_FALSE(none.has_mouth());
  show_mouth(none, s.sample, s.visible, s.faces, face);
  CHECK(face.albedo == before);
  CHECK(face.mouth.empty());

  const MouthColors mouth(s.model);
  std::fill(s.visible.mask.begin(), s.visible.mask.end(), 0.0F);
  show_mouth(mouth, s.sample, s.visible, s.faces, face);
  CHECK(face.albedo == before);
  std::fill(s.visible.mask.begin(), s.visible.mask.end(), 1.0F);
  for (std::size_t k = 60; k < 68; ++k) s.sample.landmarks[k].y = s.sample.landmarks[60].y;
  show_mouth(mouth, s.sample, s.visible, s.faces, face);
  CHECK(face.albedo == before);
}

TEST_CASE("teeth, tongue and gums are known by the names of their parts") {
  mesh::FaceModel model = mesh::make_embedded_face();
  CHECK_FALSE(MouthColors(model).has_mouth());
  for (const char* name : {"upper_teeth", "tongue", "gums_and_tongue"}) {
    model.parts.names = {"skin", name};
    model.parts.part.assign(static_cast<std::size_t>(model.vertices()), 0);
    CHECK_FALSE(MouthColors(model).has_mouth());
    model.parts.part.back() = 1;
    CHECK(MouthColors(model).has_mouth());
  }
}

}  // namespace
}  // namespace fgcn::recon
