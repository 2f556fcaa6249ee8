// TIFF by libtiff.
#include "photo/decode/codec.h"
#ifdef FGCN_TIFF
#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "photo/decode/decode.h"
#include "photo/decode/exif.h"
#include "photo/decode/reducer.h"

namespace fgcn::photo {
namespace {

using Span = std::span<const std::uint8_t>;

/// The file, the place in it, and the first thing that was wrong; libtiff hands it back to the
/// functions below.
struct Source {
  Span file;
  std::uint64_t at = 0;
  bool ended = false;  // libtiff wanted bytes beyond the last
  std::string reason;
};

tmsize_t read_bytes(thandle_t handle, void* to, tmsize_t size) {
  Source& source = *static_cast<Source*>(handle);
  if (size < 0) return 0;
  const std::uint64_t left = source.at < source.file.size() ? source.file.size() - source.at : 0;
  const std::uint64_t count = std::min(left, static_cast<std::uint64_t>(size));
  if (count < static_cast<std::uint64_t>(size)) source.ended = true;
  if (count > 0) std::memcpy(to, source.file.data() + source.at, count);
  source.at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_nothing(thandle_t /*handle*/, void* /*from*/, tmsize_t /*size*/) { return 0; }

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  Source& source = *static_cast<Source*>(handle);
  if (whence == SEEK_SET) source.at = offset;
  if (whence == SEEK_CUR) source.at += offset;
  if (whence == SEEK_END) source.at = source.file.size() + offset;
  return source.at;
}

int close_nothing(thandle_t /*handle*/) { return 0; }

toff_t size_of(thandle_t handle) { return static_cast<Source*>(handle)->file.size(); }

int keep_reason(TIFF* /*file*/, void* user, const char* /*module*/, const char* format,
                va_list arguments) {
  Source& source = *static_cast<Source*>(user);
  char text[200];
  std::vsnprintf(text, sizeof text, format, arguments);
  if (source.reason.empty()) source.reason = text;
  return 1;
}

int pass_over(TIFF* /*file*/, void* /*user*/, const char* /*module*/, const char* /*format*/,
              va_list /*arguments*/) {
  return 1;
}

struct CloseTiff {
  void operator()(TIFF* file) const { TIFFClose(file); }
};
using TiffFile = std::unique_ptr<TIFF, CloseTiff>;

struct FreeOptions {
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

[[noreturn]] void refuse(const Source& source, const std::string& where) {
  if (source.ended) refuse_truncated(where);
  refuse_damaged(where, source.reason.empty() ? "a TIFF" : source.reason);
}

/// What libtiff and this file each hold of the strips or tiles at a time.
constexpr std::int64_t kMostAtOnce = kMostMemory / 4;

TiffFile open_tiff(Source& source, const std::string& where) {
  const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
  if (options == nullptr) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMostAtOnce);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_reason, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), pass_over, nullptr);
  TiffFile file(TIFFClientOpenExt("photo", "rm", &source, read_bytes, write_nothing, seek,
                                  close_nothing, size_of, nullptr, nullptr, options.get()));
  if (file == nullptr) refuse(source, where);
  return file;
}

/// Camera raw files are TIFFs whose first image is a small preview.
bool is_raw(const TiffFile& file, Span bytes) {
  const std::uint8_t* version = nullptr;
  std::uint32_t kind = 0;
  if (TIFFGetField(file.get(), TIFFTAG_DNGVERSION, &version) == 1) return true;
  if (TIFFGetField(file.get(), TIFFTAG_SUBFILETYPE, &kind) == 1 &&
      (kind & FILETYPE_REDUCEDIMAGE) != 0)
    return true;
  return bytes.size() > 10 && bytes[8] == 'C' && bytes[9] == 'R';
}

