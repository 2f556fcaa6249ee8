// A library that says no: the host versions of NVIDIA's calls refuse on demand, so that tests see
// what a program does when a GPU or a version of the library cannot do what it asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace fgcn::simt {

/// Which calls are refused.
struct Refusal {
  std::string call;        // "cublasSgemm", "cudnnConvolutionForward", ...; empty: none
  std::int64_t nth = 0;    // only that call of it, counted from 1; 0: every one
  bool workspace = false;  // the call answers, but asks for more working memory than there is
};

/// From now on, in place of what was said before; counts start anew. At a program's start the
/// environment says it: FGCN_REFUSE=CALL, CALL:NTH or CALL:workspace. Error for another form.
void refuse(const Refusal& refusal);
Refusal parse_refusal(const std::string& text);

/// How often each call that can be refused was made since the last refuse().
std::map<std::string, std::int64_t> vendor_calls();

/// For the host versions: counts the call; true when it is to be refused.
bool is_refused(const char* call);
/// For the host versions that answer with a size: that size, or one that no device has.
std::size_t asked_workspace(const char* call, std::size_t bytes);

}  // namespace fgcn::simt
