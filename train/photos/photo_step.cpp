#include "train/photos/photo_step.h"

#include <optional>
#include <utility>

#include "kernels/core/parallel_failure.h"
#include "train/follow.h"
#include "train/host_turn.h"
#include "train/photos/photo_batch.h"
#include "train/photos/photo_terms.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kOfCritic = 2;
constexpr auto kMostLosses = static_cast<std::int64_t>(PhotoTerms::kMost) + kOfCritic;

constexpr const char* kKind = "photo step";

/// The total as it is descended: with the L2 term, which the optimiser adds.
std::vector<NamedLoss> with_l2(std::vector<NamedLoss> losses, double l2) {
  for (const NamedLoss& loss : losses)
    if (loss.name == "l2") losses.front().value += l2 * loss.value;
  return losses;
}

}  // namespace

struct PhotoStep::Impl {
  /// A way to the device for batches of one kind: what is written before, and the work that
  /// follows.
  struct Lane {
    PhotoRoom room;
    BatchArrays light;  // refitted
    HostTurn turn;      // to refit it; none where the light is the fit's
    RenderedFaces faces;
    Tensor refined;
  };

  Impl(const Context& context, recon::RefinementModel& network, Adam& optimiser,
       const mesh::FaceModel& face, const PhotoLossOptions& wanted,
       const recon::PhotoNetworks& fixed, std::int64_t size, Rng rng, UseGraph use)
      : ctx(context),
        model(network),
        adam(optimiser),
        options(wanted),
        batch_size(size),
        graph(use),
        batcher(context, network, face, fixed, use),
        terms(context, network, face, wanted, fixed, batcher),
        latest(Tensor::zeros(context, {kMostLosses - kOfCritic})),
        critic_names(std::make_shared<const std::vector<std::string>>(
            std::vector<std::string>{"critic", "penalty"})),
        unread(context, kKind, kMostLosses) {
    FGCN_CHECK(size > 0, "photo step: a batch of ", size);
    if (options.adversary.weight != 0) adversary.emplace(ctx, options.adversary, rng);
    std::vector<double> strength;
    for (const Parameter* p : model.parameters())
      strength.push_back(fully_connected(p->name) ? options.l2 : 0);
    adam.set_l2(std::move(strength));
  }

  /// `uploads`: batches that go through it in a step.
  Lane lane(std::int64_t photos, std::int64_t side, Identities identities,
            std::int64_t uploads = 1) const {
    Lane out;
    out.room = batcher.room(photos, side, identities, uploads);
    const Shape colors = model.sizes(photos).base;
    const bool refits = options.light == TrainingLight::kRefit;
    out.turn = HostTurn(ctx, refits ? colors.size() : 0, graph);
    if (refits) out.light = BatchArrays(ctx, {colors}, uploads);
    return out;
  }
  Lane& lane_for(std::optional<Lane>& kept, std::span<const recon::PhotoSample* const> photos,
                 Identities identities, std::int64_t uploads = 1) const {
    const auto count = static_cast<std::int64_t>(photos.size());
    FGCN_CHECK(count == batch_size, "photo step: ", count, " photos, expected ", batch_size);
    const std::int64_t side = photos.front()->crop.height;
    if (!kept || kept->room.batch().photo.dim(1) != side)
      kept = lane(count, side, identities, uploads);
    return *kept;
  }
  Identities wanted() const { return options.identity != 0 ? Identities::kYes : Identities::kNo; }

  /// [V, N, 3] the light over a prediction.
  Tensor light_of(const Lane& lane) const {
    return options.light == TrainingLight::kFitted ? lane.room.batch().vertex_irradiance
                                                   : lane.light.on_device(0);
  }

  /// The device's work for a batch that was sent: `predict` gives lane.refined, `rest` goes on from
  /// there.
  void run(Lane& lane, const PhotoFacts& facts, const std::function<void()>& predict,
           const std::function<void()>& rest) {
    lane.turn(
        [&]() -> const Tensor& {
          predict();
          return lane.refined;
        },
        [&](std::span<const real> prediction) { send_light(lane, facts, prediction); }, rest);
  }

