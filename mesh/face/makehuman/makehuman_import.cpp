#include "mesh/face/makehuman/makehuman_import.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <utility>

#include "io/arrays/safetensors.h"
#include "io/mesh/vec3.h"
#include "io/resources.h"
#include "kernels/core/error.h"
#include "mesh/face/makehuman/cut.h"
#include "mesh/face/makehuman/fit_parts.h"
#include "mesh/face/makehuman/head_colors.h"
#include "mesh/face/makehuman/head_joints.h"
#include "mesh/face/makehuman/head_landmarks.h"
#include "mesh/face/makehuman/head_regions.h"

namespace fgcn::mesh {
namespace makehuman {
namespace {

constexpr const char* kUnits = "faceunits01/targets/faceunits/";
constexpr std::size_t kUnitCount = 52;
constexpr double kOuterCorners = 0.9;  // dm; Farkas, Anthropometry of the Head and Face, 1994

std::vector<std::string> adults() {
  std::vector<std::string> out;
  for (const char* ancestry : {"caucasian", "african", "asian"})
    for (const char* sex : {"male", "female"})
      for (const char* age : {"young", "old"}) out.push_back(text(ancestry, "-", sex, "-", age));
  return out;
}

void add(const Target& target, double weight, std::vector<Vec3>& to) {
  for (std::size_t i = 0; i < target.vertex.size(); ++i) {
    Vec3& p = to[static_cast<std::size_t>(target.vertex[i])];
    p = p + weight * target.move[i];
  }
}

/// The statistics' shapes and the mean adult.
class Shapes {
 public:
  Shapes(const Wheel& wheel, const Statistics& statistics)
      : wheel_(wheel), adult_(wheel.base().vertices.size(), Vec3{}) {
    const std::vector<std::string> names = adults();
    for (const std::string& name : names)
      add(wheel.head_target(name), 1.0 / static_cast<double>(names.size()), adult_);
    for (const std::string& name : statistics.names) {
      targets_.push_back(wheel.head_target(name));
      macro_.push_back(std::find(names.begin(), names.end(), name) != names.end());
    }
  }

  std::vector<Vec3> sum(const std::vector<double>& weights) const {
    std::vector<Vec3> out(adult_.size(), Vec3{});
    double adults_out = 0;
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      add(targets_[t], weights[t], out);
      if (macro_[t]) adults_out += weights[t];
    }
    for (std::size_t v = 0; v < out.size(); ++v) out[v] = out[v] - adults_out * adult_[v];
    return out;
  }
  /// The mean person, equal on both sides.
  std::vector<Vec3> mean(const std::vector<double>& weights) const {
    const std::vector<Vec3> change = sum(weights);
    std::vector<Vec3> one(change.size()), out(change.size());
    for (std::size_t v = 0; v < one.size(); ++v)
      one[v] = wheel_.base().vertices[v] + adult_[v] + change[v];
    for (std::size_t v = 0; v < one.size(); ++v) {
      const Vec3& across = one[static_cast<std::size_t>(wheel_.mirror()[v])];
      out[v] = 0.5 * (one[v] + Vec3{-across[0], across[1], across[2]});
    }
    return out;
  }

 private:
  const Wheel& wheel_;
  std::vector<Vec3> adult_;
  std::vector<Target> targets_;
  std::vector<bool> macro_;
};

/// Takes out of a mode how it shifts, turns and scales the face, by least squares.
/// Eigen's types are of fixed size here: rooms built for other instruction sets align the memory of
/// dynamic ones otherwise, and a linker keeps one version of their functions.
class Registration {
 public:
  Registration(const std::vector<Vec3>& mean, std::vector<std::size_t> face)
      : mean_(mean), face_(std::move(face)) {
    Matrix normal = Matrix::Zero();
    for (const std::size_t v : face_)
      for (int i = 0; i < kMotions; ++i)
        for (int j = 0; j < kMotions; ++j)
          normal(i, j) += dot(motion(i, mean_[v]), motion(j, mean_[v]));
    solver_.compute(normal);
  }

