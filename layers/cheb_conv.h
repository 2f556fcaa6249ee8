// A Chebyshev graph convolution with its weights, alone and with its activation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "autograd/tape.h"
#include "kernels/core/rng.h"

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
  };

  ChebConv(const Context& ctx, const std::string& name, SparseOperator laplacian, Size size,
           Rng& rng);

  Var operator()(const Var& x) const;
  /// The convolution of U x, concatenated with `skip` [V, N, C] when defined; x is on the coarse
  /// mesh of U [V, V_c]. Where it pays, the products with x are made there: T_k(L) U x W =
  /// T_k(L) U (x W).
  Var unpooled(const SparseOperator& unpool, const Var& x, const Var& skip = {}) const;
  void add_to(std::vector<Parameter*>& parameters) { parameters.push_back(&weight_); }

 private:
  SparseOperator laplacian_;
  Parameter weight_;
};

/// The activation behind a convolution on the mesh.
enum class Activation {
  kBiasElu,  // elu(x + b), b [C] one value per channel, zero at first: the original's
  kRelu,     // max(x, 0), no bias: the paper's
};

/// The activation with the bias, if it has one.
class Activate {
 public:
  Activate(const Context& ctx, const std::string& name, Activation activation,
           std::int64_t channels);

  /// x [..., C]
  Var operator()(const Var& x) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
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

 private:
  ChebConv conv_;
  Activate activate_;
};

}  // namespace fgcn
