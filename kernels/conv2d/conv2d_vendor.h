// Who convolves on a GPU: NVIDIA's cuDNN where the program has it and it does not refuse, else the
// kernels of conv2d_cuda.cu.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/conv2d/conv2d.h"

namespace fgcn::kernels {

/// A refusal of cuDNN: the call and its status.
struct Conv2dRefusal : std::runtime_error {
  bool of_library;  // not of this shape only: there is no handle

  explicit Conv2dRefusal(const std::string& why, bool of_all = false)
      : std::runtime_error(why), of_library(of_all) {}
};

// Nothing when the call was given to the device. y, grad_x or grad_weight may have been written to
// when it was refused. No array is empty. Defined in conv2d_cudnn.cpp, and null in a program
// without it.
#define FGCN_BY_CUDNN(...)                                        \
  namespace cuda {                                                \
  __attribute__((weak)) std::optional<Conv2dRefusal> __VA_ARGS__; \
  }                                                               \
  namespace emulated {                                            \
  __attribute__((weak)) std::optional<Conv2dRefusal> __VA_ARGS__; \
  }
FGCN_BY_CUDNN(conv2d_cudnn(const Context& ctx, const Conv2dOptions& options, View<const real> x,
                           View<const real> weight, View<real> y))
FGCN_BY_CUDNN(conv2d_input_cudnn(const Context& ctx, const Conv2dOptions& options,
                                 View<const real> grad_y, View<const real> weight,
                                 View<real> grad_x))
FGCN_BY_CUDNN(conv2d_weight_cudnn(const Context& ctx, const Conv2dOptions& options,
                                  View<const real> x, View<const real> grad_y,
                                  View<real> grad_weight))
#undef FGCN_BY_CUDNN

/// True where a program has cuDNN for the context's device.
bool conv2d_has_vendor(const Context& ctx);

enum class Conv2dBy { kVendorFirst, kOwnKernels };

/// A convolution, or one of its adjoints, by its sizes.
struct Conv2dProblem {
  enum Pass { kForward, kByInput, kByWeight } pass;
  Conv2dOptions options;
  Shape x, weight;
};

/// Who does which problem of a context: asked at its first call, and kept, so that a problem has
/// the same bits at every later call. `runtime.library<Conv2dChoices>()`.
class Conv2dChoices {
 public:
  explicit Conv2dChoices(Runtime& runtime) : runtime_(runtime) {}

  /// True when the vendor is to be called for it. A problem that is first met while work is being
  /// recorded is not tried on the vendor, then or later: a library's first call may not be
  /// recorded, and a call that fails may spoil the recording.
  bool asks_vendor(const Conv2dProblem& problem);
  /// Remembers the vendor's answer; true when it did the work. Each problem is refused once at
  /// most, and one line on stderr says so.
  bool took(const Conv2dProblem& problem, const std::optional<Conv2dRefusal>& refusal);

  /// Whose calls come next: for tests and benchmarks. By own kernels, nothing is asked or said.
  void prefer(Conv2dBy by) { by_ = by; }
  /// The lines that were said.
  const std::vector<std::string>& said() const { return said_; }

 private:
  using Key = std::array<std::int64_t, 11>;

  static Key key(const Conv2dProblem& problem);
  void say(const Conv2dProblem& problem, const std::string& why);

  Runtime& runtime_;
  Conv2dBy by_ = Conv2dBy::kVendorFirst;
  bool no_library_ = false;  // it gives no handle
  std::map<Key, bool> by_vendor_;
  std::vector<std::string> said_;
};

}  // namespace fgcn::kernels
