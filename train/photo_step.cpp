#include "train/photo_step.h"

#include <optional>
#include <utility>

#include "autograd/ops/binary.h"
#include "autograd/ops/interpolate.h"
#include "autograd/ops/transpose.h"
#include "autograd/ops/unary.h"
#include "train/identity.h"
#include "train/loss_terms.h"
#include "train/photo_batch.h"
#include "train/relight.h"

namespace fgcn::train {
namespace {

constexpr int kReweightings = 2;  // of a refitted light

}  // namespace

struct PhotoStep::Impl {
  Impl(const Context& context, RefinementModel& network, Adam& optimiser,
       const mesh::FaceModel& face, const PhotoLossOptions& wanted,
       const IdentityNetwork* identity_network, std::int64_t size, Rng rng)
      : ctx(context),
        model(network),
        adam(optimiser),
        options(wanted),
        identity(identity_network),
        batch_size(size),
        batcher(context, network, face, identity_network) {
    FGCN_CHECK(size > 0, "photo step: a batch of ", size);
    if (options.identity != 0 && identity == nullptr)
      input_error("the identity loss needs the identity network; give its file, or a weight of 0");
    if (options.adversary.weight != 0) adversary.emplace(ctx, options.adversary, rng);
    put_vertices(face);
    std::vector<double> strength;
    for (const Parameter* p : model.parameters()) {
      const bool full = fully_connected(p->name);
      strength.push_back(full ? options.l2 : 0);
      if (full) decayed.push_back(p);
    }
    adam.set_l2(std::move(strength));
  }

  /// The face model's vertices that losses ask for, as places of the hierarchy's order.
  void put_vertices(const mesh::FaceModel& face) {
    std::vector<std::int32_t> place(model.order().size());
    for (std::size_t p = 0; p < place.size(); ++p)
      place[static_cast<std::size_t>(model.order()[p])] = static_cast<std::int32_t>(p);
    const auto rows = [&](std::vector<std::int32_t> vertices) {
      for (std::int32_t& v : vertices) v = place[static_cast<std::size_t>(v)];
      return RowIndex(ctx, model.vertices(), vertices);
    };
    if (options.symmetry != 0) {
      MirrorPairs pairs = mirror_pairs(face);
      left = rows(std::move(pairs.left));
      right = rows(std::move(pairs.right));
    }
    if (options.variance == 0) return;
    std::vector<std::int32_t> on_skin;
    for (std::size_t v = 0; v < face.skin.size(); ++v)
      if (face.skin[v] != 0) on_skin.push_back(static_cast<std::int32_t>(v));
    if (on_skin.empty())
      input_error("the face model '", face.name,
                  "' has no skin; train with a variance weight of 0");
    skin = rows(std::move(on_skin));
  }

  /// [V, N, 3] what lights an answer.
  Tensor light_for(const PhotoBatch& batch, const Tensor& refined) const {
    if (options.light == TrainingLight::kFitted) return batch.light;
    const std::vector<real> answer = refined.to_host();
    std::vector<std::vector<float>> lights(batch.samples.size());
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t n = 0; n < batch.size(); ++n) {
      const auto at = static_cast<std::size_t>(n);
      const Observation& o = batch.observations[at];
      const std::vector<float>& normals = batch.samples[at]->fit.normals;
      const std::vector<float> albedo = model.unpack(answer, batch.size(), n, 0.5, 0.5);
      lights[at] = light_at(normals, refit_light(facing_colors(o.photo_colour, o.visible, normals),
                                                 albedo, o.gamma, kReweightings));
    }
    std::vector<const std::vector<float>*> pointers;
    for (const auto& light : lights) pointers.push_back(&light);
    return batcher.packed(pointers, 1, 0);
  }

  /// Vertex colours [V, N, 3] as pictures [N, S, S, 3]; 0 beside the face.
  Var draw(const PhotoBatch& batch, const Var& colours) const {
    return ops::interpolate(colours.tape().constant(batch.raster),
                            ops::transpose(colours, {1, 0, 2}), batcher.triangles());
  }

  /// The answer, lit, over the photos.
  struct Shown {
    Var lit, drawn, over;
    Tensor light;
  };
  Shown show(const PhotoBatch& batch, const Var& refined) const {
    Tape& tape = refined.tape();
    Shown out;
    out.light = light_for(batch, refined.value());
    out.lit = lit_colours(refined, tape.constant(out.light));
    out.drawn = draw(batch, out.lit);
    out.over = overlay(out.drawn, tape.constant(batch.photo), tape.constant(batch.mask));
    return out;
  }

  LossTerms terms(Tape& tape, const PhotoBatch& batch, double epoch) {
    const PhotoShares share = photo_shares(options.schedule, epoch);
    const auto constant = [&tape](const Tensor& t) { return tape.constant(t); };
    const Var refined = model(tape, batch.input);
    const Shown shown = show(batch, refined);
    const Var coarse = constant(batch.coarse), photo = constant(batch.photo),
              mask = constant(batch.mask);
    LossTerms out;
    if (options.texture != 0)
      out.add("texture", vertex_loss(refined, coarse, options.norm),
              share.texture * options.texture);
    if (options.project != 0)
      out.add("project",
              project_loss(shown.lit,
                           {constant(batch.colour), constant(batch.seen),
                            lit_colours(coarse, constant(shown.light))},
                           options.norm, options.unseen),
              share.project * options.project);
    if (options.pixel != 0)
      out.add("pixel", pixel_loss(shown.drawn, photo, mask), share.render * options.pixel);
    if (options.identity != 0)
      out.add("identity", identity_of(batch, shown.over), share.render * options.identity);
    if (options.symmetry != 0)
      out.add("symmetry", symmetry_loss(refined, left, right), share.render * options.symmetry);
    if (options.variance != 0)
      out.add("variance", variance_loss(refined, skin), share.render * options.variance);
    if (adversary && share.adversary > 0)
      out.add("adversary", adversary->judge(shown.over),
              share.adversary * options.adversary.weight);
    const Var coarse_drawn = draw(batch, lit_colours(coarse, constant(batch.light)));
    out.add("coarse_l1", pixel_l1(coarse_drawn, photo, mask));
    out.add("refined_l1", pixel_l1(constant(shown.drawn.value()), photo, mask));
    if (options.l2 != 0) out.add("l2", decay());
    FGCN_CHECK(out.total().defined(), "photo step: no loss counts at epoch ", epoch);
    out.add("total", out.total());
    return out;
  }

