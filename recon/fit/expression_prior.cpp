#include "recon/fit/expression_prior.h"

#include <algorithm>
#include <cmath>

namespace fgcn::recon {
namespace {

constexpr double kLipScale = 3, kLidScale = 5, kJawScale = 0.5, kJawSigma = 0.1;
const double kRootHalf = std::sqrt(0.5);

/// The unit of the other side by its name; `unit` itself where there is none.
std::size_t other_side(const std::vector<std::string>& names, std::size_t unit) {
  if (unit >= names.size()) return unit;
  std::string other = names[unit];
  const bool left = other.ends_with("Left");
  if (!left && !other.ends_with("Right")) return unit;
  other.replace(other.size() - (left ? 4 : 5), std::string::npos, left ? "Right" : "Left");
  const auto found = std::find(names.begin(), names.end(), other);
  return found != names.end() ? static_cast<std::size_t>(found - names.begin()) : unit;
}

}  // namespace

ExpressionPrior::ExpressionPrior(const std::vector<std::string>& names, std::size_t count) {
  for (std::size_t e = 0; e < count; ++e) {
    Unit unit{other_side(names, e)};
    const std::string name = e < names.size() ? names[e] : "";
    if (name.starts_with("mouthUpperUp") || name.starts_with("mouthLowerDown"))
      unit.scale = kLipScale;
    if (name.starts_with("eyeBlink") || name.starts_with("eyeSquint") ||
        name.starts_with("eyeWide"))
      unit.scale = kLidScale;
    if (name == "jawOpen") {
      unit.scale = kJawScale;
      unit.precision = 1 / (kJawSigma * kJawSigma);
    }
    units_.push_back(unit);
  }
}

double ExpressionPrior::cost_of(const Unit& unit, double weight, const Spread& spread) const {
  if (spread.freedom == 0) return std::pow(weight / spread.sigma, 2);
  const double square = std::pow(weight / (unit.scale * spread.sigma), 2);
  return (spread.freedom + 1) * std::log1p(square / spread.freedom) +
         unit.precision * weight * weight;
}

double ExpressionPrior::precision_of(const Unit& unit, double weight, const Spread& spread) const {
  if (spread.freedom == 0) return 1 / (spread.sigma * spread.sigma);
  const double variance = std::pow(unit.scale * spread.sigma, 2);
  return (spread.freedom + 1) / (spread.freedom * variance + weight * weight) + unit.precision;
}

double ExpressionPrior::cost(const double* weights, const Spread& spread) const {
  double sum = 0;
  for (std::size_t e = 0; e < units_.size(); ++e) {
    const Unit& unit = units_[e];
    const double weight = weights[e], other = weights[unit.partner];
    if (unit.partner == e || spread.freedom == 0)
      sum += cost_of(unit, weight, spread);
    else if (e < unit.partner)
      sum += cost_of(unit, kRootHalf * (weight + other), spread) +
             cost_of(unit, kRootHalf * (weight - other), spread);
  }
  return sum;
}

void ExpressionPrior::add(const double* weights, const Spread& spread, std::size_t first,
                          std::size_t unknowns, double* hessian, double* gradient) const {
  for (std::size_t e = 0; e < units_.size(); ++e) {
    const Unit& unit = units_[e];
    double* row = hessian + (first + e) * unknowns + first;
    if (unit.partner == e || spread.freedom == 0) {
      const double precision = precision_of(unit, weights[e], spread);
      row[e] += precision;
      gradient[first + e] += precision * weights[e];
      continue;
    }
    const double sum = weights[e] + weights[unit.partner];
    const double difference = weights[e] - weights[unit.partner];
    const double both = precision_of(unit, kRootHalf * sum, spread);
    const double apart = precision_of(unit, kRootHalf * difference, spread);
    row[e] += (both + apart) / 2;
    row[unit.partner] += (both - apart) / 2;
    gradient[first + e] += (both * sum + apart * difference) / 2;
  }
}

}  // namespace fgcn::recon
