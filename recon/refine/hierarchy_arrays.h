// A mesh hierarchy inside a weights file: the network only fits the one it was trained on.
#pragma once

#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "kernels/core/csr.h"
#include "mesh/hierarchy.h"

namespace fgcn::recon {

/// Matrices of a hierarchy that the network needs.
struct HierarchyMatrices {
  std::vector<std::int32_t> order;  // [V] internal place -> the face model's vertex
  std::vector<Csr> laplacian;       // rescaled, one per level
  std::vector<Csr> down;
  std::vector<Csr> up;
};

HierarchyMatrices matrices_of(const mesh::Hierarchy& hierarchy);

/// Arrays `hierarchy.*`; values in single precision.
void put_hierarchy(io::Safetensors& file, const HierarchyMatrices& matrices);
/// InputError naming `where` when arrays are missing, malformed, or do not fit `vertices` or each
/// other.
HierarchyMatrices take_hierarchy(const io::Safetensors& file, std::int64_t vertices,
                                 const std::string& where);

}  // namespace fgcn::recon
