#include "train/coma/coma_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <utility>

#include "autograd/ops/binary.h"
#include "autograd/ops/unary.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/terminal.h"
#include "kernels/core/error.h"
#include "train/coma/coma_loss.h"
#include "train/coma/coma_optimiser.h"
#include "train/run/checkpoints.h"
#include "train/run/loss_watch.h"
#include "train/run/progress.h"
#include "train/run/rng_streams.h"
#include "train/run/run_log.h"

namespace fgcn::train {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kKind = "fgcn coma checkpoint 1";
constexpr const char* kModelFile = "coma.safetensors";
constexpr const char* kSums = "run.sums";
constexpr const char* kSteps = "run.steps";

std::vector<LogColumn> log_columns() {
  return {{"loss", CurveColors{{170, 190, 230}, {40, 90, 200}}},
          {"divergence", std::nullopt},
          {"regularisation", std::nullopt},
          {"learning_rate", std::nullopt}};
}

std::string text_in(const io::Safetensors& file, const char* key) {
  const auto entry = file.metadata.find(key);
  return entry == file.metadata.end() ? std::string() : entry->second;
}

class Run {
 public:
  Run(const Context& ctx, const SequenceData& data, ComaSettings settings,
      const ComaRunOptions& options)
      : ctx_(ctx),
        data_(data),
        settings_(settings),
        options_(options),
        named_(settings_of(settings_)),
        checkpoints_(options.out, settings.checkpoints),
        begun_(begun()),
        split_rule_(split_rule()),
        split_(split_sequences(data, split_rule_)),
        fingerprint_(fingerprint()),
        watch_(settings_.explosion) {
    checkpoints_.keep(settings_.checkpoints);
    const auto meshes = static_cast<std::int64_t>(split_.training.size());
    // Fewer meshes than a batch are one batch.
    batch_ = std::min(settings_.batch, meshes);
    steps_per_epoch_ = meshes / batch_;
    start();
    if (options_.begins) options_.begins(split_);
    log_.emplace(options_.out, "log", log_columns(), optimiser_->steps());
    validation_log_.emplace(options_.out, "validation",
                            std::vector<LogColumn>{{"loss", std::nullopt}}, optimiser_->steps());
    write_file(
        options_.out / "settings.json",
        std::string_view(nlohmann::ordered_json::parse(settings_json(named_)).dump(2) + "\n"));
    rows_ = model_->normalised(data_.positions);
  }

  ComaRunResult operator()(const std::atomic<bool>& stop) {
    const Clock::time_point begin = Clock::now();
    const std::int64_t total = settings_.epochs * steps_per_epoch_;
    ComaRunResult out;
    {
      ProgressBar bar("training", total);
      bar.begin_at(optimiser_->steps());
      bool stopped = false;
      while (optimiser_->steps() < total && !stopped) {
        step();
        const std::int64_t done = optimiser_->steps();
        const bool last = done == total;
        stopped = stop.load();
        if (done % settings_.validate_every == 0 || last) validate();
        if (done % settings_.log_every == 0 || last) bar.update(done, log());
        if (done % settings_.checkpoint_every == 0 || last || stopped) save();
      }
      out.finished = optimiser_->steps() >= total;
    }
    if (out.finished) out.silent = finish();
    out.steps = optimiser_->steps();
    out.validation = last_validation_;
    out.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return out;
  }

 private:
  std::string fingerprint() const {
    Hash64 hash;
    hash.add(std::span(reinterpret_cast<const std::uint8_t*>(data_.positions.data()),
                       data_.positions.size() * sizeof(float)));
    for (const mesh::Triangle& t : data_.topology.triangles)
      for (const std::int32_t v : t) hash.add(static_cast<std::uint64_t>(v));
    for (const std::int64_t i : split_.training) hash.add(static_cast<std::uint64_t>(i));
    return std::to_string(hash.value());
  }

  std::vector<std::int64_t> training_and_validation() const {
    std::vector<std::int64_t> out = split_.training;
    out.insert(out.end(), split_.validation.begin(), split_.validation.end());
    return out;
  }

  void start() {
    if (begun_) {
      resume(*std::exchange(begun_, std::nullopt));
      return;
    }
    if (checkpoints_.any())
      input_error(options_.out.string(),
                  ": holds a run already; go on with it with --resume, or choose another --out");
    ComaParts parts;
    parts.size = settings_.size();
    parts.topology = data_.topology;
    parts.matrices = coma_hierarchy(data_.topology, settings_.recipe, options_.cache);
    parts.statistics = mesh_statistics(
        data_.positions, 3 * data_.vertices(), training_and_validation(),
        settings_.recipe == ComaForm::kRelu ? Deviation::kOverCount : Deviation::kUnbiased);
    parts.millimetres = options_.millimetres.value_or(parts.millimetres);
    parts.split = split_rule_;
    Rng rng = rng_of(static_cast<std::uint64_t>(settings_.seed), RngStream::kWeights);
    model_.emplace(ctx_, std::move(parts), rng);
    // The hierarchy's values and the statistics are those that a resumed run reads.
    model_.emplace(ComaModel::from_file(ctx_, model_->file(), options_.out.string()));
    make_optimiser();
  }

