// PNG by libpng.
#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "kernels/core/error.h"
#include "photo/decode/codec.h"
#include "photo/decode/decode.h"
#include "photo/decode/exif.h"
#include "photo/decode/reducer.h"

namespace fgcn::photo {
namespace {

using Span = std::span<const std::uint8_t>;

/// The file and how reading it went; libpng hands it back to the functions below.
struct Source {
  Span rest;
  std::size_t image_bytes = ~std::size_t{0};  // that may still be read of the packed image
  std::jmp_buf jump{};
  std::array<char, 128> reason{};
  bool ended = false;  // libpng wanted bytes beyond the last
  bool wrong_sum = false;
  bool too_large = false;  // a chunk
};

constexpr png_alloc_size_t kMostAtOnce = std::size_t{64} << 20;

void keep_reason(Source& source, png_const_charp reason) {
  std::strncpy(source.reason.data(), reason, source.reason.size() - 1);
}

[[noreturn]] void leave(png_structp png, png_const_charp reason) {
  Source& source = *static_cast<Source*>(png_get_error_ptr(png));
  keep_reason(source, reason);
  std::longjmp(source.jump, 1);  // NOLINT(cert-err52-cpp): libpng is C
}

/// libpng only warns of a wrong sum of the image data, and of chunks that it then passes over.
void judge_warning(png_structp png, png_const_charp reason) {
  Source& source = *static_cast<Source*>(png_get_error_ptr(png));
  if (std::strstr(reason, "incorrect data check") == nullptr) return;
  source.wrong_sum = true;
  keep_reason(source, reason);
}

void read_bytes(png_structp png, png_bytep to, std::size_t size) {
  Source& source = *static_cast<Source*>(png_get_io_ptr(png));
  if (size > source.rest.size()) {
    source.ended = true;
    png_error(png, "the file ends");
  }
  constexpr std::uint32_t kIdat = 0x49444154;
  if (png_get_io_chunk_type(png) == kIdat) {
    if (size > source.image_bytes) png_error(png, "its image data go on behind the last row");
    source.image_bytes -= size;
  }
  std::memcpy(to, source.rest.data(), size);
  source.rest = source.rest.subspan(size);
}

/// libpng takes the length of a chunk at its word, before it reads the chunk. Rows are far shorter.
void* allocate(png_structp png, png_alloc_size_t size) {
  if (size <= kMostAtOnce) return std::malloc(size);
  static_cast<Source*>(png_get_mem_ptr(png))->too_large = true;
  return nullptr;
}

void release(png_structp /*png*/, void* bytes) { std::free(bytes); }

class PngFile {
 public:
  // Two constructors: the destructor runs where the second one throws.
  PngFile(Span file, const std::string& where) : PngFile(file, where, 0) {
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) throw std::bad_alloc();
    run([&] {
      png_set_read_fn(png_, &source_, read_bytes);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // check_reducible judges
      // 256 MiB in all, for texts that unpack to a thousand times their size.
      png_set_chunk_malloc_max(png_, std::size_t{4} << 20);
      png_set_chunk_cache_max(png_, 64);
      png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    });
  }
  PngFile(const PngFile&) = delete;
  PngFile& operator=(const PngFile&) = delete;
  ~PngFile() { png_destroy_read_struct(&png_, &info_, nullptr); }

  /// Runs calls of libpng, and says whether they went through. The jump out of them passes over
  /// destructors, so `calls` makes no objects that have one.
  template <class Calls>
  bool try_run(const Calls& calls) {
    if (setjmp(source_.jump) != 0) return false;  // NOLINT(cert-err52-cpp): libpng is C
    calls();
    return true;
  }

  template <class Calls>
  void run(const Calls& calls) {
    if (!try_run(calls)) refuse();
    if (source_.wrong_sum) refuse();
  }

  [[noreturn]] void refuse() const {
    if (source_.too_large)
      refuse_damaged(where_, text("a chunk of more than ", kMostAtOnce >> 20, " MiB"));
    if (source_.ended) refuse_truncated(where_);
    refuse_damaged(where_, source_.reason.data());
  }

  png_structp png() const { return png_; }
  png_infop info() const { return info_; }
  bool ended() const { return source_.ended; }
  bool wrong_sum() const { return source_.wrong_sum; }
  void allow_image_bytes(std::size_t bytes) { source_.image_bytes = bytes; }

 private:
  PngFile(Span file, const std::string& where, int /*unopened*/) : where_(where) {
    source_.rest = file;
    png_ = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &source_, leave, judge_warning, &source_,
                                    allocate, release);
  }

