#include "train/run/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "io/terminal.h"

namespace fgcn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWidth = 30;                                   // characters of the bar
constexpr std::chrono::milliseconds kTerminalInterval{100};  // between two drawings
constexpr std::chrono::milliseconds kPlainInterval{10'000};  // in a log file

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  char out[48];
  if (whole >= 3600) {
    std::snprintf(out, sizeof out, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  } else if (whole >= 60) {
    std::snprintf(out, sizeof out, "%lld:%02lld", whole / 60, whole % 60);
  } else {
    std::snprintf(out, sizeof out, "%lld s", whole);
  }
  return out;
}

ProgressBar::ProgressBar(std::string title, std::int64_t total, Visible visible)
    : title_(std::move(title)),
      total_(std::max<std::int64_t>(total, 1)),
      visible_(visible == Visible::kYes),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      drawn_(start_ - std::chrono::hours(1)) {
  if (!terminal_) drawn_ = start_;
}

ProgressBar::~ProgressBar() {
  if (visible_ && terminal_) {
    draw();
    std::fputc('\n', stderr);
  }
}

void ProgressBar::begin_at(std::int64_t done) {
  first_ = std::clamp<std::int64_t>(done, 0, total_);
  done_ = first_;
}

void ProgressBar::update(std::int64_t done, const std::string& note) {
  done_ = std::clamp<std::int64_t>(done, 0, total_);
  note_ = note;
  const Clock::time_point now = Clock::now();
  if (!visible_ || now - drawn_ < (terminal_ ? kTerminalInterval : kPlainInterval)) return;
  drawn_ = now;
  draw();
}

void ProgressBar::print(const std::string& line) {
  if (visible_ && terminal_) std::fputs("\r\033[K", stderr);
  io::print_message("%s\n", line.c_str());
  if (visible_ && terminal_) draw();
}

void ProgressBar::draw() {
  const double part = static_cast<double>(done_) / static_cast<double>(total_);
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  std::string bar(kWidth, '.');
  std::fill_n(bar.begin(), static_cast<int>(part * kWidth), '#');
  std::string rest;
  if (done_ > first_ && done_ < total_) {
    const auto to_do = static_cast<double>(total_ - done_);
    rest = ", " + duration_text(elapsed * to_do / static_cast<double>(done_ - first_)) + " left";
  }
  if (done_ == total_) rest = ", " + duration_text(elapsed);
  std::fprintf(stderr, "%s%s [%s] %lld/%lld%s%s%s%s", terminal_ ? "\r\033[K" : "",
               io::printable(title_).c_str(), bar.c_str(), static_cast<long long>(done_),
               static_cast<long long>(total_), rest.c_str(), note_.empty() ? "" : "  ",
               io::printable(note_).c_str(), terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace fgcn
