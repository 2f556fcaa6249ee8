// A sparse matrix in tiles on a GPU: what a block of threads needs to apply it several times over
// without memory between the products.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "kernels/core/context.h"
#include "kernels/core/csr.h"
#include "kernels/core/real.h"

namespace fgcn {

/// Borrowed arrays on the device: every tile's own rows and `rings` rings around them
/// (tile_cut.h), as a matrix of its own whose columns are numbers within the tile.
///
/// Rows with entries (all but the last ring) go in slices of kSliceRows, entries in pairs: pair p
/// of slice s has the entries of its rows side by side, so that neighbouring threads read
/// neighbouring words. Rows with fewer entries than the slice's longest are filled up with zeros.
///
/// A column is a place in shared memory: there a row is kRowBytes, four pieces of 16, which stand
/// in an order that is turned by the row's number. So eight neighbouring rows' same piece lies in
/// different banks, as two whole rows do of which one is even and one odd.
struct CsrTilesView {
  static constexpr int kSliceRows = 8;
  static constexpr int kPairBits = 8;  // of a slice's word: its pairs; above: its first pair
  static constexpr int kRowBytes = 64;

  /// Byte of a row's piece 0; that of piece q is place(row) ^ 16 * q.
  FGCN_HD static constexpr std::uint32_t place(std::uint32_t row) {
    return row * kRowBytes + ((row >> 1 & 3) << 4);
  }

  int tiles = 0;
  int rings = 0;
  int most_own = 0;    // rows of the largest tile
  int most_local = 0;  // with its rings
  /// [tiles, 2 + rings + 1]: where its rows and its slices begin, then Tile::end.
  const std::int32_t* tile = nullptr;
  const std::int32_t* row = nullptr;      // numbers within the whole matrix
  const std::uint32_t* slice = nullptr;   // first pair << kPairBits | pairs
  const std::uint32_t* column = nullptr;  // [pairs, kSliceRows]: two places, the first one low
  const real* value = nullptr;            // [pairs, kSliceRows, 2]
};

/// The tiles of one matrix on one device, each kind made when it is first asked for. Belongs to
/// whoever owns the matrix.
class CsrTiles {
 public:
  /// Vertices that a block holds at once: 40 KiB.
  static constexpr std::int64_t kMostOwn = 192;
  static constexpr std::int64_t kMostLocal = 640;
  /// Rows of all tiles over those of the matrix; beyond, too much is done twice.
  static constexpr double kMostOverlap = 6;

  /// Keeps a copy of the matrix, which is square and symmetric in where its entries are.
  explicit CsrTiles(const Csr& a);
  CsrTiles(const CsrTiles&) = delete;
  CsrTiles& operator=(const CsrTiles&) = delete;
  ~CsrTiles();

  /// Null when the matrix cannot be cut so: where a row with its rings alone is over kMostLocal, or
  /// tiles overlap by more than kMostOverlap (a graph that is no mesh, too many rings). The first
  /// call for a number of rings cuts and uploads, and so waits for the device; later ones do not.
  /// Error when the context's device is another one than before.
  const CsrTilesView* find(const Context& ctx, std::int64_t rings) const;

 private:
  class OnDevice;

  Csr a_;
  // Tiles made so far: found, or found impossible. Like the context, for one thread at a time.
  mutable std::map<std::int64_t, std::unique_ptr<const OnDevice>> made_;
};

struct Tile;  // tile_cut.h

/// The host's form of CsrTilesView's arrays.
struct CsrTileArrays {
  std::vector<std::int32_t> tile, row;
  std::vector<std::uint32_t> slice, column;
  std::vector<real> value;
};
/// Rows of a ring are put in the order of their lengths, and entries of a row in one in which
/// neighbouring rows read different banks of shared memory. False when a number does not fit.
bool arrange(const Csr& a, const std::vector<Tile>& tiles, CsrTileArrays& out);

}  // namespace fgcn