  const std::string& where_;
  Source source_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

/// How the rows come out of libpng.
struct Rows {
  Size size;
  std::int64_t channels = 0;  // 1 or 3, and alpha
};

/// Rows of 8 bits a channel; grey stays grey, palettes and keyed transparency are resolved.
Rows start_rows(PngFile& file) {
  Rows rows;
  file.run([&] {
    png_structp png = file.png();
    png_infop info = file.info();
    double gamma = 0;
    const bool managed = png_get_valid(png, info, PNG_INFO_iCCP | PNG_INFO_sRGB) != 0;
    if (!managed && png_get_gAMA(png, info, &gamma) != 0)
      png_set_gamma(png, PNG_DEFAULT_sRGB, gamma);  // nothing where it is about sRGB's
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    rows.channels = png_get_channels(png, info);
  });
  rows.size = {png_get_image_width(file.png(), file.info()),
               png_get_image_height(file.png(), file.info())};
  return rows;
}

/// libpng unpacks what follows the last row, and drops it: half an hour for a file made to take it.
/// So that row and the rest may take no more bytes than they can need.
void read_last_row(PngFile& file, const Rows& rows, png_bytep to) {
  constexpr std::size_t kSpare = std::size_t{64} << 10;
  const auto row_bytes = static_cast<std::size_t>(rows.size.width) * 8;  // 16 bits, four channels
  file.allow_image_bytes(2 * row_bytes + kSpare);
  file.run([&] { png_read_row(file.png(), to, nullptr); });
}

Image8 read_reduced(PngFile& file, const Rows& rows, std::int64_t divisor) {
  Reducer reducer(rows.size.width, rows.channels, divisor);
  const std::int64_t height = (rows.size.height + divisor - 1) / divisor;
  Image8 out(height, reducer.width(), rows.channels);
  Bytes row(static_cast<std::size_t>(rows.size.width * rows.channels));
  for (std::int64_t y = 0; y < rows.size.height; ++y) {
    if (y + 1 == rows.size.height) {
      read_last_row(file, rows, row.data());
    } else {
      file.run([&] { png_read_row(file.png(), row.data(), nullptr); });
    }
    reducer.add(row.data());
    if ((y + 1) % divisor == 0 || y + 1 == rows.size.height) reducer.finish(out.at(y / divisor, 0));
  }
  return out;
}

Image8 read_whole(PngFile& file, const Rows& rows) {
  Image8 out(rows.size.height, rows.size.width, rows.channels);
  const int passes = png_get_interlace_type(file.png(), file.info()) == PNG_INTERLACE_NONE ? 1 : 7;
  file.run([&] {
    for (int pass = 0; pass < passes; ++pass) {
      const std::int64_t end = pass + 1 < passes ? out.height : out.height - 1;
      for (std::int64_t y = 0; y < end; ++y) png_read_row(file.png(), out.at(y, 0), nullptr);
    }
  });
  read_last_row(file, rows, out.at(out.height - 1, 0));
  return out;
}

/// EXIF wins over XMP, whichever stands first.
std::optional<int> direction_of(const PngFile& file) {
  png_bytep exif = nullptr;
  png_uint_32 size = 0;
  if (png_get_eXIf_1(file.png(), file.info(), &size, &exif) != 0)
    if (const auto found = orientation_of_exif({exif, size})) return found;
  std::optional<int> by_xmp;
  png_textp texts = nullptr;
  const int count = png_get_text(file.png(), file.info(), &texts, nullptr);
  for (int i = 0; i < count; ++i) {
    const png_text& entry = texts[i];
    const std::string_view key(entry.key);
    const std::string_view value(entry.text, std::max(entry.text_length, entry.itxt_length));
    if (key == "Raw profile type exif" || key == "Raw profile type APP1")
      if (const auto found = orientation_of_raw_profile(value)) return found;
    if (key == "XML:com.adobe.xmp") by_xmp = orientation_of_xmp(value);
  }
  return by_xmp;
}

Bytes profile_of(const PngFile& file) {
  png_charp name = nullptr;
  png_bytep profile = nullptr;
  png_uint_32 size = 0;
  int method = 0;
  if (png_get_iCCP(file.png(), file.info(), &name, &method, &profile, &size) == 0) return {};
  return {profile, profile + size};
}

}  // namespace

Stored decode_png(Span bytes, const std::string& where) {
  PngFile file(bytes, where);
  file.run([&] { png_read_info(file.png(), file.info()); });
  const Size size{png_get_image_width(file.png(), file.info()),
                  png_get_image_height(file.png(), file.info())};
  const bool interlaced = png_get_interlace_type(file.png(), file.info()) != PNG_INTERLACE_NONE;
  // Rows of an interlaced file come in seven passes, so they cannot be reduced one by one.
  if (interlaced) check_size(size, where);
  check_reducible(size, where);
  // deflate packs at most 1,032 to 1, and a pixel has at least one bit.
  check_density(bytes.size(), size, 8 * 1032, where);
  const std::int64_t divisor = least_divisor(size, where);

  Stored out;
  out.profile = profile_of(file);
  out.scale = 1.0 / static_cast<double>(divisor);
  const Rows rows = start_rows(file);
  split_alpha(divisor == 1 ? read_whole(file, rows) : read_reduced(file, rows, divisor), out);
  // EXIF and text may follow the image. A file that ends behind its last row is whole enough.
  if (!file.try_run([&] { png_read_end(file.png(), file.info()); }) && !file.ended()) file.refuse();
  if (file.wrong_sum()) file.refuse();
  out.direction = direction_of(file);
  return out;
}

}  // namespace fgcn::photo
