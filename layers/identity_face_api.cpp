// face-api.js's manifest and blob.
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "kernels/core/error.h"
#include "layers/identity_weights.h"

namespace fgcn {
namespace {

using nlohmann::json;

using Shape64 = std::vector<std::int64_t>;

/// One array of a manifest, and its bytes in the blob.
struct StoredArray {
  Shape64 shape;
  bool quantised = false;
  double scale = 0;
  double min = 0;
  std::span<const std::uint8_t> bytes;
};

/// A manifest's one group: an object with "weights" and "paths".
json parse_group(std::span<const std::uint8_t> text, const std::string& where) {
  constexpr int kMostDepth = 8;  // one has five levels
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t, json&) {
    if (depth > kMostDepth) input_error(where, ": is nested too deeply for a manifest of weights");
    return true;
  };
  json root;
  try {
    root = json::parse(text.begin(), text.end(), watch);
  } catch (const json::exception&) {
    input_error(where, ": is not JSON; give the manifest of face-api.js's network");
  }
  for (const char* key : {"weights", "paths"}) {
    if (!root.is_array() || root.size() != 1 || !root[0].is_object() || !root[0].contains(key) ||
        !root[0][key].is_array())
      input_error(where, ": is no manifest of weights: [{\"weights\": [..], \"paths\": [..]}]");
  }
  return root[0];
}

class Manifest {
 public:
  Manifest(const json& group, std::span<const std::uint8_t> blob, const std::string& where)
      : where_(where) {
    for (const json& entry : group["weights"]) add(entry, blob);
    if (!blob.empty())
      input_error(where, ": the blob has ", blob.size(), " bytes more than the manifest names");
  }

  /// The numbers of an array.
  std::vector<float> at(const std::string& name, const Shape64& shape) const {
    const auto found = arrays_.find(name);
    if (found == arrays_.end())
      input_error(where_, ": has no array ", name, "; it is of another network");
    const StoredArray& array = found->second;
    if (array.shape != shape)
      input_error(where_, ": array ", name, " has another shape than the network's");
    std::vector<float> out;
    if (array.quantised) {
      for (const std::uint8_t byte : array.bytes)
        out.push_back(static_cast<float>(byte * array.scale + array.min));
    } else {
      out.resize(array.bytes.size() / sizeof(float));
      if (!out.empty()) std::memcpy(out.data(), array.bytes.data(), array.bytes.size());
    }
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& name, const char* what) const {
    input_error(where_, ": array ", json(name).dump(-1, ' ', true, json::error_handler_t::replace),
                " ", what);
  }

  /// Takes the array's bytes off the front of the blob.
  void add(const json& entry, std::span<const std::uint8_t>& blob) {
    if (!entry.is_object() || !entry.contains("name") || !entry["name"].is_string())
      input_error(where_, ": an array has no name");
    const auto name = entry["name"].get<std::string>();
    if (!entry.contains("shape") || !entry["shape"].is_array() ||
        entry.value("dtype", json()) != "float32")
      refuse(name, "has no shape, or is not float32");
    StoredArray array;
    std::int64_t count = 1;
    for (const json& size : entry["shape"]) {
      if (!size.is_number_unsigned() || size.get<std::uint64_t>() > 1'000'000'000 ||
          __builtin_mul_overflow(count, size.get<std::int64_t>(), &count))
        refuse(name, "has an impossible shape");
      array.shape.push_back(size.get<std::int64_t>());
    }
    if (entry.contains("quantization")) {
      const json& q = entry["quantization"];
      if (!q.is_object() || q.value("dtype", json()) != "uint8" ||
          !q.value("scale", json()).is_number() || !q.value("min", json()).is_number())
        refuse(name, "is quantised otherwise than as uint8 with a scale and a min");
      array.quantised = true;
      array.scale = q["scale"].get<double>();
      array.min = q["min"].get<double>();
    }
    const std::int64_t of_each = array.quantised ? 1 : sizeof(float);
    if (count > static_cast<std::int64_t>(blob.size()) / of_each)
      refuse(name, "ends behind the end of the blob: a file is cut or missing");
    array.bytes = blob.first(static_cast<std::size_t>(count * of_each));
    blob = blob.subspan(array.bytes.size());
    if (!arrays_.emplace(name, std::move(array)).second) refuse(name, "is there twice");
  }

  const std::string& where_;
  std::map<std::string, StoredArray> arrays_;
};

/// face-api.js's names of the convolutions, in the order of identity_convolutions. A stage of as
/// many channels as the one before it, which only the last is, is "_out".
std::vector<std::string> names_of(const IdentitySizes& sizes) {
  std::vector<std::string> out{text("conv", sizes.stem_channels, "_down")};
  std::int64_t channels = sizes.stem_channels;
  for (const IdentitySizes::Stage& stage : sizes.stages) {
    const std::string root = text("conv", stage.channels, "_");
    for (std::int64_t block = 0; block < stage.blocks; ++block) {
      std::string name = text(root, stage.halves ? block : block + 1);
      if (stage.halves && block == 0)
        name = root + (stage.channels == channels ? "down_out" : "down");
      out.push_back(name + "/conv1");
      out.push_back(name + "/conv2");
    }
    channels = stage.channels;
  }
  return out;
}

}  // namespace

IdentityWeights parse_face_api(std::span<const std::uint8_t> manifest_text,
                               std::span<const std::uint8_t> blob, const std::string& where,
                               const IdentitySizes& sizes) {
  const json group = parse_group(manifest_text, where);
  const Manifest manifest(group, blob, where);
  IdentityWeights out;
  out.sizes = sizes;
  const std::vector<IdentityConvolution> convolutions = identity_convolutions(sizes);
  const std::vector<std::string> names = names_of(sizes);
  for (std::size_t i = 0; i < convolutions.size(); ++i) {
    const IdentityConvolution& c = convolutions[i];
    const auto per_channel = [&](const char* what) {
      return manifest.at(names[i] + what, {c.channels_out});
    };
    out.convolutions.push_back(
        fold_affine(manifest.at(names[i] + "/conv/filters",
                                {c.kernel, c.kernel, c.channels_in, c.channels_out}),
                    per_channel("/conv/bias"), per_channel("/scale/weights"),
                    per_channel("/scale/biases"), where));
  }
  out.full = manifest.at("fc", {sizes.stages.back().channels, sizes.embedding});
  check_finite(out.full, where);
  return out;
}

std::vector<std::string> face_api_blobs(std::span<const std::uint8_t> manifest,
                                        const std::string& where) {
  std::vector<std::string> out;
  const json group = parse_group(manifest, where);
  for (const json& entry : group["paths"]) {
    const std::string name = entry.is_string() ? entry.get<std::string>() : std::string();
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos)
      input_error(where, ": a path is not the name of a file beside it");
    out.push_back(name);
  }
  return out;
}

}  // namespace fgcn
