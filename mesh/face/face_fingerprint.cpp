#include "mesh/face/face_fingerprint.h"

#include <cmath>
#include <span>

#include "io/hash.h"
#include "kernels/core/rng.h"

namespace fgcn::mesh {
namespace {

double signed_share(std::span<const float> values) {
  Rng rng(1);
  double sum = 0, magnitude = 0;
  for (const float v : values) {
    sum += (rng.next() >> 63) != 0 ? v : -v;
    magnitude += std::abs(v);
  }
  return magnitude > 0 ? sum / magnitude : 0;
}

/// Nothing for a model of format 1, whose fingerprint stays as it was.
void add_whole_head(Hash64& hash, const FaceModel& model) {
  for (const Triangle& t : model.uv_triangles)
    for (const std::int32_t row : t) hash.add(static_cast<std::uint64_t>(row));
  hash.add(std::span<const std::uint8_t>(model.parts.part));
  for (const std::int32_t parent : model.joints.parents)
    hash.add(static_cast<std::uint64_t>(parent));
  hash.add(std::span<const std::uint8_t>(model.joints.joints));
  for (const std::int32_t t : model.landmark_points.triangles)
    hash.add(static_cast<std::uint64_t>(t));
  hash.add(std::span<const std::uint8_t>(model.regions.inside));
  for (const auto* names : {&model.parts.names, &model.joints.names, &model.regions.names})
    for (const std::string& name : *names) hash.add(name).add(std::uint64_t{name.size()});
}

}  // namespace

FaceFingerprint fingerprint(const FaceModel& model) {
  FaceFingerprint out{model.vertices(), model.identity.count, model.expression.count,
                      model.albedo.count};
  Hash64 hash;
  for (const Triangle& t : model.triangles)
    for (const std::int32_t v : t) hash.add(static_cast<std::uint64_t>(v));
  for (const std::int32_t v : model.landmarks) hash.add(static_cast<std::uint64_t>(v));
  for (const std::int32_t v : model.mirror) hash.add(static_cast<std::uint64_t>(v));
  hash.add(std::span<const std::uint8_t>(model.skin));
  add_whole_head(hash, model);
  out.indices = hash.value();
  std::vector<float> limits = model.expression_low;
  for (const auto* more : {&model.expression_high, &model.joints.positions, &model.joints.weights,
                           &model.landmark_points.weights})
    limits.insert(limits.end(), more->begin(), more->end());
  out.sums = {signed_share(model.mean_shape),    signed_share(model.mean_albedo),
              signed_share(model.identity.data), signed_share(model.expression.data),
              signed_share(model.albedo.data),   signed_share(limits)};
  return out;
}

bool same_face(const FaceFingerprint& a, const FaceFingerprint& b) {
  constexpr double kTolerance = 1e-10;
  bool same = a.vertices == b.vertices && a.identity == b.identity &&
              a.expression == b.expression && a.albedo == b.albedo && a.indices == b.indices;
  for (std::size_t i = 0; i < a.sums.size(); ++i)
    same = same && std::abs(a.sums[i] - b.sums[i]) <= kTolerance;
  return same;
}

}  // namespace fgcn::mesh
