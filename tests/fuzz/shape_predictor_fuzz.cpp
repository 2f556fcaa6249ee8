// libFuzzer: any bytes through the reader of dlib's shape predictor file, and through what it read.
#include <cstddef>
#include <cstdint>

#include "kernels/core/error.h"
#include "photo/detect/shape_predictor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto predict = fgcn::photo::ShapePredictor::parse({data, size}, "fuzz");
    predict(fgcn::Image8(8, 9, 1, 100), {1, 1, 7, 7});
  } catch (const fgcn::InputError&) {
    // refused with a sentence, as it should be
  }
  return 0;
}
