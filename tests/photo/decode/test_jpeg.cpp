#include "tests/photo/decode/test_jpeg.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>

// jpeglib.h needs cstdio before it.
// clang-format off
#include <cstdio>
#include <jpeglib.h>
// clang-format on

#include "kernels/core/error.h"

namespace fgcn::photo::test {
namespace {

/// An error of the writer is a fault of the test: libjpeg's own handler ends the program.
struct Writer {
  Writer() {
    codec.err = jpeg_std_error(&errors);
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &bytes, &size);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    jpeg_destroy_compress(&codec);
    std::free(bytes);
  }

  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
};

void choose(Writer& out, const JpegOptions& options, std::vector<jpeg_scan_info>& scans) {
  jpeg_set_quality(&out.codec, options.quality, TRUE);
  if (!options.adobe_ink) out.codec.write_Adobe_marker = FALSE;
  switch (options.kind) {
    case JpegKind::kBaseline:
      return;
    case JpegKind::kOptimised:
      out.codec.optimize_coding = TRUE;
      return;
    case JpegKind::kProgressive:
      jpeg_simple_progression(&out.codec);
      return;
    case JpegKind::kArithmetic:
      out.codec.arith_code = TRUE;
      return;
    case JpegKind::kSeparateScans:
      for (int i = 0; i < out.codec.num_components; ++i) scans.push_back({1, {i}, 0, 63, 0, 0});
      break;
    case JpegKind::kManyScans:
      scans.push_back({1, {0}, 0, 0, 0, 0});
      for (int k = 1; k < 64; ++k) {
        scans.push_back({1, {0}, k, k, 0, 1});
        scans.push_back({1, {0}, k, k, 1, 0});
      }
      break;
  }
  if (!scans.empty()) {
    out.codec.scan_info = scans.data();
    out.codec.num_scans = static_cast<int>(scans.size());
  }
}

}  // namespace

Bytes write_jpeg(const Image8& image, const JpegOptions& options) {
  Writer out;
  out.codec.image_width = static_cast<JDIMENSION>(image.width);
  out.codec.image_height = static_cast<JDIMENSION>(image.height);
  out.codec.input_components = static_cast<int>(image.channels);
  out.codec.in_color_space = image.channels == 1   ? JCS_GRAYSCALE
                             : image.channels == 3 ? JCS_RGB
                                                   : JCS_CMYK;
  jpeg_set_defaults(&out.codec);
  std::vector<jpeg_scan_info> scans;
  choose(out, options, scans);
  jpeg_start_compress(&out.codec, TRUE);
  if (!options.profile.empty())
    jpeg_write_icc_profile(&out.codec, options.profile.data(),
                           static_cast<unsigned>(options.profile.size()));
  for (std::int64_t y = 0; y < image.height; ++y) {
    auto* row = const_cast<JSAMPLE*>(image.at(y, 0));  // libjpeg does not write to it
    jpeg_write_scanlines(&out.codec, &row, 1);
  }
  jpeg_finish_compress(&out.codec);
  return {out.bytes, out.bytes + out.size};
}

std::size_t find_marker(const Bytes& jpeg, int marker, std::size_t nth) {
  for (std::size_t at = 2; at + 4 <= jpeg.size();) {
    const bool is_marker = jpeg[at] == 0xFF && jpeg[at + 1] != 0 && jpeg[at + 1] != 0xFF &&
                           (jpeg[at + 1] < 0xD0 || jpeg[at + 1] > 0xD9);
    if (!is_marker) {
      ++at;
      continue;
    }
    if (jpeg[at + 1] == marker && nth-- == 0) return at;
    at += 2 + (std::size_t{jpeg[at + 2]} << 8 | jpeg[at + 3]);
  }
  return std::string::npos;
}

Bytes filter_segments(const Bytes& jpeg,
                      const std::function<bool(int marker, std::size_t nth)>& keep) {
  Bytes out(jpeg.begin(), jpeg.begin() + 2);
  std::array<std::size_t, 256> seen{};
  for (std::size_t at = 2;;) {
    const int marker = jpeg.at(at + 1);
    const std::size_t length = 2 + (std::size_t{jpeg.at(at + 2)} << 8 | jpeg.at(at + 3));
    const auto first = jpeg.begin() + static_cast<std::ptrdiff_t>(at);
    if (marker == 0xDA) {
      out.insert(out.end(), first, jpeg.end());
      return out;
    }
    if (keep(marker, seen.at(static_cast<std::size_t>(marker))++))
      out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(length));
    at += length;
  }
}

}  // namespace fgcn::photo::test
