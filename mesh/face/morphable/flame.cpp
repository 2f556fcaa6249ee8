#include "mesh/face/morphable/flame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "io/arrays/pickle_arrays.h"
#include "io/input_file.h"
#include "kernels/core/error.h"
#include "mesh/face/parts.h"

namespace fgcn::mesh::morphable {
namespace {

constexpr std::int64_t kIdentities = 300;  // of FLAME's shapedirs; expressions follow
constexpr std::int64_t kMostVertices = 200'000;
constexpr std::int64_t kMostJoints = 255;
constexpr double kLargest = 1e3;
constexpr double kDecimetresPerMetre = 10;
constexpr std::int64_t kLandmarks = 68, kJaw = 17;

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

class Arrays {
 public:
  Arrays(const io::Npz& arrays, const std::string& where) : arrays_(arrays), where_(where) {}

  bool has(const std::string& name) const { return arrays_.contains(name); }

  /// -1 stands for any size.
  const io::NpyArray& shaped(const std::string& name,
                             const std::vector<std::int64_t>& shape) const {
    const io::NpyArray& array = at(arrays_, name, where_);
    bool fits = array.shape.size() == shape.size() && array.type != io::NpyType::kText;
    std::string expected, found;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      fits = fits && (shape[i] < 0 || array.shape[i] == shape[i]);
      expected += (i > 0 ? ", " : "") + (shape[i] < 0 ? std::string("any") : text(shape[i]));
    }
    for (std::size_t i = 0; i < array.shape.size(); ++i)
      found += text(i > 0 ? ", " : "", array.shape[i]);
    if (!fits) refuse(name, text("is [", found, "], expected [", expected, "]"));
    return array;
  }

  std::vector<double> numbers(const std::string& name,
                              const std::vector<std::int64_t>& shape) const {
    std::vector<double> out = shaped(name, shape).doubles();
    for (const double x : out)
      if (!(std::abs(x) <= kLargest)) refuse(name, text("holds ", x));
    return out;
  }

  std::vector<std::int64_t> indices(const std::string& name, const std::vector<std::int64_t>& shape,
                                    std::int64_t end) const {
    std::vector<std::int64_t> out = shaped(name, shape).longs();
    for (const std::int64_t i : out)
      if (i < 0 || i >= end) refuse(name, text("holds ", i, ", expected 0 to ", end - 1));
    return out;
  }

  [[noreturn]] void refuse(const std::string& name, const std::string& why) const {
    input_error(where_, ": ", name, " ", why, "; give FLAME's own file");
  }

 private:
  const io::Npz& arrays_;
  const std::string& where_;
};

/// The first `rows` triangles and weights: of arrays [rows] and [rows, 3], or [n, rows] and [n,
/// rows, 3], whose first row is of a head that looks straight ahead.
void add_points(const io::Npz& file, const std::string& name, std::int64_t rows,
                std::int64_t triangles, const std::string& where, LandmarkPoints& out) {
  constexpr double kTolerance = 1e-3;
  const Arrays arrays(file, where);
  const std::string faces = name + "_faces_idx", weights = name + "_bary_coords";
  const bool stacked = at(file, faces, where).shape.size() == 2;
  std::vector<std::int64_t> of_faces{rows}, of_weights{rows, 3};
  if (stacked) {
    of_faces.insert(of_faces.begin(), -1);
    of_weights.insert(of_weights.begin(), -1);
  }
  const std::vector<std::int64_t> triangle = arrays.indices(faces, of_faces, triangles);
  const std::vector<double> weight = arrays.numbers(weights, of_weights);
  if (triangle.size() < index(rows) || weight.size() < index(3 * rows))
    arrays.refuse(faces, "is empty");
  for (std::size_t i = 0; i < index(rows); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      if (weight[3 * i + k] < -kTolerance)
        arrays.refuse(weights, text("holds ", weight[3 * i + k], ", a negative weight"));
      sum += std::max(weight[3 * i + k], 0.0);
    }
    if (!(std::abs(sum - 1) <= kTolerance))
      arrays.refuse(weights, text("has weights of the sum ", sum, ", expected 1"));
    out.triangles.push_back(static_cast<std::int32_t>(triangle[i]));
    for (std::size_t k = 0; k < 3; ++k)
      out.weights.push_back(static_cast<float>(std::max(weight[3 * i + k], 0.0) / sum));
  }
}

