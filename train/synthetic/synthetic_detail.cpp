#include "train/synthetic/synthetic_detail.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "train/synthetic/value_noise.h"

namespace fgcn::train {
namespace {

using Color = std::array<double, 3>;

/// The albedo being painted, and what every layer needs.
class Canvas {
 public:
  Canvas(const recon::FaceFrame& frame, std::vector<float>& albedo)
      : frame_(frame), albedo_(albedo) {}

  const recon::FaceFrame& frame() const { return frame_; }
  std::int64_t vertices() const { return frame_.vertices(); }
  const recon::Point3& point(std::int64_t v) const {
    return frame_.point[static_cast<std::size_t>(v)];
  }
  bool skin(std::int64_t v) const { return frame_.skin[static_cast<std::size_t>(v)] != 0; }
  const recon::Point3& landmark(int i) const {
    return frame_.landmark[static_cast<std::size_t>(i)];
  }
  std::vector<recon::Point3> landmarks(int first, int last) const {
    return {frame_.landmark.begin() + first, frame_.landmark.begin() + last + 1};
  }
  void multiply(std::int64_t v, double amount, const Color& factor) {
    for (std::size_t c = 0; c < 3; ++c) set(v, c, get(v, c) * (1 + amount * (factor[c] - 1)));
  }
  void mix(std::int64_t v, double amount, const Color& target) {
    for (std::size_t c = 0; c < 3; ++c) set(v, c, get(v, c) + amount * (target[c] - get(v, c)));
  }
  void add(std::int64_t v, double amount, const Color& direction) {
    for (std::size_t c = 0; c < 3; ++c) set(v, c, get(v, c) + amount * direction[c]);
  }

 private:
  double get(std::int64_t v, std::size_t c) const {
    return albedo_[static_cast<std::size_t>(v) * 3 + c];
  }
  void set(std::int64_t v, std::size_t c, double value) {
    albedo_[static_cast<std::size_t>(v) * 3 + c] = static_cast<float>(std::clamp(value, 0.0, 1.0));
  }

