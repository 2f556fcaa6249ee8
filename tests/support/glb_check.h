// The rules of glTF 2.0 that a .glb of this program must keep, read without the program's reader.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "io/byte_order.h"
#include "io/file.h"

namespace fgcn::test {

struct Glb {
  nlohmann::json root;
  Bytes binary;

  explicit Glb(const Bytes& file) {
    REQUIRE(file.size() >= 28);
    REQUIRE(io::load_le<std::uint32_t>(file, 0) == 0x46546c67);
    REQUIRE(io::load_le<std::uint32_t>(file, 4) == 2);
    REQUIRE(io::load_le<std::uint32_t>(file, 8) == file.size());
    const std::size_t header = io::load_le<std::uint32_t>(file, 12);
    REQUIRE(header % 4 == 0);
    REQUIRE(io::load_le<std::uint32_t>(file, 16) == 0x4e4f534a);
    const std::size_t bytes = io::load_le<std::uint32_t>(file, 20 + header);
    REQUIRE(bytes % 4 == 0);
    REQUIRE(io::load_le<std::uint32_t>(file, 24 + header) == 0x004e4942);
    REQUIRE(28 + header + bytes == file.size());
    const auto json_begin = file.begin() + 20;
    root = nlohmann::json::parse(json_begin, json_begin + static_cast<std::ptrdiff_t>(header));
    binary.assign(file.end() - static_cast<std::ptrdiff_t>(bytes), file.end());
    const std::size_t length = root["buffers"][0]["byteLength"];
    REQUIRE(length <= bytes);
    REQUIRE(bytes - length < 4);
  }

  static std::size_t width(int component) {
    return component == 5120 || component == 5121   ? 1
           : component == 5122 || component == 5123 ? 2
                                                    : 4;
  }
  static std::size_t components(const std::string& type) {
    return type == "SCALAR" ? 1 : type == "VEC2" ? 2 : type == "VEC3" ? 3 : type == "VEC4" ? 4 : 16;
  }

  /// `count` times `parts` numbers of a component type, from a view.
  std::vector<double> numbers(std::size_t view, std::size_t offset, std::size_t count,
                              std::size_t parts, int type) const {
    const nlohmann::json& v = root["bufferViews"].at(view);
    const std::size_t begin = v.value("byteOffset", std::size_t{0}) + offset;
    REQUIRE(begin % width(type) == 0);
    REQUIRE(offset + count * parts * width(type) <= v["byteLength"].get<std::size_t>());
    std::vector<double> out;
    for (std::size_t i = 0; i < count * parts; ++i) {
      const std::size_t at = begin + i * width(type);
      if (type == 5121) out.push_back(binary.at(at));
      if (type == 5123) out.push_back(io::load_le<std::uint16_t>(binary, at));
      if (type == 5125) out.push_back(io::load_le<std::uint32_t>(binary, at));
      if (type == 5126) out.push_back(static_cast<double>(io::load_le<float>(binary, at)));
    }
    REQUIRE(out.size() == count * parts);
    return out;
  }

