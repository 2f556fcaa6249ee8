#include "train/photo_trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "io/file.h"
#include "kernels/core/not_finite.h"
#include "mesh/hierarchy.h"
#include "train/evaluate/photo_validation.h"
#include "train/gain_fit.h"
#include "train/photo_checkpoint.h"
#include "train/photo_report.h"
#include "train/run/checkpoints.h"
#include "train/run/loss_watch.h"
#include "train/run/progress.h"
#include "train/sample_stream.h"
#include "train/synthetic_steps.h"

namespace fgcn::train {
namespace {

using Clock = std::chrono::steady_clock;

// What the seed is split by.
constexpr std::uint64_t kWeights = 0x77656967687473ULL, kCritic = 0x637269746963ULL,
                        kStep = 0x73746570ULL;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class PhotoRun {
 public:
  PhotoRun(const mesh::FaceModel& face, const PhotoSource& source, const RunIdentity& identity,
           const PhotoTrainingOptions& options)
      : face_(face),
        source_(source),
        identity_(identity),
        options_(options),
        settings_(options_.settings),
        named_(settings_of(settings_)),
        order_(source.training, settings_.batch, static_cast<std::uint64_t>(settings_.seed)),
        total_(settings_.steps > 0 ? settings_.steps : settings_.epochs * order_.steps_per_epoch()),
        checkpoints_(options.out, settings_.checkpoints),
        ctx_(options.device, options.threads),
        model_(start_model()),
        adam_(model_.parameters(), settings_.adam),
        step_(ctx_, model_, adam_, face, settings_.loss, identity.network, settings_.batch,
              Rng(seed()).split(kStep), graph()),
        means_(run_losses(settings_)),
        watch_(settings_.explosion),
        best_(std::numeric_limits<double>::infinity()) {
    if (resumed_) restore();
    report_ = std::make_unique<PhotoReport>(options.out, run_losses(settings_), done());
    write_file(
        options.out / "settings.json",
        std::string_view(nlohmann::ordered_json::parse(settings_json(named_)).dump(2) + "\n"));
  }

  PhotoTrainingResult operator()(const std::atomic<bool>& stop) {
    begin_ = logged_ = Clock::now();
    logged_step_ = done();
    ProgressBar bar("training", total_);
    bar_ = &bar;
    bar.begin_at(done());
    if (resumed_) bar.print(text("resumed from ", resumed_->path.string()));
    resumed_.reset();
    TrainingEnd end = TrainingEnd::kFinished;
    if (done() < total_) {
      stream_ = stream(seed(), done());
      end = learn_all(stop);
      stream_.reset();
      critic_stream_.reset();
      synthetic_.reset();
    }
    bar_ = nullptr;
    if (end == TrainingEnd::kFinished && !fit_gain(stop)) end = TrainingEnd::kInterrupted;
    return {done(), seconds_since(begin_), end};
  }

 private:
  UseGraph graph() const { return ctx_.device() == Device::kCpu ? UseGraph::kNo : options_.graph; }
  std::uint64_t seed() const { return static_cast<std::uint64_t>(settings_.seed); }
  /// Steps on photos so far.
  std::int64_t done() const { return adam_.steps() / (1 + settings_.synthetic); }
  std::int64_t epoch() const { return done() / order_.steps_per_epoch(); }

  std::unique_ptr<SampleStream> stream(std::uint64_t from, std::int64_t first) const {
    return std::make_unique<SampleStream>(
        source_, SampleStream::Options{settings_.batch, from, first, options_.workers});
  }

  recon::RefinementModel start_model() {
    if (options_.start == Start::kResume) {
      resumed_ = checkpoints_.newest(
          [](const std::string& said) { std::fprintf(stderr, "fgcn_train: %s\n", said.c_str()); });
      if (!resumed_)
        input_error(options_.out.string(),
                    ": holds no checkpoint that is whole; start without "
                    "--resume, in another folder where damaged ones are in the way");
      check_same_run(resumed_->file, run_text(), resumed_->path.string());
      return recon::RefinementModel::from_file(ctx_, face_, resumed_->file,
                                               resumed_->path.string());
    }
    if (checkpoints_.any())
      input_error(options_.out.string(),
                  ": holds a run already; go on with it with --resume, or "
                  "choose another --out");
    if (options_.init) {
      const std::string where = options_.init->string();
      const io::Safetensors file = io::read_safetensors(*options_.init);
      check_same_network(recon::take_config(file, where), settings_, where);
      recon::RefinementModel out = recon::RefinementModel::from_file(ctx_, face_, file, where);
      out.set_blend_weight(settings_.model.blend_weight);
      if (!settings_.keep_gain) out.set_gain(std::nullopt);
      return out;
    }
    Rng rng = Rng(seed()).split(kWeights);
    return recon::RefinementModel(ctx_, face_, mesh::build_hierarchy(mesh::mean_mesh(face_), {}),
                                  settings_.model, rng);
  }

  void restore() {
    const std::string where = resumed_->path.string();
    const io::Safetensors& file = resumed_->file;
    adam_.load(file, where);
    step_.load(file, where);
    means_.load(file, where);
    watch_.load(file, where);
    best_ = metadata_double(file, "best", where);
    draws_ = metadata_int(file, "critic draws", where);
    if (done() != resumed_->step)
      input_error(where, ": holds step ", done(), "; the file was renamed");
  }

  TrainingEnd learn_all(const std::atomic<bool>& stop) {
    try {
      return learn_on(stop);
    } catch (const NotFinite& error) {
      diverged(error.what());
    }
  }

  TrainingEnd learn_on(const std::atomic<bool>& stop) {
    for (;;) {
      begun_ = done() + 1;
      learn();
      const std::int64_t step = done();
      const bool last = step >= total_;
      const bool logs = step % settings_.log_every == 0 || last;
      const bool validates = step % settings_.validate_every == 0 || last;
      // On the CPU nobody has to wait for them, and what is not finite stops the run at once.
      if (logs || validates || ctx_.device() == Device::kCpu ||
          step_.unread() == PhotoStep::kMostUnread)
        read_losses();
      if (logs) log();
      if (validates) validate();
      const bool time_up = options_.time_limit > 0 && seconds_since(begin_) >= options_.time_limit;
      const bool ends = last || stop.load() || time_up;
      if (step % settings_.checkpoint_every == 0 || ends) {
        read_losses();
        save();
      }
      if (last) return TrainingEnd::kFinished;
      if (ends) return stop.load() ? TrainingEnd::kInterrupted : TrainingEnd::kTimeUp;
    }
  }

  double learning_rate() const {
    const std::int64_t counted =
        done() + (settings_.learning_rate_counts_critic ? step_.critic_steps() : 0);
    const auto epochs = static_cast<double>(counted / order_.steps_per_epoch());
    const LearningRateSchedule fall{
        settings_.learning_rate * std::pow(settings_.learning_rate_decay, epochs), /*warm_up=*/0,
        total_ - 1, settings_.learning_rate_end};
    return fall.at(done());
  }

  void learn() {
    const Samples samples = stream_->next();
    learning_rate_ = learning_rate();
    epoch_ = epoch();
    step_(pointers(samples), static_cast<double>(epoch_), learning_rate_,
          [this] { return draw(); });
    const std::int64_t count = settings_.synthetic;
    if (count == 0) return;
    if (!synthetic_)
      synthetic_ = std::make_unique<SyntheticSteps>(
          ctx_, model_, adam_, face_,
          SyntheticSteps::Options{seed(), settings_.batch, options_.workers, graph()});
    for (std::int64_t i = 0; i < count; ++i)
      (*synthetic_)((begun_ - 1) * count + i, learning_rate_);
  }

  /// Those of all steps since the last time; waits for the device.
  void read_losses() {
    const std::vector<std::vector<NamedLoss>> rows = step_.losses();
    const std::vector<double> synthetic = synthetic_ ? synthetic_->losses() : std::vector<double>();
    for (const double loss : synthetic) means_.add({{"synthetic", loss}});
    auto step = begun_ - static_cast<std::int64_t>(rows.size());
    for (const std::vector<NamedLoss>& losses : rows) {
      ++step;
      means_.add(losses);
      const double median = watch_.median(), total = losses.front().value;
      if (!watch_.explodes(total)) continue;
      begun_ = step;
      diverged(text("the total loss is ", total, ", its running median ", median));
    }
  }

  [[noreturn]] void diverged(const std::string& what) const {
    const std::filesystem::path good = checkpoints_.latest();
    input_error(options_.out.string(), ": training diverged at step ", begun_, ": ", what, "; ",
                good.empty() ? std::string("there is no checkpoint yet")
                             : "the last good checkpoint is " + good.string(),
                "; begin a new run", good.empty() ? "" : " from it with --init",
                " and a smaller --set rate, or look at the photos");
  }

  /// Photos for one step of the critic.
  Samples draw() {
    if (!critic_stream_) critic_stream_ = stream(Rng(seed()).split(kCritic).seed(), draws_);
    ++draws_;
    return critic_stream_->next();
  }

  static std::vector<const recon::PhotoSample*> pointers(const Samples& samples) {
    std::vector<const recon::PhotoSample*> out;
    for (const auto& one : samples) out.push_back(one.get());
    return out;
  }

  void log() {
    const std::int64_t step = done();
    const double span = std::max(seconds_since(logged_), 1e-9);
    const auto images = static_cast<double>((step - logged_step_) * settings_.batch);
    logged_ = Clock::now();
    logged_step_ = step;
    bar_->update(step, report_->log({step, epoch_, learning_rate_, images / span}, means_.take()));
  }

  /// Measures, and keeps the weights that are best by the L1 over visible skin.
  void validate() {
    const auto count =
        std::min(settings_.validation_photos, static_cast<std::int64_t>(source_.validation.size()));
    if (count == 0) return;
    adam_.swap_with_average();
    const PhotoJudge judge(ctx_, model_, face_, identity_.network);
    PhotoScore sums;
    LossMeans losses(run_losses(settings_));
    std::vector<ShownPhoto> shown;
    Samples batch;
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
      losses.add(step_.measure(pointers(batch), static_cast<double>(epoch_)));
      batch.clear();
    }
    const PhotoScore score = sums.mean();
    report_->log_validation(done(), score, losses.take());
    if (!shown.empty()) report_->show(done(), photo_sheet(shown));
    char line[160];
    std::snprintf(line, sizeof line,
                  "step %lld: %lld validation photos, L1 %.4f (coarse %.4f), PSNR %.2f dB (%.2f), "
                  "SSIM %.3f (%.3f)%s",
                  static_cast<long long>(done()), static_cast<long long>(score.photos), score.l1,
                  score.coarse_l1, score.psnr, score.coarse_psnr, score.ssim, score.coarse_ssim,
                  score.l1 < best_ ? ", the best so far" : "");
    bar_->print(line);
    if (score.photos > 0 && score.l1 < best_) {
      best_ = score.l1;
      io::write_safetensors(options_.out / "best.safetensors", model_.weights(about()));
    }
    adam_.swap_with_average();
  }

