#include "render/height_field.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

using Field = std::vector<float>;

constexpr std::int64_t kMargin = 2;         // pixels at the border without a height: stencils fit
constexpr std::int64_t kWidestStart = 256;  // wider pictures start at half their size
constexpr double kBoundOfNoise = 3;         // width of rho
constexpr double kTolerance = 1e-2;         // of the residual, relative
constexpr int kMostIterations = 120;        // of the smallest picture; 60 from such a start

double dot(const Field& a, const Field& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

/// The normal equations, applied without a matrix: five-point stencils on the picture's grid.
class NormalEquations {
 public:
  NormalEquations(const HeightEvidence& e, const HeightPrior& prior)
      : e_(e),
        width_(static_cast<std::size_t>(e.width)),
        first_(kMargin * width_),
        last_(e.detail.size() - kMargin * width_),
        slope_(static_cast<float>(1 / (prior.slope * prior.slope))),
        bend_(static_cast<float>(1 / (prior.curvature * prior.curvature))),
        keep_(static_cast<float>(1 / (prior.height * prior.height))),
        inside_(e.detail.size(), 0.0F),
        trust_(e.detail.size(), 0.0F),
        along_x_(trust_),
        along_y_(trust_),
        bent_(trust_) {
    for (std::size_t i = first_; i < last_; ++i) {
      const auto x = static_cast<std::int64_t>(i % width_);
      if (x >= kMargin && x < e.width - kMargin && e.inside[i] != 0) inside_[i] = 1;
    }
  }

  std::size_t size() const { return inside_.size(); }

  /// No height where none is wanted.
  void cut(Field& h) const {
    for (std::size_t i = 0; i < h.size(); ++i) h[i] *= inside_[i];
  }

  /// by_x dh/dx + by_y dh/dy at a pixel, by central differences.
  float shading(const Field& h, std::size_t i) const {
    return 0.5F *
           (e_.by_x[i] * (h[i + 1] - h[i - 1]) + e_.by_y[i] * (h[i + width_] - h[i - width_]));
  }

  /// Weights of the pixels for the next solution.
  void weigh(const Field& h, double noise) {
    const double bound = kBoundOfNoise * noise;
    for (std::size_t i = first_; i < last_; ++i) {
      if (inside_[i] == 0 || !(e_.weight[i] > 0)) continue;
      const double ratio = (double{shading(h, i)} - double{e_.detail[i]}) / bound;
      const double robust = 1 / ((1 + ratio * ratio) * (1 + ratio * ratio));
      trust_[i] = static_cast<float>(robust * double{e_.weight[i]} / (noise * noise));
    }
  }

  Field right_side() {
    for (std::size_t i = first_; i < last_; ++i) {
      const float pull = 0.5F * trust_[i] * e_.detail[i];
      along_x_[i] = pull * e_.by_x[i];
      along_y_[i] = pull * e_.by_y[i];
    }
    Field out(size(), 0.0F);
    for (std::size_t i = first_; i < last_; ++i) out[i] = inside_[i] * gathered(i);
    return out;
  }

  void apply(const Field& x, Field& y) {
    for (std::size_t i = first_; i < last_; ++i) {
      const float pull = 0.5F * trust_[i] * shading(x, i);
      along_x_[i] = pull * e_.by_x[i];
      along_y_[i] = pull * e_.by_y[i];
      bent_[i] = inside_[i] * bend_ * laplacian(x, i);
    }
    for (std::size_t i = first_; i < last_; ++i)
      y[i] = inside_[i] *
             (gathered(i) - slope_ * laplacian(x, i) + laplacian(bent_, i) + keep_ * x[i]);
  }

  Field diagonal() const {
    Field out(size(), 1.0F);
    const auto square = [&](const Field& by, std::size_t i) {
      return 0.25F * trust_[i] * by[i] * by[i];
    };
    for (std::size_t i = first_; i < last_; ++i)
      out[i] = 4 * slope_ + 20 * bend_ + keep_ + square(e_.by_x, i - 1) + square(e_.by_x, i + 1) +
               square(e_.by_y, i - width_) + square(e_.by_y, i + width_);
    return out;
  }

 private:
  float laplacian(const Field& x, std::size_t i) const {
    return x[i - 1] + x[i + 1] + x[i - width_] + x[i + width_] - 4 * x[i];
  }
  /// The adjoint of central differences.
  float gathered(std::size_t i) const {
    return along_x_[i - 1] - along_x_[i + 1] + along_y_[i - width_] - along_y_[i + width_];
  }

  const HeightEvidence& e_;
  std::size_t width_, first_, last_;
  float slope_, bend_, keep_;
  Field inside_, trust_;
  Field along_x_, along_y_, bent_;  // scratch; zero within the margin
};

/// Conjugate gradients from `x`.
void solve(NormalEquations& system, Field& x, int iterations) {
  const Field b = system.right_side(), diagonal = system.diagonal();
  Field r(b), z(b), p(b.size()), q(b.size(), 0.0F);
  system.apply(x, q);
  for (std::size_t i = 0; i < r.size(); ++i) r[i] -= q[i];
  const double enough = kTolerance * kTolerance * dot(b, b);
  double before = 0;
  for (int iteration = 0; iteration < iterations && dot(r, r) > enough; ++iteration) {
    for (std::size_t i = 0; i < z.size(); ++i) z[i] = r[i] / diagonal[i];
    const double now = dot(r, z);
    const auto beta = static_cast<float>(iteration == 0 ? 0 : now / before);
    for (std::size_t i = 0; i < p.size(); ++i) p[i] = z[i] + beta * p[i];
    system.apply(p, q);
    const double curve = dot(p, q);
    if (!(curve > 0)) return;  // rounding: nothing is left to gain
    const auto alpha = static_cast<float>(now / curve);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] += alpha * p[i];
      r[i] -= alpha * q[i];
    }
    before = now;
  }
}

