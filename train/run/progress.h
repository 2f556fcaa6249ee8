// A progress bar on a terminal; plain lines now and then where stderr is not one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace fgcn {

/// Draws to stderr, so that stdout stays machine-readable. Draws nothing when `visible` is false.
class ProgressBar {
 public:
  enum class Visible { kYes, kNo };

  ProgressBar(std::string title, std::int64_t total, Visible visible = Visible::kYes);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  /// Ends the line.
  ~ProgressBar();

  /// So many were done before this start: the remaining time goes by the others.
  void begin_at(std::int64_t done);
  /// `done` of the total are done; `note` is shown behind the remaining time.
  void update(std::int64_t done, const std::string& note = {});
  /// Clears the bar, prints a line above it, and draws it again.
  void print(const std::string& line);

 private:
  void draw();

  std::string title_;
  std::int64_t total_;
  std::int64_t first_ = 0;  // done before
  std::int64_t done_ = 0;
  std::string note_;
  bool visible_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
};

/// "1:05:09", "3:20" or "12 s".
std::string duration_text(double seconds);

}  // namespace fgcn
