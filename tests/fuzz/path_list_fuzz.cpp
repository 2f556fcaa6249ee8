// Lists of paths, as a user or `find -print0` writes them. What was read, written as such a list,
// is read again.
#include <string>
#include <vector>

#include "io/path_list.h"
#include "kernels/core/error.h"
#include "tests/fuzz/fuzz.h"

namespace {

std::string joined(const std::vector<std::string>& paths, char end) {
  std::string out;
  for (const std::string& path : paths) (out += path) += end;
  return out;
}

void read_input(std::span<const std::uint8_t> input) {
  const std::string content(input.begin(), input.end());
  const std::vector<std::string> paths = fgcn::listed_paths(content);
  const bool nul = content.find('\0') != std::string::npos;
  std::size_t bytes = 0;
  for (const std::string& path : paths) {
    FGCN_CHECK(!path.empty(), "list: an empty path");
    FGCN_CHECK(path.find(nul ? '\0' : '\n') == std::string::npos, "list: two paths in one");
    bytes += path.size();
  }
  FGCN_CHECK(bytes <= content.size(), "list: more than there was");
  if (!paths.empty())
    FGCN_CHECK(fgcn::listed_paths(joined(paths, '\0')) == paths, "list: NULs change it");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
