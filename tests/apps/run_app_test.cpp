// The start of every program.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/program.h"

namespace fgcn {
namespace {

/// The settings that the OpenMP library prints, at each of the program's starts.
std::string settings(const std::string& environment) {
  const test::Outcome outcome = test::run_program(
      "fgcn_recon", "--help",
      "env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_DISPLAY_ENV=verbose " + environment);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find("Examples") != std::string::npos);
  return outcome.err;
}

int starts(const std::string& said) {
  int count = 0;
  for (std::size_t at = 0; (at = said.find("DISPLAY ENVIRONMENT BEGIN", at)) != std::string::npos;
       ++at)
    ++count;
  return count;
}

TEST_CASE("idle threads sleep soon, unless the user has said how to wait") {
  const std::string own = settings({});
  if (own.find("GOMP_SPINCOUNT") == std::string::npos) {
    MESSAGE("skipped: this is not GNU's OpenMP");
    return;
  }
  CHECK(starts(own) == 2);
  CHECK(own.find("GOMP_SPINCOUNT = '300'") != std::string::npos);
  const std::string spins = settings("GOMP_SPINCOUNT=77");
  CHECK(starts(spins) == 1);
  CHECK(spins.find("GOMP_SPINCOUNT = '77'") != std::string::npos);
  CHECK(starts(settings("OMP_WAIT_POLICY=active")) == 1);
}

}  // namespace
}  // namespace fgcn
