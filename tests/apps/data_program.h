// `fgcn_data prepare` as the tests of the program start it.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/program.h"

namespace fgcn::test {

/// A data set `out` of the photos of `folder`; `more` arguments.
inline Outcome prepare(const std::filesystem::path& folder, const std::filesystem::path& out,
                       const std::string& more = {}, const std::string& shell_prefix = {}) {
  return run_program("fgcn_data",
                     "prepare " + quoted(folder) + " -o " + quoted(out) + " --device cpu " + more,
                     shell_prefix);
}

/// The text that a program printed; it must have ended well.
inline nlohmann::json json_of(const Outcome& outcome) {
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return nlohmann::json::parse(outcome.out);
}

}  // namespace fgcn::test
