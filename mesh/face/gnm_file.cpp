#include "mesh/face/gnm_file.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "io/arrays/npz.h"
#include "io/file.h"
#include "kernels/core/error.h"

namespace fgcn::mesh::gnm {
namespace {

constexpr std::int64_t kAny = -1;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    out +=
        text(i > 0 ? ", " : "", shape[i] == kAny ? std::string("any") : std::to_string(shape[i]));
  return out + "]";
}

/// Arrays by name, each asked for its shape and type.
class Arrays {
 public:
  explicit Arrays(const std::filesystem::path& path)
      : where_(path.string()), file_(io::read_npz(path)) {}

  std::int64_t rows(const char* name) const {
    const io::NpyArray& array = io::at(file_, name, where_);
    if (array.shape.empty()) refuse(name, "is one value, expected rows");
    return array.shape[0];
  }
  std::vector<double> numbers(const char* name, const std::vector<std::int64_t>& shape) const {
    const io::NpyArray& array = shaped(name, shape);
    std::vector<double> out = named(name, [&] { return array.doubles(); });
    for (const double x : out)
      if (!std::isfinite(x)) refuse(name, "holds a value that is not finite");
    return out;
  }
  std::vector<std::int32_t> indices(const char* name, const std::vector<std::int64_t>& shape,
                                    std::int64_t low, std::int64_t end) const {
    const io::NpyArray& array = shaped(name, shape);
    std::vector<std::int32_t> out = named(name, [&] { return array.ints(); });
    for (const std::int32_t i : out)
      if (i < low || i >= end) refuse(name, text("holds ", i, ", expected ", low, " to ", end - 1));
    return out;
  }
  std::vector<std::string> texts(const char* name, std::int64_t count) const {
    const io::NpyArray& array = shaped(name, {count});
    if (array.type != io::NpyType::kText) refuse(name, "holds no texts");
    return array.texts;
  }
  std::vector<Vec3> points(const char* name, std::int64_t count) const {
    const std::vector<double> flat = numbers(name, {count, 3});
    std::vector<Vec3> out;
    for (std::size_t i = 0; i + 2 < flat.size(); i += 3)
      out.push_back({flat[i], flat[i + 1], flat[i + 2]});
    return out;
  }
  std::vector<std::vector<float>> modes(const char* name, std::int64_t count,
                                        std::int64_t vertices) const {
    const std::vector<double> flat = numbers(name, {count, vertices, 3});
    std::vector<std::vector<float>> out;
    const std::size_t stride = 3 * static_cast<std::size_t>(vertices);
    for (std::size_t first = 0; first < flat.size(); first += stride)
      out.emplace_back(flat.begin() + static_cast<std::ptrdiff_t>(first),
                       flat.begin() + static_cast<std::ptrdiff_t>(first + stride));
    return out;
  }
  [[noreturn]] void refuse(const char* name, const std::string& why) const {
    input_error(where_, ": the array ", name, " ", why, "; give GNM's own file");
  }

 private:
  const io::NpyArray& shaped(const char* name, const std::vector<std::int64_t>& shape) const {
    const io::NpyArray& array = io::at(file_, name, where_);
    bool fits = array.shape.size() == shape.size();
    for (std::size_t i = 0; fits && i < shape.size(); ++i)
      fits = shape[i] == kAny || array.shape[i] == shape[i];
    if (!fits) refuse(name, text("is ", shape_text(array.shape), ", expected ", shape_text(shape)));
    return array;
  }
  /// Says which array an unfit type belongs to.
  template <class Read>
  auto named(const char* name, const Read& read) const -> decltype(read()) {
    try {
      return read();
    } catch (const InputError& error) {
      refuse(name, text("cannot be read: ", error.what()));
    }
  }

  std::string where_;
  io::Npz file_;
};

void add_faces(const Arrays& arrays, const char* name, const char* uv_name, std::int64_t corners,
               std::int64_t vertices, File& out) {
  const std::int64_t count = arrays.rows(name);
  const std::vector<std::int32_t> index = arrays.indices(name, {count, corners}, 0, vertices);
  const std::vector<double> uv = arrays.numbers(uv_name, {count, corners, 2});
  const auto n = static_cast<std::size_t>(corners);
  for (std::size_t f = 0; f < static_cast<std::size_t>(count); ++f) {
    out.faces.emplace_back(index.begin() + static_cast<std::ptrdiff_t>(n * f),
                           index.begin() + static_cast<std::ptrdiff_t>(n * f + n));
    out.face_uvs.emplace_back();
    for (std::size_t k = n * f; k < n * f + n; ++k)
      out.face_uvs.back().push_back({uv[2 * k], uv[2 * k + 1]});
  }
}

}  // namespace

