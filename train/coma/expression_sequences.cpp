#include "train/coma/expression_sequences.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "mesh/simplify.h"

namespace fgcn::train {
namespace {

constexpr double kMetresPerDecimetre = 0.1;
constexpr double kIdentityAmount = 0.8;  // standard deviations

struct Unit {
  const char* name;  // with "Left" and "Right" where the model has both
  double height;
  double onset = 0;  // part of the sequence that has passed before it moves
};
struct Mix {
  const char* name;
  std::vector<Unit> units;
};

const std::vector<Mix>& mixes() {
  static const std::vector<Mix> all{
      {"bareteeth",
       {{"mouthUpperUp", 0.8},
        {"mouthLowerDown", 0.8, 0.1},
        {"mouthStretch", 0.5, 0.15},
        {"noseSneer", 0.4, 0.2},
        {"jawOpen", 0.1}}},
      {"cheeks_in", {{"mouthPucker", 0.5}, {"mouthFunnel", 0.3, 0.2}, {"jawOpen", 0.2, 0.1}}},
      {"eyebrow", {{"browInnerUp", 1}, {"browOuterUp", 0.9, 0.1}, {"eyeWide", 0.5, 0.2}}},
      {"high_smile",
       {{"mouthSmile", 1},
        {"cheekSquint", 0.7, 0.2},
        {"eyeSquint", 0.4, 0.25},
        {"mouthDimple", 0.3, 0.1},
        {"jawOpen", 0.15, 0.3}}},
      {"lips_back", {{"mouthRollLower", 0.9}, {"mouthRollUpper", 0.9, 0.1}, {"mouthPress", 0.4}}},
      {"lips_up", {{"mouthShrugUpper", 0.9}, {"mouthUpperUp", 0.6, 0.15}, {"noseSneer", 0.6, 0.2}}},
      {"mouth_down",
       {{"mouthFrown", 0.9}, {"mouthLowerDown", 0.6, 0.1}, {"mouthShrugLower", 0.4, 0.2}}},
      {"mouth_extreme",
       {{"jawOpen", 1},
        {"mouthStretch", 0.8, 0.2},
        {"eyeWide", 0.6, 0.3},
        {"browInnerUp", 0.5, 0.3},
        {"mouthLowerDown", 0.3, 0.1}}},
      {"mouth_middle", {{"jawOpen", 0.45}, {"mouthFunnel", 0.6, 0.15}}},
      {"mouth_open", {{"jawOpen", 0.9}, {"mouthLowerDown", 0.1, 0.1}}},
      {"mouth_side", {{"mouthLeft", 0.9}, {"jawLeft", 0.4, 0.1}, {"mouthRight", 0.9, 0.45}}},
      {"mouth_up",
       {{"mouthShrugLower", 0.9},
        {"mouthPucker", 0.4, 0.1},
        {"mouthFrown", 0.3, 0.2},
        {"jawForward", 0.2}}}};
  return all;
}

/// Places of a unit: the one of that name, or both sides.
std::vector<std::size_t> places_of(const mesh::FaceModel& face, const std::string& unit) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < face.expression.names.size(); ++i) {
    const std::string& name = face.expression.names[i];
    if (name == unit || name == unit + "Left" || name == unit + "Right") out.push_back(i);
  }
  if (out.empty())
    input_error("the face model '", face.name, "' has no expression '", unit,
                "'; give one with ARKit's units, such as 'head'");
  return out;
}

/// The skin's vertices, ascending, and its triangles on them.
std::pair<std::vector<std::int32_t>, mesh::TriangleMesh> skin_of(const mesh::FaceModel& face) {
  const auto& names = face.parts.names;
  const auto skin = std::find(names.begin(), names.end(), "skin");
  std::vector<std::int32_t> kept, place(static_cast<std::size_t>(face.vertices()), -1);
  for (std::size_t v = 0; v < place.size(); ++v) {
    if (skin != names.end() && face.parts.part[v] != skin - names.begin()) continue;
    place[v] = static_cast<std::int32_t>(kept.size());
    kept.push_back(static_cast<std::int32_t>(v));
  }
  const mesh::TriangleMesh whole = mesh::mean_mesh(face);
  mesh::TriangleMesh out;
  for (const std::int32_t v : kept) out.vertices.push_back(whole.vertices[v]);
  for (const mesh::Triangle& t : whole.triangles) {
    const mesh::Triangle moved{place[t[0]], place[t[1]], place[t[2]]};
    if (moved[0] >= 0 && moved[1] >= 0 && moved[2] >= 0) out.triangles.push_back(moved);
  }
  return {std::move(kept), std::move(out)};
}

