// HEIC and AVIF by libheif.
#include "photo/decode/codec.h"
#ifdef FGCN_HEIF
#include <libheif/heif.h>

#include <algorithm>
#include <memory>

#include "kernels/core/error.h"
#include "photo/decode/color_profile.h"
#include "photo/decode/decode.h"

namespace fgcn::photo {
namespace {

struct FreeContext {
  void operator()(heif_context* context) const { heif_context_free(context); }
};
struct FreeHandle {
  void operator()(heif_image_handle* handle) const { heif_image_handle_release(handle); }
};
struct FreeImage {
  void operator()(heif_image* image) const { heif_image_release(image); }
};
struct FreeNclx {
  void operator()(heif_color_profile_nclx* nclx) const { heif_nclx_color_profile_free(nclx); }
};
using Handle = std::unique_ptr<heif_image_handle, FreeHandle>;

void check(const heif_error& error, const std::string& where) {
  if (error.code == heif_error_Ok) return;
  if (error.code == heif_error_Memory_allocation_error &&
      error.subcode != heif_suberror_Security_limit_exceeded)
    throw std::bad_alloc();
  if (error.subcode == heif_suberror_End_of_data) refuse_truncated(where);
  refuse_damaged(where, error.message == nullptr ? "libheif gives no reason" : error.message);
}

/// ICC, or the profile of the primaries that the file names by number.
Bytes profile_of(const Handle& handle, const std::string& where) {
  const heif_color_profile_type kind = heif_image_handle_get_color_profile_type(handle.get());
  if (kind == heif_color_profile_type_rICC || kind == heif_color_profile_type_prof) {
    Bytes out(heif_image_handle_get_raw_color_profile_size(handle.get()));
    check(heif_image_handle_get_raw_color_profile(handle.get(), out.data()), where);
    return out;
  }
  if (kind != heif_color_profile_type_nclx) return {};
  heif_color_profile_nclx* found = nullptr;
  const heif_error error = heif_image_handle_get_nclx_color_profile(handle.get(), &found);
  const std::unique_ptr<heif_color_profile_nclx, FreeNclx> nclx(found);
  return error.code == heif_error_Ok ? profile_of_primaries(nclx->color_primaries) : Bytes{};
}

}  // namespace

Stored decode_heif(std::span<const std::uint8_t> bytes, const std::string& where) {
  const std::unique_ptr<heif_context, FreeContext> context(heif_context_alloc());
  if (context == nullptr) throw std::bad_alloc();
  heif_context_set_maximum_image_size_limit(context.get(), kMostSide);
  check(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(),
                                                   nullptr),
        where);
  heif_image_handle* primary = nullptr;
  check(heif_context_get_primary_image_handle(context.get(), &primary), where);
  const Handle handle(primary);
  // Of the image as it is shown: libheif applies the turns, mirrors and crops that the file names.
  check_size_of_library(
      {heif_image_handle_get_width(handle.get()), heif_image_handle_get_height(handle.get())},
      where);

  const bool alpha = heif_image_handle_has_alpha_channel(handle.get()) != 0;
  heif_image* decoded = nullptr;
  check(heif_decode_image(handle.get(), &decoded, heif_colorspace_RGB,
                          alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
                          nullptr),
        where);
  const std::unique_ptr<heif_image, FreeImage> image(decoded);
  const Size size{heif_image_get_width(image.get(), heif_channel_interleaved),
                  heif_image_get_height(image.get(), heif_channel_interleaved)};
  check_size_of_library(size, where);
  int stride = 0;
  const std::uint8_t* plane =
      heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  if (plane == nullptr) refuse_damaged(where, "it has no color plane");

  Stored out;
  Image8 pixels(size.height, size.width, alpha ? 4 : 3);
  for (std::int64_t y = 0; y < size.height; ++y)
    std::copy_n(plane + y * stride, size.width * pixels.channels, pixels.at(y, 0));
  split_alpha(std::move(pixels), out);
  out.profile = profile_of(handle, where);
  return out;
}

}  // namespace fgcn::photo
#else
namespace fgcn::photo {
Stored decode_heif(std::span<const std::uint8_t> /*file*/, const std::string& where) {
  refuse_unbuilt("a HEIC or AVIF", "libheif", where);
}
}  // namespace fgcn::photo
#endif
