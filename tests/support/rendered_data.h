// A data set of rendered photos as a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/rendered_photos.h"
#include "train/dataset/photo_data_writer.h"

namespace fgcn::test {

/// Writes `count` rendered photos, named by their numbers; `held_out` of them, by chance, for
/// validation.
inline void write_rendered_data(const std::filesystem::path& path, const mesh::FaceModel& face,
                                std::int64_t count, double held_out = 0.3) {
  train::PhotoDataHeader header;
  header.crop_size = recon::kCropSize;
  header.face = mesh::fingerprint(face);
  header.face_name = face.name;
  header.rule.validation = held_out;
  header.rule.test = 0;
  std::vector<train::PhotoDataEntry> entries;
  for (std::int64_t i = 0; i < count; ++i)
    entries.push_back(
        {"rendered/" + std::to_string(100 + i) + ".png", static_cast<std::uint64_t>(i)});
  header.count = count;
  train::PhotoDataWriter writer(path, header, entries);
  for (std::int64_t i = 0; i < count; ++i) {
    const recon::PhotoSample photo = rendered_photo(face, i);
    writer.add(train::encode_record(header, {to_bytes(photo.crop), photo.landmarks, photo.fit}));
  }
  writer.commit();
}

}  // namespace fgcn::test
