// JPEG by libjpeg-turbo.
#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdlib>
#include <memory>
#include <new>

// jerror.h needs jpeglib.h before it, which needs cstdio.
// clang-format off
#include <cstdio>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include "kernels/core/error.h"
#include "photo/decode/codec.h"
#include "photo/decode/decode.h"
#include "photo/decode/exif.h"

namespace fgcn::photo {
namespace {

using Span = std::span<const std::uint8_t>;

/// Progressive files of cameras and optimisers have about ten scans. Each scan costs a pass over
/// the whole image, however few bytes it has.
constexpr int kMostScans = 64;

/// libjpeg knows the first members alone.
struct Errors {
  jpeg_error_mgr base{};
  jpeg_progress_mgr progress{};
  std::jmp_buf jump{};
  bool file_ended = false;    // libjpeg wanted bytes beyond the last
  bool data_missing = false;  // an image block has no data
  bool too_many_scans = false;
};

Errors& errors_of(j_common_ptr codec) { return *static_cast<Errors*>(codec->client_data); }

[[noreturn]] void leave(j_common_ptr codec) {
  std::longjmp(errors_of(codec).jump, 1);  // NOLINT(cert-err52-cpp): libjpeg is C
}

/// libjpeg warns where it goes on with made-up pixels. Such a file is given up at once.
void judge_message(j_common_ptr codec, int level) {
  if (level >= 0) return;  // a trace, not a warning
  Errors& errors = errors_of(codec);
  switch (codec->err->msg_code) {
    case JWRN_JPEG_EOF:
      errors.file_ended = true;
      return;
    case JWRN_HIT_MARKER:
      errors.data_missing = true;
      leave(codec);
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
      leave(codec);
    default:
      return;  // stray bytes between segments, an odd version: no pixel depends on it
  }
}

void count_scans(j_common_ptr codec) {
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(codec);
  if (decoder->input_scan_number <= kMostScans) return;
  errors_of(codec).too_many_scans = true;
  leave(codec);
}

void say_nothing(j_common_ptr /*codec*/) {}

class JpegFile {
 public:
  // Two constructors: the destructor runs where the second one throws.
  JpegFile(Span file, const std::string& where) : JpegFile(where) {
    run([&] {
      jpeg_create_decompress(&codec_);
      codec_.progress = &errors_.progress;
      codec_.mem->max_memory_to_use = kMostMemory;
      jpeg_mem_src(&codec_, file.data(), file.size());
      jpeg_save_markers(&codec_, JPEG_APP0 + 2, 0xFFFF);  // color profiles
    });
  }
  JpegFile(const JpegFile&) = delete;
  JpegFile& operator=(const JpegFile&) = delete;
  ~JpegFile() { jpeg_destroy_decompress(&codec_); }

  /// Runs calls of libjpeg. The jump out of them passes over destructors, so `calls` makes no
  /// objects that have one.
  template <class Calls>
  void run(const Calls& calls) {
    if (setjmp(errors_.jump) != 0) refuse();  // NOLINT(cert-err52-cpp): libjpeg is C
    calls();
  }

  jpeg_decompress_struct& codec() { return codec_; }
  bool file_ended() const { return errors_.file_ended; }
  [[noreturn]] void refuse();

 private:
  explicit JpegFile(const std::string& where) : where_(where) {
    codec_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = leave;
    errors_.base.emit_message = judge_message;
    errors_.base.output_message = say_nothing;
    errors_.progress.progress_monitor = count_scans;
    codec_.client_data = &errors_;
  }

