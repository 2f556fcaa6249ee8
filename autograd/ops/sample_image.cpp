#include "autograd/ops/sample_image.h"

namespace fgcn::ops {

Var sample_image(const Var& image, const Var& points, Sampling sampling) {
  FGCN_CHECK(image.defined() && points.defined(), "sample_image: an argument is undefined");
  FGCN_CHECK(image.shape().rank == 4 && points.shape().rank == 3, "sample_image: the image is ",
             image.shape(), " and points ", points.shape(),
             ", expected [N, H, W, C] and [N, P, 2]");
  Tape& tape = image.tape();
  Tensor y(tape.context(), {image.dim(0), points.dim(1), image.dim(3)});
  kernels::sample_image(tape.context(), sampling, image.value().view(), points.value().view(),
                        y.view());
  return tape.record(
      "sample_image", {image, points}, std::move(y),
      [image, points, sampling](const Var& grad_y) {
        Tape& t = grad_y.tape();
        Vars grads(2);
        if (image.requires_grad()) {
          Tensor grad(t.context(), image.shape());
          kernels::sample_image_by_image(t.context(), sampling, points.value().view(),
                                         grad_y.value().view(), grad.view());
          grads[0] = t.constant(std::move(grad));
        }
        if (points.requires_grad() && sampling == Sampling::kBilinear) {
          Tensor grad(t.context(), points.shape());
          kernels::sample_image_by_points(t.context(), image.value().view(), points.value().view(),
                                          grad_y.value().view(), grad.view());
          grads[1] = t.constant(std::move(grad));
        }
        return grads;
      },
      Order::kOnce);
}

}  // namespace fgcn::ops
