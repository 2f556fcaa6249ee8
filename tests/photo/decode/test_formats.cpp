#include "tests/photo/decode/test_formats.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "kernels/core/error.h"
#include "tests/photo/decode/test_files.h"

#ifdef FGCN_WEBP
#include <webp/encode.h>
#endif
#ifdef FGCN_TIFF
#include <tiffio.h>
#endif
#ifdef FGCN_HEIF
#include <libheif/heif.h>
#endif
#ifdef FGCN_JXL
#include <jxl/encode.h>
#endif
#ifdef FGCN_LCMS
#include <lcms2.h>
#endif

/// Read by the leak sanitizer, where there is one: x265 keeps a little memory of each encoder,
/// dav1d of a damaged picture.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer's name
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265\nleak:libdav1d\n"; }

namespace fgcn::photo::test {

#ifdef FGCN_WEBP
Bytes write_webp(const Image8& image, const std::vector<WebpChunk>& chunks) {
  const auto width = static_cast<int>(image.width), height = static_cast<int>(image.height);
  const auto stride = static_cast<int>(image.width * image.channels);
  std::uint8_t* encoded = nullptr;
  const auto encode = image.channels == 4 ? WebPEncodeLosslessRGBA : WebPEncodeLosslessRGB;
  const std::size_t size = encode(image.pixels.data(), width, height, stride, &encoded);
  Bytes simple(encoded, encoded + size);
  WebPFree(encoded);
  if (chunks.empty()) return simple;

  const auto little = [](std::size_t value, std::size_t count) {
    Bytes out(count);
    for (std::uint8_t& byte : out) {
      byte = static_cast<std::uint8_t>(value & 0xFF);
      value >>= 8;
    }
    return out;
  };
  Bytes body;
  const auto add = [&](std::string_view name, const Bytes& data) {
    body.insert(body.end(), name.begin(), name.end());
    const Bytes length = little(data.size(), 4);
    body.insert(body.end(), length.begin(), length.end());
    body.insert(body.end(), data.begin(), data.end());
    if (data.size() % 2 != 0) body.push_back(0);
  };
  std::uint8_t flags = image.channels == 4 ? 0x10 : 0;
  for (const WebpChunk& chunk : chunks)
    flags |= chunk.name == "ICCP" ? 0x20 : chunk.name == "EXIF" ? 0x08 : 0x04;
  Bytes extended = {flags, 0, 0, 0};
  for (const std::int64_t side : {image.width, image.height}) {
    const Bytes less_one = little(static_cast<std::size_t>(side - 1), 3);
    extended.insert(extended.end(), less_one.begin(), less_one.end());
  }
  body.insert(body.end(), {'W', 'E', 'B', 'P'});
  add("VP8X", extended);
  for (const WebpChunk& chunk : chunks)
    if (chunk.name == "ICCP") add(chunk.name, chunk.data);
  body.insert(body.end(), simple.begin() + 12, simple.end());
  for (const WebpChunk& chunk : chunks)
    if (chunk.name != "ICCP") add(chunk.name, chunk.data);
  Bytes out = {'R', 'I', 'F', 'F'};
  const Bytes length = little(body.size(), 4);
  out.insert(out.end(), length.begin(), length.end());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}
#endif

#ifdef FGCN_TIFF
namespace {

struct Memory {
  Bytes bytes;
  std::size_t at = 0;
};

Memory& memory_of(thandle_t handle) { return *static_cast<Memory*>(handle); }

tmsize_t read_memory(thandle_t handle, void* to, tmsize_t size) {
  Memory& memory = memory_of(handle);
  if (memory.at >= memory.bytes.size()) return 0;
  const std::size_t count =
      std::min(memory.bytes.size() - memory.at, static_cast<std::size_t>(size));
  std::memcpy(to, memory.bytes.data() + memory.at, count);
  memory.at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_memory(thandle_t handle, void* from, tmsize_t size) {
  Memory& memory = memory_of(handle);
  const std::size_t end = memory.at + static_cast<std::size_t>(size);
  if (memory.bytes.size() < end) memory.bytes.resize(end);
  std::memcpy(memory.bytes.data() + memory.at, from, static_cast<std::size_t>(size));
  memory.at = end;
  return size;
}

toff_t seek_memory(thandle_t handle, toff_t offset, int whence) {
  Memory& memory = memory_of(handle);
  memory.at = offset + (whence == SEEK_CUR   ? memory.at
                        : whence == SEEK_END ? memory.bytes.size()
                                             : 0);
  return memory.at;
}

toff_t size_of_memory(thandle_t handle) { return memory_of(handle).bytes.size(); }
int close_memory(thandle_t /*handle*/) { return 0; }

/// Rows of `width` samples a channel, of the bits that are asked for.
Bytes samples(const Image8& image, std::int64_t y, std::int64_t x, std::int64_t width, int bits) {
  Bytes out;
  for (std::int64_t i = 0; i < width; ++i)
    for (std::int64_t c = 0; c < image.channels; ++c) {
      const bool inside = y < image.height && x + i < image.width;
      const std::uint8_t value = inside ? image.at(y, x + i)[c] : std::uint8_t{0};
      out.insert(out.end(), static_cast<std::size_t>(bits / 8), value);
    }
  return out;
}

}  // namespace

Bytes write_tiff(const Image8& image, const TiffOptions& options) {
  Memory memory;
  TIFF* file = TIFFClientOpen("test", "wm", &memory, read_memory, write_memory, seek_memory,
                              close_memory, size_of_memory, nullptr, nullptr);
  FGCN_CHECK(file != nullptr, "write_tiff: libtiff does not open memory");
  TIFFSetField(file, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(image.width));
  TIFFSetField(file, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(image.height));
  TIFFSetField(file, TIFFTAG_SAMPLESPERPIXEL, static_cast<int>(image.channels));
  TIFFSetField(file, TIFFTAG_BITSPERSAMPLE, options.bits);
  TIFFSetField(file, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(file, TIFFTAG_PHOTOMETRIC,
               image.channels == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
  TIFFSetField(file, TIFFTAG_COMPRESSION, options.compression);
  TIFFSetField(file, TIFFTAG_ORIENTATION, options.orientation);
  if (image.channels == 4) {
    const std::uint16_t kind = options.multiplied ? EXTRASAMPLE_ASSOCALPHA : EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(file, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (options.preview) TIFFSetField(file, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE);
  if (!options.profile.empty())
    TIFFSetField(file, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(options.profile.size()),
                 options.profile.data());
  if (options.tile > 0) {
    TIFFSetField(file, TIFFTAG_TILEWIDTH, static_cast<std::uint32_t>(options.tile));
    TIFFSetField(file, TIFFTAG_TILELENGTH, static_cast<std::uint32_t>(options.tile));
    for (std::int64_t y = 0; y < image.height; y += options.tile)
      for (std::int64_t x = 0; x < image.width; x += options.tile) {
        Bytes tile;
        for (std::int64_t i = 0; i < options.tile; ++i) {
          const Bytes row = samples(image, y + i, x, options.tile, options.bits);
          tile.insert(tile.end(), row.begin(), row.end());
        }
        TIFFWriteTile(file, tile.data(), static_cast<std::uint32_t>(x),
                      static_cast<std::uint32_t>(y), 0, 0);
      }
  } else {
    TIFFSetField(file, TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(options.rows_a_strip));
    for (std::int64_t y = 0; y < image.height; ++y) {
      Bytes row = samples(image, y, 0, image.width, options.bits);
      TIFFWriteScanline(file, row.data(), static_cast<std::uint32_t>(y), 0);
    }
  }
  TIFFClose(file);
  return memory.bytes;
}
#endif

#ifdef FGCN_HEIF
namespace {

heif_error append(heif_context* /*context*/, const void* data, std::size_t size, void* user) {
  auto& out = *static_cast<Bytes*>(user);
  const auto* first = static_cast<const std::uint8_t*>(data);
  out.insert(out.end(), first, first + size);
  return {heif_error_Ok, heif_suberror_Unspecified, ""};
}

template <class T>
auto owned(T* pointer, void (*release)(T*)) {
  return std::unique_ptr<T, void (*)(T*)>(pointer, release);
}

}  // namespace

Bytes write_heif(const Image8& image, const HeifOptions& options) {
  const auto context = owned(heif_context_alloc(), heif_context_free);
  heif_encoder* found = nullptr;
  if (heif_context_get_encoder_for_format(
          context.get(), options.av1 ? heif_compression_AV1 : heif_compression_HEVC, &found)
          .code != heif_error_Ok)
    return {};
  const auto encoder = owned(found, heif_encoder_release);
  heif_encoder_set_lossy_quality(encoder.get(), 100);
  heif_encoder_set_parameter_string(encoder.get(), "chroma", "444");
  const auto width = static_cast<int>(image.width), height = static_cast<int>(image.height);
  heif_image* made = nullptr;
  heif_image_create(
      width, height, heif_colorspace_RGB,
      image.channels == 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, &made);
  const auto pixels = owned(
      made, +[](heif_image* p) { heif_image_release(p); });
  heif_image_add_plane(made, heif_channel_interleaved, width, height, 8);
  int stride = 0;
  std::uint8_t* plane = heif_image_get_plane(made, heif_channel_interleaved, &stride);
  for (std::int64_t y = 0; y < image.height; ++y)
    std::copy_n(image.at(y, 0), image.width * image.channels, plane + y * stride);
  if (!options.profile.empty())
    heif_image_set_raw_color_profile(made, "prof", options.profile.data(), options.profile.size());
  const auto settings = owned(heif_encoding_options_alloc(), heif_encoding_options_free);
  settings->image_orientation = static_cast<heif_orientation>(options.orientation);
  heif_color_profile_nclx* nclx = heif_nclx_color_profile_alloc();
  nclx->color_primaries = static_cast<heif_color_primaries>(options.primaries);
  nclx->transfer_characteristics = heif_transfer_characteristic_IEC_61966_2_1;
  nclx->matrix_coefficients = heif_matrix_coefficients_ITU_R_BT_601_6;
  nclx->full_range_flag = 1;
  settings->output_nclx_profile = nclx;
  heif_image_set_nclx_color_profile(made, nclx);
  heif_image_handle* stored = nullptr;
  const heif_error error =
      heif_context_encode_image(context.get(), made, encoder.get(), settings.get(), &stored);
  heif_nclx_color_profile_free(nclx);
  FGCN_CHECK(error.code == heif_error_Ok, "write_heif: ", error.message);
  const auto handle = owned(
      stored, +[](heif_image_handle* p) { heif_image_handle_release(p); });
  if (options.exif_orientation > 0) {
    const Bytes exif = exif_block(options.exif_orientation, ByteOrder::kBig);
    heif_context_add_exif_metadata(context.get(), stored, exif.data() + 6,
                                   static_cast<int>(exif.size() - 6));
  }
  Bytes out;
  heif_writer writer{1, append};
  heif_context_write(context.get(), &writer, &out);
  return out;
}
#endif

#ifdef FGCN_JXL
Bytes write_jpeg_xl(const Image8& image, const Bytes& profile) {
  const std::unique_ptr<JxlEncoder, void (*)(JxlEncoder*)> encoder(JxlEncoderCreate(nullptr),
                                                                   JxlEncoderDestroy);
  const auto channels = static_cast<std::uint32_t>(image.channels);
  JxlBasicInfo info;
  JxlEncoderInitBasicInfo(&info);
  info.xsize = static_cast<std::uint32_t>(image.width);
  info.ysize = static_cast<std::uint32_t>(image.height);
  info.bits_per_sample = 8;
  info.uses_original_profile = JXL_TRUE;
  info.num_color_channels = channels < 3 ? 1 : 3;
  info.num_extra_channels = channels % 2 == 0 ? 1 : 0;
  info.alpha_bits = channels % 2 == 0 ? 8 : 0;
  JxlEncoderSetBasicInfo(encoder.get(), &info);
  if (profile.empty()) {
    JxlColorEncoding color{};
    JxlColorEncodingSetToSRGB(&color, channels < 3 ? JXL_TRUE : JXL_FALSE);
    JxlEncoderSetColorEncoding(encoder.get(), &color);
  } else {
    JxlEncoderSetICCProfile(encoder.get(), profile.data(), profile.size());
  }
  JxlEncoderFrameSettings* frame = JxlEncoderFrameSettingsCreate(encoder.get(), nullptr);
  JxlEncoderSetFrameLossless(frame, JXL_TRUE);
  const JxlPixelFormat format{channels, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
  JxlEncoderAddImageFrame(frame, &format, image.pixels.data(), image.pixels.size());
  JxlEncoderCloseInput(encoder.get());
  Bytes out((std::size_t{1} << 20) + 4 * image.pixels.size());
  std::uint8_t* next = out.data();
  std::size_t left = out.size();
  const JxlEncoderStatus status = JxlEncoderProcessOutput(encoder.get(), &next, &left);
  FGCN_CHECK(status == JXL_ENC_SUCCESS, "write_jpeg_xl: status ", static_cast<int>(status));
  out.resize(out.size() - left);
  return out;
}
#endif

#ifdef FGCN_LCMS
namespace {

Bytes saved(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  Bytes out(size);
  cmsSaveProfileToMem(profile, out.data(), &size);
  cmsCloseProfile(profile);
  return out;
}

/// RGB of sRGB's white and curve.
Bytes profile_of(const cmsCIExyYTRIPLE& primaries) {
  const cmsCIExyY white{0.3127, 0.3290, 1};
  const cmsFloat64Number curve[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  cmsToneCurve* tone = cmsBuildParametricToneCurve(nullptr, 4, curve);
  cmsToneCurve* const curves[] = {tone, tone, tone};
  Bytes out = saved(cmsCreateRGBProfile(&white, &primaries, curves));
  cmsFreeToneCurve(tone);
  return out;
}

}  // namespace

Bytes p3_profile() { return profile_of({{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}}); }

Bytes nearly_srgb_profile() {
  return profile_of({{0.641, 0.331, 1}, {0.30, 0.60, 1}, {0.15, 0.06, 1}});
}

Bytes srgb_profile() { return saved(cmsCreate_sRGBProfile()); }

Bytes grey_profile(double gamma) {
  cmsToneCurve* tone = cmsBuildGamma(nullptr, gamma);
  Bytes out = saved(cmsCreateGrayProfile(cmsD50_xyY(), tone));
  cmsFreeToneCurve(tone);
  return out;
}
#endif

}  // namespace fgcn::photo::test
