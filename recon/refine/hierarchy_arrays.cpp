#include "recon/refine/hierarchy_arrays.h"

#include <cmath>
#include <utility>

namespace fgcn::recon {
namespace {

constexpr std::size_t kLevels = 5;
constexpr double kLargest = 1e3;  // entries of a rescaled Laplacian and of a sampling are about 1

void put(io::Safetensors& file, const std::string& name, const Csr& a) {
  const std::vector<std::int32_t> cols{static_cast<std::int32_t>(a.cols)};
  const std::vector<float> values(a.value.begin(), a.value.end());
  file.tensors[name + ".cols"] = io::StoredTensor::of({1}, cols);
  file.tensors[name + ".row_begin"] = io::StoredTensor::of({a.rows + 1}, a.row_begin);
  file.tensors[name + ".col"] = io::StoredTensor::of({a.nnz()}, a.col);
  file.tensors[name + ".value"] = io::StoredTensor::of({a.nnz()}, values);
}

Csr take(const io::Safetensors& file, const std::string& name, const std::string& where) {
  Csr out;
  out.row_begin = file.at(name + ".row_begin", where).ints();
  out.col = file.at(name + ".col", where).ints();
  out.value = file.at(name + ".value", where).doubles();
  const std::vector<std::int32_t> cols = file.at(name + ".cols", where).ints();
  if (cols.size() != 1 || cols[0] < 1 || out.row_begin.size() < 2) {
    input_error(where, ": '", name, "' is not a matrix; get the file anew");
  }
  out.rows = static_cast<std::int64_t>(out.row_begin.size()) - 1;
  out.cols = cols[0];
  for (const double v : out.value) {
    if (!(std::abs(v) <= kLargest))
      input_error(where, ": '", name, "' holds ", v, ", expected at most ", kLargest,
                  " either way; get the file anew");
  }
  try {
    check(out);
  } catch (const Error& error) {
    input_error(where, ": '", name, "' is malformed (", error.what(), "); get the file anew");
  }
  return out;
}

}  // namespace

HierarchyMatrices matrices_of(const mesh::Hierarchy& hierarchy) {
  HierarchyMatrices out;
  out.order = hierarchy.order();
  for (const mesh::Level& level : hierarchy.levels) out.laplacian.push_back(level.rescaled);
  out.down = hierarchy.down;
  out.up = hierarchy.up;
  return out;
}

void put_hierarchy(io::Safetensors& file, const HierarchyMatrices& matrices) {
  file.tensors["hierarchy.order"] =
      io::StoredTensor::of({static_cast<std::int64_t>(matrices.order.size())}, matrices.order);
  for (std::size_t i = 0; i < matrices.laplacian.size(); ++i) {
    put(file, text("hierarchy.laplacian", i), matrices.laplacian[i]);
  }
  for (std::size_t i = 0; i < matrices.down.size(); ++i) {
    put(file, text("hierarchy.down", i), matrices.down[i]);
    put(file, text("hierarchy.up", i), matrices.up[i]);
  }
}

HierarchyMatrices take_hierarchy(const io::Safetensors& file, std::int64_t vertices,
                                 const std::string& where) {
  HierarchyMatrices out;
  out.order = file.at("hierarchy.order", where).ints();
  std::vector<bool> met(static_cast<std::size_t>(vertices), false);
  bool permutation = static_cast<std::int64_t>(out.order.size()) == vertices;
  for (const std::int32_t v : out.order) {
    if (!permutation) break;
    permutation = v >= 0 && v < vertices && !met[static_cast<std::size_t>(v)];
    if (permutation) met[static_cast<std::size_t>(v)] = true;
  }
  if (!permutation) input_error(where, ": 'hierarchy.order' is not an order of the vertices");
  std::int64_t size = vertices;
  for (std::size_t i = 0; i < kLevels; ++i) {
    out.laplacian.push_back(take(file, text("hierarchy.laplacian", i), where));
    const Csr& l = out.laplacian.back();
    if (l.rows != size || l.cols != size) {
      input_error(where, ": level ", i, " of the hierarchy does not fit the one before");
    }
    if (i + 1 == kLevels) break;
    out.down.push_back(take(file, text("hierarchy.down", i), where));
    out.up.push_back(take(file, text("hierarchy.up", i), where));
    const Csr& down = out.down.back();
    const Csr& up = out.up.back();
    if (down.cols != size || up.rows != size || down.rows != up.cols) {
      input_error(where, ": the sampling between levels ", i, " and ", i + 1, " does not fit");
    }
    size = down.rows;
  }
  return out;
}

}  // namespace fgcn::recon
