// The rooms' doors: which folder may include which (docs/ARCHITECTURE.md).
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace fgcn {
namespace {

namespace fs = std::filesystem;

/// Path prefixes that a folder's files may include.
const std::map<std::string, std::vector<std::string>> kAllowed{
    {"kernels", {"kernels/"}},
    {"mesh", {"mesh/", "kernels/core/"}},
    {"autograd", {"autograd/", "kernels/"}},
    {"layers", {"layers/", "autograd/", "kernels/", "mesh/"}},
    {"render", {"render/", "autograd/", "kernels/"}},
    {"photo", {"photo/", "render/image.h", "kernels/core/"}},
    {"train", {"train/", "layers/", "render/", "photo/", "autograd/", "kernels/", "mesh/"}},
    {"apps", {"apps/", "train/", "layers/", "render/", "photo/", "autograd/", "kernels/", "mesh/"}},
};

bool starts_with_any(const std::string& text, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    if (text.rfind(prefix, 0) == 0) return true;
  }
  return false;
}

TEST_CASE("includes point one way") {
  const std::regex include(R"re(^\s*#\s*include\s+"([^"]+)")re");
  int seen = 0;
  for (const auto& [folder, allowed] : kAllowed) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(FGCN_SOURCE_DIR) / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp" && extension != ".cu") continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        const std::string target = match[1];
        CAPTURE(entry.path().string());
        CAPTURE(target);
        CHECK(starts_with_any(target, allowed));
        ++seen;
      }
    }
  }
  CHECK(seen > 20);  // or the walk found nothing and the test says nothing
}

}  // namespace
}  // namespace fgcn