  const std::string& where_;
  Errors errors_;
  jpeg_decompress_struct codec_{};
};

void JpegFile::refuse() {
  if (codec_.err->msg_code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
  if (errors_.too_many_scans)
    input_error(where_, ": has more than ", kMostScans,
                " JPEG scans, which no camera writes; save it again as a plain JPEG or PNG");
  if (errors_.file_ended || errors_.data_missing) refuse_truncated(where_);
  std::array<char, JMSG_LENGTH_MAX> reason{};
  if (codec_.err->msg_code == JERR_NO_BACKING_STORE)
    refuse_damaged(where_, text("its scans need more than ", kMostMemory >> 20, " MiB"));
  codec_.err->format_message(reinterpret_cast<j_common_ptr>(&codec_), reason.data());
  refuse_damaged(where_, reason.data());
}

/// The coefficients of all components, which libjpeg keeps while it reads a file of several scans.
std::int64_t coefficient_bytes(const jpeg_decompress_struct& codec) {
  std::int64_t blocks = 0;
  for (int i = 0; i < codec.num_components; ++i) {
    const jpeg_component_info& component = codec.comp_info[i];
    blocks += std::int64_t{component.width_in_blocks} * component.height_in_blocks;
  }
  return blocks * DCTSIZE2 * static_cast<std::int64_t>(sizeof(JCOEF));
}

/// Chooses the largest of the eight scales of libjpeg for which the photo fits; eighths.
int choose_scale(JpegFile& file, const std::string& where) {
  jpeg_decompress_struct& codec = file.codec();
  const Size size{codec.image_width, codec.image_height};
  const std::int64_t kept = jpeg_has_multiple_scans(&codec) != 0 ? coefficient_bytes(codec) : 0;
  codec.scale_denom = 8;
  for (unsigned eighths = 8; eighths > 0; --eighths) {
    codec.scale_num = eighths;
    file.run([&] { jpeg_calc_output_dimensions(&codec); });
    const Size out{codec.output_width, codec.output_height};
    if (out.width < kLeastSide || out.height < kLeastSide) break;
    if (fits(out) && kept + out.pixels() * codec.output_components <= kMostMemory)
      return static_cast<int>(eighths);
  }
  input_error(where, ": is a JPEG of ", size.width, " x ", size.height,
              " pixels, too many to decode in ", kMostMemory >> 20,
              " MiB; scale it down, or save it without progressive scans");
}

/// A file of several scans without its end mark: whether every coefficient has its last bit.
bool refined(const jpeg_decompress_struct& codec) {
  if (codec.coef_bits == nullptr) return true;  // not progressive: check_jpeg_scans has counted
  for (int i = 0; i < codec.num_components; ++i)
    if (std::any_of(codec.coef_bits[i], codec.coef_bits[i] + DCTSIZE2,
                    [](int bits) { return bits != 0; }))
      return false;
  return true;
}

struct FreeBytes {
  void operator()(JOCTET* bytes) const { std::free(bytes); }
};

Bytes read_profile(JpegFile& file) {
  JOCTET* bytes = nullptr;
  unsigned size = 0;
  file.run([&] { jpeg_read_icc_profile(&file.codec(), &bytes, &size); });
  const std::unique_ptr<JOCTET, FreeBytes> owner(bytes);
  return owner == nullptr ? Bytes{} : Bytes(owner.get(), owner.get() + size);
}

void choose_colors(jpeg_decompress_struct& codec, const std::string& where) {
  switch (codec.jpeg_color_space) {
    case JCS_GRAYSCALE:
      codec.out_color_space = JCS_GRAYSCALE;
      return;
    case JCS_RGB:
    case JCS_YCbCr:
      codec.out_color_space = JCS_RGB;
      return;
    case JCS_CMYK:
    case JCS_YCCK:
      codec.out_color_space = JCS_CMYK;
      return;
    default:
      refuse_damaged(where, text("a JPEG of ", codec.num_components, " components"));
  }
}

}  // namespace

Stored decode_jpeg(Span bytes, const std::string& where) {
  check_jpeg_scans(bytes, where);
  JpegFile file(bytes, where);
  jpeg_decompress_struct& codec = file.codec();
  file.run([&] { jpeg_read_header(&codec, TRUE); });
  const Size size{codec.image_width, codec.image_height};
  check_reducible(size, where);
  check_density(bytes.size(), size, 8 * 64, where);  // at least one bit a block of 8 x 8
  // libjpeg decodes on without data, since no code is a wrong one.
  if (codec.arith_code != 0) refuse_damaged(where, "a JPEG of arithmetic codes");
  choose_colors(codec, where);

  Stored out;
  out.scale = choose_scale(file, where) / 8.0;
  out.profile = read_profile(file);
  file.run([&] { jpeg_start_decompress(&codec); });
  if (file.file_ended() && !refined(codec)) refuse_truncated(where);
  out.color = Image8(codec.output_height, codec.output_width, codec.output_components);
  file.run([&] {
    while (codec.output_scanline < codec.output_height) {
      JSAMPROW row = out.color.at(codec.output_scanline, 0);
      jpeg_read_scanlines(&codec, &row, 1);
    }
  });
  // Adobe's files hold the paper that shows between the dots, others the ink.
  if (codec.out_color_space == JCS_CMYK && codec.saw_Adobe_marker != 0)
    for (std::uint8_t& value : out.color.pixels) value = static_cast<std::uint8_t>(255 - value);
  out.direction = orientation_of_jpeg(bytes);
  return out;
}

}  // namespace fgcn::photo
