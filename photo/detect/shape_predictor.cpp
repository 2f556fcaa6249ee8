#include "photo/detect/shape_predictor.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

constexpr std::int64_t kShapeSize = 2 * kLandmarks;

/// dlib's portable binary numbers. An integer is a control byte (low bits: how many bytes follow;
/// top bit: negative) and its bytes from the lowest; a float is mantissa * 2^exponent, two
/// integers.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> file, const std::string& where)
      : file_(file), where_(where), power_(2 * kMostExponent + 1) {
    int exponent = -kMostExponent;
    for (double& power : power_) power = std::ldexp(1.0, exponent++);
  }

  std::int64_t integer() {
    const std::uint8_t control = byte();
    const int size = control & 0x0F;
    if (size > 8 || (control & 0x70) != 0) refuse();
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i) value |= std::uint64_t{byte()} << (8 * i);
    if (value > (std::uint64_t{1} << 62)) refuse();
    return (control & 0x80) != 0 ? -static_cast<std::int64_t>(value)
                                 : static_cast<std::int64_t>(value);
  }

  float real() {
    const std::int64_t mantissa = integer();
    const std::int64_t exponent = integer();
    if (exponent < -kMostExponent || exponent > kMostExponent) refuse();
    const auto value = static_cast<float>(
        static_cast<double>(mantissa) * power_[static_cast<std::size_t>(exponent + kMostExponent)]);
    if (!std::isfinite(value)) refuse();
    return value;
  }

  std::int64_t count(std::int64_t least, std::int64_t most) {
    const std::int64_t value = integer();
    if (value < least || value > most) refuse();
    return value;
  }

  /// A column vector of one shape, appended. The sizes are stored negated.
  void shape(std::vector<float>& out) {
    if (std::abs(integer()) != kShapeSize || std::abs(integer()) != 1) refuse();
    for (std::int64_t i = 0; i < kShapeSize; ++i) out.push_back(real());
  }

  [[noreturn]] void refuse() const {
    input_error(where_, ": is not an undamaged dlib shape predictor of ", kLandmarks,
                " points; install libdlib-data or give another file");
  }

 private:
  std::uint8_t byte() {
    if (at_ == file_.size()) refuse();
    return file_[at_++];
  }

  static constexpr int kMostExponent = 1000;

  std::span<const std::uint8_t> file_;
  const std::string& where_;
  std::vector<double> power_;  // 2^e: sixteen million numbers are read, and ldexp is slow
  std::size_t at_ = 0;
};

/// Linear part [a -b; b a] of the similarity that takes one shape nearest to the other.
struct Turn {
  double a = 1;
  double b = 0;
};

template <class Shape>
Turn best_turn(const Shape& from, const Shape& to) {
  double mean[4] = {};
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    for (std::size_t c = 0; c < 2; ++c) {
      mean[c] += from[2 * i + c] / double{kLandmarks};
      mean[2 + c] += to[2 * i + c] / double{kLandmarks};
    }
  }
  double dot = 0;
  double cross = 0;
  double norm = 0;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const double px = from[2 * i] - mean[0];
    const double py = from[2 * i + 1] - mean[1];
    const double qx = to[2 * i] - mean[2];
    const double qy = to[2 * i + 1] - mean[3];
    dot += px * qx + py * qy;
    cross += px * qy - py * qx;
    norm += px * px + py * py;
  }
  if (!(norm > 0)) return {};
  return {dot / norm, cross / norm};
}

/// A pixel index. Written so that NaN, where damaged leaves may have driven the shape, gives 0.
std::int64_t clamped(double place, std::int64_t size) {
  if (!(place > 0)) return 0;
  return static_cast<std::int64_t>(std::min(place, static_cast<double>(size - 1)));
}

}  // namespace

