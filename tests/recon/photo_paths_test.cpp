// The photos that a command line names.
#include "recon/photo_paths.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"

namespace fgcn::recon {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a folder stands for its photos, without results and other files") {
  const TemporaryFolder folder;
  for (const std::string name : {"b.JPG", "a.png", "c.jfif", "notes.txt", ".hidden.jpg",
                                 "a_compare.png", "a_albedo.png", "d_compare.png"})
    write_file(folder / name, "x");
  write_file(folder / "a.json",
             R"({"input":"a.png","face_model":"embedded","coefficients":{},"files":{}})");
  write_file(folder / "d.json", R"({"input":"d.png"})");  // somebody else's
  fs::create_directories(folder / "deeper.jpg");
  write_file(folder / "deeper.jpg" / "e.jpg", "x");
  write_file(folder / "list", "listed.jpg\n" + (folder / "deeper.jpg").string() + "\n");
  std::vector<std::string> names;
  for (const fs::path& photo :
       photo_paths({folder.path().string(), "given.jpg"}, (folder / "list").string()))
    names.push_back(photo.filename().string());
  CHECK(names == std::vector<std::string>{"a.png", "b.JPG", "c.jfif", "d_compare.png", "given.jpg",
                                          "listed.jpg", "e.jpg"});
}

}  // namespace
}  // namespace fgcn::recon
