#include "recon/refine/photo_base.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "kernels/core/error.h"
#include "recon/fit/face_frame.h"
#include "recon/refine/refinement_model.h"

namespace fgcn::recon {
namespace {

constexpr float kCutOff = 1.06F;  // albedo up to which each channel is cut off at 1 by itself

/// A mirrored detail may be a mole or a hair: half of it is believed to be on the other side too.
constexpr float kMirrored = 0.5F;
constexpr float kHold = 30;     // pull of a seen vertex towards its own detail, in edges
constexpr float kFade = 0.06F;  // pull of every vertex towards no detail: fades over five edges
constexpr int kSweeps = 10;     // there and back

/// Detail in three channels, and in the fourth how much of it was seen.
using Detail = std::array<float, 4>;

}  // namespace

PhotoBaseMaker::PhotoBaseMaker(const mesh::FaceModel& face) : mirror_(face.mirror) {
  std::set<std::pair<std::int32_t, std::int32_t>> edges;
  for (const mesh::Triangle& t : face.triangles) {
    for (std::size_t k = 0; k < 3; ++k) {
      edges.insert({t[k], t[(k + 1) % 3]});
      edges.insert({t[(k + 1) % 3], t[k]});
    }
  }
  neighbour_begin_.assign(static_cast<std::size_t>(face.vertices()) + 1, 0);
  for (const auto& [from, to] : edges) {
    ++neighbour_begin_[static_cast<std::size_t>(from) + 1];
    neighbour_.push_back(to);
  }
  for (std::size_t v = 1; v < neighbour_begin_.size(); ++v)
    neighbour_begin_[v] += neighbour_begin_[v - 1];
}

PhotoBase PhotoBaseMaker::operator()(const Observation& o) const {
  const std::size_t count = mirror_.size();
  FGCN_CHECK(o.coarse_albedo.size() == 3 * count && o.photo_color.size() == 3 * count &&
                 o.vertex_irradiance.size() == 3 * count && o.visible.size() == count &&
                 o.facing.size() == count,
             "photo base: an array of the observation is not of ", count, " vertices");
  // At grazing angles a pixel mixes the face with what is behind it.
  std::vector<Detail> visible(count, Detail{});  // times own
  std::vector<std::size_t> free;                 // vertices that are not wholly their own
  for (std::size_t v = 0; v < count; ++v) {
    const float own = std::clamp(o.visible[v], 0.0F, 1.0F) *
                      static_cast<float>(smooth_step(0.05, 0.3, static_cast<double>(o.facing[v])));
    if (own < 1) free.push_back(v);
    if (!(own > 0)) continue;
    std::array<float, 3> unlit{};
    for (std::size_t c = 0; c < 3; ++c)
      unlit[c] = std::max(
          o.photo_color[3 * v + c] / std::max(o.vertex_irradiance[3 * v + c], kLeastLight), 0.0F);
    // A color much too bright for its light keeps its hue: skin cut off in red alone is cyan.
    const float bright = std::max({1.0F, unlit[0], unlit[1], unlit[2]}) / kCutOff;
    for (std::size_t c = 0; c < 3; ++c)
      visible[v][c] =
          own * (std::min(unlit[c] / std::max(bright, 1.0F), 1.0F) - o.coarse_albedo[3 * v + c]);
    visible[v][3] = own;
  }

  std::vector<Detail> spread = visible;
  const auto relax = [&](std::size_t v) {
    const auto begin = static_cast<std::size_t>(neighbour_begin_[v]);
    const auto end = static_cast<std::size_t>(neighbour_begin_[v + 1]);
    Detail sum;
    for (std::size_t c = 0; c < 4; ++c) sum[c] = kHold * visible[v][c];
    for (std::size_t k = begin; k < end; ++k) {
      const Detail& other = spread[static_cast<std::size_t>(neighbour_[k])];
      for (std::size_t c = 0; c < 4; ++c) sum[c] += other[c];
    }
    const float share = 1 / (kHold * visible[v][3] + kFade + static_cast<float>(end - begin));
    for (std::size_t c = 0; c < 4; ++c) spread[v][c] = share * sum[c];
  };
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t i = 0; i < free.size(); ++i) relax(free[i]);
    for (std::size_t i = free.size(); i-- > 0;) relax(free[i]);
  }
  const auto blended = [&](std::size_t v) {
    Detail out;
    for (std::size_t c = 0; c < 4; ++c) out[c] = visible[v][c] + (1 - visible[v][3]) * spread[v][c];
    return out;
  };

  PhotoBase out{std::vector<float>(3 * count), std::vector<float>(count)};
  for (std::size_t v = 0; v < count; ++v) {
    const Detail here = blended(v);
    const Detail there = blended(static_cast<std::size_t>(mirror_[v]));
    const float own = visible[v][3];
    const float mirrored = kMirrored * (1 - own) * (1 - spread[v][3]);
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t at = 3 * v + c;
      out.color[at] = std::clamp(o.coarse_albedo[at] + here[c] + mirrored * there[c], 0.0F, 1.0F);
    }
    out.confidence[v] =
        own + kMirrored * (1 - own) * (spread[v][3] + (1 - spread[v][3]) * there[3]);
  }
  return out;
}

}  // namespace fgcn::recon
