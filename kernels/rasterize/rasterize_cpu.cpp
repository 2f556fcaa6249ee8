#include <algorithm>
#include <vector>

#include "kernels/core/parallel_failure.h"
#include "kernels/core/pool_vector.h"
#include "kernels/rasterize/pixel_lists.h"
#include "kernels/rasterize/rasterize_math.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kChunk = 4096;  // triangles binned in one go
constexpr std::int64_t kBlock = 128;   // of them, boxes computed in one go
constexpr std::int32_t kWideBox = 24;  // from here on a row is drawn without branches
constexpr int kBandShift = 4;          // rows of a band: what is drawn there stays in the cache

/// A triangle and the pixels it may cover; 16 bits hold every axis that is allowed.
struct Entry {
  std::int32_t triangle;
  std::int16_t x_begin, x_end, y_begin, y_end;
};

/// The triangles of one chunk that reach a pixel centre, by band, ascending within a band.
struct Bins {
  std::vector<std::int32_t> begin;  // [bands + 1]
  PoolVector<Entry> entry;

  explicit Bins(const Context& ctx) : entry(ctx) {}
};

/// Rows [16 b, 16 b + 16) of an image: drawn by one thread.
constexpr std::int32_t kBandRows = 1 << kBandShift;
std::int32_t band_of(std::int32_t y) { return y >> kBandShift; }

struct Target {
  std::int32_t height;
  std::int32_t width;
};

/// Appends those of triangles [first, first + count) that may cover a pixel centre; count <=
/// kBlock. Coordinates are gathered first, so that boxes are computed several at a time.
void append_entries(const real* positions, View<const std::int32_t> triangles, std::int64_t first,
                    std::int64_t count, const RasterizeOptions& options, const Target& target,
                    PoolVector<Entry>& entries) {
  real coordinate[9][kBlock];
  for (std::int64_t i = 0; i < count; ++i) {
    for (int k = 0; k < 3; ++k) {
      const real* vertex = positions + 3 * std::int64_t{triangles(first + i, k)};
      for (int axis = 0; axis < 3; ++axis) coordinate[3 * k + axis][i] = vertex[axis];
    }
  }
  std::int16_t x_begin[kBlock], x_end[kBlock], y_begin[kBlock], y_end[kBlock];
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    ScreenTriangle t;
    for (int k = 0; k < 3; ++k) {
      t.x[k] = coordinate[3 * k][i];
      t.y[k] = coordinate[3 * k + 1][i];
      t.z[k] = coordinate[3 * k + 2][i];
    }
    const PixelBox box = pixel_box(t, options, target.height, target.width);
    x_begin[i] = static_cast<std::int16_t>(box.x_begin);
    x_end[i] = static_cast<std::int16_t>(box.x_end);
    y_begin[i] = static_cast<std::int16_t>(box.y_begin);
    y_end[i] = static_cast<std::int16_t>(box.y_end);
  }
  std::size_t size = entries.size();
  entries.resize(size + static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    entries[size] = {static_cast<std::int32_t>(first + i), x_begin[i], x_end[i], y_begin[i],
                     y_end[i]};
    // Without a branch: whether one is kept cannot be predicted.
    size += (x_begin[i] < x_end[i]) & (y_begin[i] < y_end[i]);
  }
  entries.resize(size);
}

void bin_chunk(const Context& ctx, const real* positions, View<const std::int32_t> triangles,
               std::int64_t first, const RasterizeOptions& options, const Target& target,
               std::int32_t bands, Bins& out) {
  const std::int64_t end = std::min(first + kChunk, triangles.dim(0));
  PoolVector<Entry> entries(ctx);
  entries.reserve(static_cast<std::size_t>(end - first + kBlock));
  for (std::int64_t f = first; f < end; f += kBlock)
    append_entries(positions, triangles, f, std::min(kBlock, end - f), options, target, entries);
  out.begin.assign(static_cast<std::size_t>(bands) + 1, 0);
  for (const Entry& entry : entries) {
    for (std::int32_t b = band_of(entry.y_begin); b <= band_of(entry.y_end - 1); ++b)
      ++out.begin[b + 1];
  }
  for (std::int32_t b = 0; b < bands; ++b) out.begin[b + 1] += out.begin[b];
  out.entry.resize(static_cast<std::size_t>(out.begin.back()));
  std::vector<std::int32_t> next(out.begin.begin(), out.begin.end() - 1);
  for (const Entry& entry : entries) {
    for (std::int32_t b = band_of(entry.y_begin); b <= band_of(entry.y_end - 1); ++b)
      out.entry[next[b]++] = entry;
  }
}

