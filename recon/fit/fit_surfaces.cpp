#include "recon/fit/fit_surfaces.h"

#include <cmath>

#include "kernels/project/project.h"
#include "kernels/rigid/rigid.h"
#include "kernels/sh_light/sh_light.h"
#include "kernels/vertex_normals/vertex_normals.h"
#include "recon/fit/triangle_list.h"

namespace fgcn::recon {
namespace {

std::vector<float> to_float(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

FitSurfaces::FitSurfaces(const Context& ctx, const mesh::FaceModel& model)
    : ctx_(ctx), model_(&model), mesh_(ctx, model.vertices(), flat(model.triangles)) {}

FitSurfaces::Placed FitSurfaces::project(const Camera& camera, const FitResult& fit,
                                         const std::vector<float>& points) const {
  const Shape shape{1, static_cast<std::int64_t>(points.size() / 3), 3};
  const Tensor x = Tensor::of(ctx_, shape, points);
  const Tensor angles =
      Tensor::of(ctx_, {1, 3}, std::vector<double>(fit.angles_rad.begin(), fit.angles_rad.end()));
  const Tensor translation = Tensor::of(
      ctx_, {1, 3}, std::vector<double>(fit.translation_dm.begin(), fit.translation_dm.end()));
  Tensor moved(ctx_, shape), screen(ctx_, shape);
  kernels::rigid(ctx_, x.view(), angles.view(), translation.view(), moved.view());
  kernels::project(ctx_, camera.pinhole(), moved.view(), screen.view());
  return {x, angles, screen};
}

void FitSurfaces::place(const Camera& camera, FitResult& fit) const {
  fit.vertices = mesh::shape(*model_, to_float(fit.identity), to_float(fit.expression));
  const Placed placed = project(camera, fit, fit.vertices);
  const Shape shape{1, model_->vertices(), 3};
  const Tensor nowhere = Tensor::zeros(ctx_, {1, 3});
  Tensor still(ctx_, shape), normals(ctx_, shape);
  kernels::vertex_normals(ctx_, mesh_.index().view(), mesh_.corners(model_->vertices()),
                          placed.vertices.view(), still.view());
  kernels::rigid(ctx_, still.view(), placed.angles.view(), nowhere.view(), normals.view());
  const std::vector<real> on_screen = placed.screen.to_host(), unit = normals.to_host();
  fit.screen.assign(on_screen.begin(), on_screen.end());
  fit.normals.assign(unit.begin(), unit.end());
}

std::vector<float> FitSurfaces::landmarks_on_screen(const Camera& camera,
                                                    const FitResult& fit) const {
  const std::vector<float> points = mesh::shape_at(*model_, to_float(fit.identity),
                                                   to_float(fit.expression), fit.landmark_vertices);
  const std::vector<real> on_screen = project(camera, fit, points).screen.to_host();
  return {on_screen.begin(), on_screen.end()};
}

void FitSurfaces::shade(FitResult& fit) const {
  fit.albedo_colors = mesh::albedo(*model_, to_float(fit.albedo));
  const Tensor normals = Tensor::of(ctx_, {1, model_->vertices(), 3}, fit.normals);
  const Tensor sh_coefficients = Tensor::of(
      ctx_, {1, 27}, std::vector<double>(fit.sh_coefficients.begin(), fit.sh_coefficients.end()));
  Tensor light(ctx_, normals.shape());
  kernels::sh_light(ctx_, normals.view(), sh_coefficients.view(), light.view());
  const std::vector<real> host = light.to_host();
  fit.vertex_irradiance.assign(host.begin(), host.end());
}

double landmark_error(const FitResult& fit, const photo::Landmarks& landmarks) {
  const double eyes =
      std::hypot(landmarks[36].x - landmarks[45].x, landmarks[36].y - landmarks[45].y);
  double out = 0;
  for (std::size_t k = 0; k < landmarks.size(); ++k) {
    const float* at = &fit.screen[3 * static_cast<std::size_t>(fit.landmark_vertices[k])];
    out += std::hypot(static_cast<double>(at[0]) - landmarks[k].x,
                      static_cast<double>(at[1]) - landmarks[k].y) /
           eyes / 68;
  }
  return out;
}

}  // namespace fgcn::recon
