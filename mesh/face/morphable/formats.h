// Readers of morphable models' files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "mesh/face/morphable/raw_model.h"
#include "mesh/face/morphable/sources.h"

namespace fgcn::mesh::morphable {

/// How many modes are taken at most: the first ones, which vary most.
struct ModeCounts {
  std::int64_t identity = 80;
  std::int64_t expression = 64;
  std::int64_t albedo = 80;
};

/// BFM 2009 (Paysan et al. 2009) with the expressions of Guo et al. (CoarseData), cut to the 35,709
/// vertices of the front: the recipe of Deep3DFaceReconstruction (Deng et al. 2019).
///
///   sources  kBasel2009, kExpressionModes, kDeviations, kFrontIndex, kExpressionIndex, kFaceInfo
///
/// Errors   InputError naming each file that is missing, and a file of the wrong size with the size
///          it should have.
RawModel read_basel_2009(const Sources& sources, const ModeCounts& counts);

/// The same as that program writes it: BFM_model_front.mat.
RawModel read_composed(const std::filesystem::path& path, const ModeCounts& counts);

/// BFM 2017 and 2019 (Gerig et al. 2018): statismo's HDF5. Landmarks by their names, and of the
/// 53,149 vertices of 2017 by eos' list too.
RawModel read_statismo(const std::filesystem::path& path, const ModeCounts& counts);

/// LSFM (Booth et al. 2016), MAT 5 or 7.3: 53,215 vertices of which the front's index files take
/// 35,709; or any number with a template mesh and landmarks.
///
///   sources   kLsfm; kFrontIndex and kFaceInfo without a template
///   mesh      OBJ of the file's vertices, or empty
///   landmarks [68] vertices, with a template
RawModel read_lsfm(const Sources& sources, const std::filesystem::path& mesh,
                   const std::vector<std::int32_t>& landmarks, const ModeCounts& counts);

/// tri, keypoints and skinmask of facemodel_info.mat or the composed file, for `vertices`.
void read_face_info(const std::filesystem::path& path, std::int64_t vertices, RawModel& model);

/// [35,709] numbers of 0 to `end` - 1, which the file counts from 1.
std::vector<std::int32_t> read_front_index(const std::filesystem::path& path);

/// Modes of `from` at the vertices `rows`; `scale` [count].
Modes selected(const std::vector<float>& columns, std::int64_t from_vertices,
               const std::vector<std::int32_t>& rows, const std::vector<double>& scale);

}  // namespace fgcn::mesh::morphable
