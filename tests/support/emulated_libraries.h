// Which of NVIDIA's libraries the emulated device has host versions of in this build: those whose
// headers were found (cmake/vendor.cmake).
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace fgcn::test {

/// False, with a message that the test does not run there, when `library` ("cublas", "cudnn",
/// "cusparse") is not one of them.
inline bool emulated_library(std::string_view library) {
  const std::string found = std::string(",") + FGCN_EMULATED_LIBRARIES + ",";
  if (found.find("," + std::string(library) + ",") != std::string::npos) return true;
  MESSAGE("not run on the emulated device: there were no headers of " << library
                                                                      << " to build with");
  return false;
}

}  // namespace fgcn::test
