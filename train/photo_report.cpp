#include "train/photo_report.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

constexpr const char* kSums = "run.sums";
constexpr const char* kCounts = "run.counts";

constexpr std::array<CurveColors, 10> kColors{{{{200, 200, 200}, {30, 30, 30}},
                                               {{255, 220, 170}, {230, 120, 0}},
                                               {{180, 205, 255}, {20, 80, 220}},
                                               {{190, 235, 190}, {20, 140, 40}},
                                               {{245, 190, 190}, {200, 20, 30}},
                                               {{220, 200, 240}, {120, 40, 170}},
                                               {{190, 230, 235}, {0, 140, 150}},
                                               {{235, 215, 190}, {130, 90, 40}},
                                               {{250, 205, 230}, {220, 50, 140}},
                                               {{215, 230, 170}, {120, 150, 0}}}};

/// What an adversary plays for has no level that means anything, and may be negative; the squares
/// of all weights lie decades above the rest.
bool has_curve(const std::string& loss) {
  return loss != "adversary" && loss != "critic" && loss != "penalty" && loss != "l2";
}

std::vector<LogColumn> log_columns(const std::vector<std::string>& losses) {
  std::vector<LogColumn> out;
  std::size_t rendered = 0;
  for (const std::string& name : losses) {
    out.push_back({name, std::nullopt});
    if (has_curve(name) && rendered < kColors.size()) out.back().curve = kColors[rendered++];
  }
  out.push_back({"epoch", std::nullopt});
  out.push_back({"learning_rate", std::nullopt});
  out.push_back({"images_a_second", std::nullopt, InTable::kNo});
  out.push_back({"memory_mib", std::nullopt, InTable::kNo});
  return out;
}

constexpr std::array<const char*, 7> kScores{"photos",    "l1",          "psnr",       "ssim",
                                             "coarse_l1", "coarse_psnr", "coarse_ssim"};

std::vector<LogColumn> validation_columns(const std::vector<std::string>& losses) {
  std::vector<LogColumn> out;
  for (const char* name : kScores) out.push_back({name, std::nullopt});
  for (const std::string& name : losses) out.push_back({"loss_" + name, std::nullopt});
  return out;
}

}  // namespace

LossMeans::LossMeans(std::vector<std::string> names)
    : names_(std::move(names)), sums_(names_.size()), counts_(names_.size()) {}

void LossMeans::add(const std::vector<NamedLoss>& losses) {
  for (const NamedLoss& loss : losses) {
    const auto at = std::find(names_.begin(), names_.end(), loss.name);
    FGCN_CHECK(at != names_.end(), "loss means: no place for '", loss.name, "'");
    sums_[static_cast<std::size_t>(at - names_.begin())] += loss.value;
    counts_[static_cast<std::size_t>(at - names_.begin())] += 1;
  }
}

std::vector<double> LossMeans::take() {
  std::vector<double> out;
  for (std::size_t i = 0; i < names_.size(); ++i)
    out.push_back(counts_[i] > 0 ? sums_[i] / counts_[i]
                                 : std::numeric_limits<double>::quiet_NaN());
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(counts_.begin(), counts_.end(), 0.0);
  return out;
}

void LossMeans::save(io::Safetensors& file) const {
  const auto size = static_cast<std::int64_t>(names_.size());
  file.tensors[kSums] = io::StoredTensor::of({size}, sums_);
  file.tensors[kCounts] = io::StoredTensor::of({size}, counts_);
}

void LossMeans::load(const io::Safetensors& file, const std::string& where) {
  std::vector<double> sums = file.at(kSums, where).doubles();
  std::vector<double> counts = file.at(kCounts, where).doubles();
  if (sums.size() != names_.size() || counts.size() != names_.size())
    input_error(where, ": '", kSums, "' holds ", sums.size(), " numbers, expected ", names_.size(),
                "; it is of another version of fgcn_train");
  sums_ = std::move(sums);
  counts_ = std::move(counts);
}

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

PhotoReport::PhotoReport(const std::filesystem::path& folder, std::vector<std::string> losses,
                         std::int64_t resumed_step)
    : folder_(folder),
      losses_(std::move(losses)),
      log_(folder, "log", log_columns(losses_), resumed_step),
      validation_(folder, "validation", validation_columns(losses_), resumed_step),
      events_(folder, resumed_step + 1) {}

std::string PhotoReport::log(const StepFigures& figures, const std::vector<double>& losses) {
  const double memory = own_mebibytes();
  std::vector<double> values = losses;
  values.insert(values.end(), {static_cast<double>(figures.epoch), figures.learning_rate,
                               figures.images_a_second, memory});
  std::vector<Scalar> scalars;
  std::string note;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    if (std::isnan(losses[i])) continue;
    scalars.push_back({"loss/" + losses_[i], losses[i]});
    char part[96];
    std::snprintf(part, sizeof part, "%s%s %.4g", i == 0 ? "" : ", ", losses_[i].c_str(),
                  losses[i]);
    note += part;
  }
  scalars.push_back({"run/epoch", static_cast<double>(figures.epoch)});
  scalars.push_back({"run/rate", figures.learning_rate});
  scalars.push_back({"run/images_a_second", figures.images_a_second});
  scalars.push_back({"run/memory_mib", memory});
  log_.add({figures.step, std::move(values)});
  events_.add(figures.step, scalars);
  char tail[64];
  std::snprintf(tail, sizeof tail, ", %.1f images/s, %.0f MiB", figures.images_a_second, memory);
  return note + tail;
}

void PhotoReport::log_validation(std::int64_t step, const PhotoScore& score,
                                 const std::vector<double>& losses) {
  std::vector<double> values{static_cast<double>(score.photos),
                             score.l1,
                             score.psnr,
                             score.ssim,
                             score.coarse_l1,
                             score.coarse_psnr,
                             score.coarse_ssim};
  std::vector<Scalar> scalars;
  for (std::size_t i = 1; i < kScores.size(); ++i)
    scalars.push_back({std::string("validation/") + kScores[i], values[i]});
  for (std::size_t i = 0; i < losses.size(); ++i) {
    values.push_back(losses[i]);
    if (!std::isnan(losses[i])) scalars.push_back({"validation_loss/" + losses_[i], losses[i]});
  }
  validation_.add({step, std::move(values)});
  events_.add(step, scalars);
}

void PhotoReport::show(std::int64_t step, const Image8& sheet) {
  write_png(folder_ / "samples.png", sheet);
  events_.add(step, "samples", sheet);
}

void PhotoReport::write_curves() const { log_.write_curves(Legend::kYes); }

double own_mebibytes() {
  std::ifstream file("/proc/self/statm");
  double whole = 0, resident = 0, of_files = 0;
  if (!(file >> whole >> resident >> of_files)) return 0;
  return (resident - of_files) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace fgcn::train
