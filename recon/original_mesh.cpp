#include "recon/original_mesh.h"

#include <algorithm>
#include <array>
#include <vector>

#include "io/mesh/vec3.h"
#include "io/number_text.h"
#include "kernels/core/error.h"
#include "kernels/sh_light/sh_light_math.h"
#include "render/camera.h"

namespace fgcn::recon {
namespace {

using mesh::Vec3;
using mesh::operator+;
using mesh::operator-;

std::vector<Vec3> normals(const mesh::FaceModel& model, const std::vector<Vec3>& at) {
  std::vector<Vec3> out(at.size(), Vec3{0, 0, 0});
  for (const mesh::Triangle& t : model.triangles) {
    const auto corner = [&](std::size_t c) { return at[static_cast<std::size_t>(t[c])]; };
    const Vec3 normal = mesh::normalised(mesh::cross(corner(1) - corner(0), corner(2) - corner(0)));
    for (const std::int32_t v : t) {
      Vec3& sum = out[static_cast<std::size_t>(v)];
      sum = sum + normal;
    }
  }
  for (Vec3& n : out) n = mesh::normalised(n);
  return out;
}

/// The mean albedo and its modes, beyond [0, 1] too.
std::vector<double> albedo(const mesh::FaceModel& model, const std::vector<double>& coefficients) {
  std::vector<double> out(model.mean_albedo.begin(), model.mean_albedo.end());
  for (std::size_t m = 0; m < coefficients.size(); ++m)
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] += coefficients[m] * double{model.albedo.data[m * out.size() + i]};
  return out;
}

}  // namespace

std::string original_obj(const mesh::FaceModel& model, const FitResult& fit) {
  const auto count = static_cast<std::size_t>(model.vertices());
  FGCN_CHECK(fit.vertices.size() == 3 * count &&
                 static_cast<std::int64_t>(fit.albedo.size()) <= model.albedo.count,
             "original_obj: a fit of ", fit.vertices.size() / 3, " vertices and ",
             fit.albedo.size(), " albedos, a model of ", count, " and ", model.albedo.count);
  std::vector<Vec3> at;
  for (std::size_t v = 0; v < count; ++v)
    at.push_back(to_camera_space(
        fit.pose(), {fit.vertices[3 * v], fit.vertices[3 * v + 1], fit.vertices[3 * v + 2]}));
  const std::vector<Vec3> facing = normals(model, at);
  const std::vector<double> skin = albedo(model, fit.albedo);
  std::array<double, 27> light = fit.sh_coefficients;
  for (std::size_t c = 0; c < 3; ++c) light[9 * c] += kernels::kAmbientOffset;
  std::string out = "# as Deep3DFaceReconstruction writes it: decimeters, posed, lit colors\n";
  for (std::size_t v = 0; v < count; ++v) {
    double basis[9];
    kernels::sh_basis(facing[v].data(), basis);
    out += 'v';
    for (const double x : at[v]) io::append_number(out += ' ', static_cast<float>(x));
    for (std::size_t c = 0; c < 3; ++c) {
      double shade = 0;
      for (std::size_t k = 0; k < 9; ++k) shade += basis[k] * light[9 * c + k];
      const double color = std::clamp(shade * skin[3 * v + c], 0.0, 1.0);
      io::append_number(out += ' ', static_cast<float>(color));
    }
    out += '\n';
  }
  for (const mesh::Triangle& t : model.triangles) {
    out += 'f';
    for (const std::int32_t v : t) io::append_integer(out += ' ', v + std::int64_t{1});
    out += '\n';
  }
  return out;
}

}  // namespace fgcn::recon