/// The same picture at half its size; slopes stay, lengths are half.
HeightEvidence halved(const HeightEvidence& e) {
  HeightEvidence out;
  out.height = e.height / 2;
  out.width = e.width / 2;
  const auto count = static_cast<std::size_t>(out.height * out.width);
  out.by_x.assign(count, 0);
  out.by_y = out.detail = out.weight = out.by_x;
  out.inside.assign(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto width = static_cast<std::size_t>(out.width),
               wide = static_cast<std::size_t>(e.width);
    const std::size_t from = 2 * (i / width) * wide + 2 * (i % width);
    float total = 0;
    for (const std::size_t k : {from, from + 1, from + wide, from + wide + 1}) {
      const float w = e.weight[k] + 1e-6F;
      total += w;
      out.by_x[i] += w * e.by_x[k];
      out.by_y[i] += w * e.by_y[k];
      out.detail[i] += w * e.detail[k];
      out.weight[i] += e.weight[k] / 4;
      out.inside[i] = std::max(out.inside[i], e.inside[k]);
    }
    for (Field* list : {&out.by_x, &out.by_y, &out.detail}) (*list)[i] /= total;
  }
  return out;
}

/// Bilinear, twice as high on a picture of twice the size.
Field doubled(const Field& small, std::int64_t height, std::int64_t width,
              const HeightEvidence& e) {
  Field out(e.detail.size());
  const auto at = [&](std::int64_t y, std::int64_t x) {
    return small[static_cast<std::size_t>(std::clamp<std::int64_t>(y, 0, height - 1) * width +
                                          std::clamp<std::int64_t>(x, 0, width - 1))];
  };
  for (std::int64_t y = 0; y < e.height; ++y)
    for (std::int64_t x = 0; x < e.width; ++x) {
      const std::int64_t y0 = (y + 1) / 2 - 1, x0 = (x + 1) / 2 - 1;
      const float fy = y % 2 == 0 ? 0.75F : 0.25F, fx = x % 2 == 0 ? 0.75F : 0.25F;
      const float top = at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx;
      const float bottom = at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx;
      const auto i = static_cast<std::size_t>(y * e.width + x);
      out[i] = 2 * (top * (1 - fy) + bottom * fy);
    }
  return out;
}

