#include "train/report.h"

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

/// The losses of an adversary say nothing by their size, and may be negative; the squares of all
/// weights lie decades above the rest.
bool has_curve(const std::string& loss) {
  return loss != "adversary" && loss != "critic" && loss != "penalty" && loss != "l2";
}

std::vector<LogColumn> log_columns(const ReportColumns& columns) {
  std::vector<LogColumn> out;
  std::size_t curves = 0;
  for (const std::string& name : columns.losses) {
    out.push_back({name, std::nullopt});
    if (has_curve(name) && curves < kColors.size()) out.back().curve = kColors[curves++];
  }
  if (columns.epochs) out.push_back({"epoch", std::nullopt});
  out.push_back({"learning_rate", std::nullopt});
  out.push_back({"images_per_second", std::nullopt, InTable::kNo});
  out.push_back({"memory_mib", std::nullopt, InTable::kNo});
  return out;
}

std::vector<LogColumn> plain_columns(const std::vector<std::string>& names) {
  std::vector<LogColumn> out;
  out.reserve(names.size());
  for (const std::string& name : names) out.push_back({name, std::nullopt});
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

Report::Report(const std::filesystem::path& folder, ReportColumns columns,
               std::int64_t resumed_step)
    : folder_(folder),
      columns_(std::move(columns)),
      log_(folder, "log", log_columns(columns_), resumed_step),
      layers_(folder, "layers", plain_columns(columns_.layers), resumed_step),
      events_(folder, resumed_step + 1) {
  if (!columns_.validation.empty())
    validation_.emplace(folder, "validation", plain_columns(columns_.validation), resumed_step);
}

std::string Report::log(const StepFigures& figures, const std::vector<double>& losses) {
  const double memory = own_mebibytes();
  std::vector<double> values = losses;
  std::vector<Scalar> scalars;
  std::string note;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    if (std::isnan(losses[i])) continue;
    scalars.push_back({"loss/" + columns_.losses[i], losses[i]});
    char part[96];
    std::snprintf(part, sizeof part, "%s%s %.4g", i == 0 ? "" : ", ", columns_.losses[i].c_str(),
                  losses[i]);
    note += part;
  }
  const auto add = [&](const char* name, double value) {
    values.push_back(value);
    scalars.push_back({std::string("run/") + name, value});
  };
  if (columns_.epochs) add("epoch", static_cast<double>(figures.epoch.value_or(0)));
  add("learning_rate", figures.learning_rate);
  add("images_per_second", figures.images_per_second);
  add("memory_mib", memory);
  log_.add({figures.step, std::move(values)});
  events_.add(figures.step, scalars);
  char tail[64];
  std::snprintf(tail, sizeof tail, ", %.1f images/s, %.0f MiB", figures.images_per_second, memory);
  return note + tail;
}

void Report::log_validation(std::int64_t step, const std::vector<double>& values) {
  if (!validation_) return;
  std::vector<Scalar> scalars;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i]))
      scalars.push_back({"validation/" + columns_.validation[i], values[i]});
  validation_->add({step, values});
  events_.add(step, scalars);
}

void Report::log_layers(std::int64_t step, const std::vector<double>& values) {
  std::vector<Scalar> scalars;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i])) scalars.push_back({"layers/" + columns_.layers[i], values[i]});
  layers_.add({step, values});
  events_.add(step, scalars);
}

std::vector<double> Report::last_layers() const {
  return layers_.entries().empty() ? std::vector<double>() : layers_.entries().back().values;
}

void Report::show(std::int64_t step, const Image8& sheet) {
  write_png(folder_ / "samples.png", sheet);
  events_.add(step, "samples", sheet);
}

void Report::flush_to_disk() const {
  log_.flush_to_disk();
  layers_.flush_to_disk();
  if (validation_) validation_->flush_to_disk();
}

void Report::write_curves() const { log_.write_curves(); }

double own_mebibytes() {
  std::ifstream file("/proc/self/statm");
  double whole = 0, resident = 0, of_files = 0;
  if (!(file >> whole >> resident >> of_files)) return 0;
  return (resident - of_files) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace fgcn::train
