// The scalar of every tensor, and the marks that let one function serve CPU and GPU.
#pragma once

#ifdef __CUDACC__
#define FGCN_HD __host__ __device__ __forceinline__
#else
#define FGCN_HD inline
#endif

namespace fgcn {

/// float in the product, double in the build that checks gradients.
#ifdef FGCN_REAL_DOUBLE
using real = double;
#else
using real = float;
#endif

}  // namespace fgcn
