#include "train/synthetic/occluders.h"

#include <algorithm>
#include <cmath>

#include "recon/fit/face_frame.h"
#include "train/synthetic/value_noise.h"

namespace fgcn::train {
namespace {

using Color = std::array<double, 3>;

/// Pixels [x_begin, x_end) x [y_begin, y_end).
struct Box {
  double x_begin, x_end, y_begin, y_end;
};

/// The picture with what is rendered over it.
class Scene {
 public:
  explicit Scene(Image& picture) : picture_(picture) {
    occlusion_.hidden = Image(picture.height, picture.width, 1);
    occlusion_.noticed = Image(picture.height, picture.width, 1);
  }

  double size() const { return static_cast<double>(picture_.width); }
  /// Whether a mask would notice the objects that are painted from here on.
  void noticed(bool yes) { noticed_ = yes; }

  /// cover(x, y) in [0, 1] and color(x, y) at pixel centres within the box.
  template <class Cover, class Paint>
  void draw(const Box& box, Cover cover, Paint paint) {
    const auto low = [](double v) { return static_cast<std::int64_t>(std::max(v, 0.0)); };
    const auto high = [this](double v) {
      return static_cast<std::int64_t>(std::clamp(v, 0.0, size()));
    };
    for (std::int64_t y = low(box.y_begin); y < high(box.y_end); ++y) {
      for (std::int64_t x = low(box.x_begin); x < high(box.x_end); ++x) {
        const double px = static_cast<double>(x) + 0.5;
        const double py = static_cast<double>(y) + 0.5;
        const double alpha = cover(px, py);
        if (alpha <= 0) continue;
        const Color color = paint(px, py);
        float* pixel = picture_.at(y, x);
        for (std::size_t c = 0; c < 3; ++c) {
          pixel[c] = static_cast<float>(
              std::clamp(pixel[c] + alpha * (color[c] - static_cast<double>(pixel[c])), 0.0, 1.0));
        }
        hide(*occlusion_.hidden.at(y, x), alpha);
        if (noticed_) hide(*occlusion_.noticed.at(y, x), alpha);
      }
    }
  }

  Occlusion take() { return std::move(occlusion_); }

 private:
  static void hide(float& value, double alpha) {
    value = std::max(value, static_cast<float>(std::min(alpha, 1.0)));
  }

