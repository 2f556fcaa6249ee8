#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "io/arrays/hdf5_file.h"
#include "kernels/core/error.h"
#include "mesh/face/morphable/formats.h"
#include "mesh/face/morphable/nearest_vertex.h"

namespace fgcn::mesh::morphable {
namespace {

constexpr std::size_t kLandmarks = 68;
constexpr std::int64_t kMostVertices = 500'000;

struct NamedPoint {
  const char* name;
  std::size_t landmark;
};
/// The names that BFM 2017 and 2019 give to points, and iBUG's numbers.
constexpr NamedPoint kNames[] = {{"center.chin.tip", 8},
                                 {"center.nose.tip", 30},
                                 {"right.nose.wing.outer", 31},
                                 {"right.nose.wing.tip", 32},
                                 {"center.nose.attachement_to_philtrum", 33},
                                 {"left.nose.wing.tip", 34},
                                 {"left.nose.wing.outer", 35},
                                 {"right.eye.corner_outer", 36},
                                 {"right.eye.top", 37},
                                 {"right.eye.corner_inner", 39},
                                 {"right.eye.bottom", 41},
                                 {"left.eye.corner_inner", 42},
                                 {"left.eye.top", 43},
                                 {"left.eye.corner_outer", 45},
                                 {"left.eye.bottom", 46},
                                 {"right.lips.corner", 48},
                                 {"center.lips.upper.outer", 51},
                                 {"left.lips.corner", 54},
                                 {"center.lips.lower.outer", 57},
                                 {"center.lips.upper.inner", 62},
                                 {"center.lips.lower.inner", 66}};

/// Vertices of BFM 2017 without a mouth, by landmarks that count from 0.
/// Source: eos, share/bfm2017-1_bfm_nomouth.. ibug mapping (Apache-2.0).
constexpr std::int64_t kNoMouthVertices = 53149;
constexpr std::pair<std::size_t, std::int32_t> kNoMouth[] = {
    {8, 47846}, {30, 8156},  {36, 2602}, {39, 5830}, {42, 10390}, {45, 13481}, {48, 5522},
    {49, 6026}, {50, 7355},  {51, 8181}, {52, 9007}, {53, 10329}, {54, 10857}, {55, 9730},
    {56, 8670}, {57, 8199},  {58, 7726}, {59, 6898}, {60, 6291},  {61, 7364},  {62, 8190},
    {63, 9016}, {64, 10088}, {65, 8663}, {66, 8191}, {67, 7719}};

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : where_(path.string()), file_(path) {}

  RawModel read(const ModeCounts& counts) {
    RawModel out;
    out.name = "Basel Face Model";
    out.mean = file_.doubles("/shape/model/mean");
    const auto numbers = static_cast<std::int64_t>(out.mean.size());
    if (numbers < 9 || numbers % 3 != 0 || numbers / 3 > kMostVertices)
      refuse("/shape/model/mean", text("has ", numbers, " values, expected three a vertex"));
    const double unit = unit_of(out.mean, where_);
    out.landmarks = landmarks(out.mean);
    for (double& x : out.mean) x *= unit;
    out.triangles = triangles(numbers / 3);
    out.identity = modes("/shape/model/", numbers, unit, counts.identity);
    if (file_.has("/expression/model/pcaBasis")) {
      out.expression = modes("/expression/model/", numbers, unit, counts.expression);
      add_ranges(out);
      std::vector<float> mean = mean_of("/expression/model/mean", numbers, unit);
      if (std::any_of(mean.begin(), mean.end(), [](float x) { return x != 0; }))
        add_mean_expression(out, mean);
    }
    if (file_.has("/color/model/pcaBasis")) {
      out.mean_albedo = mean_of("/color/model/mean", numbers, 1);
      out.albedo = modes("/color/model/", numbers, 1, counts.albedo);
    }
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& name, const std::string& why) const {
    input_error(where_, ": ", name, " ", why, "; give the published file");
  }

  std::vector<float> mean_of(const std::string& name, std::int64_t numbers, double unit) const {
    std::vector<float> out = file_.floats(name);
    if (static_cast<std::int64_t>(out.size()) != numbers)
      refuse(name, text("has ", out.size(), " values, expected ", numbers));
    for (float& x : out) x = static_cast<float>(unit * static_cast<double>(x));
    return out;
  }