  /// Of the weights for inference, when all steps are done. What says that it was is in the files
  /// alone, so that a run that was stopped here, however, does it when it is resumed. Returns false
  /// when stopped.
  bool fit_gain(const std::atomic<bool>& stop) const {
    if (settings_.gain_faces == 0) return true;
    const GainFitOptions gain{settings_.gain_faces, seed(), options_.workers};
    std::vector<GainFile> files;
    for (const char* name : {"weights.safetensors", "best.safetensors"}) {
      const std::filesystem::path path = options_.out / name;
      if (std::filesystem::exists(path) && !has_gain(io::read_safetensors(path), gain))
        files.push_back({path, path});
    }
    if (files.empty()) return true;
    const bool last_is_best =
        files.size() == 2 && read_file(files[0].from) == read_file(files[1].from);
    if (last_is_best) files.pop_back();
    if (!fit_gain_files(ctx_, face_, files, gain, stop)) return false;
    if (last_is_best) write_file(options_.out / "best.safetensors", read_file(files[0].to));
    return true;
  }

  RunText run_text() const {
    return {settings_, total_, source_.fingerprint, identity_.fingerprint};
  }
  std::map<std::string, std::string> about() const { return metadata_of(run_text(), done()); }

  /// The checkpoint last: it stands for all that was written before.
  void save() {
    report_->write_curves();
    adam_.swap_with_average();
    io::write_safetensors(options_.out / "weights.safetensors", model_.weights(about()));
    adam_.swap_with_average();
    io::Safetensors file = model_.weights(about(), recon::RefinementModel::Precision::kSingle);
    file.metadata["checkpoint"] = kPhotoCheckpoint;
    file.metadata["best"] = exact_text(best_);
    file.metadata["critic draws"] = std::to_string(draws_);
    adam_.save(file);
    step_.save(file);
    means_.save(file);
    watch_.save(file);
    checkpoints_.write(done(), file);
  }

