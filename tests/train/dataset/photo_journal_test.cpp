#include "train/dataset/photo_journal.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"

namespace fgcn::train {
namespace {

using Notes = std::vector<std::string>;

/// Of records that no face model goes with.
PhotoDataHeader small_header() {
  PhotoDataHeader out;
  out.crop_size = 2;
  out.face.vertices = 10;
  out.face.identity = 1;
  return out;
}

Bytes small_record(std::uint64_t seed) {
  Rng rng(seed);
  PhotoRecord out;
  out.crop = Image8(2, 2, 4, static_cast<std::uint8_t>(seed));
  out.fit.identity = {rng.normal()};
  for (double& g : out.fit.sh_coefficients) g = rng.normal();
  return encode_record(small_header(), out);
}

/// A journal of two records, one of them with notes, and a photo left out between them; and where
/// its entries end.
struct Example {
  TemporaryFolder folder;
  std::filesystem::path path = folder / "x.part";
  Bytes one = small_record(1), two = small_record(2), whole;
  std::size_t after_one = 0, after_skip = 0;

  Example() {
    PhotoJournal journal(path, small_header());
    journal.add_record(1, one, {"small", "cut; see"});
    after_one = read_file(path).size();
    journal.add_skip(7, "no face was found");
    after_skip = read_file(path).size();
    journal.add_record(2, two);
    whole = read_file(path);
  }
};

/// What a journal says of content 1, 2 and 7 is what was added, or nothing; and it can be added to.
void check_true_or_nothing(const Example& e) {
  {
    PhotoJournal journal(e.path, small_header());
    if (journal.has_record(1)) {
      CHECK(journal.record(1) == e.one);
      CHECK(journal.notes(1) == Notes{"small", "cut; see"});
    }
    if (journal.has_record(2)) {
      CHECK(journal.record(2) == e.two);
      CHECK(journal.notes(2).empty());
    }
    if (journal.skips().count(7) != 0) CHECK(journal.skips().at(7) == "no face was found");
    for (const auto& [content, reason] : journal.skips()) CHECK(content == 7);
    journal.add_record(3, e.two, {"again"});
  }
  const PhotoJournal again(e.path, small_header());
  CHECK(again.record(3) == e.two);
  CHECK(again.notes(3) == Notes{"again"});
}

TEST_CASE("a journal that was cut at any byte keeps the entries before, and goes on") {
  const Example e;
  for (std::size_t length = 0; length <= e.whole.size(); ++length) {
    CAPTURE(length);
    write_file(e.path, std::span(e.whole).first(length));
    {
      const PhotoJournal journal(e.path, small_header());
      REQUIRE(journal.has_record(1) == (length >= e.after_one));
      REQUIRE(journal.skips().count(7) == (length >= e.after_skip ? 1 : 0));
      REQUIRE(journal.has_record(2) == (length >= e.whole.size()));
    }
    check_true_or_nothing(e);
  }
}

TEST_CASE("a flipped bit costs one entry of a journal, or is refused with what to do") {
  const Example e;
  int refused = 0, kept_behind = 0;
  for (std::size_t i = 0; i < e.whole.size(); ++i) {
    CAPTURE(i);
    Bytes damaged = e.whole;
    damaged[i] ^= static_cast<std::uint8_t>(1U << i % 8);
    write_file(e.path, damaged);
    if (i < 8) {  // what begins otherwise is nobody's but its owner's
      for (const Earlier earlier : {Earlier::kTakeOver, Earlier::kMakeAnew})
        CHECK_THROWS_WITH_AS(PhotoJournal(e.path, small_header(), earlier),
                             doctest::Contains("rename or delete it"), InputError);
      REQUIRE(read_file(e.path) == damaged);
      continue;
    }
    if (i < 256) {
      ++refused;
      CHECK_THROWS_WITH_AS(PhotoJournal(e.path, small_header()),
                           doctest::Contains("--restart makes all photos anew"), InputError);
      REQUIRE(read_file(e.path) == damaged);
      const PhotoJournal anew(e.path, small_header(), Earlier::kMakeAnew);
      CHECK_FALSE(anew.has_record(1));
      CHECK(anew.skips().empty());
    } else {
      const PhotoJournal journal(e.path, small_header());
      CHECK(int(journal.has_record(1)) + int(journal.has_record(2)) +
                int(journal.skips().count(7)) <
            3);
      kept_behind += !journal.has_record(1) && journal.has_record(2) ? 1 : 0;
    }
    check_true_or_nothing(e);
  }
  CHECK(refused == 248);
  // A flip in the numbers of the first record leaves the others; one in its length does not.
  CHECK(kept_behind > int(e.one.size()) / 2);
}

TEST_CASE("zeros and holes in a journal are made again") {
  const Example e;
  Rng rng(3);
  for (int k = 0; k < 200; ++k) {
    Bytes damaged = e.whole;
    const auto begin =
        static_cast<std::size_t>(rng.below(std::int64_t(damaged.size()) - 256)) + 256;
    const auto end = std::min(damaged.size(), begin + static_cast<std::size_t>(rng.below(900)));
    std::fill(damaged.begin() + std::int64_t(begin), damaged.begin() + std::int64_t(end), 0);
    write_file(e.path, damaged);
    check_true_or_nothing(e);
  }
  write_file(e.path, Bytes(e.whole.size()));  // as after a power cut
  {
    const PhotoJournal journal(e.path, small_header());
    CHECK_FALSE(journal.has_record(1));
  }
  check_true_or_nothing(e);
}

TEST_CASE("a journal of another run, in use, or by its older rules") {
  const Example e;
  {
    const PhotoJournal journal(e.path, small_header());
    CHECK_THROWS_WITH_AS(PhotoJournal(e.path, small_header()), doctest::Contains("another program"),
                         InputError);
  }
  PhotoDataHeader other = small_header();
  other.predictor = 99;
  CHECK_THROWS_WITH_AS(PhotoJournal(e.path, other), doctest::Contains("--restart"), InputError);
  { CHECK_FALSE(PhotoJournal(e.path, other, Earlier::kMakeAnew).has_record(1)); }

  PhotoDataHeader with = small_header();  // whose face it is goes by the network that says so
  with.rule.same_person = 0.3;
  with.rule.identity = 5;
  write_file(e.path, e.whole);
  { PhotoJournal(e.path, with).add_embedding(9, {1, -2.5F, 3}); }
  CHECK(PhotoJournal(e.path, with).embeddings().at(9) == std::vector<real>{1, -2.5F, 3});
  CHECK(PhotoJournal(e.path, small_header()).embeddings().empty());
  const Bytes longer = read_file(e.path);
  write_file(e.path, std::span(longer).first(longer.size() - 1));
  {
    const PhotoJournal torn(e.path, with);
    CHECK(torn.embeddings().empty());
    CHECK(torn.record(2) == e.two);
  }
  // Without notes, as a program before them wrote: 24 bytes of an entry that has none.
  Bytes without(e.whole.begin(), e.whole.begin() + 256);
  without.insert(without.end(), e.whole.begin() + std::int64_t(e.after_skip) + 24, e.whole.end());
  write_file(e.path, without);
  CHECK_FALSE(PhotoJournal(e.path, small_header()).has_record(2));
}

}  // namespace
}  // namespace fgcn::train
