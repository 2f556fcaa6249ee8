#include <algorithm>
#include <vector>

#include "kernels/rasterize/pixel_lists.h"
#include "kernels/rasterize/rasterize_math.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kChunk = 4096;      // triangles binned in one go
constexpr std::int32_t kWideBox = 24;      // from here on a row is drawn without branches
constexpr std::int32_t kBandsAThread = 4;  // a face fills the middle of an image: balance by bands

/// The triangles of one chunk that reach a pixel centre, by band, ascending within a band.
struct Bins {
  std::vector<std::int32_t> begin;  // [bands + 1]
  std::vector<std::int32_t> triangle;
};

/// Rows of an image drawn by one thread.
struct Bands {
  std::int32_t count;
  std::int32_t rows;

  std::int32_t of(std::int32_t y) const { return y / rows; }
};

struct Target {
  std::int32_t height;
  std::int32_t width;
};

Bins bin_chunk(const real* positions, View<const std::int32_t> triangles, std::int64_t first,
               const RasterizeOptions& options, const Target& target, const Bands& bands) {
  struct Entry {
    std::int32_t triangle, band_begin, band_end;
  };
  const std::int64_t end = std::min(first + kChunk, triangles.dim(0));
  std::vector<Entry> entries;
  entries.reserve(static_cast<std::size_t>(end - first));
  Bins out;
  out.begin.assign(static_cast<std::size_t>(bands.count) + 1, 0);
  for (std::int64_t f = first; f < end; ++f) {
    const PixelBox box =
        pixel_box(load_triangle(positions, &triangles(f, 0)), options, target.height, target.width);
    if (box.empty()) continue;
    const Entry entry{static_cast<std::int32_t>(f), bands.of(box.y_begin),
                      bands.of(box.y_end - 1) + 1};
    entries.push_back(entry);
    for (std::int32_t b = entry.band_begin; b < entry.band_end; ++b) ++out.begin[b + 1];
  }
  for (std::int32_t b = 0; b < bands.count; ++b) out.begin[b + 1] += out.begin[b];
  out.triangle.resize(static_cast<std::size_t>(out.begin.back()));
  std::vector<std::int32_t> next(out.begin.begin(), out.begin.end() - 1);
  for (const Entry& entry : entries) {
    for (std::int32_t b = entry.band_begin; b < entry.band_end; ++b)
      out.triangle[next[b]++] = entry.triangle;
  }
  return out;
}

void draw(const TriangleSetup& setup, const PixelBox& box, std::int32_t y_begin, std::int32_t y_end,
          std::int32_t first_row, std::int32_t width, std::uint32_t index, std::uint64_t* keys) {
  for (std::int32_t y = y_begin; y < y_end; ++y) {
    std::uint64_t* row = keys + static_cast<std::int64_t>(y - first_row) * width;
    if (box.x_end - box.x_begin < kWideBox) {
      for (std::int32_t x = box.x_begin; x < box.x_end; ++x)
        row[x] = std::max(row[x], pixel_key(setup, x + 0.5, y + 0.5, index));
    } else {
#pragma omp simd
      for (std::int32_t x = box.x_begin; x < box.x_end; ++x) {
        const std::uint64_t key = pixel_key(setup, x + 0.5, y + 0.5, index);
        row[x] = row[x] > key ? row[x] : key;
      }
    }
  }
}

/// What a band's thread keeps from band to band.
struct Workspace {
  std::vector<std::uint64_t> keys;
  std::vector<TriangleSetup> setups;
  std::vector<std::int32_t> triangles;
};

/// Draws rows [y_begin, y_end) of one image. `bins` are its chunks in order.
void draw_band(const real* positions, View<const std::int32_t> triangles,
               const RasterizeOptions& options, const Target& target, const Bands& bands,
               std::int32_t band, const Bins* bins, std::int64_t chunks, Workspace& work,
               real* raster) {
  const std::int32_t y_begin = band * bands.rows;
  const std::int32_t y_end = std::min(y_begin + bands.rows, target.height);
  const std::int64_t pixels = static_cast<std::int64_t>(y_end - y_begin) * target.width;
  work.keys.assign(static_cast<std::size_t>(pixels), 0);
  work.setups.clear();
  work.triangles.clear();
  for (std::int64_t c = 0; c < chunks; ++c) {
    for (std::int32_t i = bins[c].begin[band]; i < bins[c].begin[band + 1]; ++i) {
      const std::int32_t f = bins[c].triangle[i];
      const ScreenTriangle triangle = load_triangle(positions, &triangles(f, 0));
      const PixelBox box = pixel_box(triangle, options, target.height, target.width);
      work.setups.push_back(make_setup(triangle));
      work.triangles.push_back(f);
      // The place in the list orders as the triangle's index does.
      draw(work.setups.back(), box, std::max(box.y_begin, y_begin), std::min(box.y_end, y_end),
           y_begin, target.width, static_cast<std::uint32_t>(work.setups.size() - 1),
           work.keys.data());
    }
  }
  for (std::int64_t i = 0; i < pixels; ++i) {
    real* out = raster + (static_cast<std::int64_t>(y_begin) * target.width + i) * 4;
    if (work.keys[i] == 0) {
      std::fill_n(out, 4, real(0));
      continue;
    }
    const std::uint32_t place = key_index(work.keys[i]);
    resolve_pixel(work.setups[place], static_cast<double>(i % target.width) + 0.5,
                  static_cast<double>(y_begin + i / target.width) + 0.5, work.triangles[place],
                  out);
  }
}

}  // namespace

