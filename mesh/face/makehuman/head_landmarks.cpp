#include "mesh/face/makehuman/head_landmarks.h"

#include <algorithm>
#include <array>
#include <span>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/closest_point.h"
#include "mesh/face/makehuman/cut.h"

namespace fgcn::mesh::makehuman {
namespace {

constexpr std::size_t kLandmarks = 68;
constexpr std::size_t kFirstOwn = 27;  // from here on a landmark is a vertex

/// A point within a triangle of the base mesh, on the image's left half.
struct Within {
  std::size_t landmark;
  std::array<std::int32_t, 3> vertex;
  std::array<double, 3> weight;
};
constexpr Within kWithin[] = {
    {0, {5237, 871, 870}, {0.356, 0.307, 0.337}},   {1, {269, 5236, 5235}, {0.065, 0.510, 0.425}},
    {2, {270, 5092, 5246}, {0.439, 0.258, 0.303}},  {3, {736, 910, 5242}, {0.522, 0.168, 0.310}},
    {4, {737, 735, 5240}, {0.581, 0.128, 0.291}},   {5, {3697, 3698, 915}, {0.079, 0.713, 0.208}},
    {6, {5295, 916, 5294}, {0.144, 0.105, 0.751}},  {7, {5167, 5221, 5220}, {0.676, 0.324, 0.000}},
    {8, {5220, 5225, 5171}, {0.000, 0.613, 0.387}}, {17, {261, 255, 262}, {0.154, 0.537, 0.309}},
    {18, {232, 225, 224}, {0.413, 0.226, 0.361}},   {19, {224, 204, 222}, {0.303, 0.101, 0.596}},
    {20, {205, 233, 223}, {0.700, 0.241, 0.059}},   {21, {208, 221, 228}, {0.492, 0.211, 0.297}},
};
constexpr Within kPaintedBrow[] = {
    {17, {255, 254, 211}, {0.689, 0.255, 0.056}}, {18, {225, 206, 224}, {0.628, 0.154, 0.217}},
    {19, {204, 222, 224}, {0.388, 0.317, 0.295}}, {20, {205, 180, 208}, {0.871, 0.124, 0.005}},
    {21, {181, 209, 208}, {0.586, 0.033, 0.381}},
};
constexpr std::int32_t kOwn[] = {
    133,  5063, 201,   294,   333,  314,  317,  7077, 7095, 1063, 6762, 6763, 72,    1070,
    1067, 6856, 13359, 13358, 7755, 7759, 7762, 3735, 5340, 355,  362,  7116, 11943, 10403,
    7233, 7245, 492,   490,   478,  433,  470,  474,  7226, 7193, 7236, 523,  481};
static_assert(std::size(kOwn) == kLandmarks - kFirstOwn);
static_assert(std::equal(kInnerLips.begin(), kInnerLips.end(), std::end(kOwn) - 8));

/// The landmark across the face, of jaw and brows.
std::size_t across(std::size_t landmark) { return landmark < 17 ? 16 - landmark : 43 - landmark; }

}  // namespace

HeadLandmarks head_landmarks(const std::vector<Vec3>& base, const HeadMesh& head,
                             const std::vector<Vec3>& position,
                             const std::vector<std::int32_t>& base_mirror) {
  std::vector<Vec3> target(kLandmarks);
  const auto place = [&](std::span<const Within> points) {
    for (const Within& w : points) {
      Vec3 here{}, there{};
      for (std::size_t k = 0; k < 3; ++k) {
        const auto v = static_cast<std::size_t>(w.vertex[k]);
        here = here + w.weight[k] * base.at(v);
        there = there + w.weight[k] * base.at(static_cast<std::size_t>(base_mirror.at(v)));
      }
      target[w.landmark] = here;
      target[across(w.landmark)] = w.landmark == 8 ? here : there;
    }
  };
  place(kWithin);
  for (std::size_t k = kFirstOwn; k < kLandmarks; ++k) {
    const std::int32_t v = head.of_base.at(static_cast<std::size_t>(kOwn[k - kFirstOwn]));
    FGCN_CHECK(v >= 0, "head_landmarks: landmark ", k, " is not on the head");
    target[k] = position[static_cast<std::size_t>(v)];
  }
  TriangleMesh skin{position, {}};
  std::vector<std::int32_t> triangle;
  for (std::size_t t = 0; t < head.triangles.size(); ++t) {
    if (head.parts.part[static_cast<std::size_t>(head.triangles[t][0])] != kSkin) continue;
    skin.triangles.push_back(head.triangles[t]);
    triangle.push_back(static_cast<std::int32_t>(t));
  }
  const ClosestPointTree tree(skin);
  const auto nearest_corner = [&](const ClosestPoint& at) {
    const auto t = static_cast<std::size_t>(triangle[static_cast<std::size_t>(at.triangle)]);
    const auto largest = std::max_element(at.barycentric.begin(), at.barycentric.end());
    return head.triangles[t][static_cast<std::size_t>(largest - at.barycentric.begin())];
  };
  HeadLandmarks out;
  for (const ClosestPoint& at : tree.find(target)) {
    out.points.triangles.push_back(triangle[static_cast<std::size_t>(at.triangle)]);
    for (const double w : at.barycentric) out.points.weights.push_back(static_cast<float>(w));
    out.vertices.push_back(nearest_corner(at));
  }
  place(kPaintedBrow);
  for (const ClosestPoint& at : tree.find(target)) out.painted.push_back(nearest_corner(at));
  return out;
}

}  // namespace fgcn::mesh::makehuman