  Image& picture_;
  Occlusion occlusion_;
  bool noticed_ = false;
};

/// 1 inside an edge, falling to 0 over a pixel; `depth` pixels inwards is positive.
double edge(double depth) { return std::clamp(depth + 0.5, 0.0, 1.0); }

double line_distance(const Pixel& a, const Pixel& b, double x, double y) {
  const double dx = b[0] - a[0];
  const double dy = b[1] - a[1];
  const double length = dx * dx + dy * dy;
  const double t =
      length > 0 ? std::clamp(((x - a[0]) * dx + (y - a[1]) * dy) / length, 0.0, 1.0) : 0;
  return std::hypot(x - a[0] - t * dx, y - a[1] - t * dy);
}

void stroke(Scene& scene, const Pixel& a, const Pixel& b, double width, double opacity,
            const Color& color) {
  const double r = width / 2 + 1;
  const Box box{std::min(a[0], b[0]) - r, std::max(a[0], b[0]) + r + 1, std::min(a[1], b[1]) - r,
                std::max(a[1], b[1]) + r + 1};
  scene.draw(
      box,
      [&](double x, double y) { return opacity * edge(width / 2 - line_distance(a, b, x, y)); },
      [&](double, double) { return color; });
}

Pixel middle(const std::vector<Pixel>& points, std::size_t first, std::size_t last) {
  Pixel sum{};
  for (std::size_t i = first; i <= last; ++i) {
    sum[0] += points[i][0];
    sum[1] += points[i][1];
  }
  const auto count = static_cast<double>(last - first + 1);
  return {sum[0] / count, sum[1] / count};
}

/// A random natural color: dark, brown, grey or vivid.
Color stuff_color(Rng& rng) {
  const double light = rng.uniform() * rng.uniform();
  if (rng.uniform() < 0.75) return {0.05 + 0.6 * light, 0.04 + 0.45 * light, 0.03 + 0.35 * light};
  const double grey = rng.uniform(0.03, 0.9);
  const double vivid = rng.uniform(0, 0.4);
  Color out;
  for (double& c : out) c = std::clamp(grey + vivid * rng.normal(), 0.0, 1.0);
  return out;
}

void glasses(Scene& scene, const std::vector<Pixel>& landmarks, Rng& rng) {
  scene.noticed(rng.uniform() < 0.2);
  const Pixel right = middle(landmarks, 36, 41);
  const Pixel left = middle(landmarks, 42, 47);
  const double apart = std::hypot(left[0] - right[0], left[1] - right[1]);
  const double rim = rng.uniform(1.0, 4.5);
  const double half_width = apart * rng.uniform(0.3, 0.42);
  const double half_height = half_width * rng.uniform(0.65, 1.0);
  const double roundness = rng.uniform(2, 5);  // exponent of a superellipse
  const double drop = apart * rng.uniform(0, 0.1);
  const double tint = rng.uniform() < 0.25 ? rng.uniform(0.2, 0.85) : rng.uniform(0, 0.06);
  const Color frame = stuff_color(rng);
  const Color glass = rng.uniform() < 0.6 ? Color{0.08, 0.08, 0.1} : Color{0.9, 0.9, 0.95};
  for (const Pixel& eye : {right, left}) {
    const double cx = eye[0];
    const double cy = eye[1] + drop;
    const auto depth = [&](double x, double y) {  // pixels inside the rim's middle, about
      const double u = std::abs(x - cx) / half_width;
      const double v = std::abs(y - cy) / half_height;
      const double r = std::pow(std::pow(u, roundness) + std::pow(v, roundness), 1 / roundness);
      return (1 - r) * half_height;
    };
    const Box box{cx - half_width - 6, cx + half_width + 6, cy - half_height - 6,
                  cy + half_height + 6};
    scene.draw(
        box, [&](double x, double y) { return tint * edge(depth(x, y)); },
        [&](double, double) { return glass; });
    scene.draw(
        box, [&](double x, double y) { return edge(rim / 2 - std::abs(depth(x, y))); },
        [&](double, double) { return frame; });
  }
  const double inner = half_width * 0.95;
  stroke(scene, {right[0] + inner, right[1] + drop}, {left[0] - inner, left[1] + drop}, rim, 1,
         frame);
  const double temple = apart * 0.6;
  stroke(scene, {right[0] - inner, right[1] + drop}, {right[0] - inner - temple, right[1]}, rim, 1,
         frame);
  stroke(scene, {left[0] + inner, left[1] + drop}, {left[0] + inner + temple, left[1]}, rim, 1,
         frame);
}

void strands(Scene& scene, const std::vector<Pixel>& landmarks, Rng& rng) {
  scene.noticed(rng.uniform() < 0.3);
  const Color hair = stuff_color(rng);
  const Pixel brow = middle(landmarks, 17, 26);
  const double width = std::abs(landmarks[16][0] - landmarks[0][0]);
  const double start = brow[0] + width * rng.uniform(-0.5, 0.5);
  for (std::int64_t i = 3 + rng.below(30); i > 0; --i) {
    Pixel p{start + width * 0.15 * rng.normal(), brow[1] - width * rng.uniform(0.4, 0.6)};
    double angle = 1.57 + rng.uniform(-0.6, 0.6);
    const double bend = rng.uniform(-0.15, 0.15);
    const double thick = rng.uniform(0.6, 2.2);
    const double opacity = rng.uniform(0.4, 1);
    const double gain = rng.uniform(0.7, 1.4);
    const Color own{hair[0] * gain, hair[1] * gain, hair[2] * gain};
    for (std::int64_t step = 4 + rng.below(8); step > 0; --step) {
      const Pixel next{p[0] + 8 * std::cos(angle), p[1] + 8 * std::sin(angle)};
      stroke(scene, p, next, thick, opacity, own);
      p = next;
      angle += bend;
    }
  }
}

/// Hair that hangs over the forehead, or at one side of the face.
void fringe(Scene& scene, const std::vector<Pixel>& landmarks, Rng& rng) {
  scene.noticed(rng.uniform() < 0.75);
  const Color hair = stuff_color(rng);
  const ValueNoise noise(rng.next());
  const Pixel brow = middle(landmarks, 17, 26);
  const double width = std::abs(landmarks[16][0] - landmarks[0][0]) + 1;
  const bool side = rng.uniform() < 0.4;
  const double sign = rng.uniform() < 0.5 ? 1 : -1;
  const double reach = side ? width * rng.uniform(0.28, 0.5) : -width * rng.uniform(-0.05, 0.4);
  const double ragged = rng.uniform(2, 14);
  const double slope = side ? 0 : rng.uniform(-0.3, 0.3);
  scene.draw(
      {0, scene.size(), 0, scene.size()},
      [&](double x, double y) {
        const double wave = ragged * noise({x * (side ? 0.02 : 0.15), y * (side ? 0.15 : 0.02), 0});
        const double depth = side ? sign * (x - brow[0]) - reach + wave
                                  : brow[1] + reach + slope * (x - brow[0]) - y + wave;
        return edge(0.5 * depth);
      },
      [&](double x, double y) {
        const double gain = 1 + 0.35 * noise({x * 0.7, y * 0.08, 3});
        return Color{hair[0] * gain, hair[1] * gain, hair[2] * gain};
      });
}

/// Fingers, a hand, a cup or a microphone: rounded bars and balls from the picture's edge.
void objects(Scene& scene, const std::vector<Pixel>& landmarks, Rng& rng) {
  scene.noticed(rng.uniform() < 0.65);
  const bool skin = rng.uniform() < 0.5;
  const double light = rng.uniform(0.3, 1.0);
  const Color color = skin ? Color{0.85 * light, 0.65 * light, 0.52 * light} : stuff_color(rng);
  const ValueNoise noise(rng.next());
  const Pixel at = landmarks[static_cast<std::size_t>(rng.below(68))];
  const double angle = rng.uniform(0, 6.28);
  const double length = scene.size();
  const std::int64_t bars = skin ? 1 + rng.below(4) : 1;
  const double width = rng.uniform(9, 30);
  const double ball = skin ? 0 : rng.uniform(0, 26);
  const auto bar = [&](const Pixel& a, const Pixel& b, double thick) {
    const double r = thick / 2 + 1;
    scene.draw(
        {std::min(a[0], b[0]) - r, std::max(a[0], b[0]) + r, std::min(a[1], b[1]) - r,
         std::max(a[1], b[1]) + r},
        [&](double x, double y) { return edge(thick / 2 - line_distance(a, b, x, y)); },
        [&](double x, double y) {
          const double rim = 1 - line_distance(a, b, x, y) / thick;
          const double gain = (0.65 + 0.4 * rim) * (1 + 0.1 * noise({x * 0.2, y * 0.2, 0}));
          return Color{color[0] * gain, color[1] * gain, color[2] * gain};
        });
  };
  for (std::int64_t i = 0; i < bars; ++i) {
    const double shift = (static_cast<double>(i) - 0.5 * static_cast<double>(bars)) * width;
    const Pixel a{at[0] - shift * std::sin(angle), at[1] + shift * std::cos(angle)};
    bar(a, {a[0] + length * std::cos(angle), a[1] + length * std::sin(angle)}, width);
  }
  if (ball > 4) bar(at, at, 2 * ball);
}

/// An ellipse whose edge wavers by `ragged` pixels.
void blob(Scene& scene, const Pixel& centre, const Pixel& radius, double ragged, const Color& color,
          Rng& rng) {
  const ValueNoise noise(rng.next());
  const double reach = 1 + ragged / std::min(radius[0], radius[1]);
  scene.draw(
      {centre[0] - reach * radius[0], centre[0] + reach * radius[0] + 1,
       centre[1] - reach * radius[1], centre[1] + reach * radius[1] + 1},
      [&](double x, double y) {
        const double r = std::hypot((x - centre[0]) / radius[0], (y - centre[1]) / radius[1]);
        return edge((1 - r) * std::min(radius[0], radius[1]) +
                    ragged * noise({0.12 * x, 0.12 * y, 0}));
      },
      [&](double x, double y) {
        const double gain = 1 + 0.25 * noise({0.5 * x, 0.1 * y, 9});
        return Color{color[0] * gain, color[1] * gain, color[2] * gain};
      });
}

}  // namespace

void add_head(Image& picture, const std::vector<Pixel>& landmarks,
              const std::array<double, 3>& skin, Rng rng) {
  Scene scene(picture);
  const Pixel jaw_right = landmarks[0];
  const Pixel jaw_left = landmarks[16];
  const Pixel chin = landmarks[8];
  const Pixel brow = middle(landmarks, 17, 26);
  const double width = std::max(std::abs(jaw_left[0] - jaw_right[0]), 40.0);
  const double height = std::max(chin[1] - brow[1], 40.0);
  const double cx = 0.5 * (jaw_right[0] + jaw_left[0]);
  const Color hair = stuff_color(rng);
  const Color clothes = stuff_color(rng);
  const double shade = rng.uniform(0.5, 0.95);
  const Color neck{skin[0] * shade, skin[1] * shade, skin[2] * shade};
  if (rng.uniform() < 0.4) {  // long hair behind the neck
    blob(scene, {cx, chin[1]}, {width * rng.uniform(0.6, 0.9), height * 1.2}, 4, hair, rng);
  }
  blob(scene, {cx, chin[1] + 0.3 * height}, {width * rng.uniform(0.28, 0.4), height * 0.7}, 1, neck,
       rng);
  blob(scene, {cx, chin[1] + 1.2 * height}, {width * 1.2, height * rng.uniform(0.6, 0.8)}, 2,
       clothes, rng);
  const bool bald = rng.uniform() < 0.12;
  blob(scene, {cx, brow[1]}, {width * rng.uniform(0.54, 0.68), height * rng.uniform(0.75, 1.05)},
       bald ? 0 : rng.uniform(1, 8), bald ? skin : hair, rng);
  if (rng.uniform() < 0.7) {
    for (const Pixel& ear : {jaw_right, jaw_left}) {
      blob(scene, {ear[0], ear[1]}, {0.07 * width, 0.18 * height}, 0.5, neck, rng);
    }
  }
}

Occlusion add_occluders(Image& picture, const std::vector<Pixel>& landmarks, Rng rng) {
  Scene scene(picture);
  if (rng.uniform() < 0.25) glasses(scene, landmarks, rng);
  if (rng.uniform() < 0.25) strands(scene, landmarks, rng);
  if (rng.uniform() < 0.25) fringe(scene, landmarks, rng);
  if (rng.uniform() < 0.15) objects(scene, landmarks, rng);
  return scene.take();
}

}  // namespace fgcn::train
