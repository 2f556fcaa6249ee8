#include "train/posed_face.h"

#include <utility>

#include "kernels/rigid/rigid.h"
#include "kernels/vertex_normals/vertex_normals.h"

namespace fgcn::train {

FacePoser::FacePoser(const Context& ctx, const mesh::FaceModel& model)
    : context_(ctx), model_(&model) {
  const auto count = static_cast<std::int64_t>(model.triangles.size());
  const std::int64_t vertices = model.vertices();
  std::vector<std::int32_t> flat;
  std::vector<std::int32_t> row_begin(static_cast<std::size_t>(vertices) + 1, 0);
  for (const mesh::Triangle& t : model.triangles) {
    for (const std::int32_t v : t) {
      flat.push_back(v);
      ++row_begin[static_cast<std::size_t>(v) + 1];
    }
  }
  for (std::size_t v = 0; v < static_cast<std::size_t>(vertices); ++v) {
    row_begin[v + 1] += row_begin[v];
  }
  std::vector<std::int32_t> corner(flat.size());
  std::vector<std::int32_t> next = row_begin;
  for (std::size_t i = 0; i < flat.size(); ++i) {
    corner[static_cast<std::size_t>(next[static_cast<std::size_t>(flat[i])]++)] =
        static_cast<std::int32_t>(i);
  }
  triangles_ = IndexTensor::of(ctx, {count, 3}, flat);
  row_begin_ = IndexTensor::of(ctx, {vertices + 1}, row_begin);
  corner_ = IndexTensor::of(ctx, {3 * count}, corner);
}

PosedFace FacePoser::operator()(const std::vector<float>& identity,
                                const std::vector<float>& expression, const FacePose& pose) const {
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
  const kernels::IncidenceView incidence{std::as_const(triangles_).view(),
                                         std::as_const(row_begin_).view(),
                                         std::as_const(corner_).view()};
  kernels::vertex_normals(context_, incidence, std::as_const(positions).view(), normals.view());
  kernels::project(context_, kCropCamera, std::as_const(positions).view(), screen.view());
  const auto floats = [](const Tensor& t) {
    const std::vector<real> host = t.to_host();
    return std::vector<float>(host.begin(), host.end());
  };
  return {floats(positions), floats(normals), floats(screen)};
}

}  // namespace fgcn::train