  /// Of a resumed run the newest checkpoint, whose settings this run takes.
  std::optional<Checkpoint> begun() {
    if (!options_.resume) return std::nullopt;
    std::optional<Checkpoint> found = checkpoints_.newest(
        [](const std::string& said) { io::print_message("fgcn_coma: %s\n", said.c_str()); });
    if (!found)
      input_error(options_.out.string(),
                  ": holds no checkpoint that is whole; start without --resume");
    const std::string where = found->path.string();
    if (text_in(found->file, "checkpoint") != kKind)
      input_error(where, ": is no checkpoint of fgcn_coma; choose another --out");
    take_settings(named_, text_in(found->file, "settings"), options_.given, where);
    return found;
  }

  std::string split_rule() const {
    std::string given = options_.split.value_or("sliced");
    if (!begun_) return given;
    std::string own = text_in(begun_->file, "split");
    if (options_.split && given != own)
      input_error(begun_->path.string(), ": was begun with --split ", own, ", not ", given,
                  "; resume with its own, or begin another run in another folder");
    return own;
  }

  void resume(const Checkpoint& found) {
    const std::string where = found.path.string();
    const io::Safetensors& file = found.file;
    if (text_in(file, "data") != fingerprint_)
      input_error(where, ": was begun with other meshes; give the same --data and --template");
    model_.emplace(ComaModel::from_file(ctx_, file, where));
    const double millimetres = model_->parts().millimetres;
    if (options_.millimetres && *options_.millimetres != millimetres)
      input_error(where, ": was begun with --millimetres ", millimetres, ", not ",
                  *options_.millimetres, "; resume with its own");
    make_optimiser();
    const std::vector<std::int32_t> steps = file.at(kSteps, where).ints();
    if (steps.size() != 1 || steps[0] != found.step)
      input_error(where, ": holds another step than its name says; the file was renamed");
    optimiser_->load(file, steps[0], where);
    watch_.load(file, where);
    const std::vector<double> sums = file.at(kSums, where).doubles();
    if (sums.size() != sums_.size())
      input_error(where, ": '", kSums, "' holds ", sums.size(), " numbers, expected ",
                  sums_.size());
    std::copy(sums.begin(), sums.end(), sums_.begin());
  }

  void make_optimiser() {
    std::vector<double> l2;
    for (const bool dense : model_->network().fully_connected())
      l2.push_back(dense ? settings_.l2 : 0);
    ComaOptimiserOptions options;
    options.update =
        settings_.recipe == ComaForm::kRelu ? ComaUpdate::kMomentum : ComaUpdate::kAdam;
    options.momentum = settings_.momentum;
    optimiser_.emplace(model_->network().parameters(), options, std::move(l2));
  }