FaceJoints joints_of(const FlameFile& file) {
  constexpr std::array<const char*, 5> kNames{"root", "neck", "jaw", "left_eye", "right_eye"};
  FaceJoints out;
  const std::size_t count = index(file.joints), vertices = file.mean.size() / 3;
  for (std::size_t j = 0; j < count; ++j) {
    out.names.push_back(count == kNames.size() ? kNames[j] : text("joint_", j));
    std::array<double, 3> at{};
    for (std::size_t v = 0; v < vertices; ++v)
      for (std::size_t c = 0; c < 3; ++c)
        at[c] += file.regressor[j * vertices + v] * file.mean[3 * v + c];
    for (const double x : at) out.positions.push_back(static_cast<float>(x * kDecimetresPerMetre));
  }
  out.parents = file.parents;
  for (std::size_t v = 0; v < vertices; ++v) {
    std::vector<std::pair<double, std::size_t>> weights;
    for (std::size_t j = 0; j < count; ++j) weights.emplace_back(-file.weights[v * count + j], j);
    std::sort(weights.begin(), weights.end());
    weights.resize(FaceJoints::kInfluences, {0.0, 0});
    double sum = 0;
    for (const auto& [weight, joint] : weights) sum -= std::min(weight, 0.0);
    for (const auto& [weight, joint] : weights) {
      out.joints.push_back(static_cast<std::uint8_t>(weight < 0 ? joint : 0));
      out.weights.push_back(static_cast<float>(std::max(-weight, 0.0) / sum));
    }
  }
  return out;
}

/// The largest piece is skin; the next two, one on either side, are eyes.
FaceParts parts_of(const FlameFile& file) {
  const std::size_t vertices = file.mean.size() / 3;
  const std::vector<std::int32_t> piece = pieces(vertices, file.triangles);
  std::map<std::int32_t, std::int64_t> sizes;
  std::map<std::int32_t, double> side;
  for (std::size_t v = 0; v < vertices; ++v) {
    ++sizes[piece[v]];
    side[piece[v]] += file.mean[3 * v];
  }
  constexpr std::size_t kPieces = 3;
  if (sizes.size() != kPieces) return {};
  const auto skin = std::max_element(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) {
                      return a.second < b.second;
                    })->first;
  FaceParts out;
  out.names = {"skin", "left_eye", "right_eye"};
  bool left = false, right = false;
  for (const std::int32_t root : piece) {
    const bool of_left = root != skin && side[root] > 0, of_right = root != skin && !of_left;
    left = left || of_left;
    right = right || of_right;
    out.part.push_back(of_left ? 1 : of_right ? 2 : 0);
  }
  return left && right ? out : FaceParts();
}

}  // namespace

