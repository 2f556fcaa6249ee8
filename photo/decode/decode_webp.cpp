// WebP by libwebp.
#include "photo/decode/codec.h"
#ifdef FGCN_WEBP
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "kernels/core/error.h"
#include "photo/decode/exif.h"

namespace fgcn::photo {
namespace {

using Span = std::span<const std::uint8_t>;

struct DeleteDemuxer {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
using Demuxer = std::unique_ptr<WebPDemuxer, DeleteDemuxer>;

/// The first chunk of that name; empty when there is none.
Bytes chunk_of(const Demuxer& file, const char* name) {
  WebPChunkIterator chunk{};
  Bytes out;
  if (WebPDemuxGetChunk(file.get(), name, 1, &chunk) != 0)
    out.assign(chunk.chunk.bytes, chunk.chunk.bytes + chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
  return out;
}

std::optional<int> direction_of(const Demuxer& file) {
  if (const auto found = orientation_of_exif(chunk_of(file, "EXIF"))) return found;
  const Bytes xmp = chunk_of(file, "XMP ");
  return orientation_of_xmp({reinterpret_cast<const char*>(xmp.data()), xmp.size()});
}

/// The still image, or the first frame of an animation.
Span first_frame(const Demuxer& file, const std::string& where) {
  WebPIterator frame{};
  if (WebPDemuxGetFrame(file.get(), 1, &frame) == 0) refuse_truncated(where);
  const Span out(frame.fragment.bytes, frame.fragment.size);  // within the file
  const bool whole = frame.complete != 0;
  WebPDemuxReleaseIterator(&frame);
  if (!whole) refuse_truncated(where);
  return out;
}

}  // namespace

Stored decode_webp(Span bytes, const std::string& where) {
  const WebPData data{bytes.data(), bytes.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  const Demuxer file(WebPDemuxPartial(&data, &state));
  if (file == nullptr || state < WEBP_DEMUX_PARSED_HEADER) {
    if (state == WEBP_DEMUX_PARSE_ERROR) refuse_damaged(where, "its chunks are no WebP");
    refuse_truncated(where);
  }
  const Span frame = first_frame(file, where);
  WebPBitstreamFeatures found{};
  if (WebPGetFeatures(frame.data(), frame.size(), &found) != VP8_STATUS_OK)
    refuse_damaged(where, "its image has no WebP header");
  const Size size{found.width, found.height};
  check_size(size, where);

  Stored out;
  out.profile = chunk_of(file, "ICCP");
  out.direction = direction_of(file);
  const std::int64_t channels = found.has_alpha != 0 ? 4 : 3;
  Image8 pixels(size.height, size.width, channels);
  const auto decode = channels == 4 ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (decode(frame.data(), frame.size(), pixels.pixels.data(), pixels.pixels.size(),
             static_cast<int>(size.width * channels)) == nullptr)
    refuse_damaged(where, "its image data cannot be decoded");
  split_alpha(std::move(pixels), out);
  return out;
}

}  // namespace fgcn::photo
#else
namespace fgcn::photo {
Stored decode_webp(std::span<const std::uint8_t> /*file*/, const std::string& where) {
  refuse_unbuilt("a WebP", "libwebp", where);
}
}  // namespace fgcn::photo
#endif
