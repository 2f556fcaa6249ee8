#include "train/run/run_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "io/file.h"
#include "kernels/core/error.h"
#include "render/sheet.h"

namespace fgcn::train {
namespace {

using Rgb = std::array<std::uint8_t, 3>;

constexpr std::int64_t kWidth = 960;
constexpr std::int64_t kHeight = 480;
constexpr std::int64_t kMargin = 24;
constexpr double kSmooth = 0.05;  // how far a running mean goes to the newest entry
constexpr std::uint64_t kMaxLog = std::uint64_t{256} << 20;

/// A position on the logarithmic axis; what is not positive lies at its foot.
double level(double value) { return std::log10(std::max(value, 1e-9)); }

void dot(Image8& image, std::int64_t x, std::int64_t y, const Rgb& color) {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
  std::copy(color.begin(), color.end(), image.at(y, x));
}

void line(Image8& image, double x0, double y0, double x1, double y1, const Rgb& color) {
  const double steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1.0});
  for (double t = 0; t <= steps; ++t) {
    dot(image, std::llround(x0 + (x1 - x0) * t / steps), std::llround(y0 + (y1 - y0) * t / steps),
        color);
  }
}

/// One column, first what was measured, over it the running mean.
void draw_curve(Image8& image, const std::vector<LogEntry>& entries, std::size_t column,
                const CurveColors& colors, double smooth, const auto& x_of, const auto& y_of) {
  std::vector<std::pair<std::int64_t, double>> points;
  for (const LogEntry& e : entries)
    if (e.values[column] > 0) points.emplace_back(e.step, e.values[column]);
  for (std::size_t i = 1; i < points.size(); ++i) {
    line(image, x_of(points[i - 1].first), y_of(points[i - 1].second), x_of(points[i].first),
         y_of(points[i].second), colors.faint);
  }
  double mean = points.empty() ? 0 : points.front().second;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double before = mean;
    mean += smooth * (points[i].second - mean);
    for (const double shift : {0.0, 1.0}) {
      line(image, x_of(points[i - 1].first), y_of(before) + shift, x_of(points[i].first),
           y_of(mean) + shift, colors.strong);
    }
  }
}

void draw_legend(Image8& image, std::span<const LogColumn> columns) {
  constexpr std::int64_t kSwatch = 16;
  std::int64_t x = kMargin;
  for (const LogColumn& c : columns) {
    if (!c.curve) continue;
    for (std::int64_t y = 8; y < 12; ++y)
      for (std::int64_t i = 0; i < kSwatch; ++i) dot(image, x + i, y, c.curve->strong);
    draw_text(image, 6, x + kSwatch + 4, c.name, 1, 60);
    x += kSwatch + 16 + text_width(c.name, 1);
  }
}

}  // namespace

std::string RunLog::line(const LogEntry& entry) const {
  nlohmann::json json{{"step", entry.step}};
  for (std::size_t i = 0; i < columns_.size(); ++i) json[columns_[i].name] = entry.values[i];
  return json.dump() + '\n';
}

/// The entries of an older log up to a step; lines that are not entries, or that lie behind a later
/// step, are left out.
void RunLog::read_entries(std::int64_t last_step) {
  if (!std::filesystem::exists(path_)) return;
  const Bytes bytes = read_file(path_, kMaxLog);
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  lines.exceptions(std::ios::badbit);  // or a lack of memory is the end of the log
  for (std::string one; std::getline(lines, one);) {
    const nlohmann::json json = nlohmann::json::parse(one, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    // NaN was written as null.
    const auto number = [&json](const std::string& key) {
      const auto found = json.find(key);
      return found != json.end() && found->is_number() ? found->get<double>()
                                                       : std::numeric_limits<double>::quiet_NaN();
    };
    const double step = number("step");
    if (!(step >= 1 && step <= static_cast<double>(last_step))) continue;
    LogEntry entry{static_cast<std::int64_t>(step), {}};
    // A curve from a late step to an early one would be drawn far beyond the picture.
    if (!entries_.empty() && entry.step <= entries_.back().step) continue;
    for (const LogColumn& c : columns_) entry.values.push_back(number(c.name));
    entries_.push_back(std::move(entry));
  }
}

RunLog::RunLog(const std::filesystem::path& folder, const std::string& name,
               std::vector<LogColumn> columns, std::int64_t resumed_step)
    : folder_(folder), path_(folder / (name + ".jsonl")), columns_(std::move(columns)) {
  if (resumed_step > 0) read_entries(resumed_step);
  std::string kept;
  for (const LogEntry& e : entries_) kept += line(e);
  write_file(path_, std::string_view(kept));  // whole: what is kept is never without a file
  file_.open(path_, std::ios::app);
  if (!file_) input_error(path_.string(), ": cannot be written; choose another --out");
}

void RunLog::add(LogEntry entry) {
  FGCN_CHECK(entry.values.size() == columns_.size(), "RunLog: ", entry.values.size(),
             " values for ", columns_.size(), " columns");
  file_ << line(entry);
  file_.flush();
  if (!file_) input_error(path_.string(), ": cannot be written (disk full?)");
  entries_.push_back(std::move(entry));
}

void RunLog::flush_to_disk() const {
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
  const std::string reason = std::strerror(errno);
  if (descriptor >= 0) ::close(descriptor);
  if (!done) input_error(path_.string(), ": cannot be written (", reason, ")");
}

void RunLog::write_curves() const {
  std::ostringstream table;
  table.exceptions(std::ios::badbit);  // or a lack of memory leaves numbers out
  table << "step";
  for (const LogColumn& c : columns_)
    if (c.in_table == InTable::kYes) table << ',' << c.name;
  table << '\n';
  for (const LogEntry& e : entries_) {
    table << e.step;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].in_table == InTable::kYes) table << ',' << e.values[i];
    table << '\n';
  }
  write_file(folder_ / "loss.csv", std::string_view(table.view()));
  write_png(folder_ / "loss.png", loss_curve(columns_, entries_));
}

Image8 loss_curve(std::span<const LogColumn> columns, const std::vector<LogEntry>& entries) {
  Image8 image(kHeight, kWidth, 3, 255);
  double low = 0, high = 0;
  bool any = false;
  for (const LogEntry& e : entries) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i].curve || !(e.values[i] > 0)) continue;
      const double at = level(e.values[i]);
      low = any ? std::min(low, at) : at;
      high = any ? std::max(high, at) : at;
      any = true;
    }
  }
  if (!any) return image;
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
      draw_text(image, std::llround(y_of(v)) + 2, kMargin, text(v), 1, 120);
    }
  }
  // Short runs have few entries, and a long memory would show their beginning for ever.
  const double smooth = std::clamp(6 / static_cast<double>(entries.size()), kSmooth, 0.5);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].curve) draw_curve(image, entries, i, *columns[i].curve, smooth, x_of, y_of);
  }
  draw_legend(image, columns);
  return image;
}

}  // namespace fgcn::train
