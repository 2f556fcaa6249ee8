// The loss of the mesh autoencoder.
#pragma once

#include <vector>

#include "layers/coma.h"

namespace fgcn::train {

/// mean |y - x| in normalised units. Order: any.
Var coma_data_loss(const Var& y, const Var& x);
/// KL divergence of N(mean, exp(log_variance)) from N(0, 1), summed over the latent numbers, the
/// mean over the batch. Order: any.
/// Source  Kingma and Welling, ICLR 2014, appendix B.
Var coma_divergence(const ComaNetwork::Code& code);
/// strength / 2 |w|^2 over the fully connected layers, whose gradient is the optimiser's.
double coma_regularisation(ComaNetwork& network, double strength);

}  // namespace fgcn::train
