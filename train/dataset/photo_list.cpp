#include "train/dataset/photo_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <system_error>

#include "io/byte_order.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPackedSide = 224;
constexpr std::int64_t kPackedBytes = kPackedSide * kPackedSide * 4 * 4;
constexpr std::uint64_t kMostPhotoBytes = std::uint64_t{512} << 20;

enum class Kind { kPhoto, kPacked, kOther };

Kind kind_of(const fs::path& path) {
  std::string end = path.extension().string();
  for (char& c : end) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::array kPhotos{".jpg",  ".jpeg", ".png", ".bmp",  ".tga", ".webp",
                               ".heic", ".heif", ".gif", ".tiff", ".tif", ".avif"};
  if (std::find(kPhotos.begin(), kPhotos.end(), end) != kPhotos.end()) return Kind::kPhoto;
  return end == ".bin" ? Kind::kPacked : Kind::kOther;
}

void add_packed(const fs::path& path, const std::string& name, PhotoList& list) {
  std::error_code failed;
  const std::uintmax_t bytes = fs::file_size(path, failed);
  if (failed) input_error(path.string(), ": cannot be read (", failed.message(), ")");
  if (bytes == 0 || bytes % kPackedBytes != 0)
    input_error(path.string(), ": is ", bytes, " bytes, expected whole records of ", kPackedBytes,
                " (float32, 224 x 224 x 4); take it out of the folder if it holds no photos");
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(bytes / kPackedBytes); ++i) {
    char number[32];
    std::snprintf(number, sizeof number, "-%08lld.bin", static_cast<long long>(i));
    list.photos.push_back({name.substr(0, name.size() - 4) + number, path, i});
  }
}

void add_file(const fs::path& path, const std::string& name, PhotoList& list) {
  const Kind kind = kind_of(path);
  if (kind == Kind::kPhoto) list.photos.push_back({name, path, -1});
  if (kind == Kind::kPacked) add_packed(path, name, list);
  if (kind == Kind::kOther) ++list.ignored;
}

void add_folder(const fs::path& folder, const std::string& name, PhotoList& list) {
  std::error_code failed;
  fs::recursive_directory_iterator at(folder, failed), end;
  for (; !failed && at != end; at.increment(failed)) {
    const bool hidden = at->path().filename().string().front() == '.';
    std::error_code unknown;
    if (hidden && at->is_directory(unknown)) at.disable_recursion_pending();
    if (hidden || !at->is_regular_file(unknown)) continue;
    const std::string within = at->path().lexically_relative(folder).generic_string();
    add_file(at->path(), name + "/" + within, list);
  }
  if (failed) input_error(folder.string(), ": cannot be read (", failed.message(), ")");
}

}  // namespace

PhotoList list_photos(const std::vector<fs::path>& folders) {
  PhotoList list;
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
    if (fs::is_directory(whole)) {
      add_folder(whole, name, list);
    } else {
      add_file(whole, name, list);
    }
  }
  const auto by_name = [](const ListedPhoto& a, const ListedPhoto& b) { return a.name < b.name; };
  std::sort(list.photos.begin(), list.photos.end(), by_name);
  for (std::size_t i = 1; i < list.photos.size(); ++i)
    if (list.photos[i - 1].name == list.photos[i].name)
      input_error(list.photos[i - 1].path.string(), " and ", list.photos[i].path.string(),
                  ": give photos of the same name '", list.photos[i].name, "'; rename one");
  if (list.photos.empty())
    input_error(folders.empty() ? std::string("no folder") : folders[0].string(),
                ": holds no photos (JPEG, PNG, BMP, TGA, or packed .bin); give a folder that does");
  return list;
}

Bytes read_listed(const ListedPhoto& source) {
  if (source.record < 0) return read_file(source.path, kMostPhotoBytes);
  std::ifstream file(source.path, std::ios::binary);
  Bytes out(static_cast<std::size_t>(kPackedBytes));
  file.seekg(static_cast<std::streamoff>(source.record) * kPackedBytes);
  if (!file.read(reinterpret_cast<char*>(out.data()), kPackedBytes))
    input_error(source.path.string(), ": record ", source.record, " cannot be read");
  return out;
}

photo::Photo decode_listed(const ListedPhoto& source, const Bytes& bytes) {
  if (source.record < 0) {
    const std::string where = source.path.filename().string();
    try {
      return photo::decode_photo(bytes, where);
    } catch (const InputError& error) {
      const std::string said = error.what();
      const std::string prefix = where + ": ";
      throw InputError(said.rfind(prefix, 0) == 0 ? said.substr(prefix.size()) : said);
    }
  }
  photo::Photo out;
  out.rgb = Image8(kPackedSide, kPackedSide, 3);
  Image8 alpha(kPackedSide, kPackedSide, 1);
  bool varies = false;
  for (std::size_t i = 0; i < alpha.pixels.size(); ++i) {
    std::array<float, 4> pixel{};
    for (std::size_t c = 0; c < 4; ++c) {
      pixel[c] = io::load_le<float>(bytes, 4 * (4 * i + c));
      const float low = c < 3 ? -1.0F : 0.0F;
      if (!(pixel[c] >= low - 0.01F && pixel[c] <= 1.01F))
        input_error("has a value of ", pixel[c], " in channel ", c, ", expected ", low, " to 1");
    }
    for (std::size_t c = 0; c < 3; ++c)
      out.rgb.pixels[3 * i + c] =
          static_cast<std::uint8_t>(std::clamp(std::lround((pixel[c] + 1) * 127.5F), 0L, 255L));
    alpha.pixels[i] = static_cast<std::uint8_t>(std::clamp(std::lround(pixel[3] * 255), 0L, 255L));
    varies = varies || alpha.pixels[i] != alpha.pixels[0];
  }
  if (varies) out.alpha = alpha;
  return out;
}

}  // namespace fgcn::train
