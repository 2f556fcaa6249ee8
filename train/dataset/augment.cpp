#include "train/dataset/augment.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/rigid/rigid_math.h"
#include "kernels/sh_light/sh_light_math.h"

namespace fgcn::train {
namespace {

using Matrix = kernels::Matrix3<double>;
using Vector = std::array<double, 3>;

constexpr double kSameMode = 1e-5;  // dm or color; modes are single precision

Vector times(const Matrix& m, const Vector& v) {
  Vector out{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t k = 0; k < 3; ++k) out[i] += m.at[3 * i + k] * v[k];
  return out;
}

/// The angles of R = Rz Ry Rx.
Vector euler_angles(const Matrix& r) {
  return {std::atan2(r.at[7], r.at[8]), std::asin(std::clamp(-r.at[6], -1.0, 1.0)),
          std::atan2(r.at[3], r.at[0])};
}

/// [V, 3] of the mirrored face: the pair's vector, for shapes with its x turned round.
std::vector<float> mirrored(const mesh::FaceModel& model, const float* field, bool shape) {
  std::vector<float> out(model.mean_shape.size());
  for (std::size_t v = 0; v < model.mirror.size(); ++v) {
    const float* pair = field + 3 * static_cast<std::size_t>(model.mirror[v]);
    out[3 * v] = shape ? -pair[0] : pair[0];
    out[3 * v + 1] = pair[1];
    out[3 * v + 2] = pair[2];
  }
  return out;
}

bool same(const std::vector<float>& a, const float* b, double sign) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(std::abs(a[i] - sign * b[i]) <= kSameMode)) return false;
  return true;
}

bool mirrored_triangles(const mesh::FaceModel& model) {
  const auto canonical = [](mesh::Triangle t) {
    std::rotate(t.begin(), std::min_element(t.begin(), t.end()), t.end());
    return t;
  };
  std::set<mesh::Triangle> all;
  for (const mesh::Triangle& t : model.triangles) all.insert(canonical(t));
  const auto pair = [&](std::int32_t v) { return model.mirror[static_cast<std::size_t>(v)]; };
  return std::all_of(model.triangles.begin(), model.triangles.end(), [&](const mesh::Triangle& t) {
    return all.count(canonical({pair(t[0]), pair(t[2]), pair(t[1])})) != 0;
  });
}

/// Cubic through the pixels (Keys, a = -0.5).
std::array<double, 4> cubic(double t) {
  return {((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1,
          ((-1.5 * t + 2) * t + 0.5) * t, (0.5 * t - 0.5) * t * t};
}

void check_channels(const Image& crop) {
  FGCN_CHECK(crop.channels == 4, "augment: a crop of ", crop.channels, " channels, expected 4");
}

/// All channels at a place in pixels; beyond the image its border repeats.
void sample_cubic(const Image& image, double x, double y, std::array<double, 4>& out) {
  const double left = std::floor(x - 0.5), top = std::floor(y - 0.5);
  const auto across = cubic(x - 0.5 - left), down = cubic(y - 0.5 - top);
  const auto within = [](double at, std::int64_t tap, std::int64_t size) {
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(at) - 1 + tap, 0, size - 1);
  };
  std::array<std::int64_t, 4> columns{};
  for (std::size_t i = 0; i < 4; ++i)
    columns[i] = within(left, static_cast<std::int64_t>(i), image.width);
  out = {};
  for (std::size_t j = 0; j < 4; ++j) {
    const std::int64_t row = within(top, static_cast<std::int64_t>(j), image.height);
    for (std::size_t i = 0; i < 4; ++i) {
      const float* pixel = image.at(row, columns[i]);
      const double weight = down[j] * across[i];
      for (std::size_t c = 0; c < 4; ++c) out[c] += weight * static_cast<double>(pixel[c]);
    }
  }
}

}  // namespace

std::array<double, 27> turned_light(const std::array<double, 27>& light,
                                    const std::array<double, 9>& rotation) {
  // Harmonics up to the second degree turn into themselves: enough directions find them exactly.
  constexpr int kDirections = 32;
  Matrix r;
  std::copy(rotation.begin(), rotation.end(), r.at);
  Eigen::Matrix<double, kDirections, 9> before, after;
  for (int i = 0; i < kDirections; ++i) {
    // Fibonacci's spiral.
    const double z = 1 - (2 * i + 1.0) / kDirections;
    const double phase = i * 2.399963229728653;
    const double radius = std::sqrt(1 - z * z);
    const Vector n{radius * std::cos(phase), radius * std::sin(phase), z};
    const Vector turned = times(r, n);
    double y[9];
    kernels::sh_basis(n.data(), y);
    for (int k = 0; k < 9; ++k) before(i, k) = y[k];
    kernels::sh_basis(turned.data(), y);
    for (int k = 0; k < 9; ++k) after(i, k) = y[k];
  }
  const Eigen::Matrix<double, 9, 9> turn = after.householderQr().solve(before);
  std::array<double, 27> out{};
  for (std::size_t c = 0; c < 3; ++c) {
    const Eigen::Map<const Eigen::Matrix<double, 9, 1>> channel(light.data() + 9 * c);
    const Eigen::Matrix<double, 9, 1> turned = turn * channel;
    std::copy_n(turned.data(), 9, out.data() + 9 * c);
  }
  return out;
}

