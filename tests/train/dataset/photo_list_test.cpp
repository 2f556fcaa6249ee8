#include "train/dataset/photo_list.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "io/temporary_folder.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

Names names(const PhotoList& list) {
  Names out;
  for (const ListedPhoto& photo : list.photos) out.push_back(photo.name);
  return out;
}

/// The reason for which the list leaves `name` out; empty: it does not.
std::string reason(const PhotoList& list, const std::string& name) {
  for (const LeftOut& photo : list.unusable)
    if (photo.name == name) return photo.reason;
  return {};
}

void touch(const fs::path& file, std::string_view content = "x") {
  fs::create_directories(file.parent_path());
  write_file(file, content);
}

TEST_CASE("linked folders are read once, under the link where there is no other name") {
  const TemporaryFolder folder;
  touch(folder / "real/a.jpg");
  touch(folder / "real/deep/b.jpg");
  touch(folder / "photos/c.jpg");
  touch(folder / "photos/here/d.jpg");
  const auto link = [&](const char* to, const char* at) {
    fs::create_directory_symlink(to, folder / at);
  };
  link("../real", "photos/alice");
  link("../real", "photos/bob");           // again
  link("../../photos", "photos/here/up");  // a loop
  link("../../real/deep", "real/deep/self");
  link("here", "photos/also_here");
  CHECK(names(list_photos({folder / "photos"})) == Names{"photos/alice/a.jpg",
                                                         "photos/alice/deep/b.jpg", "photos/c.jpg",
                                                         "photos/here/d.jpg"});
  // A folder that is given keeps its own name.
  CHECK(names(list_photos({folder / "photos", folder / "real"})) ==
        Names{"photos/c.jpg", "photos/here/d.jpg", "real/a.jpg", "real/deep/b.jpg"});
  link("real", "only");
  fs::create_directory(folder / "links");
  link("../photos", "links/all");
  CHECK(names(list_photos({folder / "links"})).size() == 4);
  CHECK(names(list_photos({folder / "only"})) == Names{"real/a.jpg", "real/deep/b.jpg"});
}

TEST_CASE("photos are told by their endings, and others by their first bytes") {
  const TemporaryFolder folder;
  Names expected;
  for (const char* end : {"jpg", "JPEG", "jpe", "jfif", "pjpeg", "mpo", "png", "bmp", "dib", "tga",
                          "webp", "heic", "heif", "avif", "tif", "tiff", "gif", "jxl"}) {
    touch(folder / "p" / ("x." + std::string(end)));
    expected.push_back("p/x." + std::string(end));
  }
  const auto photo = [&](const char* name, std::string_view begin) {
    std::string content(begin);
    content.resize(64, ' ');
    touch(folder / "p" / name, content);
    expected.push_back("p/" + std::string(name));
  };
  using namespace std::string_view_literals;
  photo("jpeg_without_ending", "\xFF\xD8\xFF");
  photo("png.dat", "\x89PNG\r\n\x1A\n");
  photo("web", "RIFF....WEBP");
  photo("phone.download",
        "\0\0\0\x18"
        "ftypheic"sv);
  photo("windows", "BM\x36\x10\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"sv);
  photo("xl", "\xFF\x0A");
  std::sort(expected.begin(), expected.end());
  touch(folder / "p/notes.txt", "BM begins this text, which is longer than the header of a photo");
  touch(folder / "p/raw.nef", "II*\0 as a TIFF, whose picture is a small preview"sv);
  touch(folder / "p/film.mp4",
        "\0\0\0\x18"
        "ftypisom and so on"sv);
  touch(folder / "p/sound.wav", "RIFF....WAVE");
  touch(folder / "p/short", "\xFF\xD8");
  touch(folder / "p/empty", "");
  touch(folder / "p/.hidden.jpg");
  const PhotoList list = list_photos({folder / "p"});
  CHECK(names(list) == expected);
  CHECK(list.ignored == 6);
  CHECK(list.unusable.empty());
}

