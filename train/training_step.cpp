#include "train/training_step.h"

#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/parallel_failure.h"

namespace fgcn::train {
namespace {

enum Array : std::size_t {
  kPatches,
  kInput,
  kBase,
  kAlbedo,
  kWeight,
  kPhoto,
  kUnoccluded,
  kShares
};
enum Follows : std::size_t { kLight, kWithGain };

std::vector<Shape> shapes_of(const recon::RefinementModel& model, std::int64_t batch) {
  FGCN_CHECK(batch > 0, "training step: a batch of ", batch);
  const recon::BatchSizes sizes = model.sizes(batch);
  const Shape three = sizes.base, one{three[0], three[1], 1};
  return {sizes.patches, sizes.input, sizes.base, three, one, three, one, Shape{2}};
}

/// A sum as an array of single precision holds it.
double rounded(double sum) { return static_cast<double>(static_cast<real>(sum)); }

}  // namespace

TrainingStep::TrainingStep(const Context& ctx, recon::RefinementModel& model, Adam& adam,
                           const LossOptions& options, std::int64_t batch, UseGraph graph)
    : ctx_(ctx),
      model_(model),
      adam_(adam),
      options_(options),
      batch_(batch),
      arrays_(ctx, shapes_of(model, batch)),
      followed_(ctx, {model.sizes(batch).base, model.sizes(batch).base}),
      turn_(ctx, model.sizes(batch).base.size(), graph),
      latest_(Tensor::zeros(ctx, {3})),
      names_(std::make_shared<const std::vector<std::string>>(
          std::vector<std::string>{"total", "albedo", "photo"})),
      unread_(ctx, "step on synthetic faces", 3) {
  const auto part = [&](Array which) { return arrays_.on_device(which); };
  input_ = {part(kPatches), part(kInput), part(kBase)};
  targets_ = {part(kAlbedo), followed_.on_device(kWithGain),
              part(kWeight), followed_.on_device(kLight),
              part(kPhoto),  part(kUnoccluded),
              part(kShares)};
}

void TrainingStep::send(std::span<const SyntheticFace* const> faces) {
  std::vector<const recon::Observation*> observations;
  std::vector<const std::vector<float>*> albedo, photo, unoccluded;
  std::vector<std::vector<float>> weights;
  double weighed = 0, unoccluded_sum = 0;
  for (const SyntheticFace* face : faces) {
    const recon::Observation& o = face->observation;
    observations.push_back(&o);
    albedo.push_back(&face->albedo);
    photo.push_back(&o.photo_color);
    unoccluded.push_back(&face->unoccluded);
    std::vector<float> of_face;
    for (const float visible : o.visible) {
      of_face.push_back(visible > 0.5f ? 1.0f : static_cast<float>(options_.hidden_weight));
      weighed += static_cast<double>(of_face.back());
    }
    for (const float c : face->unoccluded) unoccluded_sum += static_cast<double>(c);
    weights.push_back(std::move(of_face));
  }

  arrays_.begin();
  const auto room = [&](Array which) { return arrays_.room(which); };
  model_.prepare(observations, room(kPatches), room(kInput), room(kBase));
  model_.pack(albedo, 2, -1, room(kAlbedo));
  model_.pack(pointers_to(weights), 1, 0, room(kWeight));
  model_.pack(photo, 1, 0, room(kPhoto));
  model_.pack(unoccluded, 1, 0, room(kUnoccluded));
  const auto shares = loss_shares(rounded(weighed), rounded(unoccluded_sum), options_);
  for (std::size_t i = 0; i < shares.size(); ++i) room(kShares)[i] = static_cast<real>(shares[i]);
  arrays_.send();
}

const Tensor& TrainingStep::forward() {
  tape_.emplace(ctx_);
  refined_ = model_(*tape_, input_);
  prediction_ = refined_.value();
  return prediction_;
}

void TrainingStep::backward() {
  const Losses losses = refinement_losses(refined_, targets_, options_);
  Vars leaves;
  for (const Parameter* p : model_.parameters()) leaves.push_back(tape_->use(*p));
  adam_.apply(tape_->gradients(losses.total, leaves));
  real* to = latest_.data();
  for (const Var& loss : {losses.total, losses.albedo, losses.photo})
    ctx_.runtime().copy(to++, loss.value().data(), sizeof(real));
  refined_ = {};
  tape_.reset();
}

std::vector<std::vector<float>> TrainingStep::albedos(std::span<const real> prediction) const {
  std::vector<std::vector<float>> out(static_cast<std::size_t>(batch_));
  ParallelFailure failure;
#pragma omp parallel for num_threads(ctx_.threads())
  for (std::int64_t n = 0; n < batch_; ++n)
    failure.keep(
        [&] { out[static_cast<std::size_t>(n)] = model_.unpack(prediction, batch_, n, 0.5, 0.5); });
  failure.rethrow();
  return out;
}

void TrainingStep::operator()(std::span<const SyntheticFace* const> faces, double learning_rate,
                              const Follow& follow) {
  FGCN_CHECK(static_cast<std::int64_t>(faces.size()) == batch_, "training step: ", faces.size(),
             " faces, expected ", batch_);
  unread_.check_room();
  send(faces);
  turn_([this]() -> const Tensor& { return forward(); },
        [&](std::span<const real> prediction) {
          const Followed followed = follow(faces, albedos(prediction));
          followed_.begin();
          model_.pack(pointers_to(followed.light), 1, 0, followed_.room(kLight));
          model_.pack(pointers_to(followed.with_gain), 2, -1, followed_.room(kWithGain));
          followed_.send();
          adam_.begin(learning_rate);
        },
        [this] { backward(); });
  unread_.keep({{names_, latest_.data()}});
}

std::vector<std::vector<NamedLoss>> TrainingStep::losses() {
  std::vector<std::vector<NamedLoss>> out = unread_.take();
  adam_.check();
  return out;
}

}  // namespace fgcn::train
