#include "kernels/cheb_conv/csr_tiles.h"

#include <algorithm>
#include <array>

#include "kernels/cheb_conv/tile_cut.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

constexpr int kSliceRows = CsrTilesView::kSliceRows;
constexpr std::int64_t kMostPairs = (1 << CsrTilesView::kPairBits) - 1;

struct Entry {
  std::uint16_t column;
  double value;
};
using Row = std::vector<Entry>;

/// How many of the rows that are read at once with `column` lie in its banks: of two rows where all
/// four pieces of each are read, of four where two, of eight where one.
int conflicts(const std::array<std::int64_t, kSliceRows>& read, int row, std::int64_t column) {
  const auto piece = [](std::int64_t r) {
    return CsrTilesView::place(static_cast<std::uint32_t>(r)) / 16 % 8;
  };
  int sum = 0;
  for (int other = row / 8 * 8; other < row; ++other) {
    if (read[other] == column) continue;
    const std::uint32_t apart = piece(read[other]) ^ piece(column);
    if (apart < 4 && other / 2 == row / 2) sum += 9;
    if (apart < 2 && other / 4 == row / 4) sum += 3;
    if (apart < 1) sum += 1;
  }
  return sum;
}

/// Puts the entries of a slice's rows side by side, as many steps as the longest row has (even).
class SliceWriter {
 public:
  SliceWriter(std::array<Row, kSliceRows> rows, std::int64_t first_row, std::int64_t local)
      : rows_(std::move(rows)), first_row_(first_row), local_(local) {
    for (const Row& row : rows_)
      pairs_ = std::max(pairs_, (static_cast<std::int64_t>(row.size()) + 1) / 2);
  }

  std::int64_t pairs() const { return pairs_; }

  void write(CsrTileArrays& out) {
    for (std::int64_t pair = 0; pair < pairs_; ++pair) {
      std::array<Entry, kSliceRows> step[2];
      for (int half = 0; half < 2; ++half) step[half] = next(2 * pairs_ - 2 * pair - half);
      for (int r = 0; r < kSliceRows; ++r) {
        out.column.push_back(CsrTilesView::place(step[0][r].column) |
                             CsrTilesView::place(step[1][r].column) << 16);
        for (const auto& entries : step) out.value.push_back(static_cast<real>(entries[r].value));
      }
    }
  }

 private:
  /// One entry of each row. Rows with nothing left, and those that may wait because they have
  /// fewer entries than there are steps, read a row of the tile with the weight zero.
  std::array<Entry, kSliceRows> next(std::int64_t steps_left) {
    std::array<Entry, kSliceRows> out;
    std::array<std::int64_t, kSliceRows> read{};
    for (int r = 0; r < kSliceRows; ++r) {
      Row& row = rows_[r];
      int least = 1 << 20;
      std::size_t best = row.size();
      for (std::size_t e = 0; e < row.size(); ++e) {
        const int cost = conflicts(read, r, row[e].column);
        if (cost < least) {
          least = cost;
          best = e;
        }
      }
      const bool may_wait = static_cast<std::int64_t>(row.size()) < steps_left;
      std::int64_t zero = 0;
      int least_zero = 1 << 20;
      for (std::int64_t c = first_row_; may_wait && c < first_row_ + kSliceRows; ++c) {
        const std::int64_t column = c % local_;
        const int cost = conflicts(read, r, column);
        if (cost >= least_zero) continue;
        least_zero = cost;
        zero = column;
      }
      if (may_wait && (row.empty() || least_zero < least)) {
        out[r] = {static_cast<std::uint16_t>(zero), 0};
      } else {
        out[r] = row[best];
        row.erase(row.begin() + static_cast<std::ptrdiff_t>(best));
      }
      read[r] = out[r].column;
    }
    return out;
  }

  std::array<Row, kSliceRows> rows_;
  std::int64_t first_row_, local_;
  std::int64_t pairs_ = 0;
};

std::int64_t pairs_of(const Csr& a, std::int32_t row) {
  return (a.row_begin[row + 1] - a.row_begin[row] + 1) / 2;
}

}  // namespace

