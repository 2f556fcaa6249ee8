#include "train/photos/sample_stream.h"

namespace fgcn::train {

SampleStream::SampleStream(const PhotoSource& source, const Options& options)
    : batch_(options.batch),
      order_(source.training, options.batch, options.seed),
      made_(
          [this, &source, seed = options.seed] {
            return [this, &source, seed](std::int64_t i) {
              return varied_sample(source, order_.at(i), seed);
            };
          },
          {options.first * options.batch, options.workers, 2 * options.batch + options.workers}) {}

Samples SampleStream::next() {
  Samples out;
  for (std::int64_t i = 0; i < batch_; ++i) out.push_back(made_.next());
  return out;
}

}  // namespace fgcn::train
