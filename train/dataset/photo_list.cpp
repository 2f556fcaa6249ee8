#include "train/dataset/photo_list.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "kernels/core/error.h"
#include "photo/is_photo.h"
#include "train/dataset/folder_walk.h"
#include "train/dataset/packed_photo.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostPhotoBytes = std::uint64_t{512} << 20;

bool is_packed(const fs::path& path) {
  std::string end = path.extension().string();
  for (char& c : end) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return end == ".bin";
}

/// The message of a failed call, without the path that it begins with.
std::string without_path(const std::string& said, const std::string& path) {
  const std::string prefix = path + ": ";
  return said.rfind(prefix, 0) == 0 ? said.substr(prefix.size()) : said;
}

void add_packed(const FolderWalk::File& file, PhotoList& list) {
  std::error_code failed;
  const std::uintmax_t bytes = fs::file_size(file.path, failed);
  if (failed) {
    list.unusable.push_back({file.name, text("cannot be read (", failed.message(), ")")});
    return;
  }
  if (bytes == 0 || bytes % kPackedBytes != 0) {
    list.unusable.push_back({file.name, text("is ", bytes, " bytes, expected whole records of ",
                                             kPackedBytes, " (float32, 224 x 224 x 4)")});
    return;
  }
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(bytes / kPackedBytes); ++i) {
    char number[32];
    std::snprintf(number, sizeof number, "-%08lld.bin", static_cast<long long>(i));
    list.photos.push_back({file.name.substr(0, file.name.size() - 4) + number, file.path, i});
  }
}

/// Whether a file is the data set, or one that lies beside it while it is made.
class OwnFiles {
 public:
  explicit OwnFiles(const fs::path& out) {
    if (out.empty()) return;
    std::error_code unknown;
    folder_ = fs::weakly_canonical(out.has_parent_path() ? out.parent_path() : ".", unknown);
    const std::string name = out.filename().string();
    names_ = {name, name + ".part", name + ".skipped.txt"};
  }
  bool hold(const fs::path& file) const {
    std::error_code unknown;
    return names_.count(file.filename().string()) != 0 &&
           fs::weakly_canonical(file.parent_path(), unknown) == folder_;
  }

 private:
  fs::path folder_;
  std::set<std::string> names_;
};

void add_file(const FolderWalk::File& file, const OwnFiles& own, PhotoList& list) {
  const bool own_file = own.hold(file.path);
  if (!own_file && is_packed(file.path)) {
    add_packed(file, list);
  } else if (!own_file && photo::is_photo(file.path)) {
    list.photos.push_back({file.name, file.path, -1});
  } else {
    ++list.ignored;
  }
}

/// A packed record may have the name of a file beside it: the first one keeps it.
void leave_out_same_names(PhotoList& list) {
  const auto by_name = [](const ListedPhoto& a, const ListedPhoto& b) { return a.name < b.name; };
  std::stable_sort(list.photos.begin(), list.photos.end(), by_name);
  std::vector<ListedPhoto> out;
  for (ListedPhoto& photo : list.photos) {
    if (out.empty() || out.back().name != photo.name) {
      out.push_back(std::move(photo));
    } else {
      list.unusable.push_back(
          {photo.name, text("has the same name as a photo of ", out.back().path.filename().string(),
                            "; rename one")});
    }
  }
  list.photos = std::move(out);
}

}  // namespace

PhotoList list_photos(const std::vector<fs::path>& folders, const fs::path& out) {
  PhotoList list;
  FolderWalk walk;
  std::map<std::string, fs::path> names;
  for (const fs::path& given : folders) {
    std::error_code failed;
    const fs::path whole = fs::canonical(given, failed);
    if (failed)
      input_error(given.string(), ": cannot be opened (", failed.message(), "); check the path");
    const std::string name = whole.filename().string();
    const auto [other, added] = names.emplace(name, whole);
    if (!added && other->second == whole) continue;
    if (!added)
      input_error(whole.string(), " and ", other->second.string(),
                  ": have the same name, and photos are named by it; give the folder above them, "
                  "or rename one");
    if (fs::is_directory(whole, failed)) {
      walk.add(whole, name);
    } else {
      walk.files.push_back({name, whole});
    }
  }
  walk.follow_links();
  list.unusable = std::move(walk.left_out);
  list.ignored = walk.other_files;
  const OwnFiles own(out);
  for (const FolderWalk::File& file : walk.files) add_file(file, own, list);
  leave_out_same_names(list);
  std::sort(list.unusable.begin(), list.unusable.end(),
            [](const LeftOut& a, const LeftOut& b) { return a.name < b.name; });
  if (!list.photos.empty()) return list;
  const std::string where = folders.empty() ? std::string("no folder") : folders[0].string();
  if (!list.unusable.empty())
    input_error(where, ": holds no photos that can be read; ", list.unusable[0].name, ": ",
                list.unusable[0].reason);
  input_error(where,
              ": holds no photos (JPEG, PNG, BMP, TGA ..., or packed .bin); give a folder "
              "that does");
}

Bytes read_listed(const ListedPhoto& source) {
  if (source.record < 0) {
    try {
      return read_file(source.path, kMostPhotoBytes);
    } catch (const InputError& error) {
      throw InputError(without_path(error.what(), source.path.string()));
    }
  }
  Bytes out(static_cast<std::size_t>(kPackedBytes));
  std::error_code failed;
  std::ifstream file;
  if (fs::is_regular_file(source.path, failed)) file.open(source.path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(source.record) * kPackedBytes);
  if (!file.read(reinterpret_cast<char*>(out.data()), kPackedBytes))
    input_error("record ", source.record, " cannot be read any more");
  return out;
}

photo::Photo decode_listed(const ListedPhoto& source, const Bytes& bytes) {
  if (source.record < 0) {
    const std::string where = source.path.filename().string();
    try {
      return photo::decode_photo(bytes, where);
    } catch (const InputError& error) {
      throw InputError(without_path(error.what(), where));
    }
  }
  return decode_packed(bytes);
}

}  // namespace fgcn::train
