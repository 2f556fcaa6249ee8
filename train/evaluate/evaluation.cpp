#include "train/evaluate/evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/core/error.h"
#include "recon/fit/depth_map.h"
#include "recon/fit/posed_face.h"
#include "recon/fit/relight.h"
#include "recon/refine/photo_sample.h"

namespace fgcn::train {
namespace {

/// Sums over skin vertices and their number, [0] hidden and [1] visible.
struct Sums {
  double error[2] = {};
  double count[2] = {};

  void operator+=(const Sums& other) {
    for (int k = 0; k < 2; ++k) {
      error[k] += other.error[k];
      count[k] += other.count[k];
    }
  }
  AlbedoError mean() const {
    const auto ratio = [](double sum, double number) { return number > 0 ? sum / number : 0; };
    return {ratio(error[1], count[1]), ratio(error[0], count[0]),
            ratio(error[0] + error[1], count[0] + count[1])};
  }
};

/// Errors of an albedo [V, 3] against the truth, per vertex the mean of its three channels.
Sums errors(const std::vector<float>& albedo, const SyntheticFace& face,
            const std::vector<std::uint8_t>& skin) {
  Sums out;
  for (std::size_t v = 0; v < skin.size(); ++v) {
    if (skin[v] == 0) continue;
    const int visible = face.observation.visible[v] > 0.5f ? 1 : 0;
    double sum = 0;
    for (std::size_t c = 0; c < 3; ++c) sum += std::abs(albedo[3 * v + c] - face.albedo[3 * v + c]);
    out.error[visible] += sum / 3;
    out.count[visible] += 1;
  }
  return out;
}

/// Errors of one kind of albedo over all faces.
struct Tally {
  Sums sums;
  std::vector<double> faces;

