#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "io/arrays/hdf5_file.h"
#include "io/arrays/mat_file.h"
#include "io/mesh/obj.h"
#include "kernels/core/error.h"
#include "mesh/face/morphable/formats.h"

namespace fgcn::mesh::morphable {
namespace {

constexpr std::int64_t kTrimmed = 53215;
constexpr std::int64_t kMostVertices = 500'000;
constexpr double kWhite = 255;

/// The fields of the structure `model`, of a MAT 5 file or of a MAT 7.3 file, which is HDF5 and has
/// its matrices turned.
class Fields {
 public:
  explicit Fields(const std::filesystem::path& path) : where_(path.string()) {
    if (is_hdf5(path))
      hdf5_.emplace(path);
    else
      mat_.emplace(path);
  }

  bool has(const std::string& name) const {
    return mat_ ? mat_->has("model." + name) : hdf5_->has("/model/" + name);
  }
  std::vector<double> list(const std::string& name, std::int64_t count) const {
    if (mat_) return mat_->list("model." + name, count);
    std::vector<double> out = hdf5_->doubles("/model/" + name);
    if (count >= 0 && static_cast<std::int64_t>(out.size()) != count)
      input_error(where_, ": model.", name, " has ", out.size(), " values, expected ", count);
    return out;
  }
  /// [columns][rows]
  std::vector<float> columns(const std::string& name, std::int64_t rows, std::int64_t most) const {
    if (mat_) {
      const std::int64_t count = std::min(most, mat_->size("model." + name).columns);
      return mat_->floats("model." + name, rows, count);
    }
    const std::vector<std::int64_t> shape = hdf5_->shape("/model/" + name);
    if (shape.size() != 2 || shape[1] != rows)
      input_error(where_, ": model.", name, " does not have ", rows,
                  " rows, as many as the mean; give the published file");
    std::vector<float> out = hdf5_->floats("/model/" + name);
    out.resize(static_cast<std::size_t>(std::min(most, shape[0]) * rows));
    return out;
  }

 private:
  std::string where_;
  std::optional<io::MatFile> mat_;
  std::optional<io::Hdf5File> hdf5_;
};

}  // namespace

RawModel read_lsfm(const Sources& sources, const std::filesystem::path& mesh,
                   const std::vector<std::int32_t>& landmarks, const ModeCounts& counts) {
  const std::filesystem::path& path = sources.at(Kind::kLsfm);
  const std::string where = path.string();
  const Fields file(path);
  RawModel out;
  out.name = "LSFM";
  const std::vector<double> mean = file.list("shapeMU", -1);
  const auto numbers = static_cast<std::int64_t>(mean.size());
  const std::int64_t vertices = numbers / 3;
  if (vertices < 3 || numbers % 3 != 0 || vertices > kMostVertices)
    input_error(where, ": model.shapeMU has ", numbers, " values, expected three a vertex");
  const double unit = unit_of(mean, where);

  std::vector<std::int32_t> rows;
  if (!mesh.empty()) {
    const TriangleMesh whole = triangle_mesh(read_obj(mesh));
    if (static_cast<std::int64_t>(whole.vertices.size()) != vertices)
      input_error(mesh.string(), ": has ", whole.vertices.size(), " vertices, expected ", vertices,
                  " as in ", where);
    out.triangles = whole.triangles;
    out.landmarks = landmarks;
    rows.resize(static_cast<std::size_t>(vertices));
    std::iota(rows.begin(), rows.end(), 0);
  } else {
    if (vertices != kTrimmed)
      input_error(where, ": has ", vertices, " vertices, of which no triangles are known (of ",
                  kTrimmed, " they are); give the mesh with --template and its landmarks");
    if (!sources.contains(Kind::kFrontIndex) || !sources.contains(Kind::kFaceInfo))
      input_error(where, ": needs BFM_front_idx.mat and facemodel_info.mat, which hold its ",
                  "triangles; give them too, or a mesh with --template");
    rows = read_front_index(sources.at(Kind::kFrontIndex));
    read_face_info(sources.at(Kind::kFaceInfo), static_cast<std::int64_t>(rows.size()), out);
  }
  // The bases are taken as they are: the file has no deviations.
  const auto modes = [&](const char* name, double scale, std::int64_t most) {
    const std::vector<float> columns = file.columns(name, numbers, most);
    const std::size_t count = columns.size() / static_cast<std::size_t>(numbers);
    return selected(columns, vertices, rows, std::vector<double>(count, scale));
  };
  const auto chosen = [&](const std::vector<double>& values, double scale,
                          const std::function<void(double)>& take) {
    for (const std::int32_t v : rows)
      for (std::size_t c = 0; c < 3; ++c) take(scale * values[3 * static_cast<std::size_t>(v) + c]);
  };
  chosen(mean, unit, [&](double x) { out.mean.push_back(x); });
  out.identity = modes("shapePC", unit, counts.identity);
  if (file.has("expPC")) {
    out.expression = modes("expPC", unit, counts.expression);
    add_ranges(out);
    if (file.has("expMU")) {
      std::vector<float> shift;
      chosen(file.list("expMU", numbers), unit,
             [&](double x) { shift.push_back(static_cast<float>(x)); });
      add_mean_expression(out, shift);
    }
  }
  if (file.has("texMU") && file.has("texPC")) {
    const std::vector<double> colors = file.list("texMU", numbers);
    const double brightest = *std::max_element(colors.begin(), colors.end());
    const double scale = brightest > 2 ? 1 / kWhite : 1;  // 0 to 255, or 0 to 1
    chosen(colors, scale, [&](double x) { out.mean_albedo.push_back(static_cast<float>(x)); });
    out.albedo = modes("texPC", scale, counts.albedo);
  }
  return out;
}

}  // namespace fgcn::mesh::morphable
