// Helpers of every operator's test: random tensors, comparison, devices, gradient checks.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "autograd/tape.h"
#include "kernels/core/csr.h"
#include "kernels/core/rng.h"

namespace fgcn::test {

/// Uniform in [low, high), on the CPU.
Tensor uniform(const Shape& shape, Rng& rng, double low = -1, double high = 1);
/// Filled with NaN: an output that is not written shows.
Tensor poisoned(const Context& ctx, const Shape& shape);
Csr random_csr(std::int64_t rows, std::int64_t cols, double density, Rng& rng);
/// A symmetric one with a zero diagonal and a spectrum within [-1, 1]: a rescaled Laplacian's twin.
Csr random_laplacian(std::int64_t size, std::int64_t neighbours, Rng& rng);
/// A Laplacian on a lattice of side x side vertices with six neighbors, row by row: a mesh in a
/// good order.
Csr random_lattice(std::int32_t side, Rng& rng);

struct Tolerance {
  double abs = 1e-6;
  double rel = 1e-5;
};

/// Every element within abs + rel * |expected|; NaN fails.
void check_close(const Tensor& actual, const std::vector<double>& expected,
                 Tolerance tolerance = {});
/// Largest |a - b| / max |b|; NaN when either holds one.
double relative_error(const std::vector<double>& actual, const std::vector<double>& expected);
std::vector<double> to_double(const Tensor& tensor);

/// Runs the body on the CPU with one and three threads; on the emulated device in several thread
/// orders where the program has it; on CUDA where there is a device.
void on_every_backend(const std::function<void(const Context&)>& body);

/// Remembers a device's first result; each later one must have its bits, whatever the order of
/// threads.
class SameBits {
 public:
  void check(const Context& ctx, const Tensor& y);

 private:
  std::map<Device, std::vector<real>> first_;
};

struct GradCheck {
  int order = 1;            // 2 also differentiates the gradient
  double step = 1e-5;       // of the central difference, times the direction
  double tolerance = 1e-7;  // relative to the size of the directional derivative
  std::uint64_t seed = 1;
};

using Function = std::function<Var(const Vars&)>;

/// f's value, its gradient and (order 2) the gradient of that along a direction: on every backend
/// what the CPU gives with one thread, and the same bits in every order of threads.
void check_grad_on_every_backend(const Function& f, const std::vector<Tensor>& inputs,
                                 int order = 2, Tolerance tolerance = {.abs = 1e-5, .rel = 1e-5});

/// Compares <grad, direction> with a central difference for random directions and random
/// cotangents. Only in the double build; the float build just runs f and its gradient.
void check_grad(const Function& f, const std::vector<Tensor>& inputs,
                const GradCheck& options = {});

}  // namespace fgcn::test