  const mesh::FaceModel& face_;
  const PhotoSource& source_;
  RunIdentity identity_;
  PhotoTrainingOptions options_;
  PhotoSettings& settings_;     // of options_
  std::vector<Setting> named_;  // the same by name
  PhotoOrder order_;
  std::int64_t total_;  // steps
  Checkpoints checkpoints_;
  Context ctx_;
  std::optional<Checkpoint> resumed_;  // until it is restored
  recon::RefinementModel model_;
  Adam adam_;
  PhotoStep step_;
  LossMeans means_;
  LossWatch watch_;
  double best_;               // least L1 of a validation
  std::int64_t draws_ = 0;    // of the critic's batches
  std::int64_t begun_ = 0;    // number of the step that is under way, from 1
  std::int64_t epoch_ = 0;    // of the last step
  double learning_rate_ = 0;  // likewise
  std::unique_ptr<PhotoReport> report_;
  std::unique_ptr<SampleStream> stream_, critic_stream_;
  std::unique_ptr<SyntheticSteps> synthetic_;
  ProgressBar* bar_ = nullptr;
  Clock::time_point begin_, logged_;
  std::int64_t logged_step_ = 0;
};

}  // namespace

PhotoTrainingResult train_on_photos(const mesh::FaceModel& face, const PhotoSource& source,
                                    const RunIdentity& identity,
                                    const PhotoTrainingOptions& options,
                                    const std::atomic<bool>& stop) {
  return PhotoRun(face, source, identity, options)(stop);
}

}  // namespace fgcn::train
