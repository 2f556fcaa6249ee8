// A data set of photos with its face model: samples for training and evaluation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "mesh/face/face_model.h"
#include "recon/refine/photo_sample.h"
#include "train/dataset/photo_file.h"

namespace fgcn::train {

/// True when the data set was made with this face model.
/// Errors   InputError: no such file, or no data set.
bool belongs_to(const std::filesystem::path& data, const mesh::FaceModel& model);

/// Written by fgcn_data prepare; docs/formats/data-set.md.
///
/// Errors   InputError: a damaged file or record, or a file made with another face model.
/// Repeat   bitwise: sample(i) is what prepare found, except that the crop has 8 bits per channel
///          and landmarks are in single precision.
class PhotoData {
 public:
  /// The model must outlive it.
  static PhotoData open(const std::filesystem::path& path, const mesh::FaceModel& model);
  PhotoData(PhotoData&&) noexcept;
  PhotoData& operator=(PhotoData&&) noexcept;
  ~PhotoData();

  std::int64_t size() const;
  /// The i-th in the order of names, with the fit's surfaces made from its coefficients by the CPU.
  /// Several threads may ask at a time.
  recon::PhotoSample sample(std::int64_t i) const;
  /// Without the fit's surfaces: what a variation (train/dataset/augment.h) begins at.
  recon::PhotoSample sample_without_surfaces(std::int64_t i) const;

  /// Indices of the split's photos, ascending.
  std::span<const std::int64_t> of(Split split) const;
  Split split(std::int64_t i) const;
  /// Folder and file, as the photo was found.
  std::string name(std::int64_t i) const;
  /// Pixels a side of the crops.
  std::int64_t crop_size() const;
  const PhotoFile& file() const;

 private:
  struct Impl;
  explicit PhotoData(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace fgcn::train
