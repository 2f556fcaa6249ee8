#include <limits>
#include <utility>

#include "io/arrays/npz.h"
#include "kernels/core/error.h"

namespace fgcn::io {
namespace {

// A coordinate or column-compressed file states its number of rows without storing anything for
// each; this keeps what is allocated for them in proportion.
constexpr std::int64_t kMaxExtent = std::int64_t{1} << 24;

std::int32_t narrow(std::int64_t index, std::int64_t extent, const std::string& where) {
  if (index < 0 || index >= extent)
    input_error(where, ": index ", index, " lies outside the matrix; the file is damaged");
  return static_cast<std::int32_t>(index);
}

}  // namespace

Csr sparse_from_npz(const Npz& arrays, const std::string& where) {
  const std::string format = at(arrays, "format", where).only_text();
  const std::vector<std::int64_t> shape = at(arrays, "shape", where).longs();
  const std::vector<double> data = at(arrays, "data", where).doubles();
  const auto refuse = [&](const char* what) { input_error(where, ": ", what, "; write it again"); };
  if (shape.size() != 2 || shape[0] < 0 || shape[1] < 0 || shape[0] > kMaxExtent ||
      shape[1] > kMaxExtent)
    refuse("is no matrix, or one of more than 2^24 rows or columns");
  const std::int64_t rows = shape[0];
  const std::int64_t cols = shape[1];
  if (data.size() > std::numeric_limits<std::int32_t>::max()) refuse("has too many entries");

  std::vector<Triplet> entries;
  entries.reserve(data.size());
  if (format == "coo") {
    const std::vector<std::int64_t> row = at(arrays, "row", where).longs();
    const std::vector<std::int64_t> col = at(arrays, "col", where).longs();
    if (row.size() != data.size() || col.size() != data.size())
      refuse("has rows, columns and values of different lengths");
    for (std::size_t e = 0; e < data.size(); ++e)
      entries.push_back({narrow(row[e], rows, where), narrow(col[e], cols, where), data[e]});
  } else if (format == "csr" || format == "csc") {
    const bool by_rows = format == "csr";
    const std::int64_t outer = by_rows ? rows : cols;
    const std::int64_t inner = by_rows ? cols : rows;
    const std::vector<std::int64_t> begin = at(arrays, "indptr", where).longs();
    const std::vector<std::int64_t> index = at(arrays, "indices", where).longs();
    if (static_cast<std::int64_t>(begin.size()) != outer + 1 || index.size() != data.size() ||
        begin.front() != 0 || begin.back() != static_cast<std::int64_t>(data.size()))
      refuse("has indices and values that do not fit together");
    for (std::int64_t o = 0; o < outer; ++o) {
      if (begin[o + 1] < begin[o] || begin[o + 1] > begin.back())
        refuse("has indices that do not fit together");
      for (std::int64_t e = begin[o]; e < begin[o + 1]; ++e) {
        const std::int32_t i = narrow(index[e], inner, where);
        const auto fixed = static_cast<std::int32_t>(o);
        entries.push_back(by_rows ? Triplet{fixed, i, data[e]} : Triplet{i, fixed, data[e]});
      }
    }
  } else {
    input_error(where, ": is a sparse matrix of kind \"", format, "\"; save it as csr, csc or coo");
  }
  return csr_from_triplets(rows, cols, std::move(entries));
}

Csr read_sparse_npz(const std::filesystem::path& path) {
  return sparse_from_npz(read_npz(path), path.string());
}

Npz npz_from_sparse(const Csr& matrix, NpzPrecision precision) {
  check(matrix);
  const std::int64_t shape[] = {matrix.rows, matrix.cols};
  Npz out;
  out["format"] = NpyArray::of(std::string("csr"));
  out["shape"] = NpyArray::of({2}, std::span<const std::int64_t>(shape));
  out["indptr"] = NpyArray::of({matrix.rows + 1}, std::span(matrix.row_begin));
  out["indices"] = NpyArray::of({matrix.nnz()}, std::span(matrix.col));
  if (precision == NpzPrecision::kF64) {
    out["data"] = NpyArray::of({matrix.nnz()}, std::span(matrix.value));
  } else {
    const std::vector<float> rounded(matrix.value.begin(), matrix.value.end());
    out["data"] = NpyArray::of({matrix.nnz()}, std::span(rounded));
  }
  return out;
}

void write_sparse_npz(const std::filesystem::path& path, const Csr& matrix,
                      NpzPrecision precision) {
  write_npz(path, npz_from_sparse(matrix, precision));
}

}  // namespace fgcn::io