  /// pcaBasis [3 V, K] has orthonormal columns, pcaVariance their variances.
  Modes modes(const std::string& group, std::int64_t numbers, double unit,
              std::int64_t most) const {
    const std::string basis = group + "pcaBasis", variances = group + "pcaVariance";
    const std::vector<std::int64_t> shape = file_.shape(basis);
    if (shape.size() != 2 || shape[0] != numbers)
      refuse(basis, text("does not have ", numbers, " rows"));
    const std::vector<double> variance = file_.doubles(variances);
    if (static_cast<std::int64_t>(variance.size()) != shape[1])
      refuse(variances, text("has ", variance.size(), " values, expected ", shape[1]));
    Modes out;
    out.count = std::min(most, shape[1]);
    const auto count = static_cast<std::size_t>(out.count);
    const auto rows = static_cast<std::size_t>(numbers);
    const std::vector<float> values = file_.floats(basis, out.count);
    out.data.resize(count * rows);
    for (std::size_t k = 0; k < count; ++k) {
      if (!(variance[k] >= 0)) refuse(variances, text("holds ", variance[k], ", a negative one"));
      const double scale = unit * std::sqrt(variance[k]);
      for (std::size_t i = 0; i < rows; ++i)
        out.data[k * rows + i] =
            static_cast<float>(scale * static_cast<double>(values[i * count + k]));
    }
    return out;
  }

  /// cells [3, F], from 0.
  std::vector<Triangle> triangles(std::int64_t vertices) const {
    const std::string name = "/shape/representer/cells";
    const std::vector<std::int64_t> shape = file_.shape(name);
    if (shape.size() != 2 || shape[0] != 3)
      refuse(name, "does not have the 3 rows of corners that triangles have");
    const std::vector<double> corners = file_.doubles(name);
    const auto count = static_cast<std::size_t>(shape[1]);
    std::vector<Triangle> out(count);
    for (std::size_t t = 0; t < count; ++t)
      for (std::size_t k = 0; k < 3; ++k) {
        const double v = corners[k * count + t];
        if (!(v >= 0 && v < static_cast<double>(vertices)) || v != std::floor(v))
          refuse(name, text("names vertex ", v, " of ", vertices));
        out[t][k] = static_cast<std::int32_t>(v);
      }
    return out;
  }

  std::vector<std::int32_t> landmarks(const std::vector<double>& mean) const {
    std::vector<std::int32_t> out(kLandmarks, -1);
    if (static_cast<std::int64_t>(mean.size() / 3) == kNoMouthVertices)
      for (const auto& [landmark, vertex] : kNoMouth) out[landmark] = vertex;
    const std::string name = "/metadata/landmarks/json";
    if (!file_.has(name)) return out;
    const nlohmann::json list = nlohmann::json::parse(file_.first_text(name), nullptr, false);
    if (!list.is_array()) refuse(name, "is not a list of landmarks");
    std::vector<Vec3> points(mean.size() / 3);
    for (std::size_t i = 0; i < 3 * points.size(); ++i) points[i / 3][i % 3] = mean[i];
    const NearestVertex nearest(points);
    for (const nlohmann::json& item : list) {
      if (!item.is_object() || !item.contains("id") || !item["id"].is_string() ||
          !item.contains("coordinates"))
        continue;
      const auto* known = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& n) {
        return item["id"].get_ref<const std::string&>() == n.name;
      });
      if (known == std::end(kNames)) continue;
      const nlohmann::json& at = item["coordinates"];
      if (!at.is_array() || at.size() != 3 || !at[0].is_number() || !at[1].is_number() ||
          !at[2].is_number())
        refuse(name, text("gives ", known->name, " no three coordinates"));
      out[known->landmark] =
          nearest.find({at[0].get<double>(), at[1].get<double>(), at[2].get<double>()});
    }
    return out;
  }

  std::string where_;
  io::Hdf5File file_;
};

}  // namespace

RawModel read_statismo(const std::filesystem::path& path, const ModeCounts& counts) {
  return Reader(path).read(counts);
}

}  // namespace fgcn::mesh::morphable
