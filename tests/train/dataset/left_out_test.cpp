#include "train/dataset/left_out.h"

#include <doctest/doctest.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "train/dataset/prepare_threads.h"

namespace fgcn::train {
namespace {

TEST_CASE("a line each says what was left out, and notes are found in it again") {
  LeftOutPhotos photos;
  CHECK(left_out_text(photos).empty());
  photos.skipped = {{"p/a\nb.jpg", "no face was found"},
                    {"p/\x1b[2J\xc2\x9b"
                     "2J\xe2\x80\xae.jpg",
                     "no face was found"},
                    {"p/sub/", "cannot be read"}};
  photos.duplicates = {{"p/c.jpg", "p/b\\.jpg"}};
  photos.similar = {{"p/d.jpg", "p/b.jpg"}};
  photos.notes = {{"p/caf\xe9.jpg", {"small; take a larger one", "cut"}},
                  {"p/odd: note: name\t.jpg", {"small"}}};
  const std::string text = left_out_text(photos);
  CHECK(text ==
        "p/a\\x0ab.jpg: no face was found\n"
        "p/\\x1b[2J\\xc2\\x9b2J\\xe2\\x80\\xae.jpg: no face was found\n"
        "p/sub/: cannot be read\n"
        "p/c.jpg: has the same content as p/b\\x5c.jpg\n"
        "p/d.jpg: shows the same picture as p/b.jpg\n"
        "p/caf\xe9.jpg: note: small; take a larger one\n"
        "p/caf\xe9.jpg: note: cut\n"
        "p/odd: note: name\\x09.jpg: note: small\n");
  const auto notes = notes_in(text);
  REQUIRE(notes.size() == 2);
  for (const PhotoNotes& photo : photos.notes) CHECK(notes.at(one_line(photo.name)) == photo.notes);
  CHECK(notes_in("").empty());
  CHECK(notes_in(": note: x\np: note: \np: note").empty());
}

TEST_CASE("work goes on with the threads that the memory suffices for") {
  const std::atomic<bool> stop{false};
  std::vector<std::atomic<int>> done(50);
  const auto work = [&done](std::int64_t i) { ++done[static_cast<std::size_t>(i)]; };
  std::atomic<int> made{0};
  CHECK(in_parallel(4, 50, stop, [&]() -> std::function<void(std::int64_t)> {
    if (made++ > 0) throw std::bad_alloc();
    return work;
  }));
  for (const auto& times : done) CHECK(times == 1);
  CHECK_THROWS_AS(
      in_parallel(4, 50, stop,
                  []() -> std::function<void(std::int64_t)> { throw std::bad_alloc(); }),
      std::bad_alloc);
  // Other failures stop all.
  CHECK_THROWS_AS(in_parallel(2, 50, stop,
                              [&]() -> std::function<void(std::int64_t)> {
                                return [](std::int64_t i) {
                                  if (i == 7) throw std::runtime_error("seven");
                                };
                              }),
                  std::runtime_error);
}

}  // namespace
}  // namespace fgcn::train
