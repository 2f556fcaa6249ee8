#include "mesh/laplacian.h"

#include <cmath>
#include <utility>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn::mesh {

Csr normalised_laplacian(const Csr& adjacency) {
  check(adjacency);
  FGCN_CHECK(adjacency.rows == adjacency.cols, "laplacian: the adjacency is ", adjacency.rows,
             " by ", adjacency.cols, ", expected a square");
  std::vector<double> scale(static_cast<std::size_t>(adjacency.rows), 0.0);  // D^-1/2
  for (std::int64_t r = 0; r < adjacency.rows; ++r) {
    double degree = 0;
    for (std::int32_t e = adjacency.row_begin[r]; e < adjacency.row_begin[r + 1]; ++e) {
      FGCN_CHECK(adjacency.value[e] >= 0, "laplacian: vertex ", r, " has the weight ",
                 adjacency.value[e]);
      degree += adjacency.value[e];
    }
    if (degree > 0) scale[r] = 1.0 / std::sqrt(degree);
  }
  std::vector<Triplet> entries;
  entries.reserve(adjacency.col.size() + scale.size());
  for (std::int64_t r = 0; r < adjacency.rows; ++r) {
    const auto row = static_cast<std::int32_t>(r);
    entries.push_back({row, row, 1.0});
    // The two scales first: their product does not depend on which of i and j is the row.
    for (std::int32_t e = adjacency.row_begin[r]; e < adjacency.row_begin[r + 1]; ++e)
      entries.push_back(
          {row, adjacency.col[e], -adjacency.value[e] * (scale[r] * scale[adjacency.col[e]])});
  }
  return csr_from_triplets(adjacency.rows, adjacency.cols, std::move(entries));
}

Csr rescaled_laplacian(const Csr& laplacian) {
  check(laplacian);
  FGCN_CHECK(laplacian.rows == laplacian.cols, "laplacian: it is ", laplacian.rows, " by ",
             laplacian.cols, ", expected a square");
  Csr out{laplacian.rows, laplacian.cols, {0}, {}, {}};
  out.row_begin.reserve(laplacian.row_begin.size());
  for (std::int64_t r = 0; r < laplacian.rows; ++r) {
    bool has_diagonal = false;
    for (std::int32_t e = laplacian.row_begin[r]; e < laplacian.row_begin[r + 1]; ++e) {
      const bool diagonal = laplacian.col[e] == r;
      has_diagonal = has_diagonal || diagonal;
      const double value = diagonal ? laplacian.value[e] - 1.0 : laplacian.value[e];
      if (diagonal && value == 0.0) continue;
      out.col.push_back(laplacian.col[e]);
      out.value.push_back(value);
    }
    FGCN_CHECK(has_diagonal, "laplacian: row ", r, " has no diagonal entry");
    out.row_begin.push_back(static_cast<std::int32_t>(out.col.size()));
  }
  return out;
}

}  // namespace fgcn::mesh
