#include "train/dataset/similar_photos.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kBlocks = 8;

/// Mean |a - b|, or more than `most` as soon as that is certain.
double difference(const PictureSignature& a, const PictureSignature& b, double most) {
  const double limit = most * static_cast<double>(a.size());
  double sum = 0;
  for (std::size_t k = 0; k < a.size() && sum <= limit; ++k)
    sum += static_cast<double>(std::abs(a[k] - b[k]));
  return sum / static_cast<double>(a.size());
}

}  // namespace

PictureSignature picture_signature(const Image8& crop) {
  FGCN_CHECK(crop.height >= kBlocks && crop.width >= kBlocks && crop.channels >= 3,
             "picture_signature: the crop is ", crop.height, " x ", crop.width, " x ",
             crop.channels);
  PictureSignature out{};
  std::array<std::int64_t, 64> count{};
  for (std::int64_t y = 0; y < crop.height; ++y) {
    for (std::int64_t x = 0; x < crop.width; ++x) {
      const auto block =
          static_cast<std::size_t>(y * kBlocks / crop.height * kBlocks + x * kBlocks / crop.width);
      for (std::size_t c = 0; c < 3; ++c) out[3 * block + c] += crop.at(y, x)[c];
      ++count[block];
    }
  }
  for (std::size_t k = 0; k < out.size(); ++k) out[k] /= static_cast<float>(count[k / 3]);
  return out;
}

std::vector<std::int64_t> same_pictures(const std::vector<PictureSignature>& photos,
                                        const std::vector<std::string>& keys, double distance) {
  FGCN_CHECK(photos.size() == keys.size(), "same_pictures: ", photos.size(), " photos, ",
             keys.size(), " keys");
  const std::size_t count = photos.size();
  std::vector<std::int64_t> out(count, -1);
  if (!(distance > 0)) return out;
  // Signatures cannot be nearer than their means: only neighbours by mean are compared.
  std::vector<double> mean(count);
  for (std::size_t i = 0; i < count; ++i)
    mean[i] = std::accumulate(photos[i].begin(), photos[i].end(), 0.0) /
              static_cast<double>(photos[i].size());
  std::vector<std::size_t> order(count), place(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return mean[a] < mean[b]; });
  for (std::size_t k = 0; k < count; ++k) place[order[k]] = k;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t first = count;
    const auto look_at = [&](std::size_t j) {
      if (j < i && j < first && out[j] < 0 && keys[j] != keys[i] &&
          difference(photos[i], photos[j], distance) <= distance)
        first = j;
    };
    const double reach = distance + 1e-6;  // round-off of the means
    for (std::size_t k = place[i]; k-- > 0 && mean[i] - mean[order[k]] <= reach;) look_at(order[k]);
    for (std::size_t k = place[i] + 1; k < count && mean[order[k]] - mean[i] <= reach; ++k)
      look_at(order[k]);
    if (first < count) out[i] = static_cast<std::int64_t>(first);
  }
  return out;
}

}  // namespace fgcn::train
