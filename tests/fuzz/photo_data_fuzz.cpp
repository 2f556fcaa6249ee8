#include "io/byte_order.h"
#include "io/hash.h"
#include "tests/fuzz/fuzz.h"
#include "train/dataset/photo_file.h"

namespace {

using fgcn::Bytes;
using fgcn::io::load_le;

/// Puts the right checksum where one belongs: no fuzzer guesses it, and what lies behind is to be
/// tested.
void seal(Bytes& file, std::uint64_t at, std::uint64_t first, std::uint64_t count) {
  if (count > file.size() || first > file.size() - count) return;
  if (file.size() < 8 || at > file.size() - 8) return;
  const std::uint64_t hash =
      fgcn::hash64(std::span<const std::uint8_t>(file).subspan(first, count));
  for (std::size_t k = 0; k < 8; ++k) file[at + k] = static_cast<std::uint8_t>(hash >> (8 * k));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    Bytes file(bytes.begin(), bytes.end());
    if (file.size() >= fgcn::train::kPhotoHeaderBytes) {
      const auto count = load_le<std::uint64_t>(file, 16);
      const auto record = load_le<std::uint64_t>(file, 24);
      const auto names = load_le<std::uint64_t>(file, 32);
      const auto records = load_le<std::uint64_t>(file, 40);
      if (count <= file.size() && names <= file.size() && record <= file.size() &&
          records <= file.size()) {
        const std::uint64_t entry = load_le<std::uint32_t>(file, 8) == 2 ? 32 : 24;  // with persons
        seal(file, 48, 256, entry * count + names);
        for (std::uint64_t i = 0; i < count && record >= 8; ++i) {
          const std::uint64_t first = records + i * record;
          if (first > file.size()) break;
          seal(file, first + record - 8, first, record - 8);
        }
      }
      seal(file, 248, 0, 248);
    }
    const auto read = fgcn::train::PhotoFile::parse(file, "fuzz");
    std::int64_t in_splits = 0;
    for (const auto split :
         {fgcn::train::Split::kTrain, fgcn::train::Split::kValidation, fgcn::train::Split::kTest})
      in_splits += static_cast<std::int64_t>(read.of(split).size());
    FGCN_CHECK(in_splits == read.size(), "photo data: a record is in no split or in two");
    for (std::int64_t i = 0; i < read.size(); ++i) {
      const fgcn::train::PhotoRecord record = read.record(i);
      const Bytes again = fgcn::train::encode_record(read.header(), record);
      const auto before = read.record_bytes(i);
      FGCN_CHECK(std::equal(again.begin(), again.end() - 16, before.begin()),
                 "photo data: a record changed");
    }
  });
}
