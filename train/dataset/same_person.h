// Photos of one person under several names, found by the identity network's embeddings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/core/real.h"

namespace fgcn::train {

/// The hash that decides each photo's split (SplitRule::split), so that photos of one person are on
/// one side: the least hash of a key (SplitRule::key) in its group. Photos of one key are in one
/// group, and so are photos whose embeddings are not farther apart than `distance` (Euclidean), and
/// all that are connected through others. A group is therefore held out as soon as one of its
/// photos alone would be; more photos never bring one back to the training split.
///
///   embeddings  [n] of one length; an empty one is near to none
///   keys        [n]
///
/// Errors   fgcn::Error when the sizes do not fit.
/// Repeat   depends on the arguments alone, not on the order of the photos. n^2 / 2 comparisons,
///          in as many threads as OpenMP has.
std::vector<std::uint64_t> person_keys(const std::vector<std::vector<real>>& embeddings,
                                       const std::vector<std::string>& keys, double distance);

}  // namespace fgcn::train
