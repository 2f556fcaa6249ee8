#include "train/run/event_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "io/byte_order.h"
#include "io/crc32c.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "events.out.tfevents.";

/// Checksums are stored so that one over data that holds checksums is not degenerate.
std::uint32_t masked(std::uint32_t crc) { return std::rotr(crc, 15) + 0xA282EAD8U; }

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// One by one: of a copy in one piece GCC 12 believes, wrongly, that it overflows.
void append(Bytes& out, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t b : bytes) out.push_back(b);
}
template <class T>
void append_le(Bytes& out, T value) {
  Bytes raw;
  io::append_le(raw, value);
  append(out, raw);
}

/// A protocol-buffer message under construction: each field is its number and wire type, then its
/// value.
class Message {
 public:
  Message& number(int field, std::uint64_t value) {
    key(field, kVarint);
    varint(value);
    return *this;
  }
  Message& real64(int field, double value) {
    key(field, kFixed64);
    append_le(bytes_, value);
    return *this;
  }
  Message& real32(int field, float value) {
    key(field, kFixed32);
    append_le(bytes_, value);
    return *this;
  }
  Message& bytes(int field, std::span<const std::uint8_t> value) {
    key(field, kBytes);
    varint(value.size());
    append(bytes_, value);
    return *this;
  }
  Message& text(int field, std::string_view value) { return bytes(field, bytes_of(value)); }
  Message& message(int field, const Message& value) { return bytes(field, value.bytes_); }
  Bytes take() { return std::move(bytes_); }

 private:
  enum Wire : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  void key(int field, Wire wire) { varint(static_cast<std::uint64_t>(field) << 3 | wire); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes_.push_back(static_cast<std::uint8_t>((value & 0x7FU) | 0x80U));
    bytes_.push_back(static_cast<std::uint8_t>(value));
  }

  Bytes bytes_;
};

/// The fields of the messages, as the format numbers them.
enum EventField { kWallTime = 1, kStep = 2, kVersion = 3, kSummary = 5, kSession = 7 };
enum SummaryField { kValue = 1 };
enum ValueField { kTag = 1, kSimpleValue = 2, kPicture = 4 };
enum PictureField { kHeight = 1, kWidth = 2, kColorSpace = 3, kEncoded = 4 };
enum SessionField { kStatus = 1 };
constexpr std::uint64_t kSessionStart = 1;

Message event(double wall_time, std::int64_t step) {
  Message out;
  out.real64(kWallTime, wall_time).number(kStep, static_cast<std::uint64_t>(step));
  return out;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Seconds for a new file's name: now, or after every file that is there.
std::int64_t new_seconds(const fs::path& folder) {
  constexpr std::size_t kDigits = 10;
  auto out = static_cast<std::int64_t>(now());
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kPrefix, 0) != 0) continue;
    const std::string digits = name.substr(kPrefix.size(), kDigits);
    if (digits.size() != kDigits || digits.find_first_not_of("0123456789") != std::string::npos)
      continue;
    out = std::max<std::int64_t>(out, std::stoll(digits) + 1);
  }
  return out;
}

std::string host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "host";
  std::string out = name.data();
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

}  // namespace

Bytes event_record(std::span<const std::uint8_t> data) {
  Bytes out;
  out.reserve(data.size() + 16);
  append_le(out, static_cast<std::uint64_t>(data.size()));
  append_le(out, masked(crc32c(out)));
  append(out, data);
  append_le(out, masked(crc32c(data)));
  return out;
}

Bytes version_event(double wall_time) {
  Message out;
  return out.real64(kWallTime, wall_time).text(kVersion, "brain.Event:2").take();
}

Bytes start_event(double wall_time, std::int64_t first_step) {
  return event(wall_time, first_step)
      .message(kSession, Message().number(kStatus, kSessionStart))
      .take();
}

Bytes scalars_event(double wall_time, std::int64_t step, std::span<const Scalar> scalars) {
  Message summary;
  for (const Scalar& s : scalars)
    summary.message(kValue,
                    Message().text(kTag, s.tag).real32(kSimpleValue, static_cast<float>(s.value)));
  return event(wall_time, step).message(kSummary, summary).take();
}

Bytes picture_event(double wall_time, std::int64_t step, const std::string& tag,
                    const Image8& picture) {
  Message stored;
  stored.number(kHeight, static_cast<std::uint64_t>(picture.height))
      .number(kWidth, static_cast<std::uint64_t>(picture.width))
      .number(kColorSpace, static_cast<std::uint64_t>(picture.channels))
      .bytes(kEncoded, encode_png(picture));
  const Message summary =
      Message().message(kValue, Message().text(kTag, tag).message(kPicture, stored));
  return event(wall_time, step).message(kSummary, summary).take();
}

struct EventFile::Impl {
  fs::path path;
  int descriptor = -1;

  explicit Impl(fs::path where) : path(std::move(where)) {
    constexpr int kMode = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
    descriptor = ::open(path.c_str(), kMode, 0666);
    if (descriptor < 0) refuse("created");
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (descriptor >= 0) ::close(descriptor);
  }

  [[noreturn]] void refuse(const char* what) const {
    input_error(path.string(), ": cannot be ", what, " (", std::strerror(errno),
                "); check that the folder is writable and has room");
  }

  void write(const Bytes& message) const {
    const Bytes record = event_record(message);
    for (std::size_t done = 0; done < record.size();) {
      const ssize_t put = ::write(descriptor, record.data() + done, record.size() - done);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) refuse("written");
      done += static_cast<std::size_t>(put);
    }
  }
};

EventFile::EventFile(const fs::path& folder, std::int64_t first_step)
    : impl_(std::make_unique<Impl>(
          folder / text(kPrefix, new_seconds(folder), ".", host(), ".", ::getpid()))) {
  impl_->write(version_event(now()));
  impl_->write(start_event(now(), first_step));
}
EventFile::EventFile(EventFile&&) noexcept = default;
EventFile& EventFile::operator=(EventFile&&) noexcept = default;
EventFile::~EventFile() = default;

void EventFile::add(std::int64_t step, std::span<const Scalar> scalars) {
  impl_->write(scalars_event(now(), step, scalars));
}

void EventFile::add(std::int64_t step, const std::string& tag, const Image8& picture) {
  impl_->write(picture_event(now(), step, tag, picture));
}

const fs::path& EventFile::path() const { return impl_->path; }

}  // namespace fgcn::train
