#include "photo/codec.h"

namespace fgcn::photo {

Stored decode_webp(std::span<const std::uint8_t> /*file*/, const std::string& where) {
  refuse_unbuilt("a WebP", "libwebp", where);
}

}  // namespace fgcn::photo
