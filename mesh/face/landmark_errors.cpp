#include "mesh/face/landmark_errors.h"

#include <cmath>
#include <span>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::mesh {

void check(const LandmarkErrors& errors, const std::string& where) {
  const std::size_t count = errors.yaw.size();
  constexpr auto kValues = static_cast<std::size_t>(kErrorValues);
  const auto refuse = [&](const char* field, const char* why) {
    throw InputError(where + ": " + field + ": " + why);
  };
  if (errors.mean.size() != count * kValues)
    refuse("landmark_error_mean", "is not [B, 68, 2] for B values of landmark_error_yaw");
  if (errors.covariance.size() != count * kValues * kValues)
    refuse("landmark_error_covariance", "is not [B, 136, 136] for B values of landmark_error_yaw");
  for (std::size_t b = 0; b < count; ++b) {
    const bool rises = b == 0 ? errors.yaw[b] == 0 : errors.yaw[b] > errors.yaw[b - 1];
    if (!rises || !(errors.yaw[b] < 1.6F))
      refuse("landmark_error_yaw", "must rise from 0 to below a right angle (radians)");
  }
  constexpr std::size_t kPoints = kValues / 2;
  const bool spread = !errors.spread.empty() || !errors.exponent.empty();
  if (spread && errors.spread.size() != count * kPoints)
    refuse("landmark_error_spread", "is not [B, 68] for B values of landmark_error_yaw");
  if (spread && errors.exponent.size() != count)
    refuse("landmark_error_exponent", "is not [B] for B values of landmark_error_yaw");
  for (const float value : errors.spread)
    if (!(value >= 0 && value <= 50))
      refuse("landmark_error_spread", "has a value that is not 0 to 50 pixels of the crop");
  for (const float value : errors.exponent)
    if (!(value >= 0 && value <= 2))
      refuse("landmark_error_exponent", "has a value that is not 0 to 2");
  for (const float value : errors.mean)
    if (!(std::abs(value) <= 50))
      refuse("landmark_error_mean", "has a value beyond 50 pixels of the crop");
  for (std::size_t b = 0; b < count; ++b) {
    const float* rows = errors.covariance.data() + b * kValues * kValues;
    for (std::size_t i = 0; i < kValues; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        const float a = rows[i * kValues + j], c = rows[j * kValues + i];
        if (!(std::abs(a) <= 2500) || a != c || (i == j && !(a > 0)))
          refuse("landmark_error_covariance",
                 "must be symmetric, with positive variances of at most 2500 square pixels");
      }
  }
}

LandmarkErrors read_landmark_errors(const io::Safetensors& file, const std::string& where) {
  LandmarkErrors out;
  if (!file.tensors.contains("landmark_error_yaw")) return out;
  out.yaw = file.at("landmark_error_yaw", where).floats();
  out.mean = file.at("landmark_error_mean", where).floats();
  out.covariance = file.at("landmark_error_covariance", where).floats();
  const bool spread = file.tensors.contains("landmark_error_spread") ||
                      file.tensors.contains("landmark_error_exponent");
  if (spread) {  // both or neither
    out.spread = file.at("landmark_error_spread", where).floats();
    out.exponent = file.at("landmark_error_exponent", where).floats();
  }
  check(out, where);
  return out;
}

void store(io::Safetensors& file, const LandmarkErrors& errors) {
  if (errors.empty()) return;
  const auto count = static_cast<std::int64_t>(errors.yaw.size());
  const auto add = [&](const char* name, std::vector<std::int64_t> shape,
                       const std::vector<float>& values) {
    file.tensors[name] = io::StoredTensor::of(std::move(shape), std::span(values));
  };
  add("landmark_error_yaw", {count}, errors.yaw);
  add("landmark_error_mean", {count, 68, 2}, errors.mean);
  add("landmark_error_covariance", {count, kErrorValues, kErrorValues}, errors.covariance);
  if (errors.spread.empty()) return;
  add("landmark_error_spread", {count, 68}, errors.spread);
  add("landmark_error_exponent", {count}, errors.exponent);
}

}  // namespace fgcn::mesh
