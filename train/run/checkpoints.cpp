#include "train/run/checkpoints.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "io/crc32c.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "checkpoint-";
constexpr std::string_view kSuffix = ".safetensors";
constexpr const char* kChecksum = "crc32c";

std::string name_of(std::int64_t step) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%06lld", static_cast<long long>(step));
  return std::string(kPrefix) + digits + std::string(kSuffix);
}

/// The step in a checkpoint's name; nothing for another file.
std::optional<std::int64_t> step_of(const std::string& name) {
  if (name.size() <= kPrefix.size() + kSuffix.size() || name.rfind(kPrefix, 0) != 0 ||
      name.compare(name.size() - kSuffix.size(), kSuffix.size(), kSuffix) != 0)
    return std::nullopt;
  std::int64_t step = -1;
  const char* const end = name.data() + name.size() - kSuffix.size();
  const auto [at, error] = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (error != std::errc() || at != end || step < 0 || name_of(step) != name) return std::nullopt;
  return step;
}

/// The folder's files; none where there is no folder.
/// Errors   InputError when it cannot be read: its checkpoints must not be taken for absent.
std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    out.push_back(at->path());
  if (failed && failed != std::errc::no_such_file_or_directory)
    input_error(folder.string(), ": cannot be read (", failed.message(), "); check the disk");
  return out;
}

/// Steps of all files by the name of a checkpoint, the newest first. Errors as above.
std::vector<std::int64_t> steps_in(const fs::path& folder) {
  std::vector<std::int64_t> out;
  for (const fs::path& file : files_in(folder))
    if (const auto step = step_of(file.filename().string())) out.push_back(*step);
  std::sort(out.rbegin(), out.rend());
  return out;
}

/// Over names, types, shapes and data of all arrays, and the metadata but the checksum itself.
std::string checksum(const io::Safetensors& file) {
  std::uint32_t crc = 0;
  const auto add = [&crc](const void* data, std::size_t size) {
    crc = crc32c({static_cast<const std::uint8_t*>(data), size}, crc);
  };
  const auto add_text = [&](const std::string& text) { add(text.c_str(), text.size() + 1); };
  for (const auto& [key, value] : file.metadata) {
    if (key == kChecksum) continue;
    add_text(key);
    add_text(value);
  }
  for (const auto& [name, tensor] : file.tensors) {
    add_text(name);
    const auto type = static_cast<std::uint8_t>(tensor.dtype);
    add(&type, sizeof type);
    add(tensor.shape.data(), tensor.shape.size() * sizeof tensor.shape[0]);
    add(tensor.data.data(), tensor.data.size());
  }
  char out[16];
  std::snprintf(out, sizeof out, "%08x", crc);
  return out;
}

/// Names that write_file() and a kill leave behind: ".NAME.PROCESS.COUNT.tmp". The folder may hold
/// other people's files, whose names end in .tmp too.
bool left_behind(std::string_view name) {
  constexpr std::string_view kTemporary = ".tmp";
  if (!name.starts_with('.') || !name.ends_with(kTemporary)) return false;
  name.remove_suffix(kTemporary.size());
  for (int number = 0; number < 2; ++number) {
    const std::size_t dot = name.rfind('.');
    const std::string_view digits = name.substr(dot + 1);
    if (dot == 0 || digits.empty() ||
        digits.find_first_not_of("0123456789") != std::string_view::npos)
      return false;
    name.remove_suffix(digits.size() + 1);
  }
  return true;
}

}  // namespace

struct Checkpoints::Impl {
  fs::path folder;
  std::int64_t keep;
  int lock = -1;
  bool made = false;  // the folder, by this object

  Impl(fs::path where, std::int64_t count) : folder(std::move(where)), keep(count) {
    std::error_code failed;
    made = fs::create_directories(folder, failed);
    if (failed)
      input_error(folder.string(), ": the folder cannot be made (", failed.message(), ")");
    const fs::path path = folder / "lock";
    lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock < 0)
      input_error(folder.string(), ": cannot be written (", std::strerror(errno),
                  "); choose another --out");
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
      ::close(lock);
      input_error(folder.string(),
                  ": another run is writing here; end it, or choose another --out");
    }
    try {
      for (const fs::path& file : files_in(folder))
        if (left_behind(file.filename().string())) fs::remove(file, failed);
    } catch (...) {
      ::close(lock);
      throw;
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  /// A start that is refused leaves no folder behind where there was none.
  ~Impl() {
    try {
      std::error_code failed;
      if (made && holds_lock_alone() && fs::remove(folder / "lock", failed))
        fs::remove(folder, failed);
    } catch (const std::bad_alloc&) {
      // The folder stays, with nothing but the lock in it.
    }
    ::close(lock);
  }

  /// No where the folder cannot be read: a destructor has nobody to tell.
  bool holds_lock_alone() const {
    std::error_code failed;
    int files = 0;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
      ++files;
    return !failed && files == 1;
  }
};

Checkpoints::Checkpoints(fs::path folder, std::int64_t keep)
    : impl_(std::make_unique<Impl>(std::move(folder), keep)) {
  this->keep(keep);
}
Checkpoints::Checkpoints(Checkpoints&&) noexcept = default;
Checkpoints& Checkpoints::operator=(Checkpoints&&) noexcept = default;
Checkpoints::~Checkpoints() = default;

void Checkpoints::keep(std::int64_t count) {
  FGCN_CHECK(count > 0, "checkpoints: ", count, " to keep");
  impl_->keep = count;
}

void Checkpoints::write(std::int64_t step, const io::Safetensors& file) {
  io::Safetensors sealed = file;
  sealed.metadata[kChecksum] = checksum(file);
  io::write_safetensors(impl_->folder / name_of(step), sealed);
  std::error_code failed;  // what cannot be removed only takes room
  std::int64_t kept = 0;
  for (const std::int64_t one : steps_in(impl_->folder)) {
    // A later one was damaged when the run went on from before it: it must not count.
    if (one > step || kept == impl_->keep) {
      fs::remove(impl_->folder / name_of(one), failed);
    } else {
      ++kept;
    }
  }
}

std::optional<Checkpoint> Checkpoints::newest(
    const std::function<void(const std::string&)>& say) const {
  for (const std::int64_t step : steps_in(impl_->folder)) {
    const fs::path path = impl_->folder / name_of(step);
    try {
      Checkpoint out{step, path, io::read_safetensors(path)};
      const auto found = out.file.metadata.find(kChecksum);
      if (found == out.file.metadata.end() || found->second != checksum(out.file))
        input_error(path.string(), ": its checksum is wrong; the file is damaged");
      return out;
    } catch (const InputError& error) {
      say(text(error.what(), "; going on from an older one"));
    }
  }
  return std::nullopt;
}

bool Checkpoints::any() const { return !steps_in(impl_->folder).empty(); }

fs::path Checkpoints::latest() const {
  const std::vector<std::int64_t> steps = steps_in(impl_->folder);
  return steps.empty() ? fs::path() : impl_->folder / name_of(steps.front());
}

}  // namespace fgcn::train
