#include "photo/codec.h"

namespace fgcn::photo {

Stored decode_tiff(std::span<const std::uint8_t> /*file*/, const std::string& where) {
  refuse_unbuilt("a TIFF or camera raw", "libtiff", where);
}

}  // namespace fgcn::photo
