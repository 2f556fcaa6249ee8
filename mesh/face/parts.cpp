#include "mesh/face/parts.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>

#include "mesh/face/color_transfer.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/part_colors.h"

namespace fgcn::mesh {
namespace {

constexpr std::size_t kNose = 30;  // landmark

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

std::vector<std::int32_t> pieces(std::size_t vertices, const std::vector<Triangle>& triangles) {
  std::vector<std::int32_t> root(vertices);
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](std::int32_t v) {
    while (root[index(v)] != v) v = root[index(v)] = root[index(root[index(v)])];
    return v;
  };
  for (const Triangle& t : triangles)
    for (std::size_t k = 1; k < 3; ++k) {
      const std::int32_t a = find(t[0]), b = find(t[k]);
      root[index(std::max(a, b))] = std::min(a, b);
    }
  for (std::size_t v = 0; v < vertices; ++v) root[v] = find(static_cast<std::int32_t>(v));
  return root;
}

void paint_parts(FaceModel& model) {
  constexpr double kReach = 0.02, kFade = 0.15;  // dm from the embedded face's border
  const std::vector<double> distance = transfer_colors(make_embedded_face(), model);
  if (model.parts.empty()) return;
  const std::uint8_t skin = model.parts.part[index(model.landmarks[kNose])];
  const auto vertices = static_cast<std::size_t>(model.vertices());
  std::vector<float> blend(vertices, 0.0f);
  for (std::size_t v = 0; v < vertices; ++v)
    if (model.parts.part[v] == skin)
      blend[v] = std::max(part_colors::smooth(kReach, kFade, distance[v]),
                          part_colors::beyond_face(model, part_colors::at(model, v)));
  part_colors::fade_to_plain_skin(model, skin, blend);
  const std::pair<const char*, part_colors::Color> words[]{
      {"teeth", part_colors::kTooth}, {"tongue", part_colors::kTongueColor},
      {"gum", part_colors::kGum},     {"lash", part_colors::kLash},
      {"eye", part_colors::kSclera},  {"mouth", part_colors::kLining},
      {"sock", part_colors::kLining}};
  for (std::size_t p = 0; p < model.parts.names.size(); ++p) {
    if (p == skin) continue;
    std::string name = model.parts.names[p];
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto* word = std::find_if(std::begin(words), std::end(words), [&](const auto& w) {
      return name.find(w.first) != std::string::npos;
    });
    bool any = false;
    for (std::size_t v = 0; v < vertices; ++v) {
      if (model.parts.part[v] != p) continue;
      any = true;
      model.skin[v] = 0;
      if (word != std::end(words)) part_colors::set(model, v, word->second);
    }
    if (any && word != std::end(words) && std::string(word->first) == "eye")
      part_colors::paint_eye(static_cast<std::uint8_t>(p), model);
  }
  for (std::size_t v = 0; v < vertices; ++v)
    if (model.parts.part[v] == skin && blend[v] >= 0.5f) model.skin[v] = 1;
}

}  // namespace fgcn::mesh