/// From 0 up to 1 and back while t goes from `onset` to 1, the faster up the larger `speed`.
double height_at(double t, double onset, double speed) {
  if (t <= onset) return 0;
  const double u = std::pow((t - onset) / (1 - onset), speed);
  const double s = std::sin(std::numbers::pi * u);
  return s * s;
}

/// A unit as one person does it.
struct PersonsUnit {
  std::vector<std::size_t> places;
  double onset, speed, height;
};

}  // namespace

SequenceData expression_sequences(const mesh::FaceModel& face,
                                  const ExpressionSequenceOptions& options) {
  SequenceData out;
  auto [kept, skin] = skin_of(face);
  if (options.vertices < static_cast<std::int64_t>(kept.size())) {
    const mesh::Simplified coarse =
        mesh::simplify(skin, options.vertices, mesh::CollapseRule::kCareful);
    std::vector<std::int32_t> fewer;
    for (const std::int32_t v : coarse.kept) fewer.push_back(kept[static_cast<std::size_t>(v)]);
    kept = std::move(fewer);
    out.topology.triangles = coarse.triangles;
  } else {
    out.topology.triangles = skin.triangles;
  }
  const auto add_mesh = [&](const std::vector<float>& identity,
                            const std::vector<float>& expression) {
    for (const float x : mesh::shape_at(face, identity, expression, kept))
      out.positions.push_back(static_cast<float>(kMetresPerDecimetre * static_cast<double>(x)));
  };
  const auto units = static_cast<std::size_t>(face.expression.count);
  add_mesh({}, std::vector<float>(units));
  for (std::size_t i = 0; i < out.positions.size(); i += 3)
    out.topology.vertices.push_back({static_cast<double>(out.positions[i]),
                                     static_cast<double>(out.positions[i + 1]),
                                     static_cast<double>(out.positions[i + 2])});
  out.positions.clear();

  const std::vector<std::size_t> lids = places_of(face, "eyeBlink"),
                                 brows = places_of(face, "browInnerUp");
  for (std::int64_t person = 0; person < options.people; ++person) {
    Rng rng = Rng(options.seed).split(static_cast<std::uint64_t>(person));
    std::vector<float> identity;
    for (std::int64_t i = 0; i < face.identity.count; ++i)
      identity.push_back(static_cast<float>(kIdentityAmount * rng.normal()));
    for (const Mix& mix : mixes()) {
      std::vector<PersonsUnit> moved;
      for (const Unit& unit : mix.units)
        moved.push_back({places_of(face, unit.name),
                         std::clamp(unit.onset + 0.05 * rng.uniform(-1, 1), 0.0, 0.6),
                         rng.uniform(0.7, 1.3), unit.height * rng.uniform(0.75, 1.1)});
      const double lid_phase = rng.uniform(), brow_phase = rng.uniform();
      for (std::int64_t frame = 0; frame < options.frames; ++frame) {
        const double t = options.frames > 1
                             ? static_cast<double>(frame) / static_cast<double>(options.frames - 1)
                             : 0.5;
        std::vector<double> weights(units);
        for (const PersonsUnit& unit : moved)
          for (const std::size_t i : unit.places)
            weights[i] += unit.height * height_at(t, unit.onset, unit.speed);
        const auto idle = [t](double phase) {
          return 0.5 + 0.5 * std::sin(2 * std::numbers::pi * (t + phase));
        };
        for (const std::size_t i : lids) weights[i] += 0.12 * idle(lid_phase);
        for (const std::size_t i : brows) weights[i] += 0.06 * idle(brow_phase);
        std::vector<float> expression(units);
        for (std::size_t i = 0; i < units; ++i)
          expression[i] = std::clamp(static_cast<float>(weights[i]), face.expression_low[i],
                                     face.expression_high[i]);
        add_mesh(identity, expression);
        char name[128] = {};
        std::snprintf(name, sizeof name, "person_%02lld/%s/%s.%06lld",
                      static_cast<long long>(person) + 1, mix.name, mix.name,
                      static_cast<long long>(frame) + 1);
        out.names.emplace_back(name);
      }
    }
  }
  return out;
}

}  // namespace fgcn::train
