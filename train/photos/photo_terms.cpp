#include "train/photos/photo_terms.h"

#include <utility>

#include "autograd/ops/interpolate.h"
#include "autograd/ops/transpose.h"
#include "recon/refine/identity.h"

namespace fgcn::train {

PhotoTerms::PhotoTerms(const Context& ctx, recon::RefinementModel& model,
                       const mesh::FaceModel& face, const PhotoLossOptions& options,
                       const recon::PhotoNetworks& fixed, const PhotoBatcher& batcher)
    : ctx_(ctx), options_(options), identity_(fixed.identity), batcher_(batcher) {
  if (options.identity != 0 && identity_ == nullptr)
    input_error("the identity loss needs the identity network; give its file, or a weight of 0");
  for (const Parameter* p : model.parameters())
    if (fully_connected(p->name)) decayed_.push_back(p);
  // The face model's vertices that losses ask for, as places of the hierarchy's order.
  std::vector<std::int32_t> place(model.order().size());
  for (std::size_t p = 0; p < place.size(); ++p)
    place[static_cast<std::size_t>(model.order()[p])] = static_cast<std::int32_t>(p);
  const auto rows = [&](std::vector<std::int32_t> vertices) {
    for (std::int32_t& v : vertices) v = place[static_cast<std::size_t>(v)];
    return RowIndex(ctx, model.vertices(), vertices);
  };
  if (options.symmetry != 0) {
    MirrorPairs pairs = mirror_pairs(face);
    left_ = rows(std::move(pairs.left));
    right_ = rows(std::move(pairs.right));
  }
  if (options.variance == 0) return;
  std::vector<std::int32_t> on_skin;
  for (std::size_t v = 0; v < face.skin.size(); ++v)
    if (face.skin[v] != 0) on_skin.push_back(static_cast<std::int32_t>(v));
  if (on_skin.empty())
    input_error("the face model '", face.name, "' has no skin; train with a variance weight of 0");
  skin_ = rows(std::move(on_skin));
}

PhotoWeights PhotoTerms::weights(double epoch) const {
  const ScheduledWeights by_epoch = scheduled_weights(options_.schedule, epoch);
  PhotoWeights out{};
  const auto put = [&out](PhotoTerm term, double weight) {
    out[static_cast<std::size_t>(term)] = weight;
  };
  put(PhotoTerm::kTexture, by_epoch.texture * options_.texture);
  put(PhotoTerm::kProject, by_epoch.project * options_.project);
  put(PhotoTerm::kPixel, by_epoch.render * options_.pixel);
  put(PhotoTerm::kIdentity, by_epoch.render * options_.identity);
  put(PhotoTerm::kSymmetry, by_epoch.render * options_.symmetry);
  put(PhotoTerm::kVariance, by_epoch.render * options_.variance);
  put(PhotoTerm::kAdversary, by_epoch.adversary * options_.adversary.weight);
  return out;
}

/// Vertex colors [V, N, 3] as pictures [N, S, S, 3]; 0 beside the face.
Var PhotoTerms::draw(const RenderedFaces& faces, const Var& colors) const {
  return ops::interpolate(colors.tape().constant(faces.raster), ops::transpose(colors, {1, 0, 2}),
                          batcher_.triangles());
}

PhotoTerms::Shown PhotoTerms::show(const PhotoBatch& batch, const RenderedFaces& faces,
                                   const Var& refined, const Tensor& light) const {
  Tape& tape = refined.tape();
  Shown out;
  out.lit = lit_colors(refined, tape.constant(light));
  out.rendered = draw(faces, out.lit);
  out.over = overlay(out.rendered, tape.constant(batch.photo), tape.constant(faces.mask));
  return out;
}

LossTerms PhotoTerms::operator()(const PhotoBatch& batch, const RenderedFaces& faces,
                                 const Var& refined, const Tensor& light,
                                 const PhotoWeights& weights, Adversary* adversary) const {
  Tape& tape = refined.tape();
  const auto constant = [&tape](const Tensor& t) { return tape.constant(t); };
  const Shown shown = show(batch, faces, refined, light);
  const Var coarse = constant(batch.coarse), photo = constant(batch.photo),
            mask = constant(faces.mask);
  LossTerms out;
  const auto add = [&](const char* name, PhotoTerm term, const Var& loss) {
    const auto at = static_cast<std::size_t>(term);
    if (weights[at] == 0) {
      out.add(name, loss.value());
    } else {
      out.add(name, loss, constant(batch.weights.part(static_cast<std::int64_t>(at), {1})));
    }
  };
  if (options_.texture != 0)
    add("texture", PhotoTerm::kTexture, vertex_loss(refined, coarse, options_.norm));
  if (options_.project != 0)
    add("project", PhotoTerm::kProject,
        project_loss(
            shown.lit,
            {constant(batch.color), constant(batch.visible), lit_colors(coarse, constant(light))},
            options_.norm, options_.hidden));
  if (options_.pixel != 0) add("pixel", PhotoTerm::kPixel, pixel_loss(shown.rendered, photo, mask));
  if (options_.identity != 0) add("identity", PhotoTerm::kIdentity, identity_of(batch, shown.over));
  if (options_.symmetry != 0)
    add("symmetry", PhotoTerm::kSymmetry, symmetry_loss(refined, left_, right_));
  if (options_.variance != 0) add("variance", PhotoTerm::kVariance, variance_loss(refined, skin_));
  if (adversary != nullptr && weights[static_cast<std::size_t>(PhotoTerm::kAdversary)] != 0)
    add("adversary", PhotoTerm::kAdversary, adversary->judge(shown.over));
  const Var coarse_rendered = draw(faces, lit_colors(coarse, constant(batch.vertex_irradiance)));
  out.add("coarse_l1", pixel_l1(coarse_rendered, photo, mask).value());
  out.add("refined_l1", pixel_l1(constant(shown.rendered.value()), photo, mask).value());
  if (options_.l2 != 0) out.add("l2", decay());
  FGCN_CHECK(out.total().defined(), "photo step: no loss counts");
  out.add("total", out.total().value());
  return out;
}

Var PhotoTerms::identity_of(const PhotoBatch& batch, const Var& over) const {
  const Var chip = face_chip(to_unit(over), batch.chips, batcher_.chip_grid(over.dim(1)));
  return recon::identity_loss(identity_->run(chip).features, over.tape().constant(batch.identity));
}

Tensor PhotoTerms::decay() const {
  Tape tape(ctx_, Record::kNothing);
  Vars weights;
  for (const Parameter* p : decayed_) weights.push_back(tape.use(*p));
  return weight_loss(weights).value();
}

}  // namespace fgcn::train
