#include "recon/face_regressor.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "autograd/tape.h"
#include "io/arrays/read_weights.h"
#include "kernels/core/error.h"

namespace fgcn::recon {
namespace {

constexpr std::int64_t kIdentities = 80, kExpressions = 64, kAlbedos = 80;
constexpr double kSide = static_cast<double>(CoefficientRegressor::kSide);

photo::FivePoints<photo::Point3> mean_points(const mesh::FaceModel& model) {
  std::array<photo::Point3, photo::kLandmarks> points;
  for (std::size_t k = 0; k < points.size(); ++k)
    for (std::size_t c = 0; c < 3; ++c)
      points[k][c] = model.mean_shape[3 * static_cast<std::size_t>(model.landmarks.at(k)) + c];
  return photo::regressor_points(points);
}

}  // namespace

FaceStart face_start(std::span<const double> coefficients) {
  FGCN_CHECK(coefficients.size() == CoefficientRegressor::kCoefficients,
             "face start: ", coefficients.size(), " numbers");
  FaceStart out;
  const double* next = coefficients.data();
  const auto take = [&](std::int64_t count) {
    next += count;
    return std::vector<double>(next - count, next);
  };
  out.identity = take(kIdentities);
  out.expression = take(kExpressions);
  out.albedo = take(kAlbedos);
  std::copy_n(next, 3, out.angles_rad.begin());
  std::copy_n(next + 3, 27, out.sh_coefficients.begin());
  std::copy_n(next + 30, 3, out.translation_dm.begin());
  return out;
}

void FaceRegressor::check_face(const mesh::FaceModel& model, const std::string& where) {
  if (model.identity.count == kIdentities && model.expression.count == kExpressions &&
      model.albedo.count == kAlbedos)
    return;
  input_error(where, ": speaks of a face model with ", kIdentities, " identities, ", kExpressions,
              " expressions and ", kAlbedos, " albedos, but this one has ", model.identity.count,
              ", ", model.expression.count, " and ", model.albedo.count,
              "; give the Basel Face Model as fgcn_data import-bfm makes it");
}

FaceRegressor::FaceRegressor(const Context& ctx, const io::Safetensors& weights,
                             const std::string& where, const mesh::FaceModel& model)
    : context_(ctx), where_(where), network_(ctx, weights, where), reference_(mean_points(model)) {
  check_face(model, where);
}

FaceRegressor FaceRegressor::load(const Context& ctx, const std::filesystem::path& path,
                                  const mesh::FaceModel& model) {
  check_face(model, path.string());  // before a file of 100 MB is read
  return {ctx, io::read_weights(path), path.string(), model};
}

photo::RegressorView FaceRegressor::view(const photo::Photo& photo,
                                         const photo::Landmarks& landmarks) const {
  photo::FivePoints<photo::Point> points = photo::regressor_points(landmarks);
  // The original counts pixels from the middle of the first.
  for (photo::Point& p : points) p = {p.x - 0.5, p.y - 0.5};
  return photo::regressor_view(points, reference_, photo.rgb.width, photo.rgb.height);
}

photo::ScaleShift FaceRegressor::to_crop(const photo::Photo& photo,
                                         const photo::Landmarks& landmarks,
                                         std::int64_t size) const {
  const photo::RegressorView at = view(photo, landmarks);
  const double across = static_cast<double>(at.width) / static_cast<double>(photo.rgb.width);
  const double down = static_cast<double>(at.height) / static_cast<double>(photo.rgb.height);
  const double scale = (across + down) / 2, larger = static_cast<double>(size) / kSide;
  const double x = (kSide / 2 + static_cast<double>(at.left)) / across;
  const double y = (kSide / 2 + static_cast<double>(at.top)) / down;
  return {larger * scale, larger * (kSide / 2 - scale * x), larger * (kSide / 2 - scale * y)};
}

FaceStart FaceRegressor::operator()(const photo::Photo& photo,
                                    const photo::Landmarks& landmarks) const {
  const Image crop = to_float(photo::regressor_crop(photo.rgb, view(photo, landmarks)));
  Tape tape(context_, Record::kNothing);
  const Var x = tape.constant(Tensor::of(context_, {1, crop.height, crop.width, 3}, crop.pixels));
  const std::vector<real> host = network_(x).coefficients.value().to_host();
  const std::vector<double> numbers(host.begin(), host.end());
  if (!std::all_of(numbers.begin(), numbers.end(), [](double v) { return std::isfinite(v); }))
    input_error(where_, ": gives a number that is not finite for this photo; check the weights");
  return face_start(numbers);
}

}  // namespace fgcn::recon
