// Descriptors as the host versions of cuDNN's calls keep them, and convolution by plain loops.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/simt/vendor/names.h"
//
#include <cudnn.h>

namespace fgcn::simt {

/// Four axes in cuDNN's order, however they lie in memory: [N, C, H, W] of images, [K, C, R, S] of
/// a filter. Not yet set: all sizes 0.
struct Block {
  int size[4] = {};
  std::ptrdiff_t stride[4] = {};
  cudnnTensorFormat_t format = CUDNN_TENSOR_NCHW;
  cudnnDataType_t type = CUDNN_DATA_FLOAT;

  bool is_set() const { return size[0] > 0; }
  std::int64_t count() const { return std::int64_t{1} * size[0] * size[1] * size[2] * size[3]; }
  std::size_t bytes() const { return static_cast<std::size_t>(count()) * sizeof(float); }
  std::ptrdiff_t at(int a, int b, int c, int d) const {
    return a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3];
  }
};

struct ConvolutionRule {
  int pad[2] = {};
  int stride[2] = {};
  int dilation[2] = {};
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;

  bool is_set() const { return stride[0] > 0; }
};

/// A convolution whose descriptors fit together.
struct Problem {
  Block x, w, y;
  ConvolutionRule rule;
};

/// The size that y must have; 0 where the filter does not fit into the padded image.
struct ImageSize {
  int size[4] = {};
};
ImageSize output_size(const Block& x, const Block& w, const ConvolutionRule& rule);

/// Memory that each of the three works in, and cannot do without.
std::size_t forward_workspace(const Problem& p);
std::size_t input_workspace(const Problem& p);
std::size_t weight_workspace(const Problem& p);

/// Factors of the sum and of what was there before, which is not read when its factor is 0.
struct Factors {
  float sum, before;
};

// Sums in double precision, in one fixed order.

void forward(const Problem& p, Factors factors, const float* x, const float* w, void* workspace,
             float* y);
void by_input(const Problem& p, Factors factors, const float* dy, const float* w, void* workspace,
              float* dx);
void by_weight(const Problem& p, Factors factors, const float* x, const float* dy, void* workspace,
               float* dw);

}  // namespace fgcn::simt