  Identities wanted() const { return options.identity != 0 ? Identities::kYes : Identities::kNo; }

  Var identity_of(const PhotoBatch& batch, const Var& over) const {
    const Var chip = face_chip(to_unit(over), batch.chips, {.side = identity->sizes().side});
    return identity_loss((*identity)(chip), over.tape().constant(batch.identity));
  }

  Tensor decay() const {
    Tape tape(ctx, Record::kNothing);
    Vars weights;
    for (const Parameter* p : decayed) weights.push_back(tape.use(*p));
    return weight_loss(weights).value();
  }

  /// What was descended, first, with the L2 term that the optimiser adds.
  std::vector<NamedLoss> read(const LossTerms& terms) const {
    std::vector<NamedLoss> out = terms.read(ctx);
    NamedLoss total = out.back();
    out.pop_back();
    for (const NamedLoss& loss : out)
      if (loss.name == "l2") total.value += options.l2 * loss.value;
    out.insert(out.begin(), std::move(total));
    return out;
  }

  void check_size(std::size_t photos) const {
    FGCN_CHECK(static_cast<std::int64_t>(photos) == batch_size, "photo step: ", photos,
               " photos, expected ", batch_size);
  }

  Adversary::Losses teach_critic(const DrawPhotos& draw_photos, double rate) {
    FGCN_CHECK(draw_photos, "photo step: the critic has no photos to draw");
    Adversary::Losses out;
    for (std::int64_t step = 0; step < options.adversary.critic_steps; ++step) {
      const auto photos = draw_photos();
      check_size(photos.size());
      std::vector<const PhotoSample*> pointers;
      for (const auto& photo : photos) pointers.push_back(photo.get());
      const PhotoBatch batch = batcher(pointers, Identities::kNo);
      Tape tape(ctx, Record::kNothing);
      const Shown shown = show(batch, model(tape, batch.input));
      out = adversary->learn(batch.photo, shown.over.value(), rate);
    }
    return out;
  }

  std::vector<NamedLoss> step(std::span<const PhotoSample* const> photos, double epoch, double rate,
                              const DrawPhotos& draw_photos) {
    check_size(photos.size());
    std::optional<Adversary::Losses> criticism;
    if (adversary && photo_shares(options.schedule, epoch).adversary > 0)
      criticism = teach_critic(draw_photos, rate);
    const PhotoBatch batch = batcher(photos, wanted());
    Tape tape(ctx);
    LossTerms all = terms(tape, batch, epoch);
    Vars leaves;
    for (const Parameter* p : model.parameters()) leaves.push_back(tape.use(*p));
    adam.step(tape.gradients(all.total(), leaves), rate);
    std::vector<NamedLoss> out = read(all);
    if (criticism) {
      LossTerms told;
      told.add("critic", criticism->critic);
      told.add("penalty", criticism->penalty);
      for (NamedLoss& loss : told.read(ctx)) out.push_back(std::move(loss));
    }
    return out;
  }

  Context ctx;
  RefinementModel& model;
  Adam& adam;
  PhotoLossOptions options;
  const IdentityNetwork* identity;
  std::int64_t batch_size;
  PhotoBatcher batcher;
  std::optional<Adversary> adversary;
  RowIndex left, right, skin;
  std::vector<const Parameter*> decayed;
};

PhotoStep::PhotoStep(const Context& ctx, RefinementModel& model, Adam& adam,
                     const mesh::FaceModel& face, const PhotoLossOptions& options,
                     const IdentityNetwork* identity, std::int64_t batch, Rng rng)
    : impl_(std::make_unique<Impl>(ctx, model, adam, face, options, identity, batch, rng)) {}
PhotoStep::PhotoStep(PhotoStep&&) noexcept = default;
PhotoStep::~PhotoStep() = default;

std::vector<NamedLoss> PhotoStep::operator()(std::span<const PhotoSample* const> batch,
                                             double epoch, double rate, const DrawPhotos& draw) {
  return impl_->step(batch, epoch, rate, draw);
}

std::vector<NamedLoss> PhotoStep::losses(std::span<const PhotoSample* const> batch, double epoch) {
  const PhotoBatch photos = impl_->batcher(batch, impl_->wanted());
  Tape tape(impl_->ctx, Record::kNothing);
  return impl_->read(impl_->terms(tape, photos, epoch));
}

std::int64_t PhotoStep::critic_steps() const {
  return impl_->adversary ? impl_->adversary->steps() : 0;
}

void PhotoStep::save(mesh::Safetensors& file) const {
  if (impl_->adversary) impl_->adversary->save(file);
}

void PhotoStep::load(const mesh::Safetensors& file, const std::string& where) {
  if (impl_->adversary) impl_->adversary->load(file, where);
}

}  // namespace fgcn::train
