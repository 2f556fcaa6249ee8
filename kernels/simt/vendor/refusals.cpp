#include "kernels/simt/vendor/refusals.h"

#include <cstdlib>
#include <mutex>

#include "kernels/core/error.h"

namespace fgcn::simt {
namespace {

constexpr std::size_t kTooMuch = std::size_t{1} << 50;

struct State {
  std::mutex mutex;
  Refusal refusal;
  std::map<std::string, std::int64_t> calls;

  State() {
    const char* told = std::getenv("FGCN_REFUSE");
    if (told != nullptr) refusal = parse_refusal(told);
  }
};

/// The calls are C's: nobody can hand over more than their arguments.
State& state() {
  static State all;
  return all;
}

}  // namespace

Refusal parse_refusal(const std::string& text) {
  Refusal out;
  const std::size_t colon = text.find(':');
  out.call = text.substr(0, colon);
  if (colon == std::string::npos) return out;
  const std::string which = text.substr(colon + 1);
  out.workspace = which == "workspace";
  if (out.workspace) return out;
  FGCN_CHECK(!which.empty() && which.size() < 10 &&
                 which.find_first_not_of("0123456789") == std::string::npos,
             "refusal: '", text, "', expected CALL, CALL:NTH or CALL:workspace");
  out.nth = std::stoll(which);
  return out;
}

void refuse(const Refusal& refusal) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.refusal = refusal;
  s.calls.clear();
}

std::map<std::string, std::int64_t> vendor_calls() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.calls;
}

bool is_refused(const char* call) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  const std::int64_t number = ++s.calls[call];
  return s.refusal.call == call && !s.refusal.workspace &&
         (s.refusal.nth == 0 || s.refusal.nth == number);
}

std::size_t asked_workspace(const char* call, std::size_t bytes) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  return s.refusal.call == call && s.refusal.workspace ? kTooMuch : bytes;
}

}  // namespace fgcn::simt