Size size_in(const TiffFile& file) {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  TIFFGetField(file.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(file.get(), TIFFTAG_IMAGELENGTH, &height);
  return {width, height};
}

std::optional<int> direction_of(const TiffFile& file) {
  std::uint16_t direction = 0;
  if (TIFFGetField(file.get(), TIFFTAG_ORIENTATION, &direction) == 1 && direction >= 1 &&
      direction <= 8)
    return direction;
  std::uint32_t size = 0;
  const char* xmp = nullptr;
  if (TIFFGetField(file.get(), TIFFTAG_XMLPACKET, &size, &xmp) == 1)
    return orientation_of_xmp({xmp, size});
  return std::nullopt;
}

Bytes profile_of(const TiffFile& file) {
  std::uint32_t size = 0;
  const std::uint8_t* profile = nullptr;
  if (TIFFGetField(file.get(), TIFFTAG_ICCPROFILE, &size, &profile) != 1) return {};
  return {profile, profile + size};
}

enum class Alpha { kNone, kApart, kMultiplied };

/// A further channel that the file does not call alpha may hold anything.
Alpha alpha_of(const TiffFile& file) {
  std::uint16_t count = 0;
  const std::uint16_t* kinds = nullptr;
  if (TIFFGetField(file.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) != 1 || count == 0)
    return Alpha::kNone;
  if (kinds[0] == EXTRASAMPLE_ASSOCALPHA) return Alpha::kMultiplied;
  if (kinds[0] != EXTRASAMPLE_UNASSALPHA) return Alpha::kNone;
  // libtiff would multiply the colors by it: told that they are, it leaves them as they are.
  std::vector<std::uint16_t> told(kinds, kinds + count);
  told[0] = EXTRASAMPLE_ASSOCALPHA;
  return TIFFSetField(file.get(), TIFFTAG_EXTRASAMPLES, count, told.data()) == 1
             ? Alpha::kApart
             : Alpha::kMultiplied;
}

/// Rows that are decoded at once: as many as a strip or tile has.
std::int64_t rows_at_once(const TiffFile& file, Size size) {
  std::uint32_t rows = 0;
  if (TIFFIsTiled(file.get()) != 0) {
    TIFFGetField(file.get(), TIFFTAG_TILELENGTH, &rows);
  } else {
    TIFFGetFieldDefaulted(file.get(), TIFFTAG_ROWSPERSTRIP, &rows);
  }
  return std::clamp<std::int64_t>(rows, 1, size.height);
}

/// One row of libtiff's RGBA into 1 or 3 colors, not multiplied by alpha, and alpha where there is
/// one.
void unpack(const std::uint32_t* from, std::int64_t width, std::int64_t colors, Alpha alpha,
            std::uint8_t* to) {
  for (std::int64_t x = 0; x < width; ++x) {
    const std::uint32_t a = TIFFGetA(from[x]);
    const std::uint32_t rgb[] = {TIFFGetR(from[x]), TIFFGetG(from[x]), TIFFGetB(from[x])};
    for (std::int64_t c = 0; c < colors; ++c) {
      const bool divide = alpha == Alpha::kMultiplied && a > 0;
      const std::uint32_t color = divide ? (rgb[c] * 255 + a / 2) / a : rgb[c];
      *to++ = static_cast<std::uint8_t>(std::min<std::uint32_t>(color, 255));
    }
    if (alpha != Alpha::kNone) *to++ = static_cast<std::uint8_t>(a);
  }
}

/// libtiff's conversion of any photometric kind to 8-bit RGBA, for some rows at a time.
class RgbaRows {
 public:
  RgbaRows(TIFF* file, const Source& source, const std::string& where) {
    char reason[1024] = {};
    if (TIFFRGBAImageOK(file, reason) == 0 ||
        TIFFRGBAImageBegin(&image_, file, kStopOnError, reason) == 0)
      refuse_damaged(where, reason[0] != 0 ? reason : source.reason);
    image_.req_orientation = image_.orientation;  // rows as they are stored
  }
  RgbaRows(const RgbaRows&) = delete;
  RgbaRows& operator=(const RgbaRows&) = delete;
  ~RgbaRows() { TIFFRGBAImageEnd(&image_); }

  bool grey() const {
    return image_.photometric == PHOTOMETRIC_MINISBLACK ||
           image_.photometric == PHOTOMETRIC_MINISWHITE;
  }
  bool read(std::int64_t first, std::int64_t rows, std::uint32_t* to) {
    image_.row_offset = static_cast<int>(first);
    return TIFFRGBAImageGet(&image_, to, image_.width, static_cast<std::uint32_t>(rows)) != 0;
  }

 private:
  static constexpr int kStopOnError = 1;
  TIFFRGBAImage image_{};
};

}  // namespace

Stored decode_tiff(Span bytes, const std::string& where) {
  Source source{.file = bytes, .reason = {}};
  const TiffFile file = open_tiff(source, where);
  if (is_raw(file, bytes))
    input_error(where, ": is a camera raw file, which is not read; convert it to JPEG or PNG");
  const Size size = size_in(file);
  check_reducible(size, where);
  const std::int64_t divisor = least_divisor(size, where);
  const std::int64_t band = rows_at_once(file, size);
  if (band * size.width * 4 > kMostAtOnce)
    refuse_damaged(
        where, text("its strips of ", band, " rows need more than ", kMostAtOnce >> 20, " MiB"));

  Stored out;
  out.scale = 1.0 / static_cast<double>(divisor);
  out.direction = direction_of(file);
  out.profile = profile_of(file);
  const Alpha alpha = alpha_of(file);
  RgbaRows rgba(file.get(), source, where);
  const std::int64_t colors = rgba.grey() ? 1 : 3;
  const std::int64_t channels = colors + (alpha == Alpha::kNone ? 0 : 1);
  Reducer reducer(size.width, channels, divisor);
  Image8 pixels((size.height + divisor - 1) / divisor, reducer.width(), channels);
  std::vector<std::uint32_t> raster(static_cast<std::size_t>(band * size.width));
  Bytes row(static_cast<std::size_t>(size.width * pixels.channels));
  for (std::int64_t y = 0; y < size.height; ++y) {
    if (y % band == 0 && !rgba.read(y, std::min(band, size.height - y), raster.data()))
      refuse(source, where);
    unpack(raster.data() + y % band * size.width, size.width, colors, alpha, row.data());
    reducer.add(row.data());
    if ((y + 1) % divisor == 0 || y + 1 == size.height) reducer.finish(pixels.at(y / divisor, 0));
  }
  split_alpha(std::move(pixels), out);
  return out;
}

}  // namespace fgcn::photo
#else
namespace fgcn::photo {
Stored decode_tiff(std::span<const std::uint8_t> /*file*/, const std::string& where) {
  refuse_unbuilt("a TIFF or camera raw", "libtiff", where);
}
}  // namespace fgcn::photo
#endif
