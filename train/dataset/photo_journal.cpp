#include "train/dataset/photo_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

#include "io/byte_order.h"
#include "io/hash.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

constexpr std::uint32_t kRecord = 1;
constexpr std::uint32_t kSkip = 2;
constexpr std::uint32_t kEmbedding = 3;   // hash of the network's weights, then float32
constexpr std::uint32_t kNotes = 4;       // of the record that follows, a line each
constexpr std::uint64_t kEntryHead = 16;  // kind, payload's bytes, content hash
constexpr std::uint64_t kEntryTail = 8;   // checksum
constexpr std::uint64_t kMostReason = 4096;
constexpr std::uint64_t kMostNumbers = 4096;

/// False when the file ends before.
bool read_at(int fd, std::uint64_t offset, std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got =
        ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

bool write_at(int fd, std::uint64_t offset, std::span<const std::uint8_t> data) {
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t put =
        ::pwrite(fd, data.data() + done, data.size() - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    done += static_cast<std::size_t>(put);
  }
  return true;
}

std::span<const std::uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

PhotoJournal::PhotoJournal(std::filesystem::path path, const PhotoDataHeader& header,
                           Earlier earlier)
    : path_(std::move(path)),
      record_bytes_(header.record_bytes()),
      identity_(header.rule.identity) {
  PhotoDataHeader kind = header;
  kind.count = 0;
  kind.rule = {};  // records do not depend on how they are split
  kind.face_name.clear();
  lock();
  try {
    begin(kind, earlier);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

void PhotoJournal::begin(const PhotoDataHeader& kind, Earlier earlier) {
  const Bytes head = encode_header(kind, 0, 0);
  Bytes there(head.size());
  const bool whole = read_at(descriptor_, 0, there);
  // Begun, and ended within its first bytes; after a power cut these can be zeros.
  const bool new_file = !whole || is_zero(there);
  if (!new_file && !begins_as_photo_data(there))
    input_error(path_.string(),
                ": is no progress of fgcn_data prepare, or its first bytes are damaged; rename or "
                "delete it, or give another -o");
  if (new_file || earlier == Earlier::kMakeAnew) {
    if (::ftruncate(descriptor_, 0) != 0 || !write_at(descriptor_, 0, head)) refuse("written");
    end_ = head.size();
    return;
  }
  PhotoDataHeader old;
  try {
    old = parse_header(there, layout(kind, 0).end, path_.string()).header;
  } catch (const InputError&) {
    input_error(path_.string(),
                ": the progress of an earlier run is damaged, or of another version of the "
                "program; --restart makes all photos anew");
  }
  if (!old.same_kind(kind))
    input_error(path_.string(),
                ": is of a run with another face model, landmark model, --parser or --regressor; "
                "give the same again or another -o, or --restart to make all photos anew");
  replay(head.size());
}

PhotoJournal::~PhotoJournal() { ::close(descriptor_); }

void PhotoJournal::refuse(const char* what) const {
  input_error(path_.string(), ": cannot be ", what, " (", std::strerror(errno),
              "); check that the folder exists, is writable and has room");
}

void PhotoJournal::lock() {
  for (;;) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) refuse("created");
    struct stat info {};
    const bool locked = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    if (locked && ::fstat(descriptor_, &info) == 0 && info.st_nlink > 0) return;
    ::close(descriptor_);
    if (!locked)
      input_error(path_.string(), ": another program is preparing this data set; wait for it");
  }  // removed between opening and locking: its owner was done
}

void PhotoJournal::replay(std::uint64_t begin) {
  end_ = begin;
  for (std::uint64_t at = begin;;) {
    Bytes entry(kEntryHead);
    if (!read_at(descriptor_, at, entry)) break;
    const auto kind = io::load_le<std::uint32_t>(entry, 0);
    const auto length = io::load_le<std::uint32_t>(entry, 4);
    const bool fits =
        (kind == kRecord && length == record_bytes_) ||
        ((kind == kSkip || kind == kNotes) && length <= kMostReason) ||
        (kind == kEmbedding && length % 4 == 0 && length >= 8 && length <= 8 + 4 * kMostNumbers);
    if (!fits) break;
    entry.resize(kEntryHead + length + kEntryTail);
    if (!read_at(descriptor_, at, entry)) break;
    const auto checked = std::span<const std::uint8_t>(entry).first(kEntryHead + length);
    const std::uint64_t payload = at + kEntryHead;
    at += entry.size();
    // A damaged entry may stand before whole ones.
    if (io::load_le<std::uint64_t>(entry, kEntryHead + length) != hash64(checked)) continue;
    take(kind, io::load_le<std::uint64_t>(entry, 8), checked.subspan(kEntryHead), payload);
    end_ = at;
  }
  if (::ftruncate(descriptor_, static_cast<off_t>(end_)) != 0) refuse("cut to its whole entries");
}

void PhotoJournal::take(std::uint32_t kind, std::uint64_t content,
                        std::span<const std::uint8_t> payload, std::uint64_t at) {
  // A record whose notes were damaged, or that an older program wrote without, is made again.
  if (kind == kRecord && notes_.count(content) != 0) records_[content] = at;
  if (kind == kSkip) skips_[content] = {payload.begin(), payload.end()};
  if (kind == kNotes) notes_[content] = {payload.begin(), payload.end()};
  if (kind != kEmbedding || io::load_le<std::uint64_t>(payload, 0) != identity_) return;
  std::vector<real> numbers;
  for (std::size_t k = 8; k < payload.size(); k += 4)
    numbers.push_back(io::load_le<float>(payload, k));
  embeddings_[content] = std::move(numbers);
}

void PhotoJournal::append(std::uint32_t kind, std::uint64_t content,
                          std::span<const std::uint8_t> payload) {
  Bytes entry;
  entry.reserve(kEntryHead + payload.size() + kEntryTail);
  io::append_le(entry, kind);
  io::append_le(entry, static_cast<std::uint32_t>(payload.size()));
  io::append_le(entry, content);
  entry.insert(entry.end(), payload.begin(), payload.end());
  io::append_le(entry, hash64(std::span<const std::uint8_t>(entry)));
  if (!write_at(descriptor_, end_, entry)) {
    const int why = errno;
    // Best effort: the checksum tells a torn entry as well.
    if (::ftruncate(descriptor_, static_cast<off_t>(end_)) != 0) errno = why;
    errno = why;
    refuse("written");
  }
  end_ += entry.size();
}

void PhotoJournal::add_record(std::uint64_t content, std::span<const std::uint8_t> record,
                              const std::vector<std::string>& notes) {
  FGCN_CHECK(record.size() == record_bytes_, "photo journal: ", record.size(), " bytes, expected ",
             record_bytes_);
  std::string lines;
  for (const std::string& note : notes) lines += note + "\n";
  lines.resize(std::min<std::size_t>(lines.size(), kMostReason));
  const std::lock_guard lock(mutex_);
  // Before the record, so that no torn journal holds a record without its notes.
  append(kNotes, content, as_bytes(lines));
  notes_[content] = lines;
  const std::uint64_t at = end_ + kEntryHead;
  append(kRecord, content, record);
  records_[content] = at;
}

std::vector<std::string> PhotoJournal::notes(std::uint64_t content) const {
  std::vector<std::string> out;
  const auto found = notes_.find(content);
  if (found == notes_.end()) return out;
  std::istringstream lines(found->second);
  lines.exceptions(std::ios::badbit);  // or a lack of memory is the end of the text
  for (std::string line; std::getline(lines, line);) out.push_back(line);
  return out;
}

void PhotoJournal::add_skip(std::uint64_t content, const std::string& reason) {
  const std::string kept = reason.substr(0, kMostReason);
  const std::lock_guard lock(mutex_);
  append(kSkip, content, as_bytes(kept));
  skips_[content] = kept;
}

void PhotoJournal::add_embedding(std::uint64_t content, const std::vector<real>& numbers) {
  FGCN_CHECK(!numbers.empty() && numbers.size() <= kMostNumbers, "photo journal: an embedding of ",
             numbers.size(), " numbers");
  Bytes payload;
  io::append_le(payload, identity_);
  for (const real x : numbers) io::append_le(payload, static_cast<float>(x));
  const std::lock_guard lock(mutex_);
  append(kEmbedding, content, payload);
  embeddings_[content] = numbers;
}

Bytes PhotoJournal::record(std::uint64_t content) const {
  const auto found = records_.find(content);
  FGCN_CHECK(found != records_.end(), "photo journal: no record of this content");
  Bytes out(record_bytes_);
  if (!read_at(descriptor_, found->second, out))
    input_error(path_.string(), ": was cut short by another program; run prepare again");
  return out;
}

void PhotoJournal::remove() { ::unlink(path_.c_str()); }

}  // namespace fgcn::train