void check(const HeightEvidence& e) {
  FGCN_CHECK(e.height >= 8 && e.width >= 8, "height_from_shading: ", e.height, " x ", e.width,
             " pixels, expected 8 a side or more");
  const auto count = static_cast<std::size_t>(e.height * e.width);
  for (const Field* list : {&e.by_x, &e.by_y, &e.detail, &e.weight})
    FGCN_CHECK(list->size() == count, "height_from_shading: a list of ", list->size(),
               " numbers for ", e.height, " x ", e.width, " pixels");
  FGCN_CHECK(e.inside.size() == count, "height_from_shading: `inside` is of ", e.inside.size(),
             " pixels, expected ", count);
}

/// A part of the picture's grid.
struct Frame {
  std::int64_t top = 0, left = 0, height = 0, width = 0;
};

/// What is wanted, with the margin around it.
Frame wanted(const HeightEvidence& e) {
  std::int64_t top = e.height, left = e.width, bottom = 0, right = 0;
  for (std::int64_t y = 0; y < e.height; ++y)
    for (std::int64_t x = 0; x < e.width; ++x) {
      if (e.inside[static_cast<std::size_t>(y * e.width + x)] == 0) continue;
      top = std::min(top, y);
      left = std::min(left, x);
      bottom = std::max(bottom, y + 1);
      right = std::max(right, x + 1);
    }
  if (bottom == 0) return {};
  Frame out{std::max<std::int64_t>(top - kMargin, 0), std::max<std::int64_t>(left - kMargin, 0)};
  out.height = std::min(bottom + kMargin, e.height) - out.top;
  out.width = std::min(right + kMargin, e.width) - out.left;
  return out;
}

HeightEvidence cut_to(const HeightEvidence& e, const Frame& frame) {
  HeightEvidence out;
  out.height = frame.height;
  out.width = frame.width;
  const auto cut = [&](const auto& from, auto& to) {
    for (std::int64_t y = 0; y < frame.height; ++y) {
      const auto row = from.begin() + (frame.top + y) * e.width + frame.left;
      to.insert(to.end(), row, row + frame.width);
    }
  };
  cut(e.by_x, out.by_x);
  cut(e.by_y, out.by_y);
  cut(e.detail, out.detail);
  cut(e.weight, out.weight);
  cut(e.inside, out.inside);
  return out;
}

Field solved(const HeightEvidence& evidence, const HeightPrior& prior) {
  NormalEquations system(evidence, prior);
  Field height(system.size(), 0.0F);
  int rounds = 3, iterations = kMostIterations;
  if (std::max(evidence.height, evidence.width) > kWidestStart) {
    const HeightEvidence small = halved(evidence);
    HeightPrior coarse = prior;
    coarse.height /= 2;
    coarse.curvature *= 2;
    height = doubled(solved(small, coarse), small.height, small.width, evidence);
    system.cut(height);
    rounds = 1;
    iterations = kMostIterations / 2;
  }
  for (int round = 0; round < rounds; ++round) {
    system.weigh(height, prior.noise);
    solve(system, height, iterations);
  }
  return height;
}

}  // namespace

Field height_from_shading(const HeightEvidence& evidence, const HeightPrior& prior) {
  check(evidence);
  const Frame frame = wanted(evidence);
  Field out(evidence.detail.size(), 0.0F);
  if (frame.height < 2 * kMargin + 1 || frame.width < 2 * kMargin + 1) return out;
  const Field part = solved(cut_to(evidence, frame), prior);
  for (std::int64_t y = 0; y < frame.height; ++y)
    std::copy_n(part.begin() + y * frame.width, frame.width,
                out.begin() + (frame.top + y) * evidence.width + frame.left);
  return out;
}

}  // namespace fgcn
