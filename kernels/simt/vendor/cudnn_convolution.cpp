#include "kernels/simt/vendor/cudnn_convolution.h"

#include <algorithm>

namespace fgcn::simt {
namespace {

void store(Factors factors, double sum, float& to) {
  const double scaled = factors.sum * sum;
  to = static_cast<float>(factors.before == 0 ? scaled
                                              : scaled + static_cast<double>(factors.before) * to);
}

/// The image's row or column under element `tap` of the filter, for that of the output.
int source(const ConvolutionRule& rule, int axis, int out, int tap) {
  return out * rule.stride[axis] - rule.pad[axis] + tap * rule.dilation[axis];
}

bool inside(int i, int size) { return i >= 0 && i < size; }

/// Elements of one filter.
std::size_t taps(const Problem& p) {
  return static_cast<std::size_t>(p.w.size[1]) * static_cast<std::size_t>(p.w.size[2]) *
         static_cast<std::size_t>(p.w.size[3]);
}

/// Calls body(i, j, h, w) for each tap of the filter that lies on the image.
template <class Body>
void for_each_tap(const Problem& p, int oh, int ow, const Body& body) {
  for (int i = 0; i < p.w.size[2]; ++i) {
    const int h = source(p.rule, 0, oh, i);
    if (!inside(h, p.x.size[2])) continue;
    for (int j = 0; j < p.w.size[3]; ++j) {
      const int w = source(p.rule, 1, ow, j);
      if (inside(w, p.x.size[3])) body(i, j, h, w);
    }
  }
}

}  // namespace

ImageSize output_size(const Block& x, const Block& w, const ConvolutionRule& rule) {
  ImageSize out{{x.size[0], w.size[0], 0, 0}};
  for (int axis = 0; axis < 2; ++axis) {
    const int reach = (w.size[2 + axis] - 1) * rule.dilation[axis] + 1;
    const int room = x.size[2 + axis] + 2 * rule.pad[axis] - reach;
    out.size[2 + axis] = room < 0 ? 0 : room / rule.stride[axis] + 1;
  }
  return out;
}

std::size_t forward_workspace(const Problem& p) { return taps(p) * sizeof(float); }

std::size_t input_workspace(const Problem& p) {
  return static_cast<std::size_t>(p.x.size[1]) * sizeof(double);
}

std::size_t weight_workspace(const Problem& p) {
  return static_cast<std::size_t>(p.w.size[0]) * taps(p) * sizeof(double);
}

/// The patch below an output pixel is copied to the workspace, in the filter's order.
void forward(const Problem& p, Factors factors, const float* x, const float* w, void* workspace,
             float* y) {
  auto* patch = static_cast<float*>(workspace);
  const auto [images, filters, rows, cols] = p.y.size;
  const std::size_t count = taps(p);
  for (int n = 0; n < images; ++n)
    for (int oh = 0; oh < rows; ++oh)
      for (int ow = 0; ow < cols; ++ow) {
        std::fill_n(patch, count, 0.0f);
        for_each_tap(p, oh, ow, [&](int i, int j, int h, int v) {
          for (int c = 0; c < p.w.size[1]; ++c) patch[p.w.at(0, c, i, j)] = x[p.x.at(n, c, h, v)];
        });
        for (int k = 0; k < filters; ++k) {
          const float* filter = w + p.w.at(k, 0, 0, 0);
          double sum = 0;
          for (std::size_t t = 0; t < count; ++t) sum += static_cast<double>(patch[t]) * filter[t];
          store(factors, sum, y[p.y.at(n, k, oh, ow)]);
        }
      }
}

/// A pixel's channels are summed in the workspace.
void by_input(const Problem& p, Factors factors, const float* dy, const float* w, void* workspace,
              float* dx) {
  auto* sums = static_cast<double*>(workspace);
  const auto [images, channels, rows, cols] = p.x.size;
  for (int n = 0; n < images; ++n)
    for (int h = 0; h < rows; ++h)
      for (int v = 0; v < cols; ++v) {
        std::fill_n(sums, channels, 0.0);
        for (int i = 0; i < p.w.size[2]; ++i) {
          const int from_row = h - source(p.rule, 0, 0, i);
          if (from_row % p.rule.stride[0] != 0) continue;
          for (int j = 0; j < p.w.size[3]; ++j) {
            const int from_col = v - source(p.rule, 1, 0, j);
            if (from_col % p.rule.stride[1] != 0) continue;
            const int oh = from_row / p.rule.stride[0], ow = from_col / p.rule.stride[1];
            if (!inside(oh, p.y.size[2]) || !inside(ow, p.y.size[3])) continue;
            for (int k = 0; k < p.w.size[0]; ++k) {
              const double grad = dy[p.y.at(n, k, oh, ow)];
              for (int c = 0; c < channels; ++c) sums[c] += grad * w[p.w.at(k, c, i, j)];
            }
          }
        }
        for (int c = 0; c < channels; ++c) store(factors, sums[c], dx[p.x.at(n, c, h, v)]);
      }
}

/// All filters are summed in the workspace, in the order in which dw lies.
void by_weight(const Problem& p, Factors factors, const float* x, const float* dy, void* workspace,
               float* dw) {
  auto* sums = static_cast<double*>(workspace);
  const std::int64_t count = p.w.count();
  std::fill_n(sums, count, 0.0);
  const auto [images, filters, rows, cols] = p.y.size;
  for (int n = 0; n < images; ++n)
    for (int oh = 0; oh < rows; ++oh)
      for (int ow = 0; ow < cols; ++ow)
        for (int k = 0; k < filters; ++k) {
          const double grad = dy[p.y.at(n, k, oh, ow)];
          for_each_tap(p, oh, ow, [&](int i, int j, int h, int v) {
            for (int c = 0; c < p.w.size[1]; ++c)
              sums[p.w.at(k, c, i, j)] += grad * x[p.x.at(n, c, h, v)];
          });
        }
  for (std::int64_t t = 0; t < count; ++t) store(factors, sums[t], dw[t]);
}

}  // namespace fgcn::simt