bool arrange(const Csr& a, const std::vector<Tile>& tiles, CsrTileArrays& out) {
  std::vector<std::int32_t> place(static_cast<std::size_t>(a.rows), -1);  // within the tile
  for (const Tile& tile : tiles) {
    if (tile.local() * CsrTilesView::kRowBytes > 0x10000) return false;
    // Where a slice begins, so does a sector.
    while (out.row.size() % kSliceRows != 0) out.row.push_back(0);
    const auto first_row = static_cast<std::int32_t>(out.row.size());
    out.tile.push_back(first_row);
    out.tile.push_back(static_cast<std::int32_t>(out.slice.size()));
    out.tile.insert(out.tile.end(), tile.end.begin(), tile.end.end());
    out.row.insert(out.row.end(), tile.row.begin(), tile.row.end());
    // Slices of rows of equal length have nothing to fill up.
    for (std::size_t d = 0; d < tile.end.size(); ++d)
      std::stable_sort(
          out.row.begin() + first_row + (d == 0 ? 0 : tile.end[d - 1]),
          out.row.begin() + first_row + tile.end[d],
          [&](std::int32_t x, std::int32_t y) { return pairs_of(a, x) > pairs_of(a, y); });
    const std::int32_t* row = out.row.data() + first_row;
    for (std::int32_t i = 0; i < tile.local(); ++i) place[row[i]] = i;
    const std::int64_t with_entries = tile.end.size() < 2 ? 0 : tile.end[tile.end.size() - 2];
    for (std::int64_t i = 0; i < with_entries; i += kSliceRows) {
      std::array<Row, kSliceRows> rows;
      for (std::int64_t r = i; r < std::min(with_entries, i + kSliceRows); ++r)
        for (std::int32_t e = a.row_begin[row[r]]; e < a.row_begin[row[r] + 1]; ++e)
          rows[r - i].push_back({static_cast<std::uint16_t>(place[a.col[e]]), a.value[e]});
      SliceWriter slice(std::move(rows), i, tile.local());
      const auto first_pair = static_cast<std::int64_t>(out.column.size()) / kSliceRows;
      if (slice.pairs() > kMostPairs || first_pair >= std::int64_t{1} << 24) return false;
      out.slice.push_back(
          static_cast<std::uint32_t>(first_pair << CsrTilesView::kPairBits | slice.pairs()));
      slice.write(out);
    }
  }
  return true;
}

/// One piece of device memory for all arrays.
class CsrTiles::OnDevice {
 public:
  /// That there are none.
  explicit OnDevice(const Context& ctx) : runtime_(ctx.shared_runtime()) {}

  OnDevice(const Context& ctx, const std::vector<Tile>& tiles, std::int64_t rings,
           const CsrTileArrays& arrays)
      : runtime_(ctx.shared_runtime()) {
    for (const std::size_t bytes :
         {part_of(arrays.tile), part_of(arrays.row), part_of(arrays.slice), part_of(arrays.column),
          part_of(arrays.value)})
      bytes_ += bytes;
    data_ = static_cast<std::byte*>(runtime_->allocate(bytes_));
    view_.tiles = static_cast<int>(tiles.size());
    view_.rings = static_cast<int>(rings);
    for (const Tile& tile : tiles) {
      view_.most_own = std::max(view_.most_own, tile.end.front());
      view_.most_local = std::max(view_.most_local, tile.end.back());
    }
    std::byte* to = data_;
    put(arrays.tile, view_.tile, to);
    put(arrays.row, view_.row, to);
    put(arrays.slice, view_.slice, to);
    put(arrays.column, view_.column, to);
    put(arrays.value, view_.value, to);
  }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;
  ~OnDevice() { runtime_->release(data_, bytes_); }

  const CsrTilesView* view() const { return data_ == nullptr ? nullptr : &view_; }
  const Runtime& runtime() const { return *runtime_; }

 private:
  /// Rounded up, so that each array begins where 16-byte pieces and sectors do.
  template <class T>
  static std::size_t part_of(const std::vector<T>& values) {
    constexpr std::size_t kUnit = 64;
    return (values.size() * sizeof(T) + kUnit - 1) / kUnit * kUnit;
  }
  template <class T>
  void put(const std::vector<T>& values, const T*& view, std::byte*& to) {
    runtime_->upload(to, values.data(), values.size() * sizeof(T));
    view = reinterpret_cast<const T*>(to);
    to += part_of(values);
  }

  std::shared_ptr<Runtime> runtime_;
  std::size_t bytes_ = 0;
  std::byte* data_ = nullptr;
  CsrTilesView view_;
};

CsrTiles::CsrTiles(const Csr& a) : a_(a) {}
CsrTiles::~CsrTiles() = default;

const CsrTilesView* CsrTiles::find(const Context& ctx, std::int64_t rings) const {
  std::unique_ptr<const OnDevice>& made = made_[rings];
  if (made == nullptr) {
    const std::vector<Tile> tiles = cut_into_tiles(
        a_, {.rings = rings, .own = kMostOwn, .local = kMostLocal, .overlap = kMostOverlap});
    CsrTileArrays arrays;
    made = !tiles.empty() && arrange(a_, tiles, arrays)
               ? std::make_unique<const OnDevice>(ctx, tiles, rings, arrays)
               : std::make_unique<const OnDevice>(ctx);
  }
  FGCN_CHECK(&made->runtime() == &ctx.runtime(), "tiles: made for another device");
  return made->view();
}

}  // namespace fgcn
