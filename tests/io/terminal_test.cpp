// Text for a terminal: what names hold is shown and does nothing.
#include "io/terminal.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "io/file.h"
#include "io/temporary_folder.h"

namespace fgcn::io {
namespace {

/// What a call writes to stderr (2) or stdout (1).
std::string written(int descriptor, const std::function<void()>& call) {
  const TemporaryFolder folder;
  std::FILE* stream = descriptor == 1 ? stdout : stderr;
  std::fflush(stream);
  const int before = ::dup(descriptor);
  const int file = ::open((folder / "out").c_str(), O_CREAT | O_WRONLY, 0600);
  REQUIRE(::dup2(file, descriptor) == descriptor);
  call();
  std::fflush(stream);
  ::dup2(before, descriptor);
  ::close(before);
  ::close(file);
  const Bytes bytes = read_file(folder / "out");
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("terminal: control characters, C1 and turned text are shown, other text stays") {
  CHECK(printable("plain name.jpg") == "plain name.jpg");
  CHECK(printable("\x1b[2J\x1b]0;title\x07") == "\\x1b[2J\\x1b]0;title\\x07");
  CHECK(printable(std::string_view("a\0b", 3)) ==
        "a\\x00"
        "b");
  CHECK(printable("a\rb\x7f\x08") == "a\\x0db\\x7f\\x08");
  CHECK(printable("a\tb") == "a\tb");
  CHECK(printable("two\nlines") == "two\\nlines");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");  // CSI as one code point
  CHECK(printable("\x9b"
                  "31m") == "\\x9b31m");  // and as one byte
  CHECK(printable("a\xe2\x80\xae"
                  "gpj") == "a\\xe2\\x80\\xaegpj");  // right to left from here
  CHECK(printable("M\xc3\xbcller \xe5\xb1\xb1 \xf0\x9f\x98\x80") ==
        "M\xc3\xbcller \xe5\xb1\xb1 \xf0\x9f\x98\x80");
  CHECK(printable("\xef\xbf\xbd") == "\xef\xbf\xbd");  // a sign like others
  CHECK(printable("\xc3(") == "\\xc3(");
  CHECK(printable("").empty());
}

TEST_CASE("terminal: a message is one line, a text keeps its lines") {
  const std::string name = "\x1b[31m\nred";
  CHECK(written(2, [&] { print_message("fgcn: %s: %d\n", name.c_str(), 7); }) ==
        "fgcn: \\x1b[31m\\nred: 7\n");
  CHECK(written(2, [&] { print_message("%s", "without an end"); }) == "without an end\n");
  CHECK(written(1, [&] { print_text("a %s\n\nb\x1b\n", "\x07"); }) == "a \\x07\n\nb\\x1b\n");
  CHECK(written(1, [&] { print_text("%s", "no end"); }) == "no end");
  // A name cannot begin a line of its own, nor with the sign that stands for line ends.
  CHECK(written(1, [&] { print_text("%s: %d\n  end\n", "a\nb", 3); }) == "a\\nb: 3\n  end\n");
  CHECK(written(1, [&] { print_text("%s\n", "a\x01\n"); }) == "a\\x01\\n\n");
  std::string every;
  for (char sign = 1; sign < ' '; ++sign) every += sign;
  CHECK(written(1, [&] { print_text("%s.\n", every.c_str()); }).ends_with("\\x1e\\x1f.\n"));
  CHECK(written(1, [&] { print_lines("a\nb\x1b\n"); }) == "a\nb\\x1b\n");
  const std::string many(100000, '\x01');  // more than the stack's room
  const std::string got = written(2, [&] { print_message("%s\n", many.c_str()); });
  CHECK(got.size() == 4 * many.size() + 1);
  CHECK(got.starts_with("\\x01\\x01"));
}

TEST_CASE("terminal: JSON keeps its meaning, and no name in it steers the terminal") {
  using Json = nlohmann::json;
  // C0 (the writer of JSON escapes it), DEL, C1, marks of direction, text of four bytes.
  const std::string name =
      "\x1b[2J\n\x07 \x7f \xc2\x9b"
      "31m \xe2\x80\xae M\xc3\xbcller \xf0\x9f\x98\x80 \"\\";
  const Json json{{"input", name}, {name, 1}};
  const std::string plain = json.dump(2), shown = printable_json(plain);
  CHECK(Json::parse(shown) == json);
  CHECK(shown.find("\\u009b31m \\u202e M\xc3\xbcller \xf0\x9f\x98\x80") != std::string::npos);
  CHECK(shown.find("\\u007f") != std::string::npos);
  CHECK(printable_json("{\n\t\"a\": [1, 2]\n}") == "{\n\t\"a\": [1, 2]\n}");
  CHECK(written(1, [&] { print_json(plain); }) == shown + "\n");
}

TEST_CASE("terminal: no program writes to stderr or stdout in another way") {
  namespace fs = std::filesystem;
  std::size_t files = 0;
  for (const char* room : {"apps", "train", "recon", "photo", "render", "layers", "mesh", "io"})
    for (const fs::directory_entry& entry :
         fs::recursive_directory_iterator(fs::path(FGCN_SOURCE_DIR) / room)) {
      const std::string path = fs::relative(entry.path(), FGCN_SOURCE_DIR).string();
      const bool source = path.ends_with(".cpp") || path.ends_with(".h");
      // The benchmarks print no names. The bar steers the terminal itself.
      if (!source || path.find("bench") != std::string::npos || path == "io/terminal.cpp") continue;
      ++files;
      const Bytes bytes = read_file(entry.path());
      const std::string text(bytes.begin(), bytes.end());
      CAPTURE(path);
      if (path == "train/run/progress.cpp") continue;
      // JSON goes by print_json.
      for (const char* call :
           {"fprintf(", "std::printf(", ", stderr", ", stdout", "std::cerr", "std::cout <<"})
        CHECK(text.find(call) == std::string::npos);
    }
  CHECK(files > 200);
}

}  // namespace fgcn::io
