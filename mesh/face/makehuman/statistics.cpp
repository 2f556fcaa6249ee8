#include "mesh/face/makehuman/statistics.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/arrays/safetensors.h"
#include "kernels/core/error.h"

namespace fgcn::mesh::makehuman {
namespace {

constexpr const char* kFormat = "fgcn identity statistics 1";
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 26;
constexpr double kMostWeight = 10;

}  // namespace

Statistics read_statistics(const std::filesystem::path& path) {
  const std::string where = path.string();
  const auto malformed = [&](const char* what) {
    input_error(where, ": ", what, "; take the file that comes with the program, or make it with ",
                "scripts/identity_statistics.py");
  };
  const io::Safetensors file = io::read_safetensors(path, [&](const io::Safetensors& header) {
    const auto format = header.metadata.find("format");
    if (format == header.metadata.end() || format->second != kFormat)
      malformed("is not a file of identity statistics");
    io::check_bytes(header, kMostBytes, where);
  });
  Statistics out;
  const auto stored = file.metadata.find("names");
  const nlohmann::json names = stored == file.metadata.end()
                                   ? nlohmann::json()
                                   : nlohmann::json::parse(stored->second, nullptr, false);
  if (!names.is_array()) malformed("names is not a list");
  for (const auto& name : names) {
    if (!name.is_string()) malformed("names is not a list of texts");
    out.names.push_back(name.get<std::string>());
  }
  const auto count = static_cast<std::int64_t>(out.names.size());
  const io::StoredTensor& mean = file.at("mean", where);
  const io::StoredTensor& modes = file.at("modes", where);
  if (mean.shape != std::vector<std::int64_t>{count}) malformed("mean is not one weight a name");
  if (modes.shape.size() != 2 || modes.shape[1] != count)
    malformed("modes is not one weight a mode and name");
  out.mean = mean.doubles();
  const std::vector<double> flat = modes.doubles();
  for (std::size_t m = 0; m < static_cast<std::size_t>(modes.shape[0]); ++m) {
    const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(m * out.names.size());
    out.modes.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  for (const std::vector<double>* list : {&std::as_const(out.mean), &flat})
    for (const double weight : *list)
      if (!(std::abs(weight) <= kMostWeight)) malformed("holds a weight beyond 10");
  return out;
}

}  // namespace fgcn::mesh::makehuman
