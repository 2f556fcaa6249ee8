#include "kernels/sample_image/sample_image.h"

namespace fgcn::kernels {
namespace {

void check_shapes(const char* name, const Shape& image, const Shape& points, const Shape& y) {
  FGCN_CHECK(image.rank == 4 && image[1] >= 1 && image[2] >= 1, name, ": the image is ", image,
             ", expected [N, H, W, C] with at least one pixel");
  const Shape expected_points{image[0], points.rank == 3 ? points[1] : 0, 2};
  FGCN_CHECK(points == expected_points, name, ": points is ", points, ", expected ",
             expected_points);
  const Shape expected{image[0], points[1], image[3]};
  FGCN_CHECK(y == expected, name, ": y is ", y, ", expected ", expected);
}

}  // namespace

void sample_image(const Context& ctx, Sampling sampling, View<const real> image,
                  View<const real> points, View<real> y) {
  check_shapes("sample_image", image.shape, points.shape, y.shape);
  FGCN_DISPATCH(ctx, sample_image, sampling, image, points, y);
}

void sample_image_by_image(const Context& ctx, Sampling sampling, View<const real> points,
                           View<const real> grad_y, View<real> grad_image) {
  check_shapes("sample_image_by_image", grad_image.shape, points.shape, grad_y.shape);
  FGCN_DISPATCH(ctx, sample_image_by_image, sampling, points, grad_y, grad_image);
}

void sample_image_by_points(const Context& ctx, View<const real> image, View<const real> points,
                            View<const real> grad_y, View<real> grad_points) {
  check_shapes("sample_image_by_points", image.shape, points.shape, grad_y.shape);
  FGCN_CHECK(grad_points.shape == points.shape, "sample_image_by_points: grad_points is ",
             grad_points.shape, ", expected ", points.shape);
  FGCN_DISPATCH(ctx, sample_image_by_points, image, points, grad_y, grad_points);
}

}  // namespace fgcn::kernels
