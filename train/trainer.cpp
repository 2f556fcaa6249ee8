#include "train/trainer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "mesh/hierarchy.h"
#include "train/evaluate/evaluation.h"
#include "train/follow.h"
#include "train/gain_fit.h"
#include "train/run/progress.h"
#include "train/run/run_log.h"
#include "train/synthetic/face_stream.h"
#include "train/training_step.h"

namespace fgcn::train {
namespace {

using Clock = std::chrono::steady_clock;
using Faces = std::vector<std::shared_ptr<const SyntheticFace>>;

constexpr std::int64_t kLogEvery = 10;
constexpr const char* kCheckpointFormat = "fgcn checkpoint 1";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<LogColumn> log_columns() {
  return {{"loss", CurveColors{{200, 200, 200}, {30, 30, 30}}},
          {"albedo", CurveColors{{255, 220, 170}, {230, 120, 0}}},
          {"photo", CurveColors{{180, 205, 255}, {20, 80, 220}}},
          {"learning_rate", std::nullopt},
          {"faces_a_second", std::nullopt, InTable::kNo}};  // differs from run to run
}

class Run {
 public:
  Run(const mesh::FaceModel& face, const TrainingOptions& options)
      : face_(face),
        options_(options),
        ctx_(options.device, options.threads),
        model_(start_model()),
        adam_(model_.parameters(), options.adam),
        step_(ctx_, model_, adam_, options.loss, options.batch,
              ctx_.device() == Device::kCpu ? UseGraph::kNo : options.graph),
        replay_(face, options.seed, options.batch, options.workers) {
    if (options.start == Start::kResume) {
      adam_.load(checkpoint_, checkpoint_path().string());
      checkpoint_ = {};
    }
    log_ = std::make_unique<RunLog>(options.out, "log", log_columns(), adam_.steps());
  }

  TrainingResult operator()(const std::atomic<bool>& stop) {
    const Clock::time_point begin = Clock::now();
    const std::int64_t first = adam_.steps();
    const LearningRateSchedule schedule{options_.peak_learning_rate,
                                        std::min<std::int64_t>(200, options_.steps / 10 + 1),
                                        options_.steps};
    ProgressBar bar("training", options_.steps);
    StepLosses sums;
    Clock::time_point logged = begin;
    bool interrupted = false;
    bool timed_out = false;
    while (adam_.steps() < options_.steps && !interrupted && !timed_out) {
      const std::int64_t step = adam_.steps();
      const double elapsed = seconds_since(begin);
      std::int64_t place = step;
      if (options_.time_limit > 0) {
        const double share = elapsed / options_.time_limit;
        place =
            std::max(place, static_cast<std::int64_t>(share * static_cast<double>(options_.steps)));
        if (step < schedule.warm_up) place = step;
        timed_out = share >= 1;
      }
      const double learning_rate = schedule.at(place);
      learn(replay_.step(step), learning_rate);
      const bool log_now = adam_.steps() % kLogEvery == 0;
      // On the CPU nobody has to wait for them, and what is not finite stops the run at once.
      if (log_now || ctx_.device() == Device::kCpu) read_losses(sums);
      if (log_now) {
        const double span = seconds_since(logged);
        logged = Clock::now();
        // Fewer after a resumption between two entries.
        const auto n = static_cast<double>(std::min(kLogEvery, adam_.steps() - first));
        const double speed = n * static_cast<double>(options_.batch) / std::max(span, 1e-9);
        log_->add({adam_.steps(),
                   {sums.total / n, sums.albedo / n, sums.photo / n, learning_rate, speed}});
        char note[96];
        std::snprintf(note, sizeof note, "loss %.4f (albedo %.4f, photo %.4f), %.1f faces/s",
                      sums.total / n, sums.albedo / n, sums.photo / n, speed);
        bar.update(adam_.steps(), note);
        sums = {};
      }
      interrupted = stop.load();
      if (adam_.steps() % options_.checkpoint_every == 0 || interrupted) {
        read_losses(sums);
        save();
      }
    }
    if (!interrupted) {
      read_losses(sums);
      save();
      interrupted = !fit_gain(stop);
    }
    return {adam_.steps(), seconds_since(begin), !interrupted};
  }

 private:
  std::filesystem::path checkpoint_path() const { return options_.out / "checkpoint.safetensors"; }

