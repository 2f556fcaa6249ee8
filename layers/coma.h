// The convolutional mesh autoencoder.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"
#include "layers/cheb_conv.h"
#include "layers/mesh_hierarchy.h"

namespace fgcn {

/// The two recipes that the network is known by.
enum class ComaForm {
  kRelu,  // the authors': ReLU everywhere but at the last convolution, which has no bias; so latent
          // numbers are >= 0, and a unit can die
  kElu,   // the common re-make's: ELU behind convolutions alone, the last convolution with a bias
};

struct ComaSize {
  std::vector<std::int64_t> filters{16, 16, 16, 32};  // from the finest level, one per pool
  std::int64_t latent = 8;
  std::int64_t terms = 6;  // K of every convolution
  ComaForm form = ComaForm::kRelu;
  bool variational = false;  // the encoder gives means, without an activation, and log variances
};

/// encoder: per pool {ChebConv, activation, pool}; fully connected to the latent numbers.
/// decoder: fully connected; per un-pool {un-pool, ChebConv, activation}; ChebConv to 3 channels.
///
///   x  [V, N, 3]  normalised positions in the hierarchy's order
///   z  [N, Z]
///
/// First weights: the authors' are normal with deviation 0.1, cut at two deviations, biases 0.1;
/// the re-make's are uniform by Glorot and Bengio, biases 0.
///
/// Errors  fgcn::Error when sizes do not fit together.
/// Order   any.
/// Source  Ranjan et al., ECCV 2018, section 3; docs/guide/coma.md, "Two recipes".
class ComaNetwork {
 public:
  struct Code {
    Var mean;          // [N, Z]
    Var log_variance;  // [N, Z]; undefined unless variational
  };

  /// Parameters point into the network: it is not moved once there are any.
  ComaNetwork(const Context& ctx, const GraphHierarchy& hierarchy, const ComaSize& size, Rng& rng);
  ComaNetwork(const ComaNetwork&) = delete;
  ComaNetwork& operator=(const ComaNetwork&) = delete;

  Code encode(const Var& x) const;
  Var decode(const Var& z) const;

  const ComaSize& size() const { return size_; }
  std::int64_t vertices() const { return vertices_; }
  /// encoder.I, encoder.code, encoder.log_variance, decoder.full, decoder.I and decoder.out, each
  /// .weight (of a convolution [K, C_in, C_out]) and .bias.
  const std::vector<Parameter*>& parameters() { return parameters_; }
  /// Per parameter, whether it is of a fully connected layer: the authors' L2 term is theirs alone.
  std::vector<bool> fully_connected() const;

 private:
  class Layer {
   public:
    Layer(const Context& ctx, const std::string& name, const SparseOperator& laplacian,
          ChebConv::Size size, ComaForm form, Rng& rng);
    Var operator()(const Var& x) const;
    void add_to(std::vector<Parameter*>& parameters);

   private:
    ChebConv conv_;
    Parameter bias_;
    ComaForm form_;
  };

  void initialise(Rng& rng);

  ComaSize size_;
  std::int64_t vertices_, coarsest_;
  std::vector<SparseOperator> pool_, unpool_;  // from the finest
  std::vector<Layer> down_, up_;               // in the order that data pass them
  std::vector<Linear> dense_;                  // code, full, and log variance when variational
  std::vector<ChebConv> last_;                 // one
  std::vector<Parameter> last_bias_;           // one in the re-make, else none
  std::vector<Parameter*> parameters_;
};

}  // namespace fgcn
