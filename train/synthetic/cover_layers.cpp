#include "train/synthetic/cover_layers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "train/synthetic/value_noise.h"

namespace fgcn::train {
namespace {

Color hair_color(Rng& rng) {
  const double light = rng.uniform() * rng.uniform();
  if (chance(rng, 0.2)) {  // grey
    const double g = rng.uniform(0.35, 0.8);
    return {g, g, g};
  }
  return {0.1 + 0.6 * light, 0.07 + 0.45 * light, 0.05 + 0.25 * light};
}

}  // namespace

void brows(AlbedoCanvas& canvas, Rng& rng) {
  const Color hair = hair_color(rng);
  const double strength = rng.uniform(0.1, 0.85);
  const double width = rng.uniform(0.05, 0.12);
  const ValueNoise noise(rng.next());
  for (const int first : {17, 22}) {
    std::vector<recon::Point3> line = canvas.landmarks(first, first + 4);
    const double lift = rng.normal() * 0.03;
    for (recon::Point3& p : line) p[1] += lift;
    for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
      const recon::Point3& p = canvas.point(v);
      const double away = recon::distance_to_line(line, p) / width;
      if (away > 2) continue;
      const double grain = 0.75 + 0.35 * noise({p[0] * 25, p[1] * 8, p[2] * 8});
      canvas.mix(v, std::clamp(strength * grain * recon::smooth_step(1.5, 0.6, away), 0.0, 1.0),
                 hair);
    }
  }
}

void beard(AlbedoCanvas& canvas, Rng& rng) {
  const Color hair = hair_color(rng);
  const double strength = chance(rng, 0.5) ? rng.uniform(0.1, 0.4) : rng.uniform(0.3, 0.9);
  const double cheek_line = rng.uniform(0.05, 0.45);
  const double moustache = chance(rng, 0.7) ? 1 : 0.2;
  const double jaw = chance(rng, 0.8) ? 1 : 0;
  const ValueNoise noise(rng.next());
  const double grain = rng.uniform(8, 28);
  const std::vector<recon::Point3> lips = canvas.landmarks(48, 59);
  const double nose = canvas.landmark(33)[1];
  const double mouth = 0.5 * (canvas.landmark(48)[1] + canvas.landmark(54)[1]);
  const double corner = std::abs(canvas.landmark(54)[0]);
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    if (!canvas.skin(v)) continue;
    const recon::Point3& p = canvas.point(v);
    if (recon::inside_polygon(lips, p)) continue;
    const double side = std::abs(p[0]);
    // Lower towards the ears' height at the sides, up to the nose in the middle.
    const double top =
        nose - 0.12 + cheek_line * recon::smooth_step(corner, 1.1, side) -
        0.25 * recon::smooth_step(0.1, corner, side) * (1 - recon::smooth_step(corner, 0.9, side));
    double cover = recon::smooth_step(0.06, -0.1, p[1] - top);
    const bool on_lip = side < corner + 0.1 && p[1] > mouth;
    cover *= on_lip ? moustache : jaw;
    const double coarse = 0.8 + 0.4 * noise(scaled(p, 4));
    const double fine = 0.75 + 0.5 * noise({p[0] * grain, p[1] * grain * 0.5, p[2] * grain});
    canvas.mix(v, std::clamp(cover * strength * coarse * fine, 0.0, 1.0), hair);
  }
}

void make_up(AlbedoCanvas& canvas, Rng& rng) {
  if (chance(rng, 0.7)) {
    const Color lipstick{rng.uniform(0.45, 0.9), rng.uniform(0.05, 0.4), rng.uniform(0.1, 0.45)};
    const double strength = rng.uniform(0.2, 0.8);
    const std::vector<recon::Point3> outer = canvas.landmarks(48, 59);
    const std::vector<recon::Point3> inner = canvas.landmarks(60, 67);
    for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
      const recon::Point3& p = canvas.point(v);
      if (recon::inside_polygon(outer, p) && !recon::inside_polygon(inner, p))
        canvas.mix(v, strength, lipstick);
    }
  }
  const bool shadow = chance(rng, 0.6);
  const bool blush = chance(rng, 0.5);
  const Color lid{rng.uniform(0.2, 0.7), rng.uniform(0.15, 0.6), rng.uniform(0.2, 0.75)};
  const Color cheek{rng.uniform(0.8, 1.0), rng.uniform(0.4, 0.6), rng.uniform(0.4, 0.6)};
  const double lid_strength = rng.uniform(0.15, 0.6);
  const double cheek_strength = rng.uniform(0.1, 0.4);
  for (int side = 0; side < 2; ++side) {
    const std::vector<recon::Point3> upper =
        side == 0 ? canvas.landmarks(36, 39) : canvas.landmarks(42, 45);
    const double sign = side == 0 ? -1 : 1;
    for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
      if (!canvas.skin(v)) continue;
      const recon::Point3& p = canvas.point(v);
      if (shadow) {
        const double away = recon::distance_to_line(upper, {p[0], p[1] - 0.06, p[2]});
        canvas.mix(v, lid_strength * recon::smooth_step(0.14, 0.02, away), lid);
      }
      if (blush) {
        const double away = std::hypot((p[0] - 0.62 * sign) / 0.35, (p[1] + 0.5) / 0.22);
        canvas.mix(v, cheek_strength * std::exp(-away * away), cheek);
      }
    }
  }
}

void pattern(AlbedoCanvas& canvas, Rng& rng) {
  const double frequency = rng.uniform(1, 9);
  const double amount = rng.uniform(0.05, 0.3);
  const ValueNoise noise[3] = {ValueNoise(rng.next()), ValueNoise(rng.next()),
                               ValueNoise(rng.next())};
  const double cut = rng.uniform(-0.3, 0.5);
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    const recon::Point3 p = scaled(canvas.point(v), frequency);
    const double cover = recon::smooth_step(cut, cut + 0.2, noise[0](scaled(p, 0.5)));
    if (cover == 0) continue;
    canvas.add(v, amount * cover, {noise[0](p), noise[1](p), noise[2](p)});
  }
}

}  // namespace fgcn::train
