// How plausible a face model's expression weights are.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace fgcn::recon {

/// Prior of expression weights in a fit to landmarks: Gauss, or Student's t.
///
/// Student's t is taken of the sum and the difference of the two sides' units over the root of 2
/// (mouthSmileLeft, mouthSmileRight): an expression of both sides is one expression.
///
/// Units of ARKit's names are not equally plausible in it. A whole jawOpen moves the lower lip by
/// 38 mm, a whole mouthUpperUp the upper one by 3. With one spread for all, a smile that shows the
/// teeth would be a jaw that hangs open, since that takes one unit and not three. So lips that part
/// (mouthUpperUp, mouthLowerDown) spread three times as far, and the jaw half as far. Lids
/// (eyeBlink, eyeSquint, eyeWide) spread five times as far: everybody's are somewhere else. The jaw
/// has a normal distribution of 0.1 beside: Student's tails would let it hang, and a mouth that is
/// open in the photo overcomes both.
class ExpressionPrior {
 public:
  struct Spread {
    double sigma = 0.3;  // of a weight
    double freedom = 0;  // degrees of freedom of Student's t; 0: Gauss, equal for all units
  };

  /// `names` of the units in order; missing ones have no other side and no spread of their own.
  ExpressionPrior(const std::vector<std::string>& names, std::size_t count);

  /// -2 log of the prior, up to a constant. `weights` [count].
  double cost(const double* weights, const Spread& spread) const;
  /// Adds the gradient and a positive definite approximation of the second derivatives of half of
  /// the cost, from row and column `first` on.
  ///   hessian   [unknowns, unknowns], symmetric
  ///   gradient  [unknowns]
  void add(const double* weights, const Spread& spread, std::size_t first, std::size_t unknowns,
           double* hessian, double* gradient) const;

 private:
  struct Unit {
    std::size_t partner;   // the other side's, or itself
    double scale = 1;      // of sigma
    double precision = 0;  // of the normal distribution beside Student's t
  };
  double cost_of(const Unit& unit, double weight, const Spread& spread) const;
  /// Of the Gaussian prior that has the cost's derivative at `weight`, 1 / variance.
  double precision_of(const Unit& unit, double weight, const Spread& spread) const;

  std::vector<Unit> units_;
};

}  // namespace fgcn::recon