  void take_out(std::vector<Vec3>& mode) const {
    Vector right = Vector::Zero();
    for (const std::size_t v : face_)
      for (int i = 0; i < kMotions; ++i) right(i) += dot(motion(i, mean_[v]), mode[v]);
    const Vector part = solver_.solve(right);
    for (std::size_t v = 0; v < mode.size(); ++v)
      for (int i = 0; i < kMotions; ++i) mode[v] = mode[v] - part(i) * motion(i, mean_[v]);
  }

 private:
  static constexpr int kMotions = 7;  // three shifts, three turns, scale
  using Matrix = Eigen::Matrix<double, kMotions, kMotions>;
  using Vector = Eigen::Matrix<double, kMotions, 1>;

  static Vec3 motion(int k, const Vec3& p) {
    Vec3 axis{};
    if (k == 6) return p;
    axis[static_cast<std::size_t>(k % 3)] = 1;
    return k < 3 ? axis : cross(axis, p);
  }

  const std::vector<Vec3>& mean_;
  std::vector<std::size_t> face_;
  Eigen::LDLT<Matrix> solver_;
};

void append(const std::vector<Vec3>& rows, double scale, std::vector<float>& out) {
  for (const Vec3& p : rows)
    for (const double x : p) out.push_back(static_cast<float>(scale * x));
}

/// A weight of base vertices on the head's.
std::vector<float> carried(const HeadMesh& head, const std::vector<double>& base) {
  std::vector<float> out;
  for (const Blend& row : head.blend) {
    double sum = 0;
    for (const auto& [v, w] : row) sum += w * base[static_cast<std::size_t>(v)];
    out.push_back(static_cast<float>(sum));
  }
  return out;
}

/// 1 where a shape that moves an ear forward moves the base mesh as far, 0 where by 60 % or less.
std::vector<double> ear_weights(const Wheel& wheel) {
  constexpr double kOff = 0.6, kOn = 0.95;
  std::vector<double> out(static_cast<std::size_t>(wheel.vertices()), 0);
  for (const char* name : {"l-ear-trans-forward", "r-ear-trans-forward"}) {
    const Target target = wheel.head_target(name);
    double most = 0;
    for (const Vec3& move : target.move) most = std::max(most, norm(move));
    for (std::size_t i = 0; i < target.vertex.size(); ++i)
      out[static_cast<std::size_t>(target.vertex[i])] =
          std::clamp((norm(target.move[i]) / most - kOff) / (kOn - kOff), 0.0, 1.0);
  }
  return out;
}

std::vector<double> doubles(const std::vector<std::uint8_t>& flags) {
  return {flags.begin(), flags.end()};
}

void add_expressions(const Wheel& wheel, const HeadMesh& head, const Mouth& mouth,
                     const Lashes& lashes, double scale, FaceModel& model) {
  model.expression.names = wheel.targets(kUnits);
  if (model.expression.names.size() != kUnitCount)
    input_error(wheel.where(), ": has ", model.expression.names.size(), " face units, expected ",
                kUnitCount, "; fetch the wheel again");
  model.expression.count = static_cast<std::int64_t>(kUnitCount);
  for (const std::string& name : model.expression.names) {
    std::vector<Vec3> field(wheel.base().vertices.size(), Vec3{});
    add(wheel.target(text(kUnits, name, ".target")), 1, field);
    mouth.carry(field);
    lashes.shorten(field);
    append(head.carried(field), scale, model.expression.data);
  }
  model.expression_low.assign(kUnitCount, 0.0f);
  model.expression_high.assign(kUnitCount, 1.0f);
}

}  // namespace
}  // namespace makehuman