  const recon::FaceFrame& frame_;
  std::vector<float>& albedo_;
};

bool chance(Rng& rng, double probability) { return rng.uniform() < probability; }

recon::Point3 scaled(const recon::Point3& p, double factor) {
  return {p[0] * factor, p[1] * factor, p[2] * factor};
}

double distance(const recon::Point3& a, const recon::Point3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

std::int64_t random_skin_vertex(const Canvas& canvas, Rng& rng) {
  std::int64_t v = rng.below(canvas.vertices());
  for (int tries = 0; tries < 32 && !canvas.skin(v); ++tries) v = rng.below(canvas.vertices());
  return v;
}

/// A color cast of the whole skin and broad blotches of it: tan, redness, pallor.
void uneven_skin(Canvas& canvas, Rng& rng) {
  const Color cast{rng.normal() * 0.015, rng.normal() * 0.015, rng.normal() * 0.015};
  const ValueNoise noise(rng.next());
  const double frequency = rng.uniform(0.8, 3.5);
  const double amount = std::abs(rng.normal()) * 0.05;
  const Color gain{rng.uniform(0.2, 1.0), rng.uniform(0.7, 1.3), rng.uniform(0.6, 1.3)};
  const ValueNoise fine(rng.next());
  const double fine_frequency = rng.uniform(6, 22);
  const double fine_amount = std::abs(rng.normal()) * 0.025;
  const double red = chance(rng, 0.5) ? rng.uniform(0, 0.07) : 0;  // cheeks and nose
  const recon::Point3& nose = canvas.landmark(30);
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    const recon::Point3& p = canvas.point(v);
    canvas.add(v, 1, cast);
    canvas.add(v, amount * noise.fractal(scaled(p, frequency), 3), gain);
    if (!canvas.skin(v)) continue;
    canvas.add(v, fine_amount * fine(scaled(p, fine_frequency)), {0.8, 1, 1});
    const double cheek = std::exp(-std::pow((std::abs(p[0]) - 0.65) / 0.35, 2) -
                                  std::pow((p[1] - nose[1]) / 0.35, 2));
    const double tip = std::exp(-std::pow(distance(p, nose) / 0.25, 2));
    canvas.add(v, red * (cheek + 0.8 * tip), {0.15, -0.9, -0.7});
  }
}

void freckles(Canvas& canvas, Rng& rng) {
  const ValueNoise noise(rng.next());
  const double cells = rng.uniform(7, 16);  // an eye distance
  const double density = rng.uniform(0.1, 0.6);
  const double strength = rng.uniform(0.12, 0.4);
  const bool everywhere = chance(rng, 0.4);
  const Color gain{0.72, 0.55, 0.42};
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    if (!canvas.skin(v)) continue;
    const recon::Point3 p = scaled(canvas.point(v), cells);
    const double height = canvas.point(v)[1];
    const double region = everywhere ? 1 : std::exp(-std::pow((height + 0.35) / 0.45, 2));
    const auto x0 = static_cast<std::int64_t>(std::floor(p[0]));
    const auto y0 = static_cast<std::int64_t>(std::floor(p[1]));
    const auto z0 = static_cast<std::int64_t>(std::floor(p[2]));
    double cover = 0;
    for (std::int64_t z = z0 - 1; z <= z0 + 1; ++z) {
      for (std::int64_t y = y0 - 1; y <= y0 + 1; ++y) {
        for (std::int64_t x = x0 - 1; x <= x0 + 1; ++x) {
          if (noise.cell(x, y, z, 1) > density * region) continue;
          const recon::Point3 centre{static_cast<double>(x) + noise.cell(x, y, z, 2),
                                     static_cast<double>(y) + noise.cell(x, y, z, 3),
                                     static_cast<double>(z) + noise.cell(x, y, z, 4)};
          const double radius = 0.18 + 0.3 * noise.cell(x, y, z, 5);
          cover = std::max(cover, recon::smooth_step(1.3, 0.6, distance(p, centre) / radius));
        }
      }
    }
    canvas.multiply(v, cover * strength, gain);
  }
}

/// A spot about a vertex with a ragged edge: mole, birthmark, pimple, bruise.
void spot(Canvas& canvas, Rng& rng, double radius, double strength, const Color& factor) {
  const recon::Point3 centre = canvas.point(random_skin_vertex(canvas, rng));
  const ValueNoise noise(rng.next());
  const double ragged = rng.uniform(0.1, 0.6);
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    const double away = distance(canvas.point(v), centre) / radius;
    if (away > 2.5) continue;
    const double edge = away + ragged * noise(scaled(canvas.point(v), 1.5 / radius));
    canvas.multiply(v, strength * recon::smooth_step(1.25, 0.75, edge), factor);
  }
}

void spots(Canvas& canvas, Rng& rng) {
  for (std::int64_t i = rng.below(7); i > 0; --i) {
    spot(canvas, rng, rng.uniform(0.025, 0.06), rng.uniform(0.4, 1.0), {0.45, 0.35, 0.3});
  }
  if (chance(rng, 0.3)) {
    for (std::int64_t i = rng.below(12); i > 0; --i) {
      spot(canvas, rng, rng.uniform(0.025, 0.05), rng.uniform(0.3, 0.9), {0.98, 0.68, 0.68});
    }
  }
  if (chance(rng, 0.2)) {
    const Color gain{rng.uniform(0.5, 1.1), rng.uniform(0.4, 0.9), rng.uniform(0.4, 0.95)};
    spot(canvas, rng, rng.uniform(0.12, 0.5), rng.uniform(0.3, 0.9), gain);
  }
}

/// Darkens (or with a factor above 1, lightens) along a line, strongest in its middle.
void crease(Canvas& canvas, const std::vector<recon::Point3>& line, double width, double strength,
            const Color& factor) {
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    if (!canvas.skin(v)) continue;
    double along = 0;
    const double away = recon::distance_to_line(line, canvas.point(v), &along) / width;
    if (away > 3) continue;
    canvas.multiply(v, strength * std::exp(-away * away) * std::sin(3.14159 * (0.1 + 0.8 * along)),
                    factor);
  }
}