  void send_light(Lane& lane, const PhotoFacts& facts, std::span<const real> prediction) const {
    std::vector<std::vector<float>> lights(facts.samples.size());
    ParallelFailure failure;
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t n = 0; n < facts.size(); ++n) {
      const auto at = static_cast<std::size_t>(n);
      failure.keep([&] {
        lights[at] = light_for(facts.observations[at], facts.samples[at]->fit.normals,
                               model.unpack(prediction, facts.size(), n, 0.5, 0.5));
      });
    }
    failure.rethrow();
    lane.light.begin();
    model.pack(pointers_to(lights), 1, 0, lane.light.room(0));
    lane.light.send();
  }

  void teach_critic(const SamplePhotos& sample_photos, double learning_rate) {
    FGCN_CHECK(sample_photos, "photo step: the critic has no photos to draw");
    for (std::int64_t step = 0; step < options.adversary.critic_steps; ++step) {
      const auto photos = sample_photos();
      std::vector<const recon::PhotoSample*> pointers;
      pointers.reserve(photos.size());
      for (const auto& photo : photos) pointers.push_back(photo.get());
      Lane& lane = lane_for(of_critic, pointers, Identities::kNo, options.adversary.critic_steps);
      const PhotoBatch& batch = lane.room.batch();
      const PhotoFacts facts = batcher.send(pointers, lane.room);
      adversary->begin(learning_rate, batch_size);
      run(
          lane, facts,
          [&] {
            Tape unrecorded(ctx, Record::kNothing);
            lane.faces = batcher.draw(batch);
            lane.refined = model(unrecorded, batcher.input_of(batch)).value();
          },
          [&] {
            Tape unrecorded(ctx, Record::kNothing);
            const Var over =
                terms.show(batch, lane.faces, unrecorded.constant(lane.refined), light_of(lane))
                    .over;
            adversary->learn(batch.photo, over.value());
            lane.refined = {};
            lane.faces = {};
          });
    }
  }

  void step(std::span<const recon::PhotoSample* const> photos, double epoch, double learning_rate,
            const SamplePhotos& sample_photos) {
    unread.check_room();
    const PhotoWeights weights = terms.weights(epoch);
    count_only(weights, epoch);
    const bool judged = adversary && weights[static_cast<std::size_t>(PhotoTerm::kAdversary)] != 0;
    Lane& lane = lane_for(of_generator, photos, wanted());
    if (judged) teach_critic(sample_photos, learning_rate);
    const PhotoBatch& batch = lane.room.batch();
    const PhotoFacts facts = batcher.send(photos, lane.room, weights);
    adam.begin(learning_rate);
    run(
        lane, facts,
        [&] {
          tape.emplace(ctx);
          lane.faces = batcher.draw(batch);
          prediction_of = model(*tape, batcher.input_of(batch));
          lane.refined = prediction_of.value();
        },
        [&] {
          const LossTerms all = terms(batch, lane.faces, prediction_of, light_of(lane), weights,
                                      judged ? &*adversary : nullptr);
          Vars leaves;
          for (const Parameter* p : model.parameters()) leaves.push_back(tape->use(*p));
          adam.apply(tape->gradients(all.total(), leaves));
          all.copy_to(ctx, latest.data());
          names = std::make_shared<const std::vector<std::string>>(all.names());
          lane.refined = {};
          lane.faces = {};
          prediction_of = {};
          tape.reset();
        });
    keep_losses(judged);
    if (ctx.device() != Device::kCpu) return;
    if (judged) adversary->check();
    adam.check();
  }

  /// Another set of terms is other work.
  void count_only(const PhotoWeights& weights, double epoch) {
    std::uint32_t now = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (weights[i] != 0) now |= 1U << i;
    FGCN_CHECK(now != 0, "photo step: no loss counts at epoch ", epoch);
    if (now == counted) return;
    counted = now;
    forget();
  }
  void forget() {
    for (std::optional<Lane>* lane : {&of_generator, &of_critic})
      if (*lane) {
        (*lane)->turn.forget();
      }
  }

  void keep_losses(bool judged) {
    if (judged) {
      unread.keep({{names, latest.data()}, {critic_names, adversary->losses().data()}});
    } else {
      unread.keep({{names, latest.data()}});
    }
  }

  std::vector<std::vector<NamedLoss>> losses() {
    std::vector<std::vector<NamedLoss>> out = unread.take();
    if (out.empty()) return out;
    for (std::vector<NamedLoss>& one : out) one = with_l2(std::move(one), options.l2);
    adam.check();
    if (adversary) adversary->check();
    return out;
  }

  std::vector<NamedLoss> measure(std::span<const recon::PhotoSample* const> photos, double epoch) {
    FGCN_CHECK(!photos.empty(), "photo step: no photos");
    const PhotoWeights weights = terms.weights(epoch);
    Lane lane =
        this->lane(static_cast<std::int64_t>(photos.size()), photos.front()->crop.height, wanted());
    const PhotoBatch& batch = lane.room.batch();
    const PhotoFacts facts = batcher.send(photos, lane.room, weights);
    Tape unrecorded(ctx, Record::kNothing);
    Tensor of_batch = Tensor::zeros(ctx, {kMostLosses});
    std::vector<std::string> all;
    run(
        lane, facts,
        [&] {
          lane.faces = batcher.draw(batch);
          lane.refined = model(unrecorded, batcher.input_of(batch)).value();
        },
        [&] {
          const LossTerms found = terms(batch, lane.faces, unrecorded.constant(lane.refined),
                                        light_of(lane), weights, adversary ? &*adversary : nullptr);
          found.copy_to(ctx, of_batch.data());
          all = found.names();
        });
    return with_l2(named_losses(kKind, all, of_batch.to_host().data()), options.l2);
  }

  Context ctx;
  recon::RefinementModel& model;
  Adam& adam;
  PhotoLossOptions options;
  std::int64_t batch_size;
  UseGraph graph;
  PhotoBatcher batcher;
  PhotoTerms terms;
  std::optional<Adversary> adversary;
  std::optional<Lane> of_generator, of_critic;
  std::uint32_t counted = 0;  // the terms that the recorded work descends, a bit each

  std::optional<Tape> tape;  // from the prediction to the rest
  Var prediction_of;
  LossNames names;  // of the losses of the last step
  Tensor latest;    // and their values
  LossNames critic_names;
  UnreadLosses unread;
};

