#include "train/gain_fit.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "io/file.h"
#include "kernels/core/error.h"
#include "train/evaluate/evaluation.h"
#include "train/follow.h"
#include "train/run/progress.h"
#include "train/synthetic/face_stream.h"

namespace fgcn::train {
namespace {

constexpr const char* kFaces = "gain faces";
constexpr const char* kSeed = "gain seed";
constexpr int kFolds = 10;

/// Logarithm of the true albedo's mean over the refined one's, on seen skin.
std::array<double, 3> log_gain(const SyntheticFace& face, const std::vector<float>& refined,
                               const mesh::FaceModel& model) {
  const AlbedoSums gain =
      albedo_sums(face, refined, [&model](std::size_t v) { return model.skin[v] != 0; });
  std::array<double, 3> out{};
  for (std::size_t c = 0; c < 3; ++c) out[c] = std::log(gain.truth[c] / gain.found[c]);
  return out;
}

/// One model's faces so far.
struct Collected {
  recon::RefinementModel* model = nullptr;
  std::optional<recon::AlbedoGain> older;
  recon::GainRegression regression;
  std::array<double, 3> none{}, before{};  // sums of squares

  void add(const SyntheticFace& face, const mesh::FaceModel& of) {
    const recon::Observation o = observation_of(face, model->config());
    const std::vector<float> refined = model->refine(o);
    const auto features = recon::gain_features(o.photo_color, o.coarse_albedo, o.vertex_irradiance,
                                               refined, o.visible, o.sh_coefficients);
    if (!features) return;
    const std::array<double, 3> wanted = log_gain(face, refined, of);
    regression.add(*features, wanted);
    const std::array<float, 3> had = older ? older->gain(*features) : std::array<float, 3>{1, 1, 1};
    for (std::size_t c = 0; c < 3; ++c) {
      const double off = wanted[c] - std::log(static_cast<double>(had[c]));
      none[c] += wanted[c] * wanted[c];
      before[c] += off * off;
    }
  }

  GainFit solve() {
    GainFit out{static_cast<std::int64_t>(regression.faces()), none, before, {}};
    if (out.faces == 0) return out;
    for (std::array<double, 3>* sums : {&out.none, &out.before})
      for (double& sum : *sums) sum = std::sqrt(sum / static_cast<double>(out.faces));
    model->set_gain(regression.solve());
    out.after = regression.left_over(kFolds);
    return out;
  }
};

}  // namespace

std::optional<std::vector<GainFit>> fit_gains(std::span<recon::RefinementModel* const> models,
                                              const mesh::FaceModel& face,
                                              const GainFitOptions& options,
                                              const std::atomic<bool>& stop) {
  FGCN_CHECK(options.faces > 0, "fit_gains: ", options.faces, " faces");
  std::vector<Collected> all;
  for (recon::RefinementModel* model : models) {
    all.push_back({model, model->gain(), {}, {}, {}});
    model->set_gain(std::nullopt);
  }
  FaceStream stream(face, {kGainSeed + options.seed, 0, options.workers, /*ahead=*/8});
  ProgressBar bar("albedo gain", options.faces);
  for (std::int64_t i = 0; i < options.faces; ++i) {
    if (stop.load()) {
      for (Collected& one : all) one.model->set_gain(std::move(one.older));
      return std::nullopt;
    }
    const auto rendered = stream.next();
    for (Collected& one : all) one.add(*rendered, face);
    bar.update(i + 1);
  }
  std::vector<GainFit> out;
  out.reserve(all.size());
  for (Collected& one : all) out.push_back(one.solve());
  return out;
}

std::optional<std::vector<GainFit>> fit_gain_files(const Context& ctx, const mesh::FaceModel& face,
                                                   std::span<const GainFile> files,
                                                   const GainFitOptions& options,
                                                   const std::atomic<bool>& stop) {
  std::vector<io::Safetensors> contents;
  std::vector<recon::RefinementModel> models;
  std::vector<recon::RefinementModel*> pointers;
  for (const GainFile& file : files) {
    const std::string where = file.from.string();
    const FileWriter known_before_the_work(file.to);  // whether it can be written
    contents.push_back(io::read_safetensors(file.from, [&](const io::Safetensors& header) {
      if (header.metadata.contains("checkpoint"))
        input_error(where,
                    ": is a checkpoint; give the weights.safetensors or best.safetensors of "
                    "its run");
      recon::RefinementModel::judge(face, where)(header);
    }));
    if (file.model == nullptr)
      models.push_back(recon::RefinementModel::from_file(ctx, face, contents.back(), where));
  }
  auto loaded = models.begin();
  for (const GainFile& file : files)
    pointers.push_back(file.model != nullptr ? file.model : &*loaded++);
  auto out = fit_gains(pointers, face, options, stop);
  if (!out) return out;
  for (std::size_t i = 0; i < files.size(); ++i) {
    io::Safetensors& file = contents[i];
    std::erase_if(file.tensors, [](const auto& one) { return one.first.starts_with("gain."); });
    if (pointers[i]->gain()) recon::put_gain(file, *pointers[i]->gain());
    file.metadata[kFaces] = std::to_string(options.faces);
    file.metadata[kSeed] = std::to_string(options.seed);
    io::write_safetensors(files[i].to, file);
  }
  return out;
}

bool has_gain(const io::Safetensors& file, const GainFitOptions& options) {
  const auto says = [&file](const char* key, const std::string& value) {
    const auto found = file.metadata.find(key);
    return found != file.metadata.end() && found->second == value;
  };
  return says(kFaces, std::to_string(options.faces)) && says(kSeed, std::to_string(options.seed));
}

}  // namespace fgcn::train