/// A line from a to b, bent by `bow` at right angles, with a little tremor.
std::vector<recon::Point3> bent_line(const recon::Point3& a, const recon::Point3& b, double bow,
                                     Rng& rng) {
  constexpr int kPoints = 9;
  std::vector<recon::Point3> line;
  for (int i = 0; i < kPoints; ++i) {
    const double t = static_cast<double>(i) / (kPoints - 1);
    const double arch = 4 * t * (1 - t) * bow + 0.012 * rng.normal();
    line.push_back({a[0] + t * (b[0] - a[0]) - arch * (b[1] - a[1]),
                    a[1] + t * (b[1] - a[1]) + arch * (b[0] - a[0]), 0});
  }
  return line;
}

void wrinkles(Canvas& canvas, Rng& rng) {
  const double age = rng.uniform(0.15, 0.6);
  const Color gain{0.62, 0.5, 0.45};
  const auto line = [&](recon::Point3 a, recon::Point3 b, double bow) {
    for (recon::Point3* p : {&a, &b}) {
      for (double& x : *p) x += 0.04 * rng.normal();
    }
    crease(canvas, bent_line(a, b, bow, rng), rng.uniform(0.018, 0.04), age * rng.uniform(0.4, 1.2),
           gain);
  };
  const double brow = 0.5 * (canvas.landmark(19)[1] + canvas.landmark(24)[1]);
  for (std::int64_t i = rng.below(5); i > 0; --i) {  // forehead
    const double y = brow + rng.uniform(0.15, 0.7);
    line({-rng.uniform(0.2, 0.7), y, 0}, {rng.uniform(0.2, 0.7), y, 0}, rng.uniform(-0.05, 0.08));
  }
  for (int side = 0; side < 2; ++side) {
    const double sign = side == 0 ? -1 : 1;
    const recon::Point3& wing = canvas.landmark(side == 0 ? 31 : 35);
    const recon::Point3& corner = canvas.landmark(side == 0 ? 48 : 54);
    const recon::Point3& eye = canvas.landmark(side == 0 ? 36 : 45);
    line({wing[0] + 0.08 * sign, wing[1] + 0.05, 0}, {corner[0] + 0.1 * sign, corner[1], 0},
         0.15 * sign);
    for (std::int64_t i = rng.below(4); i > 0; --i) {  // crow's feet
      const double rise = rng.uniform(-0.2, 0.2);
      line({eye[0] + 0.08 * sign, eye[1] + 0.3 * rise, 0}, {eye[0] + 0.3 * sign, eye[1] + rise, 0},
           0);
    }
    if (chance(rng, 0.5)) {  // frown
      line({0.07 * sign, brow - 0.1, 0}, {0.08 * sign, brow + 0.2, 0}, 0);
    }
    if (chance(rng, 0.6)) {  // bags under the eye
      const recon::Point3& inner = canvas.landmark(side == 0 ? 39 : 42);
      line({inner[0], inner[1] - 0.1, 0}, {eye[0], eye[1] - 0.15, 0}, side == 0 ? 0.2 : -0.2);
    }
  }
}

