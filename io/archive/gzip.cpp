#include "io/archive/gzip.h"

#include <optional>
#include <utility>

#include "io/archive/zlib_stream.h"
#include "kernels/core/error.h"

namespace fgcn::io {

Bytes gunzip(std::span<const std::uint8_t> packed, std::uint64_t most, const std::string& where) {
  std::optional<Bytes> out = inflated(packed, ZlibFrame::kGzip, most);
  if (!out)
    input_error(where, ": is not a whole gzip file of at most ", most,
                " bytes unpacked; fetch the file that holds it again");
  return *std::move(out);
}

Bytes gzip(std::span<const std::uint8_t> data) { return deflated(data, ZlibFrame::kGzip); }

}  // namespace fgcn::io
