#include "recon/face_parser.h"

#include "autograd/tape.h"
#include "io/arrays/read_weights.h"
#include "kernels/core/error.h"
#include "photo/mask/face_classes.h"
#include "photo/resample.h"
#include "photo/resize_bytes.h"

namespace fgcn::recon {

FaceParser::FaceParser(const Context& ctx, const io::Safetensors& weights, const std::string& where)
    : context_(ctx), network_(ctx, weights, where) {}

FaceParser FaceParser::load(const Context& ctx, const std::filesystem::path& path) {
  return {ctx, io::read_weights(path), path.string()};
}

Image FaceParser::mask(const Image& rgb) const {
  FGCN_CHECK(rgb.channels == 3 && rgb.height >= 1 && rgb.width >= 1, "face parser: a crop of ",
             rgb.height, " x ", rgb.width, " x ", rgb.channels);
  const ImageSize& size = network_.size();
  const Image large = to_float(
      photo::resize_bytes(to_bytes(rgb), size.height, size.width, photo::ResizeFilter::kBilinear));
  Tape tape(context_, Record::kNothing);
  const Var x = tape.constant(Tensor::of(context_, {1, size.height, size.width, 3}, large.pixels));
  const Image8 shown =
      to_bytes(photo::face_class_mask(largest_class(network_(x).value()), size.height, size.width));
  const double scale = static_cast<double>(rgb.width) / static_cast<double>(size.width);
  return photo::resample(shown, {.scale = scale}, rgb.height, rgb.width);
}

}  // namespace fgcn::recon
