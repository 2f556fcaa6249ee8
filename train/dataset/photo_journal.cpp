#include "train/dataset/photo_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "io/byte_order.h"
#include "io/hash.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

constexpr std::uint32_t kRecord = 1;
constexpr std::uint32_t kSkip = 2;
constexpr std::uint32_t kEmbedding = 3;   // hash of the network's weights, then float32
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

}  // namespace

PhotoJournal::PhotoJournal(std::filesystem::path path, const PhotoDataHeader& header)
    : path_(std::move(path)),
      record_bytes_(header.record_bytes()),
      identity_(header.rule.identity) {
  PhotoDataHeader kind = header;
  kind.count = 0;
  kind.rule = {};  // records do not depend on how they are split
  kind.face_name.clear();
  lock();
  try {
    Bytes head = encode_header(kind, 0, 0);
    Bytes there(head.size());
    if (!read_at(descriptor_, 0, there)) {
      // New, or ended within its first bytes.
      if (::ftruncate(descriptor_, 0) != 0 || !write_at(descriptor_, 0, head)) refuse("written");
      end_ = head.size();
      return;
    }
    const PhotoDataHeader old = parse_header(there, layout(kind, 0).end, path_.string()).header;
    if (!old.same_kind(kind))
      input_error(path_.string(),
                  ": is of a run with another face model or landmark model; give the same again, "
                  "another -o, or delete it");
    replay(head);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
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

void PhotoJournal::replay(const Bytes& head) {
  end_ = head.size();
  for (;;) {
    Bytes entry(kEntryHead);
    if (!read_at(descriptor_, end_, entry)) break;
    const auto kind = io::load_le<std::uint32_t>(entry, 0);
    const auto length = io::load_le<std::uint32_t>(entry, 4);
    const auto content = io::load_le<std::uint64_t>(entry, 8);
    const bool fits =
        (kind == kRecord && length == record_bytes_) || (kind == kSkip && length <= kMostReason) ||
        (kind == kEmbedding && length % 4 == 0 && length >= 8 && length <= 8 + 4 * kMostNumbers);
    if (!fits) break;
    entry.resize(kEntryHead + length + kEntryTail);
    if (!read_at(descriptor_, end_, entry)) break;
    const auto checked = std::span<const std::uint8_t>(entry).first(kEntryHead + length);
    if (io::load_le<std::uint64_t>(entry, kEntryHead + length) != hash64(checked)) break;
    if (kind == kRecord) records_[content] = end_ + kEntryHead;
    if (kind == kSkip) skips_[content] = {checked.begin() + kEntryHead, checked.end()};
    if (kind == kEmbedding && io::load_le<std::uint64_t>(entry, kEntryHead) == identity_) {
      std::vector<real>& numbers = embeddings_[content];
      for (std::size_t at = kEntryHead + 8; at < kEntryHead + length; at += 4)
        numbers.push_back(io::load_le<float>(entry, at));
    }
    end_ += entry.size();
  }
  if (::ftruncate(descriptor_, static_cast<off_t>(end_)) != 0) refuse("cut to its whole entries");
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

void PhotoJournal::add_record(std::uint64_t content, std::span<const std::uint8_t> record) {
  FGCN_CHECK(record.size() == record_bytes_, "photo journal: ", record.size(), " bytes, expected ",
             record_bytes_);
  const std::lock_guard lock(mutex_);
  const std::uint64_t at = end_ + kEntryHead;
  append(kRecord, content, record);
  records_[content] = at;
}

void PhotoJournal::add_skip(std::uint64_t content, const std::string& reason) {
  const std::string kept = reason.substr(0, kMostReason);
  const std::lock_guard lock(mutex_);
  append(kSkip, content,
         std::span(reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size()));
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
