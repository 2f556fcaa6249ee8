#include "mesh/face/embedded/curves.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::mesh::embedded {

double bell(double distance, double sigma) {
  const double t = distance / sigma;
  return std::exp(-0.5 * t * t);
}

double bell(double dx, double sx, double dy, double sy) {
  const double u = dx / sx;
  const double v = dy / sy;
  return std::exp(-0.5 * (u * u + v * v));
}

double smooth_step(double low, double high, double x) {
  const double t = std::clamp((x - low) / (high - low), 0.0, 1.0);
  return t * t * (3.0 - 2.0 * t);
}

double ramp(double low, double high, double x) {
  constexpr double kRound = 0.2;  // of the way, at each end
  constexpr double kSlope = 1 / (1 - kRound);
  const double t = std::clamp((x - low) / (high - low), 0.0, 1.0);
  if (t < kRound) return kSlope * t * t / (2 * kRound);
  if (t > 1 - kRound) return 1 - kSlope * (1 - t) * (1 - t) / (2 * kRound);
  return kSlope * (t - kRound / 2);
}

double smooth_min(double a, double b, double blend) {
  const double h = std::max(blend - std::abs(a - b), 0.0) / blend;
  return std::min(a, b) - h * h * h * blend / 6.0;
}

Curve::Curve(std::vector<Knot> knots) : knots_(std::move(knots)), slopes_(knots_.size(), 0.0) {
  const std::size_t n = knots_.size();
  FGCN_CHECK(n >= 2, "Curve: needs two knots, got ", n);
  std::vector<double> step(n - 1);
  std::vector<double> secant(n - 1);
  for (std::size_t i = 0; i + 1 < n; ++i) {
    step[i] = knots_[i + 1].x - knots_[i].x;
    FGCN_CHECK(step[i] > 0, "Curve: knot ", i + 1, " does not lie after its neighbour");
    secant[i] = (knots_[i + 1].y - knots_[i].y) / step[i];
  }
  slopes_.front() = secant.front();
  slopes_.back() = secant.back();
  for (std::size_t i = 1; i + 1 < n; ++i) {
    if (secant[i - 1] * secant[i] <= 0) continue;  // an extremum: flat
    const double before = 2 * step[i] + step[i - 1];
    const double after = step[i] + 2 * step[i - 1];
    slopes_[i] = (before + after) / (before / secant[i - 1] + after / secant[i]);
  }
}

double Curve::operator()(double x) const {
  if (x <= knots_.front().x) return knots_.front().y;
  if (x >= knots_.back().x) return knots_.back().y;
  std::size_t i = 0;
  while (x > knots_[i + 1].x) ++i;
  const double h = knots_[i + 1].x - knots_[i].x;
  const double t = (x - knots_[i].x) / h;
  const double t2 = t * t;
  const double t3 = t2 * t;
  return (2 * t3 - 3 * t2 + 1) * knots_[i].y + (t3 - 2 * t2 + t) * h * slopes_[i] +
         (3 * t2 - 2 * t3) * knots_[i + 1].y + (t3 - t2) * h * slopes_[i + 1];
}

}  // namespace fgcn::mesh::embedded
