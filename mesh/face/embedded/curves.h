// Small smooth functions of one variable from which the embedded face is drawn.
#pragma once

#include <cstddef>
#include <vector>

namespace fgcn::mesh::embedded {

/// exp(-(d / sigma)^2 / 2).
double bell(double distance, double sigma);
/// A bell over an ellipse: exp(-((dx / sx)^2 + (dy / sy)^2) / 2).
double bell(double dx, double sx, double dy, double sy);
/// 0 below `low`, 1 above `high`, 3t^2 - 2t^3 between; `low` may be the larger (then it falls).
double smooth_step(double low, double high, double x);
/// As smooth_step, but straight between short round ends: the least slope that gets there, so what
/// is stretched along it folds last.
double ramp(double low, double high, double x);
/// Polynomial smooth minimum: within `blend` of each other the two surfaces melt together.
/// Source: Inigo Quilez, smooth minimum (cubic polynomial form).
double smooth_min(double a, double b, double blend);
inline double smooth_max(double a, double b, double blend) { return -smooth_min(-a, -b, blend); }

/// Monotone cubic interpolation through knots with ascending x; constant beyond the ends.
/// Source: Fritsch and Carlson 1980, with Brodlie's weighted harmonic mean.
class Curve {
 public:
  struct Knot {
    double x;
    double y;
  };
  Curve(std::initializer_list<Knot> knots) : Curve(std::vector<Knot>(knots)) {}
  explicit Curve(std::vector<Knot> knots);
  double operator()(double x) const;

 private:
  std::vector<Knot> knots_;
  std::vector<double> slopes_;
};

}  // namespace fgcn::mesh::embedded
