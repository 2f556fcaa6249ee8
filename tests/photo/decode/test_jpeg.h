// JPEG files of every kind, written by libjpeg-turbo for the tests.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "io/file.h"
#include "io/image.h"

namespace fgcn::photo::test {

/// kManyScans: progressive, each coefficient in two scans of its own.
enum class JpegKind {
  kBaseline,
  kOptimised,
  kProgressive,
  kSeparateScans,
  kManyScans,
  kArithmetic
};

struct JpegOptions {
  JpegKind kind = JpegKind::kBaseline;
  int quality = 90;
  bool adobe_ink = true;  // CMYK: Adobe's marker, which says that 255 is no ink
  Bytes profile;          // ICC, split into APP2 segments
};

/// 1 grey, 3 RGB or 4 CMYK channels, as the file stores them.
Bytes write_jpeg(const Image8& image, const JpegOptions& options = {});

/// The segments before the first scan, each with its marker; `keep` says which ones stay.
Bytes filter_segments(const Bytes& jpeg,
                      const std::function<bool(int marker, std::size_t nth)>& keep);
/// Where the n-th segment of this marker (FF xx) begins; npos when there is none.
std::size_t find_marker(const Bytes& jpeg, int marker, std::size_t nth = 0);

}  // namespace fgcn::photo::test
