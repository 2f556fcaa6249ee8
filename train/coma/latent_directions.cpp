#include "train/coma/latent_directions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "io/mesh/normals.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "render/sheet.h"
#include "render/views.h"

namespace fgcn::train {
namespace {

constexpr std::array<float, 3> kGround{1, 1, 1};
constexpr std::array<double, 5> kSteps{-3, -1.5, 0, 1.5, 3};  // deviations

const CodeStatistics& codes_of(const ComaModel& model) {
  if (model.parts().codes.empty())
    input_error("the model has no statistics of its codes; train it to its end");
  return model.parts().codes;
}

double deviation_of(const CodeStatistics& codes, std::int64_t i, std::int64_t latent) {
  return std::sqrt(std::max(0.0, codes.covariance[static_cast<std::size_t>(i * (latent + 1))]));
}

/// The codes that lie in the model's range.
void clip(const ComaModel& model, std::vector<float>& codes) {
  const ComaSize& size = model.parts().size;
  if (size.form == ComaForm::kElu || size.variational) return;
  for (float& z : codes) z = std::max(z, 0.0F);
}

std::vector<float> moved(const ComaModel& model, std::int64_t which, double steps) {
  const CodeStatistics& codes = codes_of(model);
  std::vector<float> out(codes.mean.begin(), codes.mean.end());
  out[static_cast<std::size_t>(which)] +=
      static_cast<float>(steps * deviation_of(codes, which, model.latent()));
  clip(model, out);
  return out;
}

/// Moves the box of a mesh to the origin, and scales it so that the camera sees all of it.
struct Placement {
  std::array<double, 3> centre{};
  double scale = 1;

  explicit Placement(const std::vector<float>& positions) {
    constexpr double kSeen = 1.9;  // dm across
    std::array<double, 3> low, high;
    low.fill(std::numeric_limits<double>::max());
    high.fill(std::numeric_limits<double>::lowest());
    for (std::size_t i = 0; i < positions.size(); ++i) {
      low[i % 3] = std::min(low[i % 3], static_cast<double>(positions[i]));
      high[i % 3] = std::max(high[i % 3], static_cast<double>(positions[i]));
    }
    double largest = 1e-30;
    for (std::size_t c = 0; c < 3; ++c) {
      centre[c] = (low[c] + high[c]) / 2;
      if (c < 2) largest = std::max(largest, high[c] - low[c]);
    }
    scale = kSeen / largest;
  }

  std::vector<float> operator()(const std::vector<float>& positions) const {
    std::vector<float> out(positions.size());
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>((static_cast<double>(positions[i]) - centre[i % 3]) * scale);
    return out;
  }
};

std::vector<mesh::Vec3> decimetres(const ComaModel& model, const std::vector<float>& positions) {
  const double factor = model.parts().millimetres / 100;
  std::vector<mesh::Vec3> out(positions.size() / 3);
  for (std::size_t i = 0; i < positions.size(); ++i)
    out[i / 3][i % 3] = factor * static_cast<double>(positions[i]);
  return out;
}

mesh::SparseRows difference(const std::vector<mesh::Vec3>& to,
                            const std::vector<mesh::Vec3>& from) {
  mesh::SparseRows out;
  for (std::size_t v = 0; v < to.size(); ++v) {
    std::array<float, 3> row{};
    for (std::size_t c = 0; c < 3; ++c) row[c] = static_cast<float>(to[v][c] - from[v][c]);
    if (row == std::array<float, 3>{}) continue;
    out.row.push_back(static_cast<std::int32_t>(v));
    out.value.push_back(row);
  }
  return out;
}

}  // namespace

Image8 latent_sheet(const ComaModel& model) {
  const std::vector<float> mean = model.decode(moved(model, 0, 0));
  const Placement place(mean);
  std::vector<std::int32_t> triangles;
  for (const mesh::Triangle& t : model.parts().topology.triangles)
    triangles.insert(triangles.end(), t.begin(), t.end());
  std::vector<SheetTile> tiles;
  for (std::int64_t i = 0; i < model.latent(); ++i)
    for (const double steps : kSteps) {
      const std::vector<float> vertices = place(model.decode(moved(model, i, steps)));
      char label[48] = {};
      std::snprintf(label, sizeof label, "z%lld %+.1f", static_cast<long long>(i) + 1, steps);
      tiles.push_back({label, lay_over(render_clay({vertices, triangles}, {}), kGround)});
    }
  return make_sheet("latent directions, deviations from the mean code", tiles,
                    {.columns = static_cast<std::int64_t>(kSteps.size()), .tile = 224});
}

mesh::RiggedMesh latent_targets(const ComaModel& model) {
  mesh::RiggedMesh out;
  mesh::RenderMesh& rest = out.surface;
  rest.triangles = model.parts().topology.triangles;
  rest.vertices = decimetres(model, model.decode(moved(model, 0, 0)));
  rest.normals = mesh::vertex_normals({rest.vertices, rest.triangles});
  for (std::int64_t i = 0; i < model.latent(); ++i) {
    const std::vector<mesh::Vec3> to = decimetres(model, model.decode(moved(model, i, 1)));
    out.targets.push_back({text("latent_", i + 1), 0, difference(to, rest.vertices),
                           difference(mesh::vertex_normals({to, rest.triangles}), rest.normals)});
  }
  return out;
}

std::vector<float> sampled_codes(const ComaModel& model, std::int64_t count, std::uint64_t seed) {
  const auto z = static_cast<std::size_t>(model.latent());
  std::vector<double> mean(z), root(z * z);
  if (model.parts().size.variational) {
    for (std::size_t a = 0; a < z; ++a) root[a * z + a] = 1;
  } else {
    // The lower triangle whose product with its transpose is the covariance; a number that rests
    // has a column of zeros.
    const CodeStatistics& codes = codes_of(model);
    mean = codes.mean;
    for (std::size_t a = 0; a < z; ++a)
      for (std::size_t b = 0; b <= a; ++b) {
        double sum = codes.covariance[a * z + b];
        for (std::size_t k = 0; k < b; ++k) sum -= root[a * z + k] * root[b * z + k];
        if (a == b)
          root[a * z + a] = std::sqrt(std::max(sum, 0.0));
        else
          root[a * z + b] = root[b * z + b] > 1e-12 ? sum / root[b * z + b] : 0;
      }
  }
  Rng rng(seed);
  std::vector<float> out;
  for (std::int64_t n = 0; n < count; ++n) {
    std::vector<double> noise(z);
    for (double& x : noise) x = rng.normal();
    for (std::size_t a = 0; a < z; ++a) {
      double sum = mean[a];
      for (std::size_t b = 0; b <= a; ++b) sum += root[a * z + b] * noise[b];
      out.push_back(static_cast<float>(sum));
    }
  }
  clip(model, out);
  return out;
}

}  // namespace fgcn::train
