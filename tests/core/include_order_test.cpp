// The rooms' doors: which folder may include which (docs/dev/architecture.md).
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

/// Path prefixes that a room's files may include; `io/*` are the files of io/ itself, without its
/// inner rooms. A file belongs to the room with the longest name that its path begins with.
const std::map<std::string, std::vector<std::string>> kAllowed{
    {"kernels/core", {"kernels/core/"}},
    {"kernels/runtime", {"kernels/runtime/", "kernels/simt/", "kernels/core/"}},
    {"kernels/gpu", {"kernels/gpu/", "kernels/runtime/", "kernels/core/"}},
    {"kernels", {"kernels/"}},
    {"io", {"io/*", "kernels/core/"}},
    {"io/archive", {"io/archive/", "io/*", "kernels/core/"}},
    {"io/arrays", {"io/arrays/", "io/archive/", "io/*", "kernels/core/"}},
    {"io/mesh", {"io/mesh/", "io/archive/", "io/*", "kernels/core/"}},
    {"mesh", {"mesh/", "io/", "kernels/core/"}},
    {"mesh/search", {"mesh/", "io/", "kernels/core/"}},
    {"autograd", {"autograd/", "kernels/"}},
    {"layers", {"layers/", "autograd/", "kernels/", "mesh/", "io/"}},
    {"render", {"render/", "autograd/", "kernels/", "io/"}},
    {"photo/decode", {"photo/decode/", "io/", "kernels/core/"}},
    {"photo", {"photo/*", "photo/decode/", "io/", "kernels/core/"}},
    {"photo/detect", {"photo/detect/", "photo/*", "io/", "kernels/core/"}},
    {"photo/mask", {"photo/mask/", "photo/*", "io/", "kernels/core/"}},
    {"recon/fit", {"recon/fit/"}},
    {"recon/refine", {"recon/refine/", "recon/fit/"}},
    {"recon", {"recon/"}},
    {"train/run", {"train/run/"}},
    {"train/synthetic", {"train/synthetic/", "train/run/", "recon/fit/"}},
    {"train/dataset", {"train/dataset/", "train/run/", "recon/"}},
    {"train/evaluate",
     {"train/evaluate/", "train/dataset/", "train/synthetic/", "train/run/", "recon/"}},
    {"train/coma", {"train/coma/", "train/run/", "recon/"}},
    {"train", {"train/*", "train/evaluate/", "train/synthetic/", "train/run/", "recon/"}},
    {"train/photos",
     {"train/photos/", "train/*", "train/evaluate/", "train/dataset/", "train/run/", "recon/"}},
    {"apps/bench", {"apps/bench/", "apps/*", "train/", "recon/"}},
    {"apps/coma", {"apps/coma/", "apps/*", "train/", "recon/"}},
    {"apps/data", {"apps/data/", "apps/*", "train/", "recon/"}},
    {"apps/eval", {"apps/eval/", "apps/*", "train/", "recon/"}},
    {"apps/mesh", {"apps/mesh/", "apps/*", "train/", "recon/"}},
    {"apps/recon", {"apps/recon/", "apps/*", "train/", "recon/"}},
    {"apps/train", {"apps/train/", "apps/*", "train/", "recon/"}},
    {"apps", {"apps/", "train/", "recon/"}},
};
/// Rooms that every room from recon on may include besides.
const std::vector<std::string> kFoundations{"kernels/", "io/",     "mesh/", "autograd/",
                                            "layers/",  "render/", "photo/"};
const std::regex kUpperRoom("^(recon|train|apps)(/.*)?$");
/// Folders that a room does not see although it may include what lies around them. The engine of
/// differentiation knows neither the operators nor the optimiser that are built on it.
const std::multimap<std::string, std::string> kHidden{{"mesh", "mesh/face/"},
                                                      {"mesh/search", "mesh/face/"},
                                                      {"autograd", "autograd/ops/"},
                                                      {"autograd", "kernels/adam/"}};

bool starts_with_any(const std::string& path, const std::vector<std::string>& prefixes) {
  const std::string files_of_folder = path.substr(0, path.rfind('/') + 1) + "*";
  for (const std::string& prefix : prefixes) {
    if (path.rfind(prefix, 0) == 0 || prefix == files_of_folder) return true;
  }
  return false;
}