File read(const std::filesystem::path& path) {
  const Arrays arrays(path);
  File out;
  const std::int64_t vertices = arrays.rows("template_vertex_positions");
  const std::int64_t joints = arrays.rows("template_joint_positions");
  const std::int64_t identity = arrays.rows("vertex_identity_basis");
  const std::int64_t expression = arrays.rows("expression_basis");
  const std::int64_t groups = arrays.rows("vertex_groups");
  if (vertices < 68) arrays.refuse("template_vertex_positions", text("has ", vertices, " rows"));
  out.vertices = arrays.points("template_vertex_positions", vertices);
  out.joints = arrays.points("template_joint_positions", joints);
  out.identity = arrays.modes("vertex_identity_basis", identity, vertices);
  out.expression = arrays.modes("expression_basis", expression, vertices);
  out.identity_names = arrays.texts("identity_names", identity);
  out.expression_names = arrays.texts("expression_names", expression);
  out.joint_names = arrays.texts("joint_names", joints);
  out.component_names = arrays.texts("mesh_component_names", kAny);
  out.joint_parents = arrays.indices("joint_parent_indices", {joints}, -1, joints);
  out.skinning = arrays.numbers("skinning_weights", {joints, vertices});
  for (const double weight : out.skinning)
    if (weight < 0) arrays.refuse("skinning_weights", text("holds ", weight, ", expected 0 to 1"));
  add_faces(arrays, "quads", "quad_uvs", 4, vertices, out);
  add_faces(arrays, "triangles", "triangle_uvs", 3, vertices, out);
  if (out.faces.empty()) arrays.refuse("quads", "is empty, as triangles is");
  out.mirror = arrays.indices("mirror_indices", {vertices}, 0, vertices);
  out.group_names = arrays.texts("vertex_group_names", groups);
  out.groups = arrays.numbers("vertex_groups", {groups, vertices});
  return out;
}

std::vector<WeightedVertices> read_landmarks(const std::filesystem::path& path,
                                             std::int64_t vertices) {
  constexpr std::size_t kLandmarks = 68;
  constexpr std::uint64_t kMostBytes = 1 << 20;
  const Bytes bytes = read_file(path, kMostBytes);
  std::istringstream in(std::string(bytes.begin(), bytes.end()));
  in.exceptions(std::ios::badbit);  // or a lack of memory is the end of the text
  std::vector<WeightedVertices> out;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto refuse = [&](const std::string& why) {
      input_error(path.string(), ": line ", number, " ", why,
                  "; write `vertex weight vertex weight ...` in each of 68 lines");
    };
    line = line.substr(0, line.find('#'));
    for (char& c : line)
      if (c == ',' || c == '(' || c == ')' || c == '[' || c == ']') c = ' ';
    std::istringstream words(line);
    WeightedVertices point;
    double sum = 0;
    for (double vertex = 0, weight = 0; words >> vertex;) {
      if (!(words >> weight)) refuse("has a vertex without a weight");
      if (!(vertex >= 0 && vertex < static_cast<double>(vertices)) || vertex != std::floor(vertex))
        refuse(text("names vertex ", vertex, " of ", vertices));
      if (!(weight >= 0 && weight <= 1)) refuse(text("has the weight ", weight));
      point.emplace_back(static_cast<std::int32_t>(vertex), weight);
      sum += weight;
    }
    if (!words.eof()) refuse("holds a word that is no number");
    if (point.empty()) continue;
    constexpr double kTolerance = 1e-3;
    if (!(std::abs(sum - 1) <= kTolerance)) refuse(text("has weights of the sum ", sum));
    out.push_back(std::move(point));
  }
  if (out.size() != kLandmarks)
    input_error(path.string(), ": has ", out.size(), " landmarks, expected ", kLandmarks);
  return out;
}

}  // namespace fgcn::mesh::gnm
