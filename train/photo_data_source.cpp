#include "train/photo_data_source.h"

#include <memory>
#include <vector>

#include "kernels/core/error.h"
#include "mesh/byte_order.h"
#include "train/crc32c.h"
#include "train/photo_data.h"

namespace fgcn::train {
namespace {

/// Of which photos there are, and what they were cut and split by.
std::string fingerprint(const PhotoFile& file) {
  Bytes bytes;
  for (std::int64_t i = 0; i < file.size(); ++i) {
    mesh::append_le(bytes, file.content_hash(i));
    mesh::append_le(bytes, static_cast<std::uint64_t>(file.split(i)));
  }
  const PhotoDataHeader& header = file.header();
  mesh::append_le(bytes, header.predictor);
  mesh::append_le(bytes, header.crop_size);
  return text(file.size(), " photos ", crc32c(bytes));
}

}  // namespace

PhotoSource photo_data_source(const std::filesystem::path& path, const mesh::FaceModel& face,
                              [[maybe_unused]] Augment augment) {
  const auto data = std::make_shared<const PhotoData>(PhotoData::open(path, face));
  const auto indices = [&data](Split split) {
    const auto of = data->of(split);
    return std::vector<std::int64_t>(of.begin(), of.end());
  };
  PhotoSource out;
  out.training = indices(Split::kTrain);
  out.validation = indices(Split::kValidation);
  out.sample = [data](std::int64_t i) { return data->sample(i); };
  out.fingerprint = fingerprint(data->file());
  return out;
}

}  // namespace fgcn::train