/// Draws rows [first_row, last_row) of a triangle.
void draw(const TriangleSetup& setup, const Entry& box, std::int32_t first_row,
          std::int32_t last_row, std::int32_t width, std::uint32_t index, std::uint64_t* keys) {
  const std::int32_t y_begin = std::max<std::int32_t>(box.y_begin, first_row);
  const std::int32_t y_end = std::min<std::int32_t>(box.y_end, last_row);
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

/// Memory that a thread keeps from band to band.
struct Workspace {
  PoolVector<std::uint64_t> keys;
  PoolVector<TriangleSetup> setups;
  PoolVector<std::int32_t> triangles;

  explicit Workspace(const Context& ctx) : keys(ctx), setups(ctx), triangles(ctx) {}
};

/// Draws rows [y_begin, y_end) of one image. `bins` are its chunks in order.
void draw_band(const real* positions, View<const std::int32_t> triangles, const Target& target,
               std::int32_t band, const Bins* bins, std::int64_t chunks, Workspace& work,
               real* raster) {
  const std::int32_t y_begin = band * kBandRows;
  const std::int32_t y_end = std::min(y_begin + kBandRows, target.height);
  const std::int64_t pixels = static_cast<std::int64_t>(y_end - y_begin) * target.width;
  work.keys.assign(static_cast<std::size_t>(pixels), 0);
  std::size_t drawn = 0;
  for (std::int64_t c = 0; c < chunks; ++c)
    drawn += static_cast<std::size_t>(bins[c].begin[band + 1] - bins[c].begin[band]);
  work.setups.clear();
  work.setups.reserve(drawn);
  work.triangles.clear();
  for (std::int64_t c = 0; c < chunks; ++c) {
    for (std::int32_t i = bins[c].begin[band]; i < bins[c].begin[band + 1]; ++i) {
      const Entry& entry = bins[c].entry[i];
      work.setups.push_back(make_setup(load_triangle(positions, &triangles(entry.triangle, 0))));
      work.triangles.push_back(entry.triangle);
      // The place in the list orders as the triangle's index does.
      draw(work.setups.back(), entry, y_begin, y_end, target.width,
           static_cast<std::uint32_t>(work.setups.size() - 1), work.keys.data());
    }
  }
  for (std::int64_t i = 0; i < pixels; ++i) {
    real* out = raster + (static_cast<std::int64_t>(y_begin) * target.width + i) * 4;
    if (work.keys[i] == 0) {
      std::fill_n(out, 4, real(0));
      continue;
    }
    const std::uint32_t place = key_index(work.keys[i]);
    const std::int64_t x = i % target.width, y = y_begin + i / target.width;
    resolve_pixel(work.setups[place], static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5,
                  work.triangles[place], out);
  }
}

}  // namespace

void rasterize(const Context& ctx, View<const real> positions, View<const std::int32_t> triangles,
               const RasterizeOptions& options, View<real> raster) {
  const std::int64_t batch = raster.dim(0);
  const Target target{static_cast<std::int32_t>(raster.dim(1)),
                      static_cast<std::int32_t>(raster.dim(2))};
  if (raster.size() == 0) return;
  const std::int32_t bands = band_of(target.height - 1) + 1;
  const std::int64_t chunks = (triangles.dim(0) + kChunk - 1) / kChunk;
  std::vector<Bins> bins(static_cast<std::size_t>(batch * chunks), Bins(ctx));
  ParallelFailure failure;
#pragma omp parallel num_threads(ctx.threads())
  {
#pragma omp for schedule(dynamic)
    for (std::int64_t i = 0; i < batch * chunks; ++i) {
      failure.keep([&] {
        bin_chunk(ctx, positions.data + i / chunks * positions.dim(1) * 3, triangles,
                  i % chunks * kChunk, options, target, bands, bins[i]);
      });
    }
    Workspace work(ctx);
#pragma omp for schedule(dynamic)
    for (std::int64_t i = 0; i < batch * bands; ++i) {
      if (failure.seen()) continue;  // bins may be missing
      const std::int64_t n = i / bands;
      failure.keep([&] {
        draw_band(positions.data + n * positions.dim(1) * 3, triangles, target,
                  static_cast<std::int32_t>(i % bands), bins.data() + n * chunks, chunks, work,
                  raster.data + n * raster.dim(1) * raster.dim(2) * 4);
      });
    }
  }
  failure.rethrow();
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
    const PixelLists lists = pixels_by_triangle(ctx, pixels, image, triangles.dim(0));
    const std::int64_t visible = lists.visible();
    PoolVector<double> grad_corner(static_cast<std::size_t>(9 * visible), 0, ctx);
#pragma omp parallel for num_threads(ctx.threads())
    for (std::int64_t s = 0; s < visible; ++s) {
      const ScreenTriangle triangle = load_triangle(at, &triangles(lists.triangle[s], 0));
      double sum[9] = {};
      for (std::int32_t e = lists.begin[s]; e < lists.begin[s + 1]; ++e) {
        const std::int64_t p = lists.pixel[e];
        const std::int64_t x = p % width, y = p / width;
        const real* g = grad_pixels + 4 * p;
        accumulate_pixel_vjp(triangle, static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5,
                             g[0], g[1], g[2], sum);
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