ShapePredictor ShapePredictor::parse(std::span<const std::uint8_t> file, const std::string& where) {
  Reader in(file, where);
  ShapePredictor out;
  if (in.integer() != 1) in.refuse();
  std::vector<float> initial;
  in.shape(initial);
  std::copy(initial.begin(), initial.end(), out.initial_.begin());

  // Vectors grow with what has been read, so a false count cannot ask for memory.
  const std::int64_t cascades = in.count(1, 1000);
  std::uint32_t most_feature = 0;
  for (std::int64_t c = 0; c < cascades; ++c) {
    Cascade& cascade = out.cascades_.emplace_back();
    const std::int64_t trees = in.count(1, 100'000);
    for (std::int64_t t = 0; t < trees; ++t) {
      Tree& tree = cascade.trees.emplace_back();
      const std::int64_t splits = in.count(1, 4095);
      if (((splits + 1) & splits) != 0) in.refuse();
      for (std::int64_t s = 0; s < splits; ++s) {
        const auto first = static_cast<std::uint32_t>(in.count(0, 1'000'000));
        const auto second = static_cast<std::uint32_t>(in.count(0, 1'000'000));
        tree.splits.push_back({first, second, in.real()});
        most_feature = std::max({most_feature, first, second});
      }
      if (in.integer() != splits + 1) in.refuse();
      for (std::int64_t leaf = 0; leaf <= splits; ++leaf) {
        in.shape(tree.leaves);
        if (leaf == 0) tree.leaves.reserve(static_cast<std::size_t>(kShapeSize * (splits + 1)));
      }
    }
  }
  if (in.integer() != cascades) in.refuse();
  for (Cascade& cascade : out.cascades_) {
    const std::int64_t features = in.count(std::int64_t{most_feature} + 1, 1'000'000);
    for (std::int64_t f = 0; f < features; ++f)
      cascade.features.push_back(
          {static_cast<std::uint32_t>(in.count(0, std::int64_t{kLandmarks} - 1)), 0, 0});
  }
  if (in.integer() != cascades) in.refuse();
  for (Cascade& cascade : out.cascades_) {
    if (in.integer() != static_cast<std::int64_t>(cascade.features.size())) in.refuse();
    for (Feature& feature : cascade.features) {
      feature.dx = in.real();
      feature.dy = in.real();
    }
  }
  return out;
}

ShapePredictor ShapePredictor::read(const std::filesystem::path& path) {
  return parse(read_file(path, std::uint64_t{1} << 30), path.string());
}

Landmarks ShapePredictor::operator()(const Image8& grey, const Box& box) const {
  FGCN_CHECK(grey.channels == 1 && grey.height > 0 && grey.width > 0, "ShapePredictor: image is ",
             grey.height, " x ", grey.width, " x ", grey.channels, ", expected one channel");
  const double width = box.right - box.left;
  const double height = box.bottom - box.top;
  Shape shape = initial_;
  std::vector<float> brightness;
  for (const Cascade& cascade : cascades_) {
    const Turn turn = best_turn(initial_, shape);
    brightness.resize(cascade.features.size());
    for (std::size_t f = 0; f < cascade.features.size(); ++f) {
      const Feature& feature = cascade.features[f];
      const double x = shape[2 * feature.anchor] + turn.a * feature.dx - turn.b * feature.dy;
      const double y = shape[2 * feature.anchor + 1] + turn.b * feature.dx + turn.a * feature.dy;
      brightness[f] = static_cast<float>(*grey.at(clamped(box.top + y * height, grey.height),
                                                  clamped(box.left + x * width, grey.width)));
    }
    for (const Tree& tree : cascade.trees) {
      std::size_t node = 0;
      while (node < tree.splits.size()) {
        const Split& split = tree.splits[node];
        const bool left = brightness[split.first] - brightness[split.second] > split.threshold;
        node = 2 * node + (left ? 1 : 2);
      }
      const float* leaf =
          tree.leaves.data() + (node - tree.splits.size()) * static_cast<std::size_t>(kShapeSize);
      for (std::size_t i = 0; i < shape.size(); ++i) shape[i] += leaf[i];
    }
  }
  Landmarks landmarks;
  for (std::size_t i = 0; i < kLandmarks; ++i)
    landmarks[i] = {box.left + shape[2 * i] * width, box.top + shape[2 * i + 1] * height};
  return landmarks;
}

}  // namespace fgcn::photo
