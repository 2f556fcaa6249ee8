// JPEG XL by libjxl.
#include "photo/decode/codec.h"
#ifdef FGCN_JXL
#include <jxl/decode.h>

#include <memory>
#include <new>
#include <utility>

namespace fgcn::photo {
namespace {

struct DestroyDecoder {
  void operator()(JxlDecoder* decoder) const { JxlDecoderDestroy(decoder); }
};
using Decoder = std::unique_ptr<JxlDecoder, DestroyDecoder>;

void expect(JxlDecoderStatus found, JxlDecoderStatus expected, const std::string& where) {
  if (found == expected) return;
  if (found == JXL_DEC_NEED_MORE_INPUT) refuse_truncated(where);
  refuse_damaged(where, "libjxl cannot decode it");
}

/// The profile of the pixels as they are decoded; empty where none can describe them.
Bytes profile_of(const Decoder& decoder) {
  std::size_t size = 0;
#if JPEGXL_NUMERIC_VERSION >= JPEGXL_COMPUTE_NUMERIC_VERSION(0, 9, 0)
  const auto size_of = [&] {
    return JxlDecoderGetICCProfileSize(decoder.get(), JXL_COLOR_PROFILE_TARGET_DATA, &size);
  };
  const auto read = [&](Bytes& to) {
    return JxlDecoderGetColorAsICCProfile(decoder.get(), JXL_COLOR_PROFILE_TARGET_DATA, to.data(),
                                          to.size());
  };
#else
  const auto size_of = [&] {
    return JxlDecoderGetICCProfileSize(decoder.get(), nullptr, JXL_COLOR_PROFILE_TARGET_DATA,
                                       &size);
  };
  const auto read = [&](Bytes& to) {
    return JxlDecoderGetColorAsICCProfile(decoder.get(), nullptr, JXL_COLOR_PROFILE_TARGET_DATA,
                                          to.data(), to.size());
  };
#endif
  if (size_of() != JXL_DEC_SUCCESS) return {};
  Bytes out(size);
  if (read(out) != JXL_DEC_SUCCESS) return {};
  return out;
}

}  // namespace

Stored decode_jpeg_xl(std::span<const std::uint8_t> bytes, const std::string& where) {
  const Decoder decoder(JxlDecoderCreate(nullptr));
  if (decoder == nullptr) throw std::bad_alloc();
  const int events = JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE;
  expect(JxlDecoderSubscribeEvents(decoder.get(), events), JXL_DEC_SUCCESS, where);
  expect(JxlDecoderSetInput(decoder.get(), bytes.data(), bytes.size()), JXL_DEC_SUCCESS, where);
  JxlDecoderCloseInput(decoder.get());

  expect(JxlDecoderProcessInput(decoder.get()), JXL_DEC_BASIC_INFO, where);
  JxlBasicInfo info{};
  expect(JxlDecoderGetBasicInfo(decoder.get(), &info), JXL_DEC_SUCCESS, where);
  // Of the image as it is shown: libjxl turns it.
  const Size size{info.xsize, info.ysize};
  check_size_of_library(size, where);
  expect(JxlDecoderProcessInput(decoder.get()), JXL_DEC_COLOR_ENCODING, where);
  Stored out;
  out.profile = profile_of(decoder);

  expect(JxlDecoderProcessInput(decoder.get()), JXL_DEC_NEED_IMAGE_OUT_BUFFER, where);
  const std::uint32_t channels =
      (info.num_color_channels == 1 ? 1U : 3U) + (info.alpha_bits > 0 ? 1U : 0U);
  const JxlPixelFormat format{channels, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
  Image8 pixels(size.height, size.width, channels);
  expect(JxlDecoderSetImageOutBuffer(decoder.get(), &format, pixels.pixels.data(),
                                     pixels.pixels.size()),
         JXL_DEC_SUCCESS, where);
  expect(JxlDecoderProcessInput(decoder.get()), JXL_DEC_FULL_IMAGE, where);
  split_alpha(std::move(pixels), out);
  return out;
}

}  // namespace fgcn::photo
#else
namespace fgcn::photo {
Stored decode_jpeg_xl(std::span<const std::uint8_t> /*file*/, const std::string& where) {
  refuse_unbuilt("a JPEG XL", "libjxl", where);
}
}  // namespace fgcn::photo
#endif