  /// Every number of an accessor, sparse or not, not divided where it is normalized.
  std::vector<double> accessor(std::size_t index) const {
    const nlohmann::json& a = root["accessors"].at(index);
    const std::size_t count = a["count"], parts = components(a["type"]);
    const int type = a["componentType"];
    std::vector<double> out(count * parts, 0);
    if (a.contains("bufferView"))
      out = numbers(a["bufferView"], a.value("byteOffset", std::size_t{0}), count, parts, type);
    if (!a.contains("sparse")) return out;
    const nlohmann::json& sparse = a["sparse"];
    const std::size_t some = sparse["count"];
    REQUIRE(some > 0);
    REQUIRE(some <= count);
    const nlohmann::json& where = sparse["indices"];
    const std::vector<double> rows =
        numbers(where["bufferView"], where.value("byteOffset", std::size_t{0}), some, 1,
                where["componentType"]);
    const std::vector<double> values =
        numbers(sparse["values"]["bufferView"],
                sparse["values"].value("byteOffset", std::size_t{0}), some, parts, type);
    for (std::size_t i = 0; i < some; ++i) {
      REQUIRE(rows[i] < static_cast<double>(count));
      if (i > 0) REQUIRE(rows[i] > rows[i - 1]);
      for (std::size_t c = 0; c < parts; ++c)
        out[static_cast<std::size_t>(rows[i]) * parts + c] = values[i * parts + c];
    }
    return out;
  }
};

/// The stated bounds are the numbers' own, exactly.
inline void check_bounds(const Glb& glb, std::size_t index) {
  const nlohmann::json& a = glb.root["accessors"].at(index);
  const std::vector<double> values = glb.accessor(index);
  REQUIRE(a["type"] == "VEC3");
  REQUIRE(a.contains("min"));
  for (std::size_t c = 0; c < 3; ++c) {
    double low = std::numeric_limits<double>::max(), high = -low;
    for (std::size_t i = c; i < values.size(); i += 3) {
      low = std::min(low, values[i]);
      high = std::max(high, values[i]);
    }
    REQUIRE(a["min"][c].get<float>() == static_cast<float>(low));
    REQUIRE(a["max"][c].get<float>() == static_cast<float>(high));
  }
}

inline void check_primitive(const Glb& glb, const nlohmann::json& mesh,
                            const nlohmann::json& primitive, std::size_t joints) {
  const nlohmann::json& attributes = primitive["attributes"];
  const std::size_t position = attributes["POSITION"];
  const std::size_t count = glb.root["accessors"].at(position)["count"];
  check_bounds(glb, position);
  for (const nlohmann::json& attribute : attributes) {
    const nlohmann::json& a = glb.root["accessors"].at(attribute.get<std::size_t>());
    REQUIRE(a["count"] == count);
    for (const double x : glb.accessor(attribute)) REQUIRE(std::isfinite(x));
    const std::size_t view = a["bufferView"];
    REQUIRE(glb.root["bufferViews"].at(view).value("target", 0) == 34962);
  }
  const std::vector<double> normals = glb.accessor(attributes["NORMAL"]);
  for (std::size_t i = 0; i < normals.size(); i += 3)
    REQUIRE(std::hypot(normals[i], normals[i + 1], normals[i + 2]) ==
            doctest::Approx(1).epsilon(1e-5));
  const std::vector<double> corners = glb.accessor(primitive["indices"]);
  REQUIRE(corners.size() % 3 == 0);
  REQUIRE(!corners.empty());
  for (const double corner : corners) REQUIRE(corner < static_cast<double>(count));
  REQUIRE(primitive["material"].get<std::size_t>() < glb.root["materials"].size());

  const std::size_t targets = mesh.contains("weights") ? mesh["weights"].size() : 0;
  REQUIRE((primitive.contains("targets") ? primitive["targets"].size() : 0) == targets);
  for (std::size_t t = 0; t < targets; ++t) {
    const nlohmann::json& target = primitive["targets"][t];
    for (const char* name : {"POSITION", "NORMAL"}) {
      const std::size_t index = target[name];
      REQUIRE(glb.root["accessors"].at(index)["count"] == count);
      REQUIRE(glb.root["accessors"].at(index)["componentType"] == 5126);
      check_bounds(glb, index);
    }
  }
  REQUIRE(attributes.contains("JOINTS_0") == (joints > 0));
  if (joints == 0) return;
  const std::vector<double> of = glb.accessor(attributes["JOINTS_0"]);
  const std::vector<double> weights = glb.accessor(attributes["WEIGHTS_0"]);
  REQUIRE(of.size() == 4 * count);
  REQUIRE(weights.size() == 4 * count);
  for (std::size_t v = 0; v < count; ++v) {
    double sum = 0;
    for (std::size_t k = 4 * v; k < 4 * v + 4; ++k) {
      REQUIRE(of[k] < static_cast<double>(joints));
      REQUIRE(weights[k] >= 0);
      REQUIRE((weights[k] > 0 || of[k] == 0));
      sum += weights[k];
    }
    REQUIRE(sum == doctest::Approx(1).epsilon(1e-5));
  }
}

/// Joints are nodes of the scene, and the inverse bind matrices undo where they stand.
inline void check_skin(const Glb& glb, std::size_t skinned_node) {
  const nlohmann::json& nodes = glb.root["nodes"];
  std::vector<int> parent(nodes.size(), -1);
  for (std::size_t n = 0; n < nodes.size(); ++n)
    for (const nlohmann::json& child : nodes[n].value("children", nlohmann::json::array())) {
      REQUIRE(parent.at(child.get<std::size_t>()) == -1);
      parent[child.get<std::size_t>()] = static_cast<int>(n);
    }
  for (const nlohmann::json& root : glb.root["scenes"][0]["nodes"])
    REQUIRE(parent.at(root.get<std::size_t>()) == -1);
  const nlohmann::json& skin = glb.root["skins"].at(nodes[skinned_node]["skin"].get<std::size_t>());
  const std::size_t matrices = skin["inverseBindMatrices"];
  REQUIRE(glb.root["accessors"].at(matrices)["type"] == "MAT4");
  const std::vector<double> bind = glb.accessor(matrices);
  REQUIRE(bind.size() == 16 * skin["joints"].size());
  for (std::size_t j = 0; j < skin["joints"].size(); ++j) {
    std::array<double, 3> at{0, 0, 0};
    int top = -1;
    for (int n = skin["joints"][j]; n >= 0; n = parent[static_cast<std::size_t>(n)]) {
      top = n;
      for (std::size_t c = 0; c < 3; ++c)
        at[c] += nodes[static_cast<std::size_t>(n)]["translation"][c].get<double>();
    }
    const auto& roots = glb.root["scenes"][0]["nodes"];
    REQUIRE(std::find(roots.begin(), roots.end(), top) != roots.end());
    for (std::size_t k = 0; k < 16; ++k) {
      const bool shift = k >= 12 && k < 15;
      REQUIRE(bind[16 * j + k] == doctest::Approx(shift        ? -at[k - 12]
                                                  : k % 5 == 0 ? 1.0
                                                               : 0.0)
                                      .epsilon(1e-6));
    }
  }
}

/// The whole file.
inline Glb check_glb(const Bytes& file) {
  Glb glb(file);
  REQUIRE(glb.root["asset"]["version"] == "2.0");
  for (const nlohmann::json& view : glb.root["bufferViews"]) {
    REQUIRE(view["byteOffset"].get<std::size_t>() % 4 == 0);
    REQUIRE(view["byteLength"].get<std::size_t>() > 0);
    REQUIRE(view["byteOffset"].get<std::size_t>() + view["byteLength"].get<std::size_t>() <=
            glb.root["buffers"][0]["byteLength"].get<std::size_t>());
    REQUIRE_FALSE(view.contains("byteStride"));
  }
  const nlohmann::json& mesh = glb.root["meshes"][0];
  const std::size_t joints =
      glb.root.contains("skins") ? glb.root["skins"][0]["joints"].size() : std::size_t{0};
  for (const nlohmann::json& primitive : mesh["primitives"])
    check_primitive(glb, mesh, primitive, joints);
  if (mesh.contains("weights"))
    REQUIRE(mesh["extras"]["targetNames"].size() == mesh["weights"].size());
  if (joints > 0) check_skin(glb, 0);
  return glb;
}

}  // namespace fgcn::test