  recon::RefinementModel start_model() {
    std::error_code failed;
    std::filesystem::create_directories(options_.out, failed);
    if (failed) {
      input_error(options_.out.string(), ": the folder cannot be made (", failed.message(), ")");
    }
    if (options_.start == Start::kResume) {
      const std::string where = checkpoint_path().string();
      checkpoint_ = io::read_safetensors(checkpoint_path());
      const auto expect = [&](const char* key, const std::string& value) {
        const auto found = checkpoint_.metadata.find(key);
        if (found == checkpoint_.metadata.end() || found->second != value) {
          input_error(where, ": its ", key, " is not '", value,
                      "'; resume with the options that it was begun with");
        }
      };
      expect("checkpoint", kCheckpointFormat);
      for (const auto& [key, value] : metadata()) {
        if (key != "steps") expect(key.c_str(), value);
      }
      return recon::RefinementModel::from_file(ctx_, face_, checkpoint_, where);
    }
    Rng rng = Rng(options_.seed).split(0x77656967687473ULL);
    const mesh::Hierarchy hierarchy = mesh::build_hierarchy(mesh::mean_mesh(face_), {});
    return recon::RefinementModel(ctx_, face_, hierarchy, options_.model, rng);
  }

  std::map<std::string, std::string> metadata() const {
    return {{"preset", options_.preset},
            {"seed", std::to_string(options_.seed)},
            {"batch", std::to_string(options_.batch)},
            {"steps", std::to_string(options_.steps)}};
  }

  void learn(const Faces& faces, double learning_rate) {
    std::vector<const SyntheticFace*> pointers;
    for (const auto& face : faces) pointers.push_back(face.get());
    step_(pointers, learning_rate,
          [this](std::span<const SyntheticFace* const> of, const auto& albedo) {
            return follow_predictions(ctx_, of, albedo);
          });
  }

  void read_losses(StepLosses& sums) {
    for (const StepLosses& one : step_.losses()) {
      sums.total += one.total;
      sums.albedo += one.albedo;
      sums.photo += one.photo;
    }
  }

  /// How the albedo of the trained network should be scaled, by what it makes of faces that it has
  /// not seen. Returns false, and writes nothing, when stopped.
  bool fit_gain(const std::atomic<bool>& stop) {
    if (options_.gain_faces == 0) return true;
    adam_.swap_with_average();
    recon::RefinementModel* const model = &model_;
    const bool whole =
        fit_gains({&model, 1}, face_, {options_.gain_faces, options_.seed, options_.workers}, stop)
            .has_value();
    if (whole) {
      auto about = metadata();
      about["steps done"] = std::to_string(adam_.steps());
      about["gain faces"] = std::to_string(options_.gain_faces);
      io::write_safetensors(options_.out / "weights.safetensors", model_.weights(about));
      write_samples();
    }
    adam_.swap_with_average();
    return whole;
  }

  /// The weights for inference are the running means; the checkpoint holds both.
  void save() {
    auto about = metadata();
    about["steps done"] = std::to_string(adam_.steps());
    adam_.swap_with_average();
    io::write_safetensors(options_.out / "weights.safetensors", model_.weights(about));
    write_samples();
    adam_.swap_with_average();
    io::Safetensors checkpoint = model_.weights(about, recon::RefinementModel::Precision::kSingle);
    checkpoint.metadata["checkpoint"] = kCheckpointFormat;
    adam_.save(checkpoint);
    io::write_safetensors(checkpoint_path(), checkpoint);
    log_->write_curves();
  }

  void write_samples() {
    constexpr std::uint64_t kSampleSeed = 0x73616d706c65ULL;
    constexpr std::uint64_t kSamples = 6;
    if (samples_.empty()) {
      FaceSynthesizer synthesizer(face_);
      for (std::uint64_t i = 0; i < kSamples; ++i) {
        samples_.push_back(synthesizer(kSampleSeed, i));
      }
    }
    write_png(options_.out / "samples.png", sample_sheet(model_, face_, samples_));
  }

  const mesh::FaceModel& face_;
  TrainingOptions options_;
  Context ctx_;
  io::Safetensors checkpoint_;
  recon::RefinementModel model_;
  Adam adam_;
  TrainingStep step_;
  FaceReplay replay_;
  std::unique_ptr<RunLog> log_;
  std::vector<SyntheticFace> samples_;
};

}  // namespace

TrainingResult train(const mesh::FaceModel& face, const TrainingOptions& options,
                     const std::atomic<bool>& stop) {
  FGCN_CHECK(options.steps > 0 && options.batch > 0 && options.checkpoint_every > 0,
             "train: steps, batch and checkpoint_every must be positive");
  return Run(face, options)(stop);
}

}  // namespace fgcn::train
