#include "train/dataset/photo_data_source.h"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "io/byte_order.h"
#include "io/crc32c.h"
#include "kernels/core/error.h"
#include "train/dataset/augment.h"
#include "train/dataset/photo_data.h"

namespace fgcn::train {
namespace {

/// Fingerprint of the photos, and of the models that cropped and split them.
std::string fingerprint(const PhotoFile& file) {
  Bytes bytes;
  for (std::int64_t i = 0; i < file.size(); ++i) {
    io::append_le(bytes, file.content_hash(i));
    io::append_le(bytes, static_cast<std::uint64_t>(file.split(i)));
  }
  const PhotoDataHeader& header = file.header();
  io::append_le(bytes, header.predictor);
  io::append_le(bytes, header.crop_size);
  return text(file.size(), " photos ", crc32c(bytes));
}

/// Augmenters for threads that come and go: one serves one thread at a time, and what it makes does
/// not depend on which it is.
class AugmenterPool {
 public:
  explicit AugmenterPool(const mesh::FaceModel& face) : face_(face) {}

  recon::PhotoSample operator()(recon::PhotoSample sample, Rng rng) {
    std::unique_ptr<Augmenter> one = take();
    recon::PhotoSample out = (*one)(std::move(sample), rng);
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(one));
    return out;
  }

 private:
  std::unique_ptr<Augmenter> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto out = std::move(free_.back());
        free_.pop_back();
        return out;
      }
    }
    return std::make_unique<Augmenter>(face_);
  }

  const mesh::FaceModel& face_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Augmenter>> free_;
};

}  // namespace

PhotoSource photo_data_source(const std::filesystem::path& path, const mesh::FaceModel& face,
                              Augment augment) {
  const auto data = std::make_shared<const PhotoData>(PhotoData::open(path, face));
  const auto indices = [&data](Split split) {
    const auto of = data->of(split);
    return std::vector<std::int64_t>(of.begin(), of.end());
  };
  PhotoSource out;
  out.training = indices(Split::kTrain);
  out.validation = indices(Split::kValidation);
  out.sample = [data](std::int64_t i) { return data->sample(i); };
  if (augment == Augment::kYes) {
    const auto pool = std::make_shared<AugmenterPool>(face);
    out.varied = [data, pool](std::int64_t i, Rng rng) {
      return (*pool)(data->sample_without_surfaces(i), rng);
    };
  }
  out.fingerprint = fingerprint(data->file());
  return out;
}

}  // namespace fgcn::train