FaceModel import_makehuman(const makehuman::Wheel& wheel, const makehuman::Statistics& statistics,
                           makehuman::Detail detail) {
  using namespace makehuman;
  constexpr std::int64_t kVertices = 19158;
  if (wheel.vertices() != kVertices)
    input_error(wheel.where(), ": its base mesh has ", wheel.vertices(), " vertices, expected ",
                kVertices, "; landmarks are known by vertex in that mesh alone");
  const Shapes shapes(wheel, statistics);
  std::vector<Vec3> base = shapes.mean(statistics.mean);
  std::vector<Vec3> gaping = base;
  shut_lips(wheel, wheel.target(text(kUnits, "jawOpen", ".target")), base);
  const Mouth mouth(wheel, base);
  const Lashes lashes(wheel, base);
  lashes.shorten(base);
  // Diagonals of quads and the chart are chosen with the lips as they were and longer lashes:
  // weights of networks are for these triangles, whatever lips and lashes become.
  const Mouth gaping_mouth(wheel, gaping);
  lashes.lengthen(gaping);
  const HeadMesh head = cut_head(wheel, gaping, detail);
  const std::vector<Vec3> position = head.carried(base);
  const HeadLandmarks landmarks = head_landmarks(base, head, position, wheel.mirror());
  const double scale = kOuterCorners / norm(base[kLeftOuterCorner] - base[kRightOuterCorner]);
  Vec3 mean{};
  for (const Vec3& p : position) mean = mean + (1.0 / static_cast<double>(position.size())) * p;
  mean[0] = 0;  // exactly: both sides are equal

  FaceModel model;
  model.name = "MakeHuman head";
  for (const Vec3& p : position)
    for (const double x : scale*(p - mean)) model.mean_shape.push_back(static_cast<float>(x));
  model.triangles = head.triangles;
  model.uv_triangles = head.uv_triangles;
  for (const Vec2& uv : head.uv)
    for (const double x : uv) model.uv.push_back(static_cast<float>(x));
  model.mirror = head.mirror;
  model.parts = head.parts;
  model.landmarks = landmarks.vertices;
  model.landmark_points = landmarks.points;
  model.joints = head_joints(wheel, base, head);
  for (std::size_t i = 0; i < model.joints.positions.size(); ++i)
    model.joints.positions[i] =
        static_cast<float>(scale * (static_cast<double>(model.joints.positions[i]) - mean[i % 3]));
  check_mean_face(model, wheel.where());  // colors are painted by it

  std::vector<Vec3> placed;
  placed.reserve(position.size());
  for (const Vec3& p : position) placed.push_back(scale * (p - mean));
  std::vector<std::size_t> face;
  const double ear_line =
      static_cast<double>(model.mean_shape[3 * static_cast<std::size_t>(model.landmarks[0]) + 2]);
  for (std::size_t v = 0; v < placed.size(); ++v)
    if (model.parts.part[v] == kSkin && placed[v][2] > ear_line) face.push_back(v);
  const Registration registration(placed, std::move(face));
  for (std::size_t m = 0; m < statistics.modes.size(); ++m) {
    std::vector<Vec3> field = shapes.sum(statistics.modes[m]);
    lashes.shorten(field);
    std::vector<Vec3> mode = head.carried(field);
    for (Vec3& move : mode) move = scale * move;
    registration.take_out(mode);
    append(mode, 1, model.identity.data);
    model.identity.names.push_back(text("identity", m));
  }
  model.identity.count = static_cast<std::int64_t>(statistics.modes.size());
  add_expressions(wheel, head, mouth, lashes, scale, model);

  const PlacedHead with{model, carried(head, ear_weights(wheel)),
                        carried(head, doubles(head.inner_mouth)),
                        carried(head, doubles(head.socket)), landmarks.painted};
  paint_head(with, model);
  model.regions = head_regions(with);
  check(model, wheel.where());
  return model;
}

FaceModel import_makehuman(const std::filesystem::path& wheel, const MakeHumanOptions& options) {
  const auto beside = [](const char* name) {
    const auto found = find_resource(name);
    if (!found) input_error(name, " is not beside this program; install fgcn again");
    return *found;
  };
  const auto statistics = beside("identity_statistics.safetensors");
  const auto errors = beside("head_landmark_errors.safetensors");
  const makehuman::Wheel data = makehuman::Wheel::read(wheel, options.other);
  const makehuman::Statistics people = makehuman::read_statistics(statistics);
  LandmarkErrors landmark_errors =
      read_landmark_errors(io::read_safetensors(errors), errors.string());
  check(landmark_errors, errors.string());
  try {
    FaceModel model = import_makehuman(data, people, options.detail);
    model.landmark_errors = std::move(landmark_errors);
    return model;
  } catch (const Error& error) {
    // Only a wheel that is not the pinned one gets here.
    input_error(wheel.string(), ": its base mesh cannot become a head: ", error.what());
  }
}

}  // namespace fgcn::mesh
