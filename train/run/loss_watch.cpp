#include "train/run/loss_watch.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

constexpr const char* kName = "run.recent";

}  // namespace

double LossWatch::median() const {
  if (recent_.empty()) return 0;
  std::vector<double> sorted = recent_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

bool LossWatch::explodes(double loss) {
  if (!std::isfinite(loss)) return true;
  const bool out = most_ > 0 && recent_.size() >= kLeast && std::abs(loss) > most_ * median();
  if (recent_.size() < kWindow) {
    recent_.push_back(std::abs(loss));
  } else {
    recent_[next_] = std::abs(loss);
    next_ = (next_ + 1) % kWindow;
  }
  return out;
}

void LossWatch::save(io::Safetensors& file) const {
  std::vector<double> in_order(recent_.begin() + static_cast<std::ptrdiff_t>(next_), recent_.end());
  in_order.insert(in_order.end(), recent_.begin(),
                  recent_.begin() + static_cast<std::ptrdiff_t>(next_));
  file.tensors[kName] =
      io::StoredTensor::of({static_cast<std::int64_t>(in_order.size())}, in_order);
}

void LossWatch::load(const io::Safetensors& file, const std::string& where) {
  std::vector<double> recent = file.at(kName, where).doubles();
  if (recent.size() > kWindow)
    input_error(where, ": '", kName, "' holds ", recent.size(), " numbers, at most ", kWindow,
                " expected");
  for (const double size : recent)
    if (!(size >= 0 && std::isfinite(size)))  // no order would hold, and no median
      input_error(where, ": '", kName, "' holds ", size,
                  ", expected sizes of losses; the file is damaged");
  recent_ = std::move(recent);
  next_ = 0;
}

}  // namespace fgcn::train