void rasterize(const Context& ctx, View<const real> positions, View<const std::int32_t> triangles,
               const RasterizeOptions& options, View<real> raster) {
  const std::int64_t batch = raster.dim(0);
  const Target target{static_cast<std::int32_t>(raster.dim(1)),
                      static_cast<std::int32_t>(raster.dim(2))};
  if (raster.size() == 0) return;
  const auto wanted = static_cast<std::int32_t>(std::clamp<std::int64_t>(
      (kBandsAThread * ctx.threads() + batch - 1) / batch, 1, target.height));
  const std::int32_t rows = (target.height + wanted - 1) / wanted;
  const Bands bands{(target.height + rows - 1) / rows, rows};
  const std::int64_t chunks = (triangles.dim(0) + kChunk - 1) / kChunk;
  std::vector<Bins> bins(static_cast<std::size_t>(batch * chunks));
#pragma omp parallel num_threads(ctx.threads())
  {
#pragma omp for schedule(dynamic)
    for (std::int64_t i = 0; i < batch * chunks; ++i) {
      bins[i] = bin_chunk(positions.data + i / chunks * positions.dim(1) * 3, triangles,
                          i % chunks * kChunk, options, target, bands);
    }
    Workspace work;
#pragma omp for schedule(dynamic)
    for (std::int64_t i = 0; i < batch * bands.count; ++i) {
      const std::int64_t n = i / bands.count;
      draw_band(positions.data + n * positions.dim(1) * 3, triangles, options, target, bands,
                static_cast<std::int32_t>(i % bands.count), bins.data() + n * chunks, chunks, work,
                raster.data + n * raster.dim(1) * raster.dim(2) * 4);
    }
  }
}

void rasterize_vjp(const Context& ctx, View<const real> positions,
                   View<const std::int32_t> triangles, const CornersView& corners,
                   View<const real> raster, View<const real> grad_raster,
                   View<real> grad_positions) {
  const std::int64_t vertices = positions.dim(1);
  const std::int64_t width = raster.dim(2);
  const std::int64_t image = raster.dim(1) * width;
  for (std::int64_t n = 0; n < positions.dim(0); ++n) {
    const real* at = positions.data + n * vertices * 3;
    const real* pixels = raster.data + n * image * 4;
    const real* grad_pixels = grad_raster.data + n * image * 4;
    const PixelLists lists = pixels_by_triangle(pixels, image, triangles.dim(0));
    const std::int64_t seen = lists.seen();
    std::vector<double> grad_corner(static_cast<std::size_t>(9 * seen));
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t s = 0; s < seen; ++s) {
      const ScreenTriangle triangle = load_triangle(at, &triangles(lists.triangle[s], 0));
      double sum[9] = {};
      for (std::int32_t e = lists.begin[s]; e < lists.begin[s + 1]; ++e) {
        const std::int64_t p = lists.pixel[e];
        const real* g = grad_pixels + 4 * p;
        accumulate_pixel_vjp(triangle, static_cast<double>(p % width) + 0.5,
                             static_cast<double>(p / width) + 0.5, g[0], g[1], g[2], sum);
      }
      std::copy_n(sum, 9, grad_corner.data() + 9 * s);
    }
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t v = 0; v < vertices; ++v) {
      double sum[3] = {};
      for (std::int32_t e = corners.begin[v]; e < corners.begin[v + 1]; ++e) {
        const std::int32_t s = lists.place[corners.corner[e] / 3];
        if (s < 0) continue;
        const double* from = grad_corner.data() + 9 * std::int64_t{s} + 3 * (corners.corner[e] % 3);
        for (int k = 0; k < 3; ++k) sum[k] += from[k];
      }
      for (int k = 0; k < 3; ++k) grad_positions(n, v, k) = static_cast<real>(sum[k]);
    }
  }
}

}  // namespace fgcn::kernels::cpu
