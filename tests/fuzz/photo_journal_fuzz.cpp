// The journal of fgcn_data prepare. The first byte says whether the input is a whole file or only
// the entries behind a right header, whether entries get their right checksums, and whether the
// journal is added to and opened again.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "io/byte_order.h"
#include "io/hash.h"
#include "io/temporary_folder.h"
#include "tests/fuzz/fuzz.h"
#include "train/dataset/photo_journal.h"

namespace {

using fgcn::Bytes;
using fgcn::io::load_le;
using fgcn::train::PhotoJournal;

constexpr std::uint64_t kEntryHead = 16, kEntryTail = 8;

/// Of records that no face model goes with.
fgcn::train::PhotoDataHeader header() {
  fgcn::train::PhotoDataHeader out;
  out.crop_size = 2;
  out.face.vertices = 10;
  out.face.identity = 1;
  out.rule.identity = 7;
  return out;
}

/// Puts the right checksum where one belongs: no fuzzer guesses it.
void seal(Bytes& file, std::size_t begin) {
  for (std::size_t at = begin; at + kEntryHead + kEntryTail <= file.size();) {
    const std::uint64_t length = load_le<std::uint32_t>(file, at + 4);
    if (length > file.size() - at - kEntryHead - kEntryTail) return;
    const std::span<const std::uint8_t> checked =
        std::span<const std::uint8_t>(file).subspan(at, kEntryHead + length);
    const std::uint64_t hash = fgcn::hash64(checked);
    at += checked.size();
    for (std::size_t k = 0; k < kEntryTail; ++k)
      file[at + k] = static_cast<std::uint8_t>(hash >> (8 * k));
    at += kEntryTail;
  }
}

/// In place, without what makes a file safe on a disk: a hundred thousand are written a second.
void write(const std::string& path, const Bytes& file) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0 ||
      ::write(descriptor, file.data(), file.size()) != static_cast<ssize_t>(file.size()))
    std::abort();
  ::close(descriptor);
}

void check_entries(const PhotoJournal& journal, std::size_t most) {
  std::size_t bytes = 0;
  for (const auto& [content, reason] : journal.skips()) bytes += reason.size();
  for (const auto& [content, numbers] : journal.embeddings()) bytes += 4 * numbers.size();
  FGCN_CHECK(bytes <= most, "journal: more than the file holds");
  for (const std::uint64_t content : {0, 1, 2, 3, 7}) {
    if (!journal.has_record(content)) continue;
    FGCN_CHECK(journal.record(content).size() == header().record_bytes(), "journal: a record");
    FGCN_CHECK(journal.notes(content).size() <= most, "journal: notes");
  }
}

void read_input(std::span<const std::uint8_t> bytes) {
  static const fgcn::TemporaryFolder folder;
  static const std::string path = folder / "x.part";
  static const Bytes head = [] {
    fgcn::train::PhotoDataHeader kind = header();
    kind.rule = {};
    return fgcn::train::encode_header(kind, 0, 0);
  }();
  if (bytes.empty()) return;
  const unsigned how = bytes[0];
  bytes = bytes.subspan(1);
  Bytes file;
  if ((how & 1) == 0) file = head;
  file.insert(file.end(), bytes.begin(), bytes.end());
  if ((how & 2) == 0 && file.size() >= head.size()) seal(file, head.size());
  write(path, file);
  auto journal = std::make_unique<PhotoJournal>(path, header());
  fgcn::fuzz::use_accepted([&] {
    check_entries(*journal, file.size());
    if ((how & 4) == 0) return;
    const Bytes record(header().record_bytes(), 9);
    journal->add_record(11, record, {"a note", "and another"});
    journal->add_skip(12, "no face was found");
    journal->add_embedding(13, {1, 2});
    const auto skips = journal->skips();
    journal.reset();
    const PhotoJournal again(path, header());
    FGCN_CHECK(again.record(11) == record && again.notes(11).size() == 2 &&
                   again.embeddings().at(13).size() == 2 && again.skips() == skips,
               "journal: what was added is not there when it is opened again");
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
