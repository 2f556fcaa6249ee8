#include "train/photos/photo_task.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "train/checkpoint_header.h"
#include "train/evaluate/photo_validation.h"
#include "train/photos/photo_step.h"
#include "train/photos/sample_stream.h"
#include "train/report.h"
#include "train/run/rng_streams.h"
#include "train/synthetic_steps.h"

namespace fgcn::train {
namespace {

constexpr const char* kDraws = "critic batches drawn";  // in the metadata of a checkpoint

std::vector<std::string> run_losses(const PhotoSettings& settings) {
  const PhotoLossOptions& options = settings.loss;
  std::vector<std::string> out{"total"};
  const std::pair<const char*, double> terms[] = {{"texture", options.texture},
                                                  {"project", options.project},
                                                  {"pixel", options.pixel},
                                                  {"identity", options.identity},
                                                  {"symmetry", options.symmetry},
                                                  {"variance", options.variance},
                                                  {"l2", options.l2}};
  for (const auto& [name, weight] : terms)
    if (weight > 0) out.emplace_back(name);
  out.insert(out.end(), {"coarse_l1", "refined_l1"});
  if (options.adversary.weight > 0) out.insert(out.end(), {"adversary", "critic", "penalty"});
  if (settings.synthetic > 0) out.emplace_back("synthetic");
  return out;
}

std::vector<const recon::PhotoSample*> pointers(const Samples& samples) {
  std::vector<const recon::PhotoSample*> out;
  for (const auto& one : samples) out.push_back(one.get());
  return out;
}

class PhotoTask : public Task {
 public:
  PhotoTask(const Learner& learner, const PhotoSettings& settings, const PhotoSource& source,
            const recon::PhotoNetworks& fixed, std::int64_t steps_per_epoch, std::int64_t total)
      : learner_(learner),
        settings_(settings),
        source_(source),
        fixed_(fixed),
        steps_per_epoch_(steps_per_epoch),
        total_(total),
        step_(learner.ctx, learner.model, learner.adam, learner.face, settings.loss, fixed,
              settings.batch, rng_of(seed(), RngStream::kStep), learner.graph) {}

  std::vector<std::string> losses() const override { return run_losses(settings_); }

  std::vector<std::string> validation_columns() const override {
    std::vector<std::string> out{"photos",    "l1",          "psnr",       "ssim",
                                 "coarse_l1", "coarse_psnr", "coarse_ssim"};
    for (const std::string& name : losses()) out.push_back("loss_" + name);
    return out;
  }

  std::optional<std::int64_t> epoch(std::int64_t index) const override {
    return index / steps_per_epoch_;
  }
  std::int64_t updates_per_step() const override { return 1 + settings_.synthetic; }

  double learning_rate(std::int64_t index, double /*clock*/) const override {
    const std::int64_t counted =
        index + (settings_.learning_rate_counts_critic ? step_.critic_steps() : 0);
    const std::int64_t epochs = counted / steps_per_epoch_;
    const LearningRateSchedule fall{
        settings_.learning_rate *
            std::pow(settings_.learning_rate_decay, static_cast<double>(epochs)),
        /*warm_up=*/0, total_ - 1, settings_.learning_rate_end};
    return fall.at(index);
  }

  void step(std::int64_t index, double learning_rate) override {
    if (!stream_) stream_ = stream(seed(), index);
    const Samples samples = stream_->next();
    step_(pointers(samples), static_cast<double>(*epoch(index)), learning_rate,
          [this] { return critic_samples(); });
    const std::int64_t count = settings_.synthetic;
    if (count == 0) return;
    if (!synthetic_)
      synthetic_ = std::make_unique<SyntheticSteps>(
          learner_, SyntheticSteps::Options{seed(), settings_.batch, {}});
    for (std::int64_t i = 0; i < count; ++i) (*synthetic_)(index * count + i, learning_rate);
  }

  /// A row has the "synthetic" losses of the steps on synthetic faces that follow the photos'.
  std::vector<std::vector<NamedLoss>> read_losses() override {
    std::vector<std::vector<NamedLoss>> out = step_.losses();
    if (!synthetic_) return out;
    const auto rendered = synthetic_->losses();
    const auto count = static_cast<std::size_t>(settings_.synthetic);
    FGCN_CHECK(rendered.size() == count * out.size(), "photo task: ", rendered.size(),
               " steps on synthetic faces, ", out.size(), " on photos");
    for (std::size_t i = 0; i < rendered.size(); ++i)
      out[i / count].push_back({"synthetic", rendered[i].front().value});
    return out;
  }

  recon::RefinementBatch last_batch() const override { return step_.last_batch(); }

  void rest() override {
    stream_.reset();
    critic_stream_.reset();
    synthetic_.reset();
  }

