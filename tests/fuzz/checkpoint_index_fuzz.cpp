#include "io/arrays/tensorflow_checkpoint.h"
#include "tests/fuzz/fuzz.h"
#include "tests/io/arrays/tensorflow_files.h"

namespace {

// The first byte chooses how deep to begin: at the table, or at a block whose checksums are right.
void read_index(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  fgcn::Bytes index(bytes.begin() + 1, bytes.end());
  if (bytes[0] % 2 == 1) index = fgcn::test::index_of(index);
  const fgcn::io::CheckpointIndex read = fgcn::io::parse_checkpoint_index(index, "fuzz.index");
  for (const auto& [name, entry] : read.entries)
    FGCN_CHECK(fgcn::io::bytes_of(entry.type).has_value(), "checkpoint: an entry without numbers");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_index);
}