  void add(const Sums& of_face) {
    sums += of_face;
    faces.push_back(of_face.mean().all);
  }
};

double psnr(const std::vector<float>& albedo, const std::vector<float>& light,
            const SyntheticFace& face, const std::vector<std::uint8_t>& skin) {
  const recon::Observation& o = face.observation;
  double sum = 0;
  double count = 0;
  for (std::size_t v = 0; v < skin.size(); ++v) {
    if (skin[v] == 0 || face.unoccluded[v] < 0.5f) continue;
    for (std::size_t c = 0; c < 3; ++c) {
      const double lit =
          std::clamp(static_cast<double>(albedo[3 * v + c] * light[3 * v + c]), 0.0, 1.0);
      const double off = lit - static_cast<double>(o.photo_color[3 * v + c]);
      sum += off * off;
    }
    count += 3;
  }
  if (count == 0) return std::numeric_limits<double>::quiet_NaN();
  return -10 * std::log10(std::max(sum / count, 1e-10));
}

double median(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

recon::Observation observation_of(const SyntheticFace& face,
                                  const recon::RefinementConfig& config) {
  if (config.embedding_form != recon::EmbeddingForm::kPatches)
    input_error(
        "weights that take a face's identity cannot be used on synthetic faces; measure them on "
        "photos, and leave the albedo gain out (gain_faces=0)");
  if (config.input == recon::InputForm::kBase) return face.observation;
  const recon::Observation& o = face.observation;
  recon::PhotoSample sample;
  sample.crop = o.crop;
  sample.fit.screen = face.screen;
  sample.fit.normals = face.normals;
  sample.fit.albedo_colors = o.coarse_albedo;
  sample.fit.vertex_irradiance = o.vertex_irradiance;
  sample.fit.sh_coefficients = o.sh_coefficients;
  return recon::observe(sample, {}, config);  // which vertices face the camera: no triangles
}

std::vector<float> projected_albedo(const recon::Observation& observation) {
  std::vector<float> out = observation.coarse_albedo;
  for (std::size_t v = 0; v < observation.visible.size(); ++v) {
    if (observation.visible[v] < 0.5f) continue;
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t at = 3 * v + c;
      out[at] = std::clamp(observation.photo_color[at] /
                               std::max(observation.vertex_irradiance[at], recon::kLeastLight),
                           0.0f, 1.0f);
    }
  }
  return out;
}

std::vector<Evaluation> evaluate(std::span<const recon::RefinementModel* const> models,
                                 const mesh::FaceModel& face, std::uint64_t seed,
                                 std::int64_t faces,
                                 const std::function<void(std::int64_t)>& done) {
  FaceSynthesizer synthesizer(face);
  Tally coarse, projected;
  std::vector<Tally> refined(models.size());
  std::vector<double> coarse_psnr;
  std::vector<std::vector<double>> refined_psnr(models.size());
  for (std::int64_t i = 0; i < faces; ++i) {
    const SyntheticFace sample = synthesizer(seed, static_cast<std::uint64_t>(i));
    const recon::Observation& o = sample.observation;
    coarse.add(errors(o.coarse_albedo, sample, face.skin));
    projected.add(errors(projected_albedo(o), sample, face.skin));
    coarse_psnr.push_back(psnr(o.coarse_albedo, o.vertex_irradiance, sample, face.skin));
    for (std::size_t m = 0; m < models.size(); ++m) {
      const std::vector<float> fine =
          models[m]->refine(observation_of(sample, models[m]->config()));
      refined[m].add(errors(fine, sample, face.skin));
      const recon::Relit relit =
          recon::relight({o.photo_color, o.visible, sample.normals}, fine, o.sh_coefficients);
      refined_psnr[m].push_back(psnr(fine, relit.vertex_irradiance, sample, face.skin));
    }
    if (done) done(i + 1);
  }
  std::vector<Evaluation> out;
  for (std::size_t m = 0; m < models.size(); ++m)
    out.push_back({faces, coarse.sums.mean(), projected.sums.mean(), refined[m].sums.mean(),
                   coarse.faces, projected.faces, refined[m].faces, median(coarse_psnr),
                   median(refined_psnr[m])});
  return out;
}

Evaluation evaluate(const recon::RefinementModel& model, const mesh::FaceModel& face,
                    std::uint64_t seed, std::int64_t faces,
                    const std::function<void(std::int64_t)>& done) {
  const recon::RefinementModel* const one = &model;
  return evaluate(std::span(&one, 1), face, seed, faces, done).front();
}

Image8 sample_sheet(const recon::RefinementModel& model, const mesh::FaceModel& face,
                    std::span<const SyntheticFace> samples) {
  constexpr std::int64_t kColumns = 7;
  const Context ctx(Device::kCpu, 1);
  recon::DepthMap map(ctx, face.triangles, recon::kCropSize);
  map.draw(recon::FacePoser(ctx, face)({}, {}, {}).screen);
  const auto rows = static_cast<std::int64_t>(samples.size());
  Image8 sheet(rows * recon::kCropSize, kColumns * recon::kCropSize, 3);
  for (std::int64_t row = 0; row < rows; ++row) {
    const SyntheticFace& sample = samples[static_cast<std::size_t>(row)];
    const recon::Observation& o = sample.observation;
    const auto put = [&](std::int64_t column, const auto& color_at) {
      for (std::int64_t y = 0; y < recon::kCropSize; ++y) {
        for (std::int64_t x = 0; x < recon::kCropSize; ++x) {
          float color[3] = {};
          color_at(y, x, color);
          std::uint8_t* out = sheet.at(row * recon::kCropSize + y, column * recon::kCropSize + x);
          for (std::size_t c = 0; c < 3; ++c) {
            out[c] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(color[c], 0.0f, 1.0f)));
          }
        }
      }
    };
    const auto put_vertices = [&](std::int64_t column, const std::vector<float>& values) {
      put(column, [&](std::int64_t y, std::int64_t x, float* color) {
        const real* at = map.raster().data() + (y * recon::kCropSize + x) * 4;
        if (at[3] == 0) return;
        const mesh::Triangle& t = face.triangles[static_cast<std::size_t>(at[3]) - 1];
        const float w[3] = {static_cast<float>(at[0]), static_cast<float>(at[1]),
                            static_cast<float>(1 - at[0] - at[1])};
        for (std::size_t k = 0; k < 3; ++k) {
          for (std::size_t c = 0; c < 3; ++c) {
            color[c] += w[k] * values[3 * static_cast<std::size_t>(t[k]) + c];
          }
        }
      });
    };
    put(0, [&](std::int64_t y, std::int64_t x, float* color) {
      std::copy_n(o.crop.at(y, x), 3, color);
    });
    put(1, [&](std::int64_t y, std::int64_t x, float* color) {
      for (std::int64_t c = 0; c < 3; ++c) color[c] = o.crop.at(y, x)[c] * o.crop.at(y, x)[3];
    });
    const std::vector<float> fine = model.refine(observation_of(sample, model.config()));
    std::vector<float> lit = fine;
    for (std::size_t i = 0; i < lit.size(); ++i) lit[i] *= o.vertex_irradiance[i];
    put_vertices(2, o.coarse_albedo);
    put_vertices(3, projected_albedo(o));
    put_vertices(4, fine);
    put_vertices(5, sample.albedo);
    put_vertices(6, lit);
  }
  return sheet;
}

}  // namespace fgcn::train
