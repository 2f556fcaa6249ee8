#include "kernels/simt/access/request.h"

#include <algorithm>

#include "kernels/simt/access/arena.h"

namespace fgcn::simt {
namespace {

constexpr std::uintptr_t kBanks = 32;
constexpr std::uintptr_t kWordBytes = 4;

/// First bytes and ends, by first byte.
struct Spans {
  std::uintptr_t begin[kWarp];
  std::uintptr_t end[kWarp];
};

Spans sorted_spans(const Request& request) {
  Spans out;
  for (int i = 0; i < request.lanes; ++i) {
    const std::uintptr_t begin = request.at[i]->address;
    const std::uintptr_t end = begin + request.at[i]->bytes;
    int k = i;  // by insertion: nearly always in order already
    for (; k > 0 && out.begin[k - 1] > begin; --k) {
      out.begin[k] = out.begin[k - 1];
      out.end[k] = out.end[k - 1];
    }
    out.begin[k] = begin;
    out.end[k] = end;
  }
  return out;
}

/// How many units of `size` bytes, or bytes for 1, the lanes lie in.
std::uint64_t units(const Request& request, std::uintptr_t size) {
  const Spans spans = sorted_spans(request);
  std::uint64_t count = 0;
  std::uintptr_t covered = 0;  // units below are counted
  for (int i = 0; i < request.lanes; ++i) {
    const std::uintptr_t begin = std::max(spans.begin[i] / size, covered);
    const std::uintptr_t end = (spans.end[i] + size - 1) / size;
    if (end <= begin) continue;
    count += end - begin;
    covered = end;
  }
  return count;
}

}  // namespace

std::uint64_t bytes_asked(const Request& request) { return units(request, 1); }

std::uint64_t sectors(const Request& request) { return units(request, kSectorBytes); }

BankCost bank_cost(const Request& request) {
  BankCost out;
  if (request.lanes == 0) return out;
  const int bytes = request.at[0]->bytes;
  const int of_pass = bytes > 8 ? kWarp / 4 : (bytes > 4 ? kWarp / 2 : kWarp);
  for (int i = 0; i < request.lanes;) {
    const int pass = request.lane[i] / of_pass;
    std::uintptr_t words[kWarp * 4];
    int count = 0;
    for (; i < request.lanes && request.lane[i] / of_pass == pass; ++i) {
      const std::uintptr_t first = request.at[i]->address / kWordBytes;
      const std::uintptr_t last = (request.at[i]->address + request.at[i]->bytes - 1) / kWordBytes;
      for (std::uintptr_t word = first; word <= std::min(last, first + 3); ++word)
        words[count++] = word;
    }
    std::sort(words, words + count);
    count = static_cast<int>(std::unique(words, words + count) - words);
    std::uint64_t of_bank[kBanks] = {};
    for (int k = 0; k < count; ++k) ++of_bank[words[k] % kBanks];
    ++out.passes;
    out.turns += *std::max_element(of_bank, of_bank + kBanks);
  }
  return out;
}

}  // namespace fgcn::simt