PhotoStep::PhotoStep(const Context& ctx, recon::RefinementModel& model, Adam& adam,
                     const mesh::FaceModel& face, const PhotoLossOptions& options,
                     const recon::PhotoNetworks& fixed, std::int64_t batch, Rng rng, UseGraph graph)
    : impl_(std::make_unique<Impl>(ctx, model, adam, face, options, fixed, batch, rng, graph)) {}
PhotoStep::PhotoStep(PhotoStep&&) noexcept = default;
PhotoStep::~PhotoStep() = default;

void PhotoStep::operator()(std::span<const recon::PhotoSample* const> batch, double epoch,
                           double learning_rate, const SamplePhotos& draw) {
  impl_->step(batch, epoch, learning_rate, draw);
}

std::int64_t PhotoStep::unread() const { return impl_->unread.size(); }

std::vector<std::vector<NamedLoss>> PhotoStep::losses() { return impl_->losses(); }

std::vector<NamedLoss> PhotoStep::measure(std::span<const recon::PhotoSample* const> batch,
                                          double epoch) {
  return impl_->measure(batch, epoch);
}

recon::RefinementBatch PhotoStep::last_batch() const {
  FGCN_CHECK(impl_->of_generator, kKind, ": no step was taken");
  return impl_->batcher.input_of(impl_->of_generator->room.batch());
}

std::int64_t PhotoStep::critic_steps() const {
  return impl_->adversary ? impl_->adversary->steps() : 0;
}

void PhotoStep::save(io::Safetensors& file) const {
  if (impl_->adversary) impl_->adversary->save(file);
}

void PhotoStep::load(const io::Safetensors& file, const std::string& where) {
  if (!impl_->adversary) return;
  impl_->adversary->load(file, where);
  impl_->forget();
}

}  // namespace fgcn::train