Augmenter::Augmenter(const mesh::FaceModel& model, const AugmentOptions& options)
    : model_(&model),
      options_(options),
      surfaces_(Context(Device::kCpu, 1), model),
      mirror_modes_(mirror_modes(model)) {}

std::optional<Augmenter::AllMirrorModes> Augmenter::mirror_modes(const mesh::FaceModel& model) {
  if (!mirrored_triangles(model) ||
      !same(mirrored(model, model.mean_shape.data(), true), model.mean_shape.data(), 1) ||
      !same(mirrored(model, model.mean_albedo.data(), false), model.mean_albedo.data(), 1))
    return std::nullopt;
  const auto find = [&](const mesh::Modes& modes, bool shape) -> std::optional<MirrorModes> {
    MirrorModes out(static_cast<std::size_t>(modes.count));
    const std::size_t stride = model.mean_shape.size();
    std::vector<bool> taken(out.size(), false);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::vector<float> image = mirrored(model, modes.data.data() + i * stride, shape);
      bool found = false;
      for (std::size_t j = 0; j < out.size() && !found; ++j) {
        for (const double sign : {1.0, -1.0}) {
          if (taken[j] || found || !same(image, modes.data.data() + j * stride, sign)) continue;
          out[j] = {i, sign};  // mode i with weight w becomes mode j with weight sign w
          taken[j] = found = true;
        }
      }
      if (!found) return std::nullopt;
    }
    return out;
  };
  auto identity = find(model.identity, true);
  auto expression = find(model.expression, true);
  auto albedo = find(model.albedo, false);
  if (!identity || !expression || !albedo) return std::nullopt;
  return AllMirrorModes{std::move(*identity), std::move(*expression), std::move(*albedo)};
}

void Augmenter::finish(recon::PhotoSample& sample) const {
  surfaces_.fill(recon::crop_camera(sample.crop.height), sample.fit);
  sample.fit.landmark_error = recon::landmark_error(sample.fit, sample.landmarks);
}

recon::PhotoSample Augmenter::flip(recon::PhotoSample sample) const {
  flip_unfinished(sample);
  finish(sample);
  return sample;
}

recon::PhotoSample Augmenter::move(recon::PhotoSample sample, const CropMove& by) const {
  move_unfinished(sample, by);
  finish(sample);
  return sample;
}

recon::PhotoSample Augmenter::recolor(recon::PhotoSample sample,
                                      const std::array<double, 3>& gain) const {
  recolor_unfinished(sample, gain);
  finish(sample);
  return sample;
}

void Augmenter::flip_unfinished(recon::PhotoSample& sample) const {
  FGCN_CHECK(can_flip(), "augment: the face model '", model_->name, "' is not its mirror image");
  const std::int64_t side = sample.crop.width;
  for (std::int64_t y = 0; y < sample.crop.height; ++y)
    for (std::int64_t x = 0; x < side / 2; ++x)
      std::swap_ranges(sample.crop.at(y, x), sample.crop.at(y, x) + sample.crop.channels,
                       sample.crop.at(y, side - 1 - x));
  const photo::Landmarks landmarks = sample.landmarks;
  const auto vertices = sample.fit.landmark_vertices;
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    const std::size_t from = photo::mirrored_landmark(k);
    sample.landmarks[k] = {static_cast<double>(side) - landmarks[from].x, landmarks[from].y};
    sample.fit.landmark_vertices[k] = model_->mirror[static_cast<std::size_t>(vertices[from])];
  }
  const auto turn = [](const MirrorModes& modes, const std::vector<double>& from) {
    FGCN_CHECK(modes.size() == from.size(), "augment: the fit has ", from.size(),
               " coefficients, the model ", modes.size());
    std::vector<double> to;
    for (const Signed& source : modes) to.push_back(source.sign * from[source.mode]);
    return to;
  };
  sample.fit.identity = turn(mirror_modes_->identity, sample.fit.identity);
  sample.fit.expression = turn(mirror_modes_->expression, sample.fit.expression);
  sample.fit.albedo = turn(mirror_modes_->albedo, sample.fit.albedo);
  // M R M of R = Rz Ry Rx, and the harmonics that are odd in x.
  sample.fit.angles_rad[1] *= -1;
  sample.fit.angles_rad[2] *= -1;
  sample.fit.translation_dm[0] *= -1;
  for (std::size_t c = 0; c < 3; ++c)
    for (const std::size_t k : {3, 4, 7}) sample.fit.sh_coefficients[9 * c + k] *= -1;
}

