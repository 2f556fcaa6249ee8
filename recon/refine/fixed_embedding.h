// Embeddings of fixed networks as the decoder takes them: an identity as its direction, scaled
// to a mean square of 1, since its length says nothing of a face; the means of
// EmbeddingForm::kPooled as they are.
#pragma once

#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "recon/refine/refinement_config.h"

namespace fgcn::recon {

/// One photo's, on the host: [E] -> [E].
/// Errors   fgcn::Error when an identity is all zeros, or a number is not finite.
void put_embedding(const std::vector<float>& embedding, EmbeddingForm form, std::span<real> out);

/// [N, E] on the device.
Tensor fixed_embedding(const Context& ctx, EmbeddingForm form, const Tensor& embeddings);

}  // namespace fgcn::recon
