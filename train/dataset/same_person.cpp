#include "train/dataset/same_person.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <utility>

#include "io/hash.h"
#include "kernels/core/error.h"
#include "kernels/core/parallel_failure.h"

namespace fgcn::train {
namespace {

/// Sets that grow together (Tarjan, JACM 1975, with halved paths).
class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t of(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    a = of(a), b = of(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

bool near(const std::vector<real>& a, const std::vector<real>& b, double distance) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double d = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    sum += d * d;
  }
  return sum <= distance * distance;
}

}  // namespace

std::vector<std::uint64_t> person_keys(const std::vector<std::vector<real>>& embeddings,
                                       const std::vector<std::string>& keys, double distance) {
  const std::size_t count = keys.size();
  FGCN_CHECK(embeddings.size() == count, "person_keys: ", embeddings.size(), " embeddings, ", count,
             " keys");
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < count; ++i)
    if (!embeddings[i].empty()) known.push_back(i);
  for (const std::size_t i : known)
    FGCN_CHECK(embeddings[i].size() == embeddings[known[0]].size(), "person_keys: embeddings of ",
               embeddings[known[0]].size(), " and ", embeddings[i].size(), " numbers");

  // Pairs are found in any order; which sets come of them does not depend on it.
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::mutex adding;
  const auto add_pairs_of = [&](std::size_t a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (!near(embeddings[known[a]], embeddings[known[b]], distance)) continue;
      const std::lock_guard<std::mutex> one_at_a_time(adding);
      pairs.emplace_back(known[a], known[b]);
    }
  };
  ParallelFailure failure;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t a = 0; a < known.size(); ++a) failure.keep([&] { add_pairs_of(a); });
  failure.rethrow();
  Sets sets(count);
  for (const auto& [a, b] : pairs) sets.join(a, b);
  std::map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < count; ++i) sets.join(first.emplace(keys[i], i).first->second, i);

  std::vector<std::uint64_t> least(count, ~std::uint64_t{0}), out(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t& hash = least[sets.of(i)];
    hash = std::min(hash, hash64(keys[i]));
  }
  for (std::size_t i = 0; i < count; ++i) out[i] = least[sets.of(i)];
  return out;
}

}  // namespace fgcn::train
