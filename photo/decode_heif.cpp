#include "photo/codec.h"

namespace fgcn::photo {

Stored decode_heif(std::span<const std::uint8_t> /*file*/, const std::string& where) {
  refuse_unbuilt("a HEIC or AVIF", "libheif", where);
}

}  // namespace fgcn::photo
