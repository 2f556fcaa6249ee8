#include "recon/fit/posed_face.h"

#include <utility>

#include "kernels/project/project.h"
#include "kernels/rigid/rigid.h"
#include "kernels/vertex_normals/vertex_normals.h"
#include "recon/fit/triangle_list.h"

namespace fgcn::recon {

FacePoser::FacePoser(const Context& ctx, const mesh::FaceModel& model)
    : context_(ctx), model_(&model), triangles_(ctx, model.vertices(), flat(model.triangles)) {}

PosedFace FacePoser::operator()(const std::vector<float>& identity,
                                const std::vector<float>& expression, const Pose& pose,
                                const Camera& camera) const {
  const Shape shape{1, model_->vertices(), 3};
  const Tensor object = Tensor::of(context_, shape, mesh::shape(*model_, identity, expression));
  const auto three = [this](const std::array<double, 3>& v) {
    return Tensor::of(context_, {1, 3}, std::vector<double>(v.begin(), v.end()));
  };
  const Tensor angles = three(pose.angles);
  const Tensor translation = three(pose.translation);
  Tensor positions(context_, shape);
  Tensor normals(context_, shape);
  Tensor screen(context_, shape);
  kernels::rigid(context_, object.view(), angles.view(), translation.view(), positions.view());
  kernels::vertex_normals(context_, triangles_.index().view(),
                          triangles_.corners(model_->vertices()), std::as_const(positions).view(),
                          normals.view());
  kernels::project(context_, camera.pinhole(), std::as_const(positions).view(), screen.view());
  const auto floats = [](const Tensor& t) {
    const std::vector<real> host = t.to_host();
    return std::vector<float>(host.begin(), host.end());
  };
  return {floats(positions), floats(normals), floats(screen)};
}

}  // namespace fgcn::recon
