#include "train/train_loop.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/file.h"
#include "io/terminal.h"
#include "kernels/core/not_finite.h"
#include "mesh/hierarchy.h"
#include "train/checkpoint_header.h"
#include "train/gain_fit.h"
#include "train/layer_life.h"
#include "train/report.h"
#include "train/run/checkpoints.h"
#include "train/run/loss_watch.h"
#include "train/run/progress.h"
#include "train/run/rng_streams.h"

namespace fgcn::train {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kWeightsFile = "weights.safetensors";
constexpr const char* kBestFile = "best.safetensors";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Run {
 public:
  Run(const mesh::FaceModel& face, const RunPlan& plan, const RunOptions& options)
      : face_(face),
        plan_(plan),
        options_(options),
        settings_(*plan.settings),
        checkpoints_(checked(options.out), settings_.checkpoints),
        ctx_(options.device, options.threads),
        model_(start_model()),
        adam_(model_.parameters(), settings_.adam),
        task_(plan.make_task({ctx_, face, model_, adam_,
                              ctx_.device() == Device::kCpu ? UseGraph::kNo : options.graph,
                              options.workers})),
        watcher_(ctx_, model_, adam_),
        means_(task_->losses()),
        watch_(settings_.explosion),
        best_(std::numeric_limits<double>::infinity()) {
    if (resumed_) restore();
    report_ = std::make_unique<Report>(
        options.out,
        ReportColumns{task_->losses(), task_->epoch(0).has_value(), task_->validation_columns(),
                      layer_columns(watcher_.layers())},
        done());
    write_file(
        options.out / "settings.json",
        std::string_view(nlohmann::ordered_json::parse(settings_json(plan_.named)).dump(2) + "\n"));
  }

  TrainingResult operator()(const std::atomic<bool>& stop) {
    begin_ = logged_ = Clock::now();
    logged_step_ = done();
    ProgressBar bar("training", plan_.steps);
    bar_ = &bar;
    bar.begin_at(done());
    if (resumed_) bar.print(text("resumed from ", resumed_->path.string()));
    resumed_.reset();
    TrainingEnd end = TrainingEnd::kFinished;
    if (done() < plan_.steps) {
      end = learn_all(stop);
      task_->rest();
    }
    bar_ = nullptr;
    if (end == TrainingEnd::kFinished && !fit_gain(stop)) end = TrainingEnd::kInterrupted;
    return {done(), seconds_since(begin_), end, silent(), silent_in_init_};
  }

 private:
  /// Before anything is written: settings that could only fail at the end.
  const std::filesystem::path& checked(const std::filesystem::path& out) const {
    if (settings_.gain_faces > 0 &&
        settings_.model.embedding_form != recon::EmbeddingForm::kPatches)
      input_error("--set gain_faces=", settings_.gain_faces,
                  ": the albedo gain is fitted to synthetic faces, of which embedding_form=",
                  name_of(settings_.model.embedding_form),
                  " has no embeddings; give --set gain_faces=0");
    return out;
  }

  std::int64_t done() const { return adam_.steps() / task_->updates_per_step(); }

  recon::RefinementModel start_model() {
    check_no_old_run(options_.out);
    if (options_.start == Start::kResume) {
      resumed_ = checkpoints_.newest(
          [](const std::string& said) { io::print_message("fgcn_train: %s\n", said.c_str()); });
      if (!resumed_)
        input_error(options_.out.string(),
                    ": holds no checkpoint that is whole; start without "
                    "--resume, in another folder where damaged ones are in the way");
      check_same_run(resumed_->file, run_text(), plan_.named, resumed_->path.string());
      recon::RefinementModel out =
          recon::RefinementModel::from_file(ctx_, face_, resumed_->file, resumed_->path.string());
      out.set_networks(settings_.model.networks);
      return out;
    }
    if (checkpoints_.any())
      input_error(options_.out.string(),
                  ": holds a run already; go on with it with --resume, or "
                  "choose another --out");
    if (options_.init) {
      const std::string where = options_.init->string();
      const io::Safetensors file =
          io::read_safetensors(*options_.init, recon::RefinementModel::judge(face_, where));
      check_same_network(recon::take_config(file, where), settings_, where);
      recon::RefinementModel out = recon::RefinementModel::from_file(ctx_, face_, file, where);
      out.set_blend_weight(settings_.model.blend_weight);
      out.set_networks(settings_.model.networks);
      if (!settings_.keep_gain) out.set_gain(std::nullopt);
      return out;
    }
    Rng rng = rng_of(static_cast<std::uint64_t>(settings_.seed), RngStream::kWeights);
    return recon::RefinementModel(ctx_, face_, mesh::build_hierarchy(mesh::mean_mesh(face_), {}),
                                  settings_.model, rng);
  }

  void restore() {
    const std::string where = resumed_->path.string();
    const io::Safetensors& file = resumed_->file;
    adam_.load(file, where);
    task_->load(file, where);
    means_.load(file, where);
    watch_.load(file, where);
    best_ = metadata_double(file, "best", where);
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
      learning_rate_ = task_->learning_rate(done(), clock());
      const bool out_of_time = clock() >= 1;
      task_->step(done(), learning_rate_);
      ++unread_;
      const std::int64_t step = done();
      const bool finishes = plan_.at_limit == TimeLimit::kFinishes && out_of_time;
      const bool last = step >= plan_.steps || finishes;
      const bool logs = step % settings_.log_every == 0 || last;
      const bool validates = step % settings_.validate_every == 0 || last;
      // On the CPU nobody has to wait for them, and what is not finite stops the run at once.
      if (logs || validates || ctx_.device() == Device::kCpu || unread_ == Task::kMostUnread)
        read_losses();
      if (logs) log();
      const bool first_of_init = step == 1 && options_.init;
      if (step % settings_.layers_every == 0 || last || first_of_init) look_at_layers();
      if (first_of_init) silent_in_init_ = silent();
      if (validates) validate();
      const bool stopped = stop.load();
      const bool time_up = plan_.at_limit == TimeLimit::kStops && clock() >= 1;
      if (step % settings_.checkpoint_every == 0 || last || stopped || time_up) {
        read_losses();
        save();
      }
      if (last) return TrainingEnd::kFinished;
      if (stopped) return TrainingEnd::kInterrupted;
      if (time_up) return TrainingEnd::kTimeUp;
    }
  }

