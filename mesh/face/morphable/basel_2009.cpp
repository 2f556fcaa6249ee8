#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "io/arrays/mat_file.h"
#include "io/file.h"
#include "io/input_file.h"
#include "kernels/core/error.h"
#include "mesh/face/morphable/formats.h"

namespace fgcn::mesh::morphable {
namespace {

constexpr std::int64_t kWhole = 53490;  // vertices of 01_MorphableModel.mat
constexpr std::int64_t kTrimmed = 53215;
constexpr std::int64_t kFront = 35709;
constexpr std::int64_t kExpressions = 79;  // of Exp_Pca.bin
constexpr double kDecimetresPerMicrometre = 1e-5;
constexpr double kWhite = 255;

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Numbers that count from 1, as from 0.
std::vector<std::int32_t> indices(const std::vector<double>& values, std::int64_t end,
                                  const std::string& name, const std::string& where) {
  std::vector<std::int32_t> out;
  out.reserve(values.size());
  for (const double value : values) {
    if (!(value >= 1 && value <= static_cast<double>(end)) || value != std::floor(value))
      input_error(where, ": ", name, " holds ", value, ", expected whole numbers of 1 to ", end,
                  "; give the published file");
    out.push_back(static_cast<std::int32_t>(value) - 1);
  }
  return out;
}

std::vector<std::int32_t> indices(const io::MatFile& file, const std::string& name,
                                  std::int64_t count, std::int64_t end, const std::string& where) {
  return indices(file.list(name, count), end, name, where);
}

/// std_exp.txt.
std::vector<double> read_deviations(const std::filesystem::path& path) {
  constexpr std::uint64_t kMostBytes = 1 << 16;
  const std::string where = path.string();
  const Bytes bytes = read_file(path, kMostBytes);
  const std::string all(bytes.begin(), bytes.end());
  std::vector<double> out;
  const char* const end = all.data() + all.size();
  for (const char* at = all.data(); at < end;) {
    if (std::strchr(" \t\r\n,", *at) != nullptr) {
      ++at;
      continue;
    }
    double value = 0;
    const auto [next, failed] = std::from_chars(at, end, value);
    if (failed != std::errc() || !(value >= 0 && value <= 1e9))
      input_error(where, ": value ", out.size() + 1,
                  " is no standard deviation in micrometres; give the published std_exp.txt");
    out.push_back(value);
    at = next;
  }
  if (out.size() != static_cast<std::size_t>(kExpressions))
    input_error(where, ": has ", out.size(), " numbers, expected ", kExpressions,
                "; give the published std_exp.txt");
  return out;
}

/// Exp_Pca.bin, mode by mode: no more than one of them lies in memory beside the result.
Modes read_expressions(const std::filesystem::path& path, const std::vector<double>& deviations,
                       const std::vector<std::int32_t>& rows, std::int64_t most) {
  const std::string where = path.string();
  const InputFile file(path);
  constexpr std::uint64_t kMode = sizeof(float) * 3 * kTrimmed;
  constexpr std::uint64_t kSize = sizeof(std::int32_t) + kMode * (kExpressions + 1);
  if (file.size() != kSize)
    input_error(where, ": has ", file.size(), " bytes, expected ", kSize,
                " (Exp_Pca.bin: ", kExpressions, " modes of ", kTrimmed,
                " vertices); download it again");
  Modes out;
  out.count = std::min(most, kExpressions);
  out.data.reserve(static_cast<std::size_t>(out.count) * 3 * rows.size());
  std::vector<float> mode(3 * kTrimmed);
  for (std::int64_t k = 0; k < out.count; ++k) {
    // Behind the number of modes and their mean, which this recipe does not use.
    file.read(sizeof(std::int32_t) + kMode * static_cast<std::uint64_t>(k + 1),
              {reinterpret_cast<std::uint8_t*>(mode.data()), kMode});
    // Also where no vertex is taken: such a file is damaged.
    if (!std::all_of(mode.begin(), mode.end(), [](float x) { return std::isfinite(x); }))
      input_error(where, ": mode ", k, " holds a value that is not finite; download it again");
    const double scale = deviations[static_cast<std::size_t>(k)] * kDecimetresPerMicrometre;
    for (const std::int32_t v : rows)
      for (std::size_t c = 0; c < 3; ++c)
        out.data.push_back(static_cast<float>(scale * static_cast<double>(mode[3 * index(v) + c])));
  }
  return out;
}

/// Modes of a basis with unit columns, whose "EV" are standard deviations.
Modes read_basis(const io::MatFile& file, const std::string& basis, const std::string& deviations,
                 const std::vector<std::int32_t>& rows, double unit, std::int64_t most) {
  const std::int64_t count = std::min(most, file.size(basis).columns);
  std::vector<double> scale = file.list(deviations, file.size(basis).columns);
  scale.resize(static_cast<std::size_t>(count));
  for (double& x : scale) x *= unit;
  return selected(file.floats(basis, 3 * kWhole, count), kWhole, rows, scale);
}

std::vector<double> chosen(const std::vector<double>& xyz, const std::vector<std::int32_t>& rows,
                           double unit) {
  std::vector<double> out;
  for (const std::int32_t v : rows)
    for (std::size_t c = 0; c < 3; ++c) out.push_back(unit * xyz[3 * index(v) + c]);
  return out;
}

void require(const Sources& sources) {
  std::string missing;
  for (const Kind kind : {Kind::kBasel2009, Kind::kExpressionModes, Kind::kDeviations,
                          Kind::kFrontIndex, Kind::kExpressionIndex, Kind::kFaceInfo})
    if (!sources.contains(kind))
      missing += (missing.empty() ? "" : ", ") + std::string(name_of(kind));
  if (!missing.empty())
    input_error(sources.begin()->second.string(), ": BFM 2009 also needs ", missing,
                "; give these files or their folder");
}

}  // namespace

Modes selected(const std::vector<float>& columns, std::int64_t from_vertices,
               const std::vector<std::int32_t>& rows, const std::vector<double>& scale) {
  Modes out;
  out.count = static_cast<std::int64_t>(scale.size());
  out.data.reserve(scale.size() * rows.size() * 3);
  for (std::size_t k = 0; k < scale.size(); ++k) {
    const float* column = columns.data() + k * 3 * static_cast<std::size_t>(from_vertices);
    for (const std::int32_t v : rows)
      for (std::size_t c = 0; c < 3; ++c)
        out.data.push_back(
            static_cast<float>(scale[k] * static_cast<double>(column[3 * index(v) + c])));
  }
  return out;
}

std::vector<std::int32_t> read_front_index(const std::filesystem::path& path) {
  return indices(io::MatFile(path), "idx", kFront, kTrimmed, path.string());
}

void read_face_info(const std::filesystem::path& path, std::int64_t vertices, RawModel& model) {
  const std::string where = path.string();
  const io::MatFile file(path);
  const std::int64_t triangles = file.size("tri").rows;
  if (file.size("tri").columns != 3)
    input_error(where, ": tri has ", file.size("tri").columns,
                " columns, expected 3; give the published file");
  const std::vector<std::int32_t> corners =
      indices(file.doubles("tri", triangles, 3), vertices, "tri", where);
  const auto count = static_cast<std::size_t>(triangles);
  for (std::size_t t = 0; t < count; ++t)
    model.triangles.push_back({corners[t], corners[count + t], corners[2 * count + t]});
  constexpr std::int64_t kLandmarks = 68;
  model.landmarks = indices(file, "keypoints", kLandmarks, vertices, where);
  for (const double flag : file.list("skinmask", vertices)) {
    if (flag != 0 && flag != 1)
      input_error(where, ": skinmask holds ", flag, ", expected 0 or 1; give the published file");
    model.skin.push_back(flag != 0 ? 1 : 0);
  }
}

RawModel read_basel_2009(const Sources& sources, const ModeCounts& counts) {
  require(sources);
  const std::filesystem::path& basel = sources.at(Kind::kBasel2009);
  const std::filesystem::path& trim = sources.at(Kind::kExpressionIndex);
  // Expressions are numbered as the 53,215 vertices, the rest as the 53,490.
  const std::vector<std::int32_t> front = read_front_index(sources.at(Kind::kFrontIndex));
  const std::vector<std::int32_t> trimmed =
      indices(io::MatFile(trim), "trimIndex", kTrimmed, kWhole, trim.string());
  std::vector<std::int32_t> full;
  full.reserve(front.size());
  for (const std::int32_t v : front) full.push_back(trimmed[index(v)]);

  RawModel out;
  out.name = "BFM 2009";
  out.expression =
      read_expressions(sources.at(Kind::kExpressionModes),
                       read_deviations(sources.at(Kind::kDeviations)), front, counts.expression);
  add_ranges(out);
  read_face_info(sources.at(Kind::kFaceInfo), kFront, out);
  const io::MatFile file(basel);
  out.mean = chosen(file.list("shapeMU", 3 * kWhole), full, kDecimetresPerMicrometre);
  for (const double x : chosen(file.list("texMU", 3 * kWhole), full, 1 / kWhite))
    out.mean_albedo.push_back(static_cast<float>(x));
  out.identity =
      read_basis(file, "shapePC", "shapeEV", full, kDecimetresPerMicrometre, counts.identity);
  out.albedo = read_basis(file, "texPC", "texEV", full, 1 / kWhite, counts.albedo);
  return out;
}

RawModel read_composed(const std::filesystem::path& path, const ModeCounts& counts) {
  const std::string where = path.string();
  const io::MatFile file(path);
  RawModel out;
  out.name = "BFM 2009";
  out.mean = file.list("meanshape", -1);
  const auto numbers = static_cast<std::int64_t>(out.mean.size());
  if (numbers == 0 || numbers % 3 != 0)
    input_error(where, ": meanshape has ", numbers,
                " values, expected 107127 (three a vertex); give the published file");
  for (const double x : file.list("meantex", numbers))
    out.mean_albedo.push_back(static_cast<float>(x / kWhite));
  const auto modes = [&](const char* name, std::int64_t most, double unit) {
    Modes list;
    list.count = std::min(most, file.size(name).columns);
    list.data = file.floats(name, numbers, list.count);
    for (float& x : list.data) x = static_cast<float>(unit * static_cast<double>(x));
    return list;
  };
  out.identity = modes("idBase", counts.identity, 1);
  out.expression = modes("exBase", counts.expression, 1);
  out.albedo = modes("texBase", counts.albedo, 1 / kWhite);
  add_ranges(out);
  read_face_info(path, numbers / 3, out);
  return out;
}

}  // namespace fgcn::mesh::morphable
