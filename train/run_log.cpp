#include "train/run_log.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "kernels/core/error.h"
#include "kernels/core/file.h"

namespace fgcn::train {
namespace {

using Rgb = std::array<std::uint8_t, 3>;

constexpr std::int64_t kWidth = 960;
constexpr std::int64_t kHeight = 480;
constexpr std::int64_t kMargin = 24;
constexpr std::uint64_t kMaxLog = std::uint64_t{256} << 20;

/// A position on the logarithmic axis; what is not positive lies at its foot.
double level(double value) { return std::log10(std::max(value, 1e-9)); }

void dot(Image8& image, std::int64_t x, std::int64_t y, const Rgb& colour) {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
  std::copy(colour.begin(), colour.end(), image.at(y, x));
}

void line(Image8& image, double x0, double y0, double x1, double y1, const Rgb& colour) {
  const double steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1.0});
  for (double t = 0; t <= steps; ++t) {
    dot(image, std::llround(x0 + (x1 - x0) * t / steps), std::llround(y0 + (y1 - y0) * t / steps),
        colour);
  }
}

nlohmann::json to_json(const LogEntry& e) {
  return {{"step", e.step},   {"loss", e.loss}, {"albedo", e.albedo},
          {"photo", e.photo}, {"rate", e.rate}, {"faces_a_second", e.faces_a_second}};
}

/// The entries of an older log up to a step; lines that are not entries are left out.
std::vector<LogEntry> read_entries(const std::filesystem::path& path, std::int64_t last_step) {
  std::vector<LogEntry> out;
  if (!std::filesystem::exists(path)) return out;
  const Bytes bytes = read_file(path, kMaxLog);
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  for (std::string one; std::getline(lines, one);) {
    const nlohmann::json json = nlohmann::json::parse(one, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    const auto number = [&json](const char* key) {
      const auto found = json.find(key);
      return found != json.end() && found->is_number() ? found->get<double>() : 0.0;
    };
    const double step = number("step");
    if (!(step > 0 && step <= static_cast<double>(last_step))) continue;
    out.push_back({static_cast<std::int64_t>(step), number("loss"), number("albedo"),
                   number("photo"), number("rate"), number("faces_a_second")});
  }
  return out;
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& folder, std::int64_t resumed_step) : folder_(folder) {
  const std::filesystem::path path = folder / "log.jsonl";
  if (resumed_step > 0) entries_ = read_entries(path, resumed_step);
  file_.open(path, std::ios::trunc);
  for (const LogEntry& e : entries_) file_ << to_json(e).dump() << '\n';
  file_.flush();
  if (!file_) input_error(path.string(), ": cannot be written; choose another --out");
}

void RunLog::add(const LogEntry& entry) {
  entries_.push_back(entry);
  file_ << to_json(entry).dump() << '\n';
  file_.flush();
  if (!file_) input_error((folder_ / "log.jsonl").string(), ": cannot be written (disk full?)");
}

void RunLog::write_curves() const {
  std::ostringstream table;
  table << "step,loss,albedo,photo,rate\n";
  for (const LogEntry& e : entries_) {
    table << e.step << ',' << e.loss << ',' << e.albedo << ',' << e.photo << ',' << e.rate << '\n';
  }
  write_file(folder_ / "loss.csv", std::string_view(table.view()));
  write_png(folder_ / "loss.png", loss_curve(entries_));
}

Image8 loss_curve(const std::vector<LogEntry>& entries) {
  Image8 image(kHeight, kWidth, 3, 255);
  if (entries.empty()) return image;
  struct Curve {
    double LogEntry::*value;
    Rgb faint;
    Rgb strong;
  };
  const Curve curves[] = {{&LogEntry::loss, {200, 200, 200}, {30, 30, 30}},
                          {&LogEntry::albedo, {255, 220, 170}, {230, 120, 0}},
                          {&LogEntry::photo, {180, 205, 255}, {20, 80, 220}}};
  double low = level(entries.front().loss);
  double high = low;
  for (const LogEntry& e : entries) {
    for (const Curve& c : curves) {
      low = std::min(low, level(e.*c.value));
      high = std::max(high, level(e.*c.value));
    }
  }
  low -= 0.05;
  high += 0.05;
  const auto last = static_cast<double>(std::max<std::int64_t>(entries.back().step, 1));
  const auto x_of = [&](std::int64_t step) {
    return static_cast<double>(kMargin) +
           static_cast<double>(step) / last * static_cast<double>(kWidth - 2 * kMargin);
  };
  const auto y_of = [&](double v) {
    return static_cast<double>(kHeight - kMargin) -
           (level(v) - low) / (high - low) * static_cast<double>(kHeight - 2 * kMargin);
  };
  for (int decade = -9; decade <= 6; ++decade) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double v = digit * std::pow(10.0, decade);
      if (level(v) < low || level(v) > high) continue;
      const std::uint8_t grey = digit == 1.0 ? 150 : 225;
      line(image, kMargin, y_of(v), kWidth - kMargin, y_of(v), {grey, grey, grey});
    }
  }
  for (const Curve& c : curves) {
    constexpr double kSmooth = 0.05;
    double mean = entries.front().*c.value;
    for (std::size_t i = 1; i < entries.size(); ++i) {
      line(image, x_of(entries[i - 1].step), y_of(entries[i - 1].*c.value), x_of(entries[i].step),
           y_of(entries[i].*c.value), c.faint);
    }
    for (std::size_t i = 1; i < entries.size(); ++i) {
      const double before = mean;
      mean += kSmooth * (entries[i].*c.value - mean);
      for (const double shift : {0.0, 1.0}) {
        line(image, x_of(entries[i - 1].step), y_of(before) + shift, x_of(entries[i].step),
             y_of(mean) + shift, c.strong);
      }
    }
  }
  return image;
}

}  // namespace fgcn::train
