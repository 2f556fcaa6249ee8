#include "recon/refine/fixed_embedding.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"
#include "kernels/core/error.h"

namespace fgcn::recon {

void put_embedding(const std::vector<float>& embedding, EmbeddingForm form, std::span<real> out) {
  if (form == EmbeddingForm::kPooled) {
    for (const float e : embedding) FGCN_CHECK(std::isfinite(e), "refine: an embedding of ", e);
    std::copy(embedding.begin(), embedding.end(), out.begin());
    return;
  }
  double square = 0;
  for (const float e : embedding) square += static_cast<double>(e) * static_cast<double>(e);
  FGCN_CHECK(square > 0 && std::isfinite(square), "refine: an identity of length ",
             std::sqrt(square));
  const double scale = std::sqrt(static_cast<double>(embedding.size()) / square);
  for (std::size_t i = 0; i < embedding.size(); ++i)
    out[i] = static_cast<real>(scale * static_cast<double>(embedding[i]));
}

Tensor fixed_embedding(const Context& ctx, EmbeddingForm form, const Tensor& embeddings) {
  if (form == EmbeddingForm::kPooled) return embeddings;
  Tape tape(ctx, Record::kNothing);
  const Var x = tape.constant(embeddings);
  const Var square =
      ops::scale(ops::sum_to(ops::square(x), {x.dim(0), 1}), 1.0 / static_cast<double>(x.dim(1)));
  return ops::div(x, ops::sqrt(square)).value();
}

}  // namespace fgcn::recon
