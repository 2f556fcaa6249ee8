// The test data that lies beside the project. Tests that use it skip, with a message, without it.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>

namespace fgcn::test {

/// The path under ../shared/data, or nothing (and a message in the log) when it is not there.
inline std::optional<std::filesystem::path> shared_data(const std::string& relative) {
  const std::filesystem::path path =
      std::filesystem::path(FGCN_SOURCE_DIR).parent_path() / "shared" / "data" / relative;
  if (std::filesystem::exists(path)) return path;
  MESSAGE("skipped: ../shared/data/" << relative << " is not here");
  return std::nullopt;
}

}  // namespace fgcn::test