  /// Part of the time limit that has passed; 0 without one.
  double clock() const {
    return options_.time_limit > 0 ? seconds_since(begin_) / options_.time_limit : 0;
  }

  /// Those of all steps since the last time; waits for the device.
  void read_losses() {
    if (unread_ == 0) return;
    unread_ = 0;
    const std::vector<std::vector<NamedLoss>> rows = task_->read_losses();
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
                " and a smaller --set learning_rate, or look at the ", plan_.task);
  }

  void log() {
    const std::int64_t step = done();
    const double span = std::max(seconds_since(logged_), 1e-9);
    const auto images = static_cast<double>((step - logged_step_) * settings_.batch);
    logged_ = Clock::now();
    logged_step_ = step;
    bar_->update(step, report_->log({step, task_->epoch(step - 1), learning_rate_, images / span},
                                    means_.take()));
  }

  /// The layers that passed no gradient when last looked at.
  std::vector<std::string> silent() const {
    const std::vector<double> values = report_->last_layers();
    return values.empty() ? std::vector<std::string>() : silent_layers(watcher_.layers(), values);
  }

  void look_at_layers() {
    const std::vector<std::string> before = silent();
    report_->log_layers(done(), layer_values(watcher_.look(task_->last_batch(), learning_rate_)));
    for (const std::string& layer : silent())
      if (std::find(before.begin(), before.end(), layer) == before.end())
        bar_->print(text("step ", done(), ": no unit of '", layer,
                         "' passes a gradient: it does not learn, nor what lies before it"));
  }

  /// Measures, and keeps the weights with the least error.
  void validate() {
    adam_.swap_with_average();
    if (const std::optional<Validation> found = task_->validate(done())) {
      report_->log_validation(done(), found->values);
      if (found->sheet) report_->show(done(), *found->sheet);
      const bool best = found->error && *found->error < best_;
      if (!found->line.empty())
        bar_->print(text("step ", done(), ": ", found->line, best ? ", the best so far" : ""));
      if (best) {
        best_ = *found->error;
        io::write_safetensors(options_.out / kBestFile, model_.weights(about()));
      }
    }
    adam_.swap_with_average();
  }

  /// When all steps are done. Whether it was done is in the files alone, so that a run that was
  /// stopped here, however, does it when it is resumed. Returns false when stopped.
  bool fit_gain(const std::atomic<bool>& stop) {
    if (settings_.gain_faces == 0) return true;
    const GainFitOptions gain{settings_.gain_faces, static_cast<std::uint64_t>(settings_.seed),
                              options_.workers};
    std::vector<GainFile> files;
    for (const char* name : {kWeightsFile, kBestFile}) {
      const std::filesystem::path path = options_.out / name;
      if (std::filesystem::exists(path) && !has_gain(io::read_safetensors(path), gain))
        files.push_back({path, path});
    }
    if (files.empty()) return true;
    if (plan_.gain == GainOf::kModel) return fit_gain_of_model(files.front(), gain, stop);
    const bool last_is_best =
        files.size() == 2 && read_file(files[0].from) == read_file(files[1].from);
    if (last_is_best) files.pop_back();
    if (!fit_gain_files(ctx_, face_, files, gain, stop)) return false;
    if (last_is_best) write_file(options_.out / kBestFile, read_file(files[0].to));
    return true;
  }

  bool fit_gain_of_model(GainFile file, const GainFitOptions& gain, const std::atomic<bool>& stop) {
    adam_.swap_with_average();
    file.model = &model_;
    const bool whole = fit_gain_files(ctx_, face_, {&file, 1}, gain, stop).has_value();
    if (whole) {
      const std::optional<Validation> found = task_->validate(done());
      if (found && found->sheet) report_->show(done(), *found->sheet);
    }
    adam_.swap_with_average();
    return whole;
  }

  RunText run_text() const {
    return {plan_.task, settings_,     settings_json(plan_.named), plan_.steps, plan_.steps_decide,
            plan_.data, plan_.identity};
  }
  std::map<std::string, std::string> about() const { return metadata_of(run_text(), done()); }

  /// The checkpoint last: it stands for all that was written before.
  void save() {
    report_->flush_to_disk();
    report_->write_curves();
    adam_.swap_with_average();
    io::write_safetensors(options_.out / kWeightsFile, model_.weights(about()));
    adam_.swap_with_average();
    io::Safetensors file = model_.weights(about(), recon::RefinementModel::Precision::kSingle);
    file.metadata["checkpoint"] = kCheckpointFormat;
    file.metadata["best"] = exact_text(best_);
    adam_.save(file);
    task_->save(file);
    means_.save(file);
    watch_.save(file);
    checkpoints_.write(done(), file);
  }

  const mesh::FaceModel& face_;
  const RunPlan& plan_;
  RunOptions options_;
  const RunSettings& settings_;
  Checkpoints checkpoints_;
  Context ctx_;
  std::optional<Checkpoint> resumed_;  // until it is restored
  recon::RefinementModel model_;
  Adam adam_;
  std::unique_ptr<Task> task_;
  LayerWatcher watcher_;
  LossMeans means_;
  LossWatch watch_;
  double best_;               // least error of a validation
  std::int64_t begun_ = 0;    // number of the step that is under way, from 1
  std::int64_t unread_ = 0;   // steps whose losses are with the task
  double learning_rate_ = 0;  // of the last step
  std::unique_ptr<Report> report_;
  std::vector<std::string> silent_in_init_;
  ProgressBar* bar_ = nullptr;
  Clock::time_point begin_, logged_;
  std::int64_t logged_step_ = 0;
};

}  // namespace

TrainingResult train(const mesh::FaceModel& face, const RunPlan& plan, const RunOptions& options,
                     const std::atomic<bool>& stop) {
  FGCN_CHECK(plan.settings != nullptr && plan.make_task && plan.steps > 0,
             "train: a plan without settings, task or steps");
  return Run(face, plan, options)(stop);
}

}  // namespace fgcn::train
