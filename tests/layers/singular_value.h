// The largest singular value of a weight, by a decomposition that shares nothing with the layer's.
#pragma once

#include <Eigen/SVD>
#include <vector>

#include "tests/support/op_check.h"

namespace fgcn::test {

/// The largest singular value of values [.., columns], read as a matrix.
inline double largest_singular_value(const std::vector<double>& values, std::int64_t columns) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Matrix> matrix(
      values.data(), static_cast<Eigen::Index>(values.size()) / columns, columns);
  return Eigen::JacobiSVD<Eigen::MatrixXd>(matrix).singularValues()(0);
}

inline double largest_singular_value(const Tensor& weight) {
  return largest_singular_value(to_double(weight), weight.dim(weight.shape().rank - 1));
}

}  // namespace fgcn::test
