// The log of a training run, for comparing runs.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace fgcn::test {

/// The lines of a run's JSON Lines file without what differs from run to run.
inline std::string comparable_log(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string out;
  for (std::string line; std::getline(file, line);) {
    nlohmann::json json = nlohmann::json::parse(line);
    json.erase("images_per_second");
    json.erase("memory_mib");
    out += json.dump() + "\n";
  }
  return out;
}

}  // namespace fgcn::test
