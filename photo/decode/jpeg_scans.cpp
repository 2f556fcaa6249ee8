#include <cstddef>
#include <optional>
#include <set>

#include "kernels/core/error.h"
#include "photo/decode/codec.h"

namespace fgcn::photo {
namespace {

using Span = std::span<const std::uint8_t>;

/// After the scan header at `at`: the place of the next marker that is not part of the scan.
std::optional<std::size_t> end_of_scan(Span file, std::size_t at) {
  for (; at + 1 < file.size(); ++at) {
    if (file[at] != 0xFF) continue;
    const int next = file[at + 1];
    const bool stuffed = next == 0x00;
    const bool restart = next >= 0xD0 && next <= 0xD7;
    if (!stuffed && !restart && next != 0xFF) return at;
  }
  return std::nullopt;
}

/// The segments that describe the scans, as far as they are well formed: libjpeg refuses the rest.
class Walk {
 public:
  explicit Walk(const std::string& where) : where_(where) {}

  void segment(int marker, Span body) {
    if (marker == 0xC4) tables(body);
    // Frames: baseline, extended, progressive; lossless ones and those without codes are not read.
    if (marker == 0xC0 || marker == 0xC1 || marker == 0xC2) frame(marker, body);
    if (marker == 0xDA) scan(body);
  }

  bool complete() const { return covered_.size() >= components_; }

 private:
  /// Each table: class and number in one byte, 16 counts of symbols, the symbols.
  void tables(Span body) {
    while (body.size() >= 17) {
      std::size_t symbols = 0;
      for (std::size_t i = 1; i <= 16; ++i) symbols += body[i];
      defined_.insert(body[0]);
      if (body.size() < 17 + symbols) return;
      body = body.subspan(17 + symbols);
    }
  }

  void frame(int marker, Span body) {
    if (body.size() < 6) return;
    huffman_ = true;
    progressive_ = marker == 0xC2;
    components_ = body[5];
  }

  void scan(Span body) {
    if (body.empty()) return;
    const std::size_t count = body[0];
    if (body.size() < 4 + 2 * count) return;
    const int first = body[1 + 2 * count];
    const bool refines = body[3 + 2 * count] >> 4 != 0;
    for (std::size_t i = 0; i < count; ++i) {
      covered_.insert(body[1 + 2 * i]);
      const int names = body[2 + 2 * i];
      // A progressive scan has values of one kind; the first ones' later bits need no codes.
      if (first == 0 && !(progressive_ && refines)) need(names >> 4, 0);
      if (first > 0 || !progressive_) need(names & 15, 0x10);
    }
  }

  void need(int number, int table_class) const {
    if (!huffman_ || defined_.count(number | table_class) > 0) return;
    input_error(where_, ": is damaged (a JPEG scan names Huffman table ", number,
                ", which the file lacks); copy it again, or save it again as a plain JPEG or PNG");
  }

  const std::string& where_;
  bool huffman_ = false;
  bool progressive_ = false;
  std::size_t components_ = 0;
  std::set<int> covered_;  // components of the scans so far
  std::set<int> defined_;  // code tables so far, as the file numbers them
};

}  // namespace

void check_jpeg_scans(Span file, const std::string& where) {
  Walk walk(where);
  bool ended = true;  // without the end mark
  std::size_t at = 2;
  while (at + 1 < file.size()) {
    if (file[at] != 0xFF) {  // decoders pass over stray bytes between segments
      ++at;
      continue;
    }
    const int marker = file[at + 1];
    if (marker == 0xD9) {
      ended = false;
      break;
    }
    const bool alone = (marker >= 0xD0 && marker <= 0xD8) || marker == 0x01;
    if (marker == 0xFF || marker == 0x00 || alone) {
      at += marker == 0xFF ? 1 : 2;
      continue;
    }
    if (file.size() - at < 4) break;
    const std::size_t length = std::size_t{file[at + 2]} << 8 | file[at + 3];
    if (length < 2 || file.size() - at - 2 < length) break;
    walk.segment(marker, file.subspan(at + 4, length - 2));
    at += 2 + length;
    if (marker != 0xDA) continue;
    const auto next = end_of_scan(file, at);
    if (!next) break;
    at = *next;
  }
  if (ended && !walk.complete()) refuse_truncated(where);
  if (!walk.complete()) refuse_damaged(where, "a component of the JPEG is in none of its scans");
}

}  // namespace fgcn::photo
