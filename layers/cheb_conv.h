// A Chebyshev graph convolution with its weights, alone and with its activation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "autograd/tape.h"
#include "kernels/core/rng.h"
#include "layers/linear.h"

namespace fgcn {

/// sum_k T_k(L) x W_k for x [V, N, C_in]; no bias (autograd/ops/cheb_conv.h).
///
///   weight  [K, C_in, C_out], He normal over K * C_in
///
/// Errors  fgcn::Error when x is not on the mesh of L or has another number of channels.
/// Order   any.
class ChebConv {
 public:
  struct Size {
    std::int64_t in;
    std::int64_t out;
    std::int64_t terms;  // K
    WeightForm form = WeightForm::kPlain;
  };

  ChebConv(const Context& ctx, const std::string& name, SparseOperator laplacian, Size size,
           Rng& rng);

  Var operator()(const Var& x) const;
  /// The convolution of U x, concatenated with `skip` [V, N, C] when defined; x is on the coarse
  /// mesh of U [V, V_c]. Where it pays, the products with x are made there: T_k(L) U x W =
  /// T_k(L) U (x W).
  Var unpooled(const SparseOperator& unpool, const Var& x, const Var& skip = {}) const;
  void add_to(std::vector<Parameter*>& parameters) { parameters.push_back(&weight_); }
  /// Sets the weights to zero.
  void silence();

 private:
  SparseOperator laplacian_;
  double gain_;  // of the weights
  Parameter weight_;
};

/// The activation behind a convolution on the mesh.
enum class Activation {
  kBiasElu,  // elu(x + b), b [C] one value per channel, zero at first: the original's
  kRelu,     // max(x, 0), no bias: the paper's
  kNone,     // x, no bias: of a branch's last layer (BranchOutput)
};

/// The last layer of a branch whose three channels the combiner takes.
enum class BranchOutput {
  kActivated,  // as every other layer: the original's
  kLinear,  // no activation, and weights that start at zero: a branch beside a good residual does
            // no harm at first, and saturation cannot silence it
};

/// Of a branch's last layer.
constexpr Activation last_activation(Activation activation, BranchOutput output) {
  return output == BranchOutput::kLinear ? Activation::kNone : activation;
}

/// The activation with the bias, if it has one.
class Activate {
 public:
  Activate(const Context& ctx, const std::string& name, Activation activation,
           std::int64_t channels);

  /// x [..., C]
  Var operator()(const Var& x) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  std::string name_;
  Activation activation_;
  std::optional<Parameter> bias_;
};

/// A Chebyshev convolution and its activation.
class ActiveChebConv {
 public:
  ActiveChebConv(const Context& ctx, const std::string& name, const SparseOperator& laplacian,
                 ChebConv::Size size, Activation activation, Rng& rng);

  Var operator()(const Var& x) const;
  Var unpooled(const SparseOperator& unpool, const Var& x, const Var& skip = {}) const;
  void add_to(std::vector<Parameter*>& parameters);
  void silence() { conv_.silence(); }

 private:
  ChebConv conv_;
  Activate activate_;
};

}  // namespace fgcn
