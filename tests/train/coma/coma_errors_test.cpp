#include "train/coma/coma_errors.h"

#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <numeric>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"

namespace fgcn::train {
namespace {

TEST_CASE("errors of vertices are distances in mm, with their mean, deviation, median and curve") {
  // Distances of 5, 1, 2 and 0 mm.
  const std::vector<float> a{0, 0, 0, 1, 1, 1, 0, 0, 0, 7, 7, 7};
  const std::vector<float> b{0.003F, 0.004F, 0, 1, 1, 1.001F, 0, -0.002F, 0, 7, 7, 7};
  const VertexErrors e = vertex_errors(a, b, 1000);
  CHECK(e.mean == doctest::Approx(2).epsilon(1e-4));
  CHECK(e.deviation == doctest::Approx(std::sqrt((9 + 1 + 0 + 4) / 4.0)).epsilon(1e-4));
  CHECK(e.median == doctest::Approx(1.5).epsilon(1e-4));
  REQUIRE(e.curve.size() == 1001);
  CHECK(e.curve[0] == 0);
  CHECK(e.curve[1] == 25);    // the one of 0 mm
  CHECK(e.curve[300] == 50);  // below 1.8 mm
  CHECK(e.curve[340] == 75);  // below 2.04 mm
  CHECK(e.curve[1000] == 100);
  CHECK(error_line("smile", e, e) ==
        "smile PCA Error: 2.000+1.871 | 1.500 CoMA Error: 2.000+1.871 | 1.500");
  const std::string table = curve_table({{"CoMA", e}, {"PCA", e}});
  CHECK(table.rfind("mm,CoMA_percent_below,PCA_percent_below\n0,0,0\n0.006,25,25\n", 0) == 0);
  CHECK(std::count(table.begin(), table.end(), '\n') == 1002);

  const std::vector<float> far{9, 9, 9, 1, 1, 1, 0, 0, 0, 7, 7, 7};
  CHECK(vertex_errors(a, far, 1000).curve[1000] == 75);  // beyond the end
  CHECK_THROWS_AS(vertex_errors(a, std::span(b).first(9), 1), Error);
  CHECK_THROWS_AS(vertex_errors({}, {}, 1), Error);
}

TEST_CASE("principal components leave no more than the exact ones") {
  constexpr std::int64_t kRows = 40, kWidth = 90, kCount = 4;
  Rng rng(1);
  Eigen::MatrixXd x(kRows, kWidth);
  for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = rng.normal();
  for (Eigen::Index c = 0; c < kWidth; ++c) x.col(c) *= 1 + 3.0 / (1.0 + static_cast<double>(c));
  // Rows that do not count, far from the others.
  std::vector<float> rows(static_cast<std::size_t>(2 * kRows * kWidth), 100.0F);
  std::vector<std::int64_t> which;
  for (std::int64_t i = 0; i < kRows; ++i) {
    which.push_back(2 * i + 1);
    for (std::int64_t c = 0; c < kWidth; ++c)
      rows[static_cast<std::size_t>((2 * i + 1) * kWidth + c)] = static_cast<float>(x(i, c));
  }
  const Components found = principal_components(rows, kWidth, which, kCount);
  std::vector<float> counted;
  for (const std::int64_t i : which)
    counted.insert(counted.end(), rows.begin() + i * kWidth, rows.begin() + (i + 1) * kWidth);
  const std::vector<float> y = through(found, counted);
  double left = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double d = static_cast<double>(y[i]) - static_cast<double>(counted[i]);
    left += d * d;
  }
  const Eigen::VectorXd singular = x.jacobiSvd().singularValues();
  const double exact = singular.tail(singular.size() - kCount).squaredNorm();
  CHECK(left == doctest::Approx(exact).epsilon(1e-4));
  // The directions come from the largest variance.
  const Components first = principal_components(rows, kWidth, which, 1);
  double product = 0;
  for (std::size_t i = 0; i < kWidth; ++i)
    product += static_cast<double>(first.directions[i]) * static_cast<double>(found.directions[i]);
  CHECK(std::abs(product) == doctest::Approx(1).epsilon(1e-3));
  CHECK_THROWS_AS(principal_components(rows, kWidth, which, kRows + 1), Error);
}

}  // namespace
}  // namespace fgcn::train
