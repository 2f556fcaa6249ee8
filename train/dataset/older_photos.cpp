#include "train/dataset/older_photos.h"

#include <array>
#include <fstream>
#include <system_error>

#include "kernels/core/error.h"
#include "train/dataset/left_out.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

bool is_photo_data(const fs::path& path) {
  std::error_code unknown;
  std::array<std::uint8_t, 8> begin{};
  std::ifstream file;
  if (fs::is_regular_file(path, unknown)) file.open(path, std::ios::binary);
  return file.read(reinterpret_cast<char*>(begin.data()), begin.size()) &&
         begins_as_photo_data(begin);
}

}  // namespace

OlderPhotos::OlderPhotos(const fs::path& out, const PhotoDataHeader& header, Earlier earlier)
    : earlier_(earlier) {
  std::error_code unknown;
  if (!fs::exists(fs::symlink_status(out, unknown))) return;
  const bool anew = earlier == Earlier::kMakeAnew;
  if (!is_photo_data(out))
    input_error(out.string(),
                ": is there, and is not a data set of photos; rename it, or give another -o");
  try {
    file_ = PhotoFile::open(out);
  } catch (const InputError& error) {
    if (anew) return;
    input_error(error.what(), "; or --restart makes all photos anew, without this file");
  }
  if (!anew && !file_->header().same_kind(header))
    input_error(
        out.string(), ": is of the face model '", file_->header().face_name,
        "', or made with another landmark model, --parser or --regressor; give the same again "
        "or another -o, or --restart to make all photos anew");
  for (std::int64_t i = 0; i < file_->size(); ++i) records_[file_->content_hash(i)] = i;
  const fs::path text = out.string() + ".skipped.txt";
  if (anew || !fs::is_regular_file(text, unknown)) return;
  const Bytes bytes = read_file(text);
  const auto by_name = notes_in({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (const auto& [content, i] : records_) {
    const auto found = by_name.find(one_line(file_->name(i)));
    if (found != by_name.end()) notes_[content] = found->second;
  }
}

OlderPhotos::Missing OlderPhotos::not_in(const std::set<std::uint64_t>& contents) const {
  Missing out;
  for (const auto& [content, i] : records_) {
    if (contents.count(content) != 0) continue;
    if (out.photos++ == 0) out.example = file_->name(i);
  }
  return out;
}

bool OlderPhotos::take(std::uint64_t content) {
  const auto found = records_.find(content);
  if (found == records_.end()) return false;
  try {
    if (earlier_ == Earlier::kTakeOver) {
      file_->record(found->second);
      return true;
    }
  } catch (const InputError&) {
    // A record that was damaged on the disk is made again.
  }
  records_.erase(found);
  return false;
}

Bytes OlderPhotos::record(std::uint64_t content) const {
  const auto bytes = file_->record_bytes(records_.at(content));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> OlderPhotos::notes(std::uint64_t content) const {
  const auto found = notes_.find(content);
  return found == notes_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace fgcn::train
