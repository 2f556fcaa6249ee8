#include "train/synthetic/face_drawer.h"

#include <algorithm>
#include <utility>

namespace fgcn::train {
namespace {

constexpr std::int64_t kSupersample = 2;

}  // namespace

FaceDrawer::FaceDrawer(const Context& ctx, const mesh::FaceModel& model, std::int64_t size)
    : model_(&model), size_(size), samples_(ctx, model.triangles, size * kSupersample) {}

FaceDrawing FaceDrawer::operator()(std::vector<float> screen, const std::vector<float>& colors,
                                   Image behind) {
  for (std::size_t i = 0; i < screen.size(); ++i) {
    if (i % 3 != 2) screen[i] *= static_cast<float>(kSupersample);
  }
  samples_.draw(screen);
  FaceDrawing out{std::move(behind), Image(size_, size_, 1), Image(size_, size_, 1)};
  constexpr float kShare = 1.0f / static_cast<float>(kSupersample * kSupersample);
  for (std::int64_t y = 0; y < size_; ++y) {
    for (std::int64_t x = 0; x < size_; ++x) {
      float sum[3] = {};
      float cover = 0;
      float skin = 0;
      for (std::int64_t s = 0; s < kSupersample * kSupersample; ++s) {
        const std::int64_t row = y * kSupersample + s / kSupersample;
        const std::int64_t column = x * kSupersample + s % kSupersample;
        const real* sample = samples_.raster().data() + (row * samples_.size() + column) * 4;
        const auto index = static_cast<std::int64_t>(sample[3]) - 1;
        if (index < 0) continue;
        const mesh::Triangle& t = model_->triangles[static_cast<std::size_t>(index)];
        const auto u = static_cast<float>(sample[0]);
        const auto v = static_cast<float>(sample[1]);
        const float w[3] = {u, v, 1 - u - v};
        cover += kShare;
        for (std::size_t k = 0; k < 3; ++k) {
          const auto at = static_cast<std::size_t>(t[k]);
          for (std::size_t c = 0; c < 3; ++c) sum[c] += w[k] * colors[3 * at + c];
          if (model_->skin[at] != 0) skin += kShare * w[k];
        }
      }
      float* pixel = out.color.at(y, x);
      for (std::size_t c = 0; c < 3; ++c) {
        pixel[c] = std::min(pixel[c] * (1 - cover) + kShare * sum[c], 1.0f);
      }
      *out.coverage.at(y, x) = cover;
      *out.skin.at(y, x) = skin;
    }
  }
  return out;
}

}  // namespace fgcn::train