  /// The meshes of a step: a piece of its epoch's random order.
  std::vector<std::int64_t> meshes_of(std::int64_t step) {
    const std::int64_t epoch = step / steps_per_epoch_;
    if (epoch != ordered_) {
      order_ = split_.training;
      Rng rng = rng_of(static_cast<std::uint64_t>(settings_.seed), RngStream::kOrder)
                    .split(static_cast<std::uint64_t>(epoch));
      for (std::size_t i = order_.size(); i > 1; --i)
        std::swap(order_[i - 1],
                  order_[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(i)))]);
      ordered_ = epoch;
    }
    const auto first = order_.begin() + step % steps_per_epoch_ * batch_;
    return {first, first + batch_};
  }

  double learning_rate() const {
    const std::int64_t epoch = optimiser_->steps() / steps_per_epoch_;
    return settings_.learning_rate *
           std::pow(settings_.learning_rate_decay, static_cast<double>(epoch));
  }

  /// Codes of a variational encoder: mean + deviation times noise of the step.
  Var sampled(const ComaNetwork::Code& code, std::int64_t step) const {
    Rng rng = rng_of(static_cast<std::uint64_t>(settings_.seed), RngStream::kVary)
                  .split(static_cast<std::uint64_t>(step));
    std::vector<real> noise(static_cast<std::size_t>(code.mean.size()));
    for (real& x : noise) x = static_cast<real>(rng.normal());
    const Var e = code.mean.tape().constant(Tensor::of(ctx_, code.mean.shape(), noise));
    return ops::add(code.mean, ops::mul(ops::exp(ops::scale(code.log_variance, 0.5)), e));
  }

  void step() {
    const std::int64_t index = optimiser_->steps();
    ComaNetwork& network = model_->network();
    Tape tape(ctx_);
    const Var x = tape.constant(model_->batch(rows_, meshes_of(index)));
    const ComaNetwork::Code code = network.encode(x);
    const Var y = network.decode(settings_.variational ? sampled(code, index) : code.mean);
    const Var loss = coma_data_loss(y, x);
    Var total = loss;
    double divergence = 0;
    if (settings_.variational) {
      const Var found = coma_divergence(code);
      divergence = static_cast<double>(found.value().to_host()[0]);
      total = ops::add(loss, ops::scale(found, settings_.divergence));
    }
    Vars leaves;
    for (const Parameter* p : network.parameters()) leaves.push_back(tape.use(*p));
    const auto value = static_cast<double>(loss.value().to_host()[0]);
    const double median = watch_.median();
    if (watch_.explodes(value + divergence * settings_.divergence))
      diverged(text("the loss is ", value, ", its running median ", median));
    rate_ = learning_rate();
    optimiser_->step(tape.grad(total, leaves), rate_);
    sums_[0] += value;
    sums_[1] += divergence;
    sums_[2] += 1;
  }

  [[noreturn]] void diverged(const std::string& what) const {
    const std::filesystem::path good = checkpoints_.latest();
    input_error(options_.out.string(), ": training diverged at step ", optimiser_->steps() + 1,
                ": ", what, "; ",
                good.empty() ? std::string("there is no checkpoint yet")
                             : "the last good checkpoint is " + good.string(),
                "; begin a new run with a smaller --set learning_rate");
  }

  std::string log() {
    const double loss = sums_[0] / sums_[2];
    const double regularisation = coma_regularisation(model_->network(), settings_.l2);
    log_->add({optimiser_->steps(), {loss, sums_[1] / sums_[2], regularisation, rate_}});
    sums_ = {};
    char out[80] = {};
    std::snprintf(out, sizeof out, "loss %.4f", loss);
    return out;
  }

  void validate() {
    if (split_.validation.empty()) return;
    double sum = 0;
    for (std::size_t begin = 0; begin < split_.validation.size();
         begin += static_cast<std::size_t>(batch_)) {
      const std::size_t some =
          std::min(static_cast<std::size_t>(batch_), split_.validation.size() - begin);
      Tape tape(ctx_, Record::kNothing);
      const Var x =
          tape.constant(model_->batch(rows_, std::span(split_.validation).subspan(begin, some)));
      const Var y = model_->network().decode(model_->network().encode(x).mean);
      sum += static_cast<double>(coma_data_loss(y, x).value().to_host()[0]) *
             static_cast<double>(some);
    }
    last_validation_ = sum / static_cast<double>(split_.validation.size());
    validation_log_->add({optimiser_->steps(), {last_validation_}});
  }

  void save() {
    log_->flush_to_disk();
    validation_log_->flush_to_disk();
    log_->write_curves();
    io::Safetensors file = model_->file();
    file.metadata["checkpoint"] = kKind;
    file.metadata["settings"] = settings_json(named_);
    file.metadata["data"] = fingerprint_;
    const std::vector<std::int32_t> steps{static_cast<std::int32_t>(optimiser_->steps())};
    file.tensors[kSteps] = io::StoredTensor::of({1}, std::span<const std::int32_t>(steps));
    file.tensors[kSums] = io::StoredTensor::of({static_cast<std::int64_t>(sums_.size())},
                                               std::span<const double>(sums_));
    optimiser_->save(file);
    watch_.save(file);
    checkpoints_.write(optimiser_->steps(), file);
  }

  /// Writes the model with the statistics of its codes; how many latent numbers rest.
  std::int64_t finish() {
    std::vector<float> positions;
    const auto width = static_cast<std::size_t>(3 * data_.vertices());
    std::vector<float> codes;
    for (const std::int64_t i : split_.training) {
      const std::vector<float> one = model_->encode(
          std::span(data_.positions).subspan(static_cast<std::size_t>(i) * width, width));
      codes.insert(codes.end(), one.begin(), one.end());
    }
    CodeStatistics statistics = code_statistics(codes, model_->latent());
    const auto z = static_cast<std::size_t>(model_->latent());
    std::int64_t silent = 0;
    for (std::size_t a = 0; a < z; ++a) silent += !(statistics.covariance[a * z + a] > 1e-12);
    model_->set_codes(std::move(statistics));
    io::write_safetensors(options_.out / kModelFile, model_->file());
    return silent;
  }

  Context ctx_;
  const SequenceData& data_;
  ComaSettings settings_;
  ComaRunOptions options_;
  std::vector<Setting> named_;  // bound to settings_
  Checkpoints checkpoints_;
  std::optional<Checkpoint> begun_;  // until it is resumed
  std::string split_rule_;
  SequenceSplit split_;
  std::string fingerprint_;
  LossWatch watch_;
  std::int64_t batch_ = 1, steps_per_epoch_ = 1;
  std::optional<ComaModel> model_;
  std::optional<ComaOptimiser> optimiser_;
  std::optional<RunLog> log_, validation_log_;
  std::vector<float> rows_;  // [n, V, 3] normalised, in the hierarchy's order
  std::vector<std::int64_t> order_;
  std::int64_t ordered_ = -1;     // the epoch that order_ is of
  std::array<double, 3> sums_{};  // since the last line of the log: losses, divergences, steps
  double rate_ = 0;               // of the last step
  double last_validation_ = 0;
};

}  // namespace

ComaRunResult train_coma(const Context& ctx, const SequenceData& data, ComaSettings settings,
                         const ComaRunOptions& options, const std::atomic<bool>& stop) {
  return Run(ctx, data, settings, options)(stop);
}

}  // namespace fgcn::train
