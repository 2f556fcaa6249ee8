// Residual blocks on the mesh, and the choice between one and a single convolution.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "layers/cheb_conv.h"

namespace fgcn {

/// y = a(ChebConv(a(ChebConv(x))) + shortcut(x)) for x [V, N, C_in], y [V, N, C_out].
///
/// a is the activation, with a bias of its own each time. The shortcut is x itself, or a
/// convolution of one term (a product at every vertex) when the widths differ. With a linear output
/// the outer a is left out, and the block gives zero at first.
///
/// Parameters  `name`.0 and .1 weight and bias, `name`.shortcut.weight.
/// Errors  fgcn::Error when x is not on the mesh of L or has another number of channels.
/// Order   any with ELU; with ReLU too, its second derivative is zero.
/// Source  Lin et al., CVPR 2020, section 3.2; He et al., CVPR 2016.
class ResidualBlock {
 public:
  ResidualBlock(const Context& ctx, const std::string& name, const SparseOperator& laplacian,
                ChebConv::Size size, Activation activation, Rng& rng,
                BranchOutput output = BranchOutput::kActivated);

  Var operator()(const Var& x) const;
  /// The block of U x, x on the coarse mesh of U.
  Var unpooled(const SparseOperator& unpool, const Var& x) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  Var joined(const Var& inner, const Var& shortcut) const;

  ActiveChebConv first_;
  ChebConv second_;
  std::optional<ChebConv> shortcut_;
  Activate last_;
};

/// The unit that a network of graph convolutions repeats.
enum class GraphUnit {
  kConvolution,  // a convolution and its activation
  kResidual,     // a residual block
};

/// One unit of either kind, with one interface.
class GraphLayer {
 public:
  struct Kind {
    GraphUnit unit = GraphUnit::kConvolution;
    Activation activation = Activation::kBiasElu;
    BranchOutput output = BranchOutput::kActivated;
  };

  GraphLayer(const Context& ctx, const std::string& name, const SparseOperator& laplacian,
             ChebConv::Size size, Kind kind, Rng& rng);

  Var operator()(const Var& x) const;
  Var unpooled(const SparseOperator& unpool, const Var& x) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  std::variant<ActiveChebConv, ResidualBlock> unit_;
};

}  // namespace fgcn