void Augmenter::move_unfinished(recon::PhotoSample& sample, const CropMove& move) const {
  check_channels(sample.crop);
  const Image crop = sample.crop;
  const auto side = static_cast<double>(crop.width);
  const double middle = side / 2;
  const double c = std::cos(move.roll), s = std::sin(move.roll);
  for (std::int64_t y = 0; y < crop.height; ++y) {
    for (std::int64_t x = 0; x < crop.width; ++x) {
      const double dx = (static_cast<double>(x) + 0.5 - middle - move.shift_x) / move.scale;
      const double dy = (static_cast<double>(y) + 0.5 - middle - move.shift_y) / move.scale;
      const double from_x = middle + c * dx + s * dy;
      const double from_y = middle - s * dx + c * dy;
      const bool inside = from_x >= 0 && from_y >= 0 && from_x <= side && from_y <= side;
      std::array<double, 4> value{};
      sample_cubic(crop, from_x, from_y, value);
      if (!inside) value[3] = 0;
      float* to = sample.crop.at(y, x);
      for (std::size_t k = 0; k < 4; ++k)
        to[k] = static_cast<float>(std::clamp(value[k], 0.0, 1.0));
    }
  }
  for (photo::Point& p : sample.landmarks) {
    const double dx = p.x - middle, dy = p.y - middle;
    p = {middle + move.shift_x + move.scale * (c * dx - s * dy),
         middle + move.shift_y + move.scale * (s * dx + c * dy)};
  }
  const Camera camera = recon::crop_camera(crop.height);
  const std::vector<float> landmarks = surfaces_.landmarks_on_screen(camera, sample.fit);
  double depth = 0;
  for (std::size_t k = 0; k < photo::kLandmarks; ++k)
    depth += static_cast<double>(landmarks[3 * k + 2]) / 68;
  // Roll about the camera's axis, to another distance, then a turn about the camera.
  const Matrix roll = kernels::axis_rotation(2, -move.roll, false);
  const Matrix aim = kernels::multiply(
      kernels::axis_rotation(0, -std::atan(move.shift_y / camera.focal()), false),
      kernels::axis_rotation(1, -std::atan(move.shift_x / camera.focal()), false));
  Vector t = times(roll, sample.fit.translation_dm);
  t[2] += depth * (1 - 1 / move.scale) - camera.distance;
  t = times(aim, t);
  t[2] += camera.distance;
  const Matrix turn = kernels::multiply(aim, roll);
  sample.fit.translation_dm = t;
  sample.fit.angles_rad =
      euler_angles(kernels::multiply(turn, kernels::euler_rotation(sample.fit.angles_rad.data())));
  std::array<double, 9> rotation{};
  std::copy_n(turn.at, 9, rotation.begin());
  // The ambient offset is no part of the coefficients, and turns into itself.
  sample.fit.sh_coefficients = turned_light(sample.fit.sh_coefficients, rotation);
}

void Augmenter::recolor_unfinished(recon::PhotoSample& sample,
                                   const std::array<double, 3>& gain) const {
  check_channels(sample.crop);
  std::vector<float>& pixels = sample.crop.pixels;
  for (std::size_t i = 0; i < pixels.size(); i += 4)
    for (std::size_t c = 0; c < 3; ++c)
      pixels[i + c] = std::clamp(pixels[i + c] * static_cast<float>(gain[c]), 0.0F, 1.0F);
  for (std::size_t k = 0; k < 27; ++k) {
    sample.fit.sh_coefficients[k] *= gain[k / 9];
    if (k % 9 == 0) sample.fit.sh_coefficients[k] += (gain[k / 9] - 1) * kernels::kAmbientOffset;
  }
}

recon::PhotoSample Augmenter::operator()(recon::PhotoSample sample, Rng rng) const {
  const auto within = [&rng](double most) { return rng.uniform(-most, most); };
  // All are sampled, so that one option does not change the numbers of another.
  const bool flipped = rng.uniform() < options_.flip;
  const double pixel = static_cast<double>(sample.crop.width) / 224;
  CropMove step;
  step.shift_x = pixel * within(options_.shift);
  step.shift_y = pixel * within(options_.shift);
  step.scale = 1 + within(options_.scale);
  step.roll = within(options_.roll);
  const double level = 1 + within(options_.gain);
  std::array<double, 3> gain{};
  for (double& g : gain) g = level * (1 + within(options_.tint));
  if (flipped && can_flip()) flip_unfinished(sample);
  move_unfinished(sample, step);
  recolor_unfinished(sample, gain);
  finish(sample);
  return sample;
}

}  // namespace fgcn::train