TEST_CASE("pipes, devices, dead links and odd packed files are named, and nothing waits for them") {
  const TemporaryFolder folder;
  const fs::path p = folder / "p";
  touch(p / "good.jpg");
  REQUIRE(::mkfifo((p / "pipe.jpg").c_str(), 0600) == 0);
  REQUIRE(::mkfifo((p / "pipe").c_str(), 0600) == 0);
  fs::create_symlink("/dev/zero", p / "zero.png");
  fs::create_symlink("nowhere", p / "gone.jpg");
  fs::create_symlink("nowhere", p / "lock");
  fs::create_symlink("loop", p / "loop");
  touch(p / "odd.bin");
  const PhotoList list = list_photos({p});
  CHECK(names(list) == Names{"p/good.jpg"});
  CHECK(list.ignored == 2);
  REQUIRE(list.unusable.size() == 5);
  CHECK(list.unusable[0].name == "p/gone.jpg");
  CHECK(reason(list, "p/gone.jpg").find("leads nowhere (No such file") != std::string::npos);
  CHECK(reason(list, "p/loop").find("leads nowhere (Too many levels") != std::string::npos);
  CHECK(reason(list, "p/odd.bin").find("whole records") != std::string::npos);
  CHECK(reason(list, "p/pipe.jpg") == "is not a regular file");
  CHECK(reason(list, "p/zero.png") == "is not a regular file");
}

TEST_CASE("a folder that cannot be read is named, and the others are read") {
  const TemporaryFolder folder;
  const fs::path p = folder / "p";
  touch(p / "good.jpg");
  touch(p / "sub/also.jpg");
  // Deeper than a path can be: not even root can open it.
  const std::string part(250, 'd');
  int at = ::open(p.c_str(), O_RDONLY | O_DIRECTORY);
  for (int depth = 0; depth < 20; ++depth) {
    REQUIRE(::mkdirat(at, part.c_str(), 0700) == 0);
    const int below = ::openat(at, part.c_str(), O_RDONLY | O_DIRECTORY);
    ::close(at);
    at = below;
  }
  ::close(at);
  const bool root = ::geteuid() == 0;
  touch(p / "perm/secret.jpg");
  fs::permissions(p / "perm", fs::perms::none);
  const PhotoList list = list_photos({p});
  fs::permissions(p / "perm", fs::perms::owner_all);
  CHECK(list.photos.size() == (root ? 3 : 2));
  REQUIRE(list.unusable.size() == (root ? 1 : 2));
  CHECK(list.unusable[0].name.substr(0, 10) == "p/dddddddd");
  CHECK(list.unusable[0].name.back() == '/');
  CHECK(list.unusable[0].reason ==
        "this folder cannot be read (File name too long); its photos are left out");
  if (!root) CHECK(reason(list, "p/perm/").find("Permission denied") != std::string::npos);
}

TEST_CASE("the data set and its companions are no photos, and no photos at all is an error") {
  const TemporaryFolder folder;
  const fs::path p = folder / "p";
  touch(p / "good.jpg");
  touch(p / "set.jpg");
  touch(p / "sub/set.jpg");
  CHECK(names(list_photos({p}, p / "set.jpg")) == Names{"p/good.jpg", "p/sub/set.jpg"});
  CHECK(names(list_photos({p}, folder / "set.jpg")).size() == 3);
  fs::create_directory(folder / "none");
  CHECK_THROWS_WITH_AS(list_photos({folder / "none"}), doctest::Contains("holds no photos"),
                       InputError);
  fs::create_symlink("nowhere", folder / "none/gone.jpg");
  CHECK_THROWS_WITH_AS(list_photos({folder / "none"}),
                       doctest::Contains("none/gone.jpg: is a link that leads nowhere"),
                       InputError);
  CHECK_THROWS_WITH_AS(list_photos({folder / "not_there"}), doctest::Contains("cannot be opened"),
                       InputError);
}

TEST_CASE("a packed record and a file of its name do not stand in each other's way") {
  const TemporaryFolder folder;
  touch(folder / "p/f.bin", std::string(std::size_t{224} * 224 * 16, '\0'));
  touch(folder / "p/f-00000000.bin.jpg");
  touch(folder / "p/f-00000000.bin", std::string(std::size_t{224} * 224 * 16, '\0'));
  const PhotoList list = list_photos({folder / "p"});
  CHECK(names(list) ==
        Names{"p/f-00000000-00000000.bin", "p/f-00000000.bin", "p/f-00000000.bin.jpg"});
}

}  // namespace
}  // namespace fgcn::train
