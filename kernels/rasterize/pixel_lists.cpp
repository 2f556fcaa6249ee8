#include "kernels/rasterize/pixel_lists.h"

namespace fgcn::kernels::cpu {

PixelLists pixels_by_triangle(const Context& ctx, const real* raster, std::int64_t pixels,
                              std::int64_t triangles) {
  PixelLists out(ctx);
  out.place.assign(static_cast<std::size_t>(triangles), -1);
  PoolVector<std::int32_t> place_of_pixel(static_cast<std::size_t>(pixels), -1, ctx);
  PoolVector<std::int32_t> count(ctx);
  std::int32_t covered = 0;
  for (std::int64_t p = 0; p < pixels; ++p) {
    const real id = raster[4 * p + 3];
    if (!(id >= 1) || !(id <= static_cast<real>(triangles))) continue;
    const auto f = static_cast<std::int32_t>(id) - 1;
    std::int32_t& place = out.place[f];
    if (place < 0) {
      place = static_cast<std::int32_t>(out.triangle.size());
      out.triangle.push_back(f);
      count.push_back(0);
    }
    place_of_pixel[p] = place;
    ++count[place];
    ++covered;
  }
  out.begin.assign(out.triangle.size() + 1, 0);
  for (std::size_t s = 0; s < count.size(); ++s) {
    out.begin[s + 1] = out.begin[s] + count[s];
    count[s] = out.begin[s];  // from here on: the next free place
  }
  out.pixel.resize(static_cast<std::size_t>(covered));
  for (std::int64_t p = 0; p < pixels; ++p) {
    if (place_of_pixel[p] >= 0)
      out.pixel[count[place_of_pixel[p]]++] = static_cast<std::int32_t>(p);
  }
  return out;
}

}  // namespace fgcn::kernels::cpu