std::string room_of(const std::string& path) {
  std::string found;
  for (const auto& [room, allowed] : kAllowed)
    if (path.rfind(room + "/", 0) == 0 && room.size() > found.size()) found = room;
  return found;
}

bool may_include(const std::string& path, const std::string& target) {
  const std::string room = room_of(path);
  if (room.empty()) return false;
  const auto [first, last] = kHidden.equal_range(room);
  for (auto hidden = first; hidden != last; ++hidden) {
    if (path.rfind(hidden->second, 0) != 0 && target.rfind(hidden->second, 0) == 0) return false;
  }
  return starts_with_any(target, kAllowed.at(room)) ||
         (std::regex_match(room, kUpperRoom) && starts_with_any(target, kFoundations));
}

TEST_CASE("the rule of the rooms' doors refuses what points the other way") {
  CHECK(may_include("recon/refine/a.cpp", "recon/fit/b.h"));
  CHECK_FALSE(may_include("recon/fit/a.cpp", "recon/refine/b.h"));
  CHECK_FALSE(may_include("recon/reconstruct.cpp", "train/adam.h"));
  CHECK_FALSE(may_include("train/synthetic/a.cpp", "recon/refine/b.h"));
  CHECK_FALSE(may_include("train/dataset/a.cpp", "train/trainer.h"));
  CHECK_FALSE(may_include("mesh/topology.cpp", "mesh/face/face_model.h"));
  CHECK(may_include("mesh/face/a.cpp", "mesh/topology.h"));
  CHECK_FALSE(may_include("autograd/tape.cpp", "autograd/ops/binary.h"));
  CHECK_FALSE(may_include("autograd/tape.cpp", "kernels/adam/adam.h"));
  CHECK(may_include("autograd/tape.cpp", "kernels/binary/binary.h"));
  CHECK(may_include("autograd/ops/unary.cpp", "autograd/ops/binary.h"));
  CHECK(may_include("train/adam.cpp", "kernels/adam/adam.h"));
  CHECK_FALSE(may_include("io/mesh/obj.cpp", "mesh/topology.h"));
  CHECK_FALSE(may_include("io/file.cpp", "io/mesh/obj.h"));
  CHECK_FALSE(may_include("io/arrays/npz.cpp", "io/mesh/obj.h"));
  CHECK_FALSE(may_include("io/archive/zip.cpp", "io/arrays/npz.h"));
  CHECK(may_include("io/mesh/usdz.cpp", "io/archive/zip.h"));
  CHECK(may_include("io/mesh/obj.cpp", "io/file.h"));
  CHECK_FALSE(may_include("photo/decode/decode.cpp", "photo/align.h"));
  CHECK_FALSE(may_include("photo/align.cpp", "photo/mask/skin.h"));
  CHECK_FALSE(may_include("train/adam.cpp", "train/photos/photo_step.h"));
  CHECK_FALSE(may_include("apps/eval/eval_parts.cpp", "apps/recon/recon_options.h"));
  CHECK(may_include("apps/eval/eval_parts.cpp", "apps/interrupt.h"));
  CHECK_FALSE(may_include("kernels/core/view.h", "kernels/gpu/elements.h"));
  CHECK_FALSE(may_include("other/a.cpp", "io/file.h"));
}

TEST_CASE("includes point one way") {
  const std::regex include(R"re(^\s*#\s*include\s+"([^"]+)")re");
  const std::regex source(R"re(.*\.(h|cpp|cu)$)re");
  std::map<std::string, int> seen;
  for (const char* top : {"kernels", "io", "mesh", "autograd", "layers", "render", "photo", "recon",
                          "train", "apps"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(FGCN_SOURCE_DIR) / top)) {
      const std::string path = fs::relative(entry.path(), FGCN_SOURCE_DIR).generic_string();
      if (!std::regex_match(path, source)) continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, include)) continue;
        const std::string target = match[1];
        CAPTURE(path);
        CAPTURE(target);
        CHECK(may_include(path, target));
        ++seen[room_of(path)];
      }
    }
  }
  // or the walk found nothing and the test says nothing
  for (const auto& [room, allowed] : kAllowed) {
    CAPTURE(room);
    CHECK(seen[room] > 3);
  }
}

}  // namespace
}  // namespace fgcn
