#include "apps/eval/eval_sheet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>

#include "io/utf8.h"
#include "recon/fit/triangle_list.h"
#include "render/sheet.h"
#include "render/views.h"

namespace fgcn {
namespace {

constexpr std::int64_t kTile = 260;  // pixels per side
constexpr std::array<float, 3> kBackdrop{0.16F, 0.17F, 0.19F};

double value_of(const train::PhotoScores& photo, RankBy by) {
  const train::FaceScores& face = photo.faces.size() > 2 ? photo.faces[2] : photo.faces.front();
  if (by == RankBy::kPsnr) return face.agreement.psnr;
  return face.identity ? face.identity->cosine : std::numeric_limits<double>::quiet_NaN();
}

/// Short enough for a tile.
std::string label(const std::string& name, const train::FaceScores& face) {
  std::array<char, 64> out{};
  if (face.identity)
    std::snprintf(out.data(), out.size(), " %.1f %.2f", face.agreement.psnr, face.identity->cosine);
  else
    std::snprintf(out.data(), out.size(), " %.1f dB", face.agreement.psnr);
  return io::first_code_points(name, face.identity ? 9 : 12) + out.data();
}

}  // namespace

std::vector<RankedPhoto> rank_photos(const std::vector<train::PhotoScores>& photos, RankBy by,
                                     std::size_t each) {
  std::vector<RankedPhoto> all;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const double value = value_of(photos[i], by);
    if (std::isfinite(value)) all.push_back({"", i, value});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const RankedPhoto& a, const RankedPhoto& b) { return a.value > b.value; });
  if (all.empty()) return all;
  const std::size_t count = all.size();
  const std::size_t best = std::min(each, count);
  const std::size_t worst = std::max(best, count - std::min(each, count));
  // Halfway down, as far as best and worst leave room.
  const std::size_t middle = std::clamp(count / 2 - std::min(count / 2, each / 2), best, worst);
  const std::size_t middle_end = std::min(middle + each, worst);
  std::vector<RankedPhoto> out;
  for (std::size_t i = 0; i < count; ++i) {
    const char* rank = i < best                        ? "best"
                       : i >= worst                    ? "worst"
                       : i >= middle && i < middle_end ? "median"
                                                       : nullptr;
    if (rank == nullptr) continue;
    out.push_back(all[i]);
    out.back().rank = rank;
  }
  return out;
}

Image8 rank_sheet(const train::PhotoScorer& scorer, const std::vector<RankedPhoto>& ranked,
                  const std::function<recon::PhotoSample(std::size_t)>& sample, RankBy by) {
  const std::vector<std::int32_t> triangles = recon::flat(scorer.face().triangles);
  Camera camera;
  camera.height = kTile;
  camera.width = kTile;
  std::vector<SheetTile> tiles;
  for (const RankedPhoto& photo : ranked) {
    const recon::PhotoSample fitted = sample(photo.photo);
    train::PhotoPictures pictures;
    const train::PhotoScores scores = scorer(fitted, &pictures);
    tiles.push_back(
        {photo.rank + " " + std::filesystem::path(scores.name).stem().string(), fitted.crop});
    for (std::size_t i = 0; i < pictures.overlays.size(); ++i)
      tiles.push_back({label(scorer.names()[i], scores.faces[i]), pictures.overlays[i]});
    for (std::size_t i = 2; i < pictures.albedos.size(); ++i)
      tiles.push_back({"albedo " + scorer.names()[i],
                       lay_over(render_colors({fitted.fit.vertices, triangles}, pictures.albedos[i],
                                              fitted.fit.pose(), camera),
                                kBackdrop)});
  }
  const std::size_t faces = scorer.names().size();
  const auto columns = static_cast<std::int64_t>(1 + faces + (faces - 2));
  const std::string title =
      by == RankBy::kPsnr ? "best, median, worst by PSNR" : "best, median, worst by identity";
  return make_sheet(scorer.has_identity() ? title + " (PSNR in dB, cosine)" : title, tiles,
                    {.columns = columns, .tile = kTile});
}

}  // namespace fgcn