FlameFile flame_of(const io::Npz& file, const std::string& where) {
  const Arrays arrays(file, where);
  FlameFile out;
  out.mean = arrays.numbers("v_template", {-1, 3});
  const auto vertices = static_cast<std::int64_t>(out.mean.size() / 3);
  if (vertices < 3 || vertices > kMostVertices)
    arrays.refuse("v_template", text("has ", vertices, " vertices, expected 5023"));
  out.modes = arrays.shaped("shapedirs", {vertices, 3, -1}).shape[2];
  out.shape = arrays.numbers("shapedirs", {vertices, 3, -1});
  const std::vector<std::int64_t> corners = arrays.indices("f", {-1, 3}, vertices);
  for (std::size_t i = 0; i + 2 < corners.size(); i += 3) {
    Triangle t{};
    for (std::size_t k = 0; k < 3; ++k) t[k] = static_cast<std::int32_t>(corners[i + k]);
    out.triangles.push_back(t);
  }
  if (!arrays.has("J_regressor") || !arrays.has("weights") || !arrays.has("kintree_table"))
    return out;
  out.joints = arrays.shaped("J_regressor", {-1, vertices}).shape[0];
  if (out.joints < 1 || out.joints > kMostJoints)
    arrays.refuse("J_regressor", text("has ", out.joints, " joints, expected 5"));
  out.regressor = arrays.numbers("J_regressor", {out.joints, vertices});
  out.weights = arrays.numbers("weights", {vertices, out.joints});
  for (std::size_t v = 0; v < index(vertices); ++v) {
    double most = 0;
    for (std::size_t j = 0; j < index(out.joints); ++j)
      most = std::max(most, out.weights[v * index(out.joints) + j]);
    if (!(most > 0)) arrays.refuse("weights", text("has none above 0 for vertex ", v));
  }
  const std::vector<std::int64_t> tree = arrays.shaped("kintree_table", {2, out.joints}).longs();
  for (std::int64_t j = 0; j < out.joints; ++j) {
    // The root's parent is 2^32 - 1, or -1.
    const std::int64_t parent = tree[index(j)];
    const bool root = j == 0;
    if (!root && (parent < 0 || parent >= j))
      arrays.refuse("kintree_table", text("has the parent ", parent, " of joint ", j));
    out.parents.push_back(root ? -1 : static_cast<std::int32_t>(parent));
  }
  return out;
}

std::optional<io::Npz> read_named_arrays(const std::filesystem::path& path) {
  std::vector<std::uint8_t> head;
  {
    const InputFile file(path);
    head.resize(static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), 8)));
    file.read(0, head);
  }
  const std::string signature(head.begin(), head.end());
  if (signature.starts_with("PK\3\4")) return io::read_npz(path);
  if (io::looks_like_pickle(head) || signature.starts_with("\x93NUMPY"))
    return io::read_pickle_arrays(path);
  return std::nullopt;
}

FlameFile read_flame(const std::filesystem::path& path) {
  const std::optional<io::Npz> arrays = read_named_arrays(path);
  if (!arrays)
    input_error(path.string(), ": is neither a pickle nor an .npz; give FLAME's own file");
  return flame_of(*arrays, path.string());
}

LandmarkPoints flame_landmarks(const io::Npz& arrays, std::int64_t triangles,
                               const std::string& where) {
  LandmarkPoints out;
  if (arrays.contains("full_lmk_faces_idx")) {
    add_points(arrays, "full_lmk", kLandmarks, triangles, where, out);
  } else {
    add_points(arrays, "dynamic_lmk", kJaw, triangles, where, out);
    add_points(arrays, "static_lmk", kLandmarks - kJaw, triangles, where, out);
  }
  return out;
}

RawModel flame_model(const FlameFile& file, const ModeCounts& counts) {
  RawModel out;
  out.name = "FLAME";
  const std::size_t numbers = file.mean.size(), stride = index(file.modes);
  for (const double x : file.mean) out.mean.push_back(kDecimetresPerMetre * x);
  const auto modes = [&](std::int64_t first, std::int64_t end) {
    Modes list;
    list.count = end - first;
    list.data.reserve(index(list.count) * numbers);
    for (std::size_t k = index(first); k < index(end); ++k)
      for (std::size_t i = 0; i < numbers; ++i)
        list.data.push_back(static_cast<float>(kDecimetresPerMetre * file.shape[i * stride + k]));
    return list;
  };
  const std::int64_t identities = std::min(kIdentities, file.modes);
  out.identity = modes(0, std::min(counts.identity, identities));
  out.expression = modes(identities, std::min(identities + counts.expression, file.modes));
  add_ranges(out);
  out.triangles = file.triangles;
  if (file.joints > 0) out.joints = joints_of(file);
  out.parts = parts_of(file);
  return out;
}

void add_landmarks(LandmarkPoints points, RawModel& model) {
  for (std::size_t k = 0; k < index(kLandmarks); ++k) {
    const float* weight = &points.weights[3 * k];
    const auto heaviest = std::max_element(weight, weight + 3) - weight;
    model.landmarks.push_back(model.triangles[index(points.triangles[k])][index(heaviest)]);
  }
  model.landmark_points = std::move(points);
}

}  // namespace fgcn::mesh::morphable