  std::optional<Validation> validate(std::int64_t steps_done) override {
    const auto count =
        std::min(settings_.validation_photos, static_cast<std::int64_t>(source_.validation.size()));
    if (count == 0) return std::nullopt;
    const PhotoJudge judge(learner_.ctx, learner_.model, learner_.face, fixed_);
    PhotoScore sums;
    LossMeans means(losses());
    std::vector<ShownPhoto> shown;
    Samples batch;
    bool measured = false;
    for (std::int64_t i = 0; i < count; ++i) {
      batch.push_back(std::make_shared<const recon::PhotoSample>(
          source_.sample(source_.validation[static_cast<std::size_t>(i)])));
      RefinedPhoto photo = judge(*batch.back());
      sums.add(photo);
      if (i < settings_.sheet_photos) {
        std::array<Image, 2> albedos = judge.albedos(*batch.back(), photo);
        shown.push_back({std::move(photo), std::move(albedos)});
      }
      if (static_cast<std::int64_t>(batch.size()) < settings_.batch) continue;
      means.add(step_.measure(pointers(batch), static_cast<double>(*epoch(steps_done - 1))));
      batch.clear();
      measured = true;
    }
    // Fewer photos than a batch are measured as they are; a rest behind whole batches is left out,
    // so that every photo that counts weighs the same.
    if (!measured)
      means.add(step_.measure(pointers(batch), static_cast<double>(*epoch(steps_done - 1))));
    return validation_of(sums.mean(), means.take(), shown);
  }

  void save(io::Safetensors& file) const override {
    step_.save(file);
    file.metadata[kDraws] = std::to_string(draws_);
  }
  void load(const io::Safetensors& file, const std::string& where) override {
    step_.load(file, where);
    draws_ = metadata_int(file, kDraws, where);
  }

 private:
  std::uint64_t seed() const { return static_cast<std::uint64_t>(settings_.seed); }

  std::unique_ptr<SampleStream> stream(std::uint64_t from, std::int64_t first) const {
    return std::make_unique<SampleStream>(
        source_, SampleStream::Options{settings_.batch, from, first, learner_.workers});
  }

  /// Photos for one step of the critic.
  Samples critic_samples() {
    if (!critic_stream_) critic_stream_ = stream(rng_of(seed(), RngStream::kCritic).seed(), draws_);
    ++draws_;
    return critic_stream_->next();
  }

  static Validation validation_of(const PhotoScore& score, const std::vector<double>& losses,
                                  const std::vector<ShownPhoto>& shown) {
    Validation out;
    out.values = {static_cast<double>(score.photos),
                  score.l1,
                  score.psnr,
                  score.ssim,
                  score.coarse_l1,
                  score.coarse_psnr,
                  score.coarse_ssim};
    out.values.insert(out.values.end(), losses.begin(), losses.end());
    if (score.photos > 0) out.error = score.l1;
    if (!shown.empty()) out.sheet = photo_sheet(shown);
    char line[160];
    std::snprintf(line, sizeof line,
                  "%lld validation photo%s, L1 %.4f (coarse %.4f), PSNR %.2f dB (%.2f), SSIM %.3f "
                  "(%.3f)",
                  static_cast<long long>(score.photos), score.photos == 1 ? "" : "s", score.l1,
                  score.coarse_l1, score.psnr, score.coarse_psnr, score.ssim, score.coarse_ssim);
    out.line = line;
    return out;
  }

  Learner learner_;
  const PhotoSettings& settings_;
  const PhotoSource& source_;
  recon::PhotoNetworks fixed_;
  std::int64_t steps_per_epoch_, total_;
  PhotoStep step_;
  std::int64_t draws_ = 0;  // batches that the critic has learnt from
  std::unique_ptr<SampleStream> stream_, critic_stream_;
  std::unique_ptr<SyntheticSteps> synthetic_;
};

}  // namespace

std::string fingerprint(const recon::PhotoNetworks& networks) {
  std::string out;
  if (networks.identity != nullptr) out = std::to_string(networks.identity->weights_hash());
  if (networks.encoder != nullptr) out += text(' ', networks.encoder->weights_hash());
  return out;
}

TrainingResult train_on_photos(const mesh::FaceModel& face, const PhotoSource& source,
                               const recon::PhotoNetworks& fixed,
                               const PhotoTrainingOptions& options, const std::atomic<bool>& stop) {
  PhotoSettings settings = options.settings;
  recon::check_networks(settings.model, fixed,
                        "--set embedding_form=" + name_of(settings.model.embedding_form));
  settings.model.networks = recon::networks_text(settings.model.embedding_form, fixed);
  const std::int64_t per_epoch =
      PhotoOrder(source.training, settings.batch, static_cast<std::uint64_t>(settings.seed))
          .steps_per_epoch();
  RunPlan plan;
  plan.settings = &settings;
  plan.named = settings_of(settings);
  plan.task = "photos";
  plan.steps = settings.steps > 0 ? settings.steps : settings.epochs * per_epoch;
  plan.steps_decide = settings.learning_rate_end != 1;
  plan.data = source.fingerprint;
  plan.identity = fingerprint(fixed);
  plan.at_limit = TimeLimit::kStops;
  plan.gain = GainOf::kFiles;
  plan.make_task = [&](const Learner& learner) {
    return std::make_unique<PhotoTask>(learner, settings, source, fixed, per_epoch, plan.steps);
  };
  return train(face, plan, options, stop);
}

}  // namespace fgcn::train