/// Broad, soft darkening where faces fold: beside nose and mouth, under the eyes, under the lip.
/// No light on the model's smooth surface makes it.
void folds(Canvas& canvas, Rng& rng) {
  const double strength = rng.uniform(0.05, 0.45);
  const double grey = rng.uniform(0.55, 0.75);
  const Color gain{grey + 0.08, grey, grey - 0.05};
  const auto fold = [&](recon::Point3 a, recon::Point3 b, double bow) {
    for (recon::Point3* p : {&a, &b}) {
      for (double& x : *p) x += 0.05 * rng.normal();
    }
    crease(canvas, bent_line(a, b, bow, rng), rng.uniform(0.04, 0.14),
           strength * rng.uniform(0.2, 1.2), gain);
  };
  for (int side = 0; side < 2; ++side) {
    const double sign = side == 0 ? -1 : 1;
    const recon::Point3& wing = canvas.landmark(side == 0 ? 31 : 35);
    const recon::Point3& corner = canvas.landmark(side == 0 ? 48 : 54);
    const recon::Point3& outer = canvas.landmark(side == 0 ? 36 : 45);
    const recon::Point3& inner = canvas.landmark(side == 0 ? 39 : 42);
    fold({wing[0] + 0.06 * sign, wing[1] + 0.05, 0}, {corner[0] + 0.12 * sign, corner[1] - 0.05, 0},
         0.12 * sign);
    fold({inner[0], inner[1] - 0.12, 0}, {outer[0], outer[1] - 0.15, 0}, side == 0 ? 0.2 : -0.2);
    fold({inner[0], inner[1] + 0.1, 0}, {outer[0], outer[1] + 0.12, 0}, 0);
    fold({corner[0] + 0.03 * sign, corner[1], 0}, {corner[0] + 0.1 * sign, corner[1] - 0.3, 0}, 0);
    fold({wing[0], wing[1] + 0.45, 0}, {wing[0] + 0.02 * sign, wing[1] + 0.02, 0}, 0.05 * sign);
  }
  const double lip = canvas.landmark(57)[1];
  fold({-0.25, lip - 0.12, 0}, {0.25, lip - 0.12, 0}, 0.06);
}

/// Lighter and darker patches a few millimetres wide, of no hue of their own.
void mottled(Canvas& canvas, Rng& rng) {
  const ValueNoise noise(rng.next());
  const double frequency = rng.uniform(2.5, 9);  // an eye distance
  const double amount = rng.uniform(0.01, 0.07);
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    if (!canvas.skin(v)) continue;
    canvas.multiply(v, amount * noise.fractal(scaled(canvas.point(v), frequency), 2), {2, 2, 2});
  }
}

void scar(Canvas& canvas, Rng& rng) {
  const recon::Point3 a = canvas.point(random_skin_vertex(canvas, rng));
  const double angle = rng.uniform(0, 6.28);
  const double length = rng.uniform(0.15, 0.6);
  const recon::Point3 b{a[0] + length * std::cos(angle), a[1] + length * std::sin(angle), 0};
  const Color gain = chance(rng, 0.5) ? Color{1.15, 1.1, 1.1} : Color{0.9, 0.6, 0.6};
  crease(canvas, bent_line(a, b, rng.uniform(-0.1, 0.1), rng), rng.uniform(0.015, 0.035),
         rng.uniform(0.4, 1.0), gain);
}

Color hair_color(Rng& rng) {
  const double light = rng.uniform() * rng.uniform();
  if (chance(rng, 0.2)) {  // grey
    const double g = rng.uniform(0.35, 0.8);
    return {g, g, g};
  }
  return {0.1 + 0.6 * light, 0.07 + 0.45 * light, 0.05 + 0.25 * light};
}

void brows(Canvas& canvas, Rng& rng) {
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

void beard(Canvas& canvas, Rng& rng) {
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

void make_up(Canvas& canvas, Rng& rng) {
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

/// Paint of any color, so that the network keeps what it sees and not only what faces have.
void pattern(Canvas& canvas, Rng& rng) {
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

}  // namespace

std::vector<float> paint_detail(const recon::FaceFrame& frame, std::vector<float> albedo, Rng rng) {
  Canvas canvas(frame, albedo);
  using Layer = void (*)(Canvas&, Rng&);
  struct Choice {
    Layer layer;
    double probability;
  };
  constexpr Choice kLayers[] = {
      {uneven_skin, 1.0}, {freckles, 0.25}, {spots, 0.7},    {wrinkles, 0.45},
      {scar, 0.12},       {folds, 0.6},     {mottled, 0.5},  {brows, 0.75},
      {beard, 0.3},       {make_up, 0.35},  {pattern, 0.25},
  };
  std::uint64_t stream = 0;
  for (const Choice& choice : kLayers) {
    Rng own = rng.split(++stream);
    if (chance(own, choice.probability)) choice.layer(canvas, own);
  }
  return albedo;
}

}  // namespace fgcn::train
