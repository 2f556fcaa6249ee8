// A fuzz target may see from a reader: a result, or one refusal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/core/error.h"

namespace fgcn::fuzz {

/// Runs `read`. InputError is an answer; any other exception leaves the target and is a finding.
template <class Read>
int accept_or_refuse(const std::uint8_t* data, std::size_t size, const Read& read) {
  try {
    read(std::span<const std::uint8_t>(data, size));
  } catch (const InputError&) {
    return 0;
  }
  return 0;
}

/// Uses what a reader accepted: a refusal there is a finding too.
template <class Use>
void use_accepted(const Use& use) {
  try {
    use();
  } catch (const InputError& error) {
    FGCN_CHECK(false, "accepted, then refused: ", error.what());
  }
}

}  // namespace fgcn::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
