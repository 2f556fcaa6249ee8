#include "photo/codec.h"

namespace fgcn::photo {

Stored decode_jpeg_xl(std::span<const std::uint8_t> /*file*/, const std::string& where) {
  refuse_unbuilt("a JPEG XL", "libjxl", where);
}

}  // namespace fgcn::photo
