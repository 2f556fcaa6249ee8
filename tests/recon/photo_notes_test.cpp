// Notes that a reconstruction makes for its user.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "recon/photo_sampler.h"

namespace fgcn::recon {
namespace {

std::vector<std::string> notes_of(double landmark_error) {
  FitResult fit;
  fit.landmark_error = landmark_error;
  std::vector<std::string> notes{"one before"};
  note_fit(fit, notes);
  return notes;
}

TEST_CASE("a fit that misses its landmarks by more than 0.06 says so, and by how much") {
  CHECK(notes_of(0).size() == 1);
  CHECK(notes_of(0.06).size() == 1);
  REQUIRE(notes_of(0.0601).size() == 2);
  CHECK(notes_of(0.271).back().find("misses the landmarks by 27 % of the distance") !=
        std::string::npos);
  CHECK(notes_of(std::nan("")).size() == 2);
}

}  // namespace
}  // namespace fgcn::recon
