#include "photo/is_photo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace fgcn::photo {
namespace {

constexpr std::array<std::string_view, 20> kEndings{
    ".jpg", ".jpeg", ".jpe",  ".jfif", ".pjpeg", ".pjp",  ".mpo", ".png", ".bmp",  ".dib",
    ".tga", ".webp", ".heic", ".heif", ".hif",   ".avif", ".tif", ".gif", ".tiff", ".jxl"};

/// The first bytes of a regular file; none when it cannot be read. Never waits for a pipe.
std::string first_bytes(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return {};
  struct stat info {};
  std::array<char, 32> bytes{};
  ssize_t got = 0;
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
    got = ::read(fd, bytes.data(), bytes.size());
  ::close(fd);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

bool begins_as_photo(const std::string& bytes) {
  const auto has = [&](std::size_t at, std::string_view text) {
    return bytes.size() >= at + text.size() && bytes.compare(at, text.size(), text) == 0;
  };
  if (has(0, "\xFF\xD8\xFF") || has(0, "\x89PNG\r\n\x1A\n") || has(0, "GIF8")) return true;
  if (has(0, "RIFF") && has(8, "WEBP")) return true;
  if (has(0, "\xFF\x0A") || has(0, std::string_view("\0\0\0\x0CJXL \r\n\x87\n", 12))) return true;
  // Two letters could begin a text: BMP's reserved bytes and the size of its header as well.
  if (has(0, "BM") && has(6, std::string_view("\0\0\0\0", 4)) &&
      has(15, std::string_view("\0\0\0", 3)))
    return true;
  if (!has(4, "ftyp")) return false;
  constexpr std::array<std::string_view, 10> kStills{"heic", "heix", "heim", "heis", "hevc",
                                                     "heif", "mif1", "msf1", "avif", "avis"};
  return std::any_of(kStills.begin(), kStills.end(), [&](std::string_view b) { return has(8, b); });
}

}  // namespace

bool has_photo_ending(const std::filesystem::path& file) {
  std::string end = file.extension().string();
  for (char& c : end) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kEndings.begin(), kEndings.end(), end) != kEndings.end();
}

bool is_photo(const std::filesystem::path& file) {
  return has_photo_ending(file) || begins_as_photo(first_bytes(file));
}

}  // namespace fgcn::photo
