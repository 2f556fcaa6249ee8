#include "train/dataset/packed_photo.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "io/byte_order.h"
#include "kernels/core/error.h"

namespace fgcn::train {

photo::Photo decode_packed(std::span<const std::uint8_t> record) {
  if (static_cast<std::int64_t>(record.size()) != kPackedBytes)
    input_error("has ", record.size(), " bytes, expected ", kPackedBytes);
  photo::Photo out;
  out.rgb = Image8(kPackedSide, kPackedSide, 3);
  Image8 alpha(kPackedSide, kPackedSide, 1);
  bool varies = false;
  for (std::size_t i = 0; i < alpha.pixels.size(); ++i) {
    std::array<float, 4> pixel{};
    for (std::size_t c = 0; c < 4; ++c) {
      pixel[c] = io::load_le<float>(record, 4 * (4 * i + c));
      const float low = c < 3 ? -1.0F : 0.0F;
      if (!(pixel[c] >= low - 0.01F && pixel[c] <= 1.01F))
        input_error("has a value of ", pixel[c], " in channel ", c, ", expected ", low, " to 1");
    }
    for (std::size_t c = 0; c < 3; ++c)
      out.rgb.pixels[3 * i + c] =
          static_cast<std::uint8_t>(std::clamp(std::lround((pixel[c] + 1) * 127.5F), 0L, 255L));
    alpha.pixels[i] = static_cast<std::uint8_t>(std::clamp(std::lround(pixel[3] * 255), 0L, 255L));
    varies = varies || alpha.pixels[i] != alpha.pixels[0];
  }
  if (varies) out.alpha = alpha;
  return out;
}

}  // namespace fgcn::train
