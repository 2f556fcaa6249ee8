#include "mesh/face/morphable/morphable_import.h"

#include <algorithm>
#include <utility>

#include "kernels/core/error.h"
#include "mesh/face/gnm_file.h"
#include "mesh/face/morphable/flame.h"

namespace fgcn::mesh {
namespace {

using morphable::Kind;

/// The heaviest vertex of each line.
std::vector<std::int32_t> landmark_vertices(const std::filesystem::path& path,
                                            std::int64_t vertices) {
  std::vector<std::int32_t> out;
  for (const gnm::WeightedVertices& point : gnm::read_landmarks(path, vertices))
    out.push_back(std::max_element(point.begin(), point.end(), [](const auto& a, const auto& b) {
                    return a.second < b.second;
                  })->first);
  return out;
}

}  // namespace

ImportedModel import_bfm(std::span<const std::filesystem::path> paths, const BfmOptions& options) {
  const morphable::Sources sources = morphable::find_sources(paths);
  const auto file = [&](Kind kind) -> const std::filesystem::path* {
    const auto found = sources.find(kind);
    return found == sources.end() ? nullptr : &found->second;
  };
  morphable::RawModel raw;
  const std::filesystem::path* path = nullptr;
  if ((path = file(Kind::kComposed)) != nullptr) {
    raw = morphable::read_composed(*path, options.counts);
  } else if ((path = file(Kind::kBasel2009)) != nullptr) {
    raw = morphable::read_basel_2009(sources, options.counts);
  } else if ((path = file(Kind::kStatismo)) != nullptr) {
    raw = morphable::read_statismo(*path, options.counts);
  } else if ((path = file(Kind::kLsfm)) != nullptr) {
    std::vector<std::int32_t> landmarks;
    if (!options.mesh.empty()) {
      constexpr std::int64_t kMostVertices = 500'000;  // the mesh tells how many there are
      landmarks = landmark_vertices(options.landmarks, kMostVertices);
    }
    raw = morphable::read_lsfm(sources, options.mesh, landmarks, options.counts);
  } else {
    const auto& [kind, first] = *sources.begin();
    input_error(first.string(), ": is ", morphable::name_of(kind),
                ", which goes with a face model; give 01_MorphableModel.mat, "
                "BFM_model_front.mat, an .h5 file or the LSFM too");
  }
  const std::string where = path->string();
  if (!options.landmarks.empty() && options.mesh.empty())
    raw.landmarks = landmark_vertices(options.landmarks, raw.vertices());
  return {morphable::completed(std::move(raw), where), where};
}

FaceModel import_flame(const std::filesystem::path& path, const FlameOptions& options) {
  const std::string where = path.string();
  const morphable::FlameFile file = morphable::read_flame(path);
  morphable::RawModel raw = morphable::flame_model(file, options.counts);
  if (const auto points = morphable::read_named_arrays(options.landmarks)) {
    const auto triangles = static_cast<std::int64_t>(file.triangles.size());
    morphable::add_landmarks(
        morphable::flame_landmarks(*points, triangles, options.landmarks.string()), raw);
  } else {
    raw.landmarks = landmark_vertices(options.landmarks, raw.vertices());
  }
  return morphable::completed(std::move(raw), where);
}

}  // namespace fgcn::mesh
