#include "train/dataset/photo_data.h"

#include <mutex>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "recon/fit/fit_surfaces.h"

namespace fgcn::train {

struct PhotoData::Impl {
  Impl(PhotoFile opened, const mesh::FaceModel& face) : file(std::move(opened)), model(&face) {}

  PhotoFile file;
  const mesh::FaceModel* model;
  std::mutex mutex;
  std::vector<std::unique_ptr<const recon::FitSurfaces>>
      idle;  // one per thread that asked at one time

  std::unique_ptr<const recon::FitSurfaces> take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto out = std::move(idle.back());
        idle.pop_back();
        return out;
      }
    }
    return std::make_unique<const recon::FitSurfaces>(Context(Device::kCpu, 1), *model);
  }
  void give(std::unique_ptr<const recon::FitSurfaces> surfaces) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(surfaces));
  }
};

PhotoData::PhotoData(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PhotoData::PhotoData(PhotoData&&) noexcept = default;
PhotoData& PhotoData::operator=(PhotoData&&) noexcept = default;
PhotoData::~PhotoData() = default;

bool belongs_to(const std::filesystem::path& data, const mesh::FaceModel& model) {
  return mesh::same_face(PhotoFile::open(data).header().face, mesh::fingerprint(model));
}

PhotoData PhotoData::open(const std::filesystem::path& path, const mesh::FaceModel& model) {
  PhotoFile file = PhotoFile::open(path);
  if (!mesh::same_face(file.header().face, mesh::fingerprint(model))) {
    const auto& header = file.header();
    const bool alike = header.face_name == model.name && header.face.vertices == model.vertices();
    input_error(path.string(), ": was made with ", alike ? "another version of " : "",
                "the face model '", header.face_name, "' (", header.face.vertices,
                " vertices), not with ", alike ? "this one" : "'" + model.name + "'", " (",
                model.vertices(), "); give that one with --face-model, or make the data set anew");
  }
  return PhotoData(std::make_unique<Impl>(std::move(file), model));
}

std::int64_t PhotoData::size() const { return impl_->file.size(); }

recon::PhotoSample PhotoData::sample_without_surfaces(std::int64_t i) const {
  PhotoRecord record = impl_->file.record(i);
  recon::PhotoSample out;
  out.name = name(i);
  out.crop = to_float(record.crop);
  out.landmarks = record.landmarks;
  out.fit = std::move(record.fit);
  return out;
}

recon::PhotoSample PhotoData::sample(std::int64_t i) const {
  recon::PhotoSample out = sample_without_surfaces(i);
  auto surfaces = impl_->take();
  surfaces->fill(recon::crop_camera(crop_size()), out.fit);
  impl_->give(std::move(surfaces));
  return out;
}

std::span<const std::int64_t> PhotoData::of(Split split) const { return impl_->file.of(split); }
Split PhotoData::split(std::int64_t i) const { return impl_->file.split(i); }
std::string PhotoData::name(std::int64_t i) const { return std::string(impl_->file.name(i)); }
std::int64_t PhotoData::crop_size() const { return impl_->file.header().crop_size; }
const PhotoFile& PhotoData::file() const { return impl_->file; }

}  // namespace fgcn::train
