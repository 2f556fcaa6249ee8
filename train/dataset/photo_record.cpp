#include "train/dataset/photo_record.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "io/byte_order.h"
#include "io/hash.h"
#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

using io::append_le;
using io::load_le;

constexpr const char* kMagic = "fgcnface";
constexpr std::uint32_t kVersion = 1, kVersionWithPersons = 2;
/// Raise it when the same photo and model give another record: old records are then made anew.
constexpr std::uint32_t kSamplerVersion = 2;
constexpr std::size_t kRuleBytes = 32;
constexpr std::size_t kNameBytes = 32;
constexpr std::int64_t kMostCoefficients = 1 << 16;
constexpr std::int64_t kMostVertices = std::int64_t{1} << 31;
constexpr std::int64_t kMostCrop = 4096;  // pixels per side
constexpr std::uint64_t kAlignment = 64;
constexpr std::size_t kOtherNumbers = 3 + 3 + 27 + 1;  // angles, translation, light, error

void append_text(Bytes& out, const std::string& value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i)
    out.push_back(i < value.size() ? static_cast<std::uint8_t>(value[i]) : 0);
}

std::string load_text(std::span<const std::uint8_t> bytes, std::size_t offset, std::size_t length) {
  const auto field = bytes.subspan(offset, length);
  return {field.begin(), std::find(field.begin(), field.end(), std::uint8_t{0})};
}

std::uint64_t coefficients(const PhotoDataHeader& header) {
  return static_cast<std::uint64_t>(header.face.identity + header.face.expression +
                                    header.face.albedo) +
         kOtherNumbers;
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::string stem(const std::string& photo) {
  const std::size_t slash = photo.rfind('/');
  const std::string file = slash == std::string::npos ? photo : photo.substr(slash + 1);
  const std::size_t dot = file.rfind('.');
  return dot == std::string::npos || dot == 0 ? file : file.substr(0, dot);
}

constexpr std::string_view kBefore = "before:";

/// Reads one number after another.
class Fields {
 public:
  explicit Fields(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  template <class T>
  T next() {
    const T value = load_le<T>(bytes_, at_);
    at_ += sizeof(T);
    return value;
  }
  std::string text(std::size_t length) {
    at_ += length;
    return load_text(bytes_, at_ - length, length);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

}  // namespace

const char* name(Split split) {
  return split == Split::kTrain ? "train" : split == Split::kTest ? "test" : "validation";
}

void SplitRule::check() const {
  const bool before = by.rfind(kBefore, 0) == 0 && by.size() > kBefore.size();
  if (by != "stem" && by != "folder" && !before)
    input_error("--split-by ", by, ": expected stem, folder or before:TEXT");
  if (by.size() >= kRuleBytes)
    input_error("--split-by ", by, ": is longer than ", kRuleBytes - 1, " bytes");
  if (!(validation >= 0 && test >= 0 && validation + test <= 1))
    input_error("--validation ", validation, " and --test ", test,
                ": expected fractions from 0 to 1, and no more than 1 together");
  if (!(same_person >= 0 && same_person <= 10))
    input_error("--same-person ", same_person, ": expected a distance from 0 to 10");
}

std::string SplitRule::key(const std::string& photo) const {
  std::string whole = stem(photo);
  if (by == "folder") {
    const std::size_t slash = photo.rfind('/');
    return slash == std::string::npos ? whole : photo.substr(0, slash);
  }
  if (by.rfind(kBefore, 0) == 0) {
    const std::size_t cut = whole.rfind(by.substr(kBefore.size()));
    if (cut != std::string::npos && cut > 0) whole.resize(cut);
  }
  return whole;
}

Split SplitRule::split(const std::string& photo) const { return split(hash64(key(photo))); }

Split SplitRule::split(std::uint64_t key_hash) const {
  const double u = static_cast<double>(key_hash >> 11) * 0x1.0p-53;
  return u < test ? Split::kTest : u < test + validation ? Split::kValidation : Split::kTrain;
}

std::uint64_t index_bytes(const PhotoDataHeader& header) {
  return kPhotoIndexBytes + (header.rule.same_person > 0 ? 8 : 0);
}

std::uint64_t PhotoDataHeader::record_bytes() const {
  const auto pixels = static_cast<std::uint64_t>(crop_size * crop_size) * 4;
  return coefficients(*this) * 8 + photo::kLandmarks * 12 + round_up(pixels, 8) + 8;
}

bool PhotoDataHeader::same_kind(const PhotoDataHeader& other) const {
  return crop_size == other.crop_size && predictor == other.predictor &&
         mesh::same_face(face, other.face);
}

PhotoDataLayout layout(const PhotoDataHeader& header, std::uint64_t names_bytes) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  const auto count = static_cast<std::uint64_t>(header.count);
  FGCN_CHECK(
      count < kMost / (header.record_bytes() + index_bytes(header)) && names_bytes < kMost / 2,
      "photo data: ", count, " records and ", names_bytes, " bytes of names are too many");
  PhotoDataLayout out;
  out.index = kPhotoHeaderBytes;
  out.names = out.index + count * index_bytes(header);
  out.names_bytes = names_bytes;
  out.records = round_up(out.names + names_bytes, kAlignment);
  out.end = out.records + count * header.record_bytes();
  return out;
}

Bytes encode_header(const PhotoDataHeader& header, std::uint64_t names_bytes,
                    std::uint64_t index_hash) {
  Bytes out;
  append_text(out, kMagic, 8);
  append_le(out, header.rule.same_person > 0 ? kVersionWithPersons : kVersion);
  append_le(out, static_cast<std::uint32_t>(header.crop_size));
  append_le(out, static_cast<std::uint64_t>(header.count));
  append_le(out, header.record_bytes());
  append_le(out, names_bytes);
  append_le(out, layout(header, names_bytes).records);
  append_le(out, index_hash);
  append_le(out, kSamplerVersion);
  append_le(out, static_cast<std::uint32_t>(header.face.identity));
  append_le(out, static_cast<std::uint32_t>(header.face.expression));
  append_le(out, static_cast<std::uint32_t>(header.face.albedo));
  append_le(out, static_cast<std::uint64_t>(header.face.vertices));
  append_le(out, header.face.indices);
  for (const double sum : header.face.sums) append_le(out, sum);
  append_le(out, header.predictor);
  append_le(out, header.rule.validation);
  append_le(out, header.rule.test);
  append_text(out, header.rule.by, kRuleBytes);
  append_text(out, header.face_name.substr(0, kNameBytes - 1), kNameBytes);
  append_le(out, header.rule.same_person);
  append_le(out, header.rule.identity);
  out.resize(kPhotoHeaderBytes - 8);
  append_le(out, hash64(std::span<const std::uint8_t>(out)));
  return out;
}

bool begins_as_photo_data(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 8 && std::memcmp(bytes.data(), kMagic, 8) == 0;
}

ParsedHeader parse_header(std::span<const std::uint8_t> bytes, std::uint64_t file_bytes,
                          const std::string& where) {
  if (!begins_as_photo_data(bytes))
    input_error(where, ": is not a data set of photos; give a file that fgcn_data prepare wrote");
  if (bytes.size() < kPhotoHeaderBytes)
    input_error(where, ": ends within its header; copy it again");
  Fields field(bytes.subspan(8));
  const auto version = field.next<std::uint32_t>();
  if (version != kVersion && version != kVersionWithPersons)
    input_error(where, ": is a data set of version ", version, ", this program reads versions ",
                kVersion, " and ", kVersionWithPersons, "; make it anew with fgcn_data prepare");
  if (load_le<std::uint64_t>(bytes, kPhotoHeaderBytes - 8) !=
      hash64(bytes.first(kPhotoHeaderBytes - 8)))
    input_error(where, ": its header is damaged; copy the file again");
  ParsedHeader out;
  PhotoDataHeader& header = out.header;
  header.crop_size = field.next<std::uint32_t>();
  const auto count = field.next<std::uint64_t>();
  const auto record_bytes = field.next<std::uint64_t>();
  const auto names_bytes = field.next<std::uint64_t>();
  const auto records = field.next<std::uint64_t>();
  out.index_hash = field.next<std::uint64_t>();
  const auto sampler = field.next<std::uint32_t>();
  header.face.identity = field.next<std::uint32_t>();
  header.face.expression = field.next<std::uint32_t>();
  header.face.albedo = field.next<std::uint32_t>();
  const auto vertices = field.next<std::uint64_t>();
  header.face.indices = field.next<std::uint64_t>();
  for (double& sum : header.face.sums) sum = field.next<double>();
  header.predictor = field.next<std::uint64_t>();
  header.rule.validation = field.next<double>();
  header.rule.test = field.next<double>();
  header.rule.by = field.text(kRuleBytes);
  header.face_name = field.text(kNameBytes);
  header.rule.same_person = field.next<double>();
  header.rule.identity = field.next<std::uint64_t>();
  if (sampler != kSamplerVersion)
    input_error(where,
                ": its fits are of another version of the program; make it anew with "
                "fgcn_data prepare");
  const auto refuse = [&] {
    input_error(where, ": its header does not describe a file of ", file_bytes,
                " bytes; copy the file again, or make it anew");
  };
  if (header.crop_size < 1 || header.crop_size > kMostCrop ||
      std::max({header.face.identity, header.face.expression, header.face.albedo}) >
          kMostCoefficients ||
      (header.rule.same_person > 0) != (version == kVersionWithPersons) || vertices < 1 ||
      vertices > static_cast<std::uint64_t>(kMostVertices) ||
      count > file_bytes / kPhotoIndexBytes || names_bytes > file_bytes)
    refuse();
  header.face.vertices = static_cast<std::int64_t>(vertices);
  header.count = static_cast<std::int64_t>(count);
  if (record_bytes != header.record_bytes() || count > file_bytes / record_bytes) refuse();
  out.layout = layout(header, names_bytes);
  if (out.layout.records != records || out.layout.end != file_bytes) refuse();
  header.rule.check();
  return out;
}

Bytes encode_record(const PhotoDataHeader& header, const PhotoRecord& record) {
  const recon::FitResult& fit = record.fit;
  const auto count = [](const std::vector<double>& v) {
    return static_cast<std::int64_t>(v.size());
  };
  FGCN_CHECK(count(fit.identity) == header.face.identity &&
                 count(fit.expression) == header.face.expression &&
                 count(fit.albedo) == header.face.albedo,
             "photo record: the fit has ", fit.identity.size(), ", ", fit.expression.size(), ", ",
             fit.albedo.size(), " coefficients, the data set ", header.face.identity, ", ",
             header.face.expression, ", ", header.face.albedo);
  FGCN_CHECK(record.crop.height == header.crop_size && record.crop.width == header.crop_size &&
                 record.crop.channels == 4,
             "photo record: the crop is ", record.crop.height, " x ", record.crop.width, " x ",
             record.crop.channels, ", expected ", header.crop_size, " a side and 4 channels");
  Bytes out;
  out.reserve(header.record_bytes());
  for (const auto* numbers : {&fit.identity, &fit.expression, &fit.albedo})
    for (const double x : *numbers) append_le(out, x);
  for (const double x : fit.angles_rad) append_le(out, x);
  for (const double x : fit.translation_dm) append_le(out, x);
  for (const double x : fit.sh_coefficients) append_le(out, x);
  append_le(out, fit.landmark_error);
  for (const photo::Point& p : record.landmarks) {
    append_le(out, static_cast<float>(p.x));
    append_le(out, static_cast<float>(p.y));
  }
  for (const std::int32_t v : fit.landmark_vertices) append_le(out, v);
  out.insert(out.end(), record.crop.pixels.begin(), record.crop.pixels.end());
  out.resize(header.record_bytes() - 8);
  append_le(out, hash64(std::span<const std::uint8_t>(out)));
  return out;
}

PhotoRecord decode_record(const PhotoDataHeader& header, std::span<const std::uint8_t> bytes,
                          const std::string& where) {
  FGCN_CHECK(bytes.size() == header.record_bytes(), "photo record: ", bytes.size(),
             " bytes, expected ", header.record_bytes());
  if (load_le<std::uint64_t>(bytes, bytes.size() - 8) != hash64(bytes.first(bytes.size() - 8)))
    input_error(where, ": the record is damaged; copy the file again, or make it anew");
  Fields field(bytes);
  PhotoRecord out;
  const auto number = [&] {
    const auto x = field.next<double>();
    if (!std::isfinite(x)) input_error(where, ": a coefficient is not finite");
    return x;
  };
  out.fit.identity.resize(static_cast<std::size_t>(header.face.identity));
  out.fit.expression.resize(static_cast<std::size_t>(header.face.expression));
  out.fit.albedo.resize(static_cast<std::size_t>(header.face.albedo));
  for (auto* numbers : {&out.fit.identity, &out.fit.expression, &out.fit.albedo})
    for (double& x : *numbers) x = number();
  for (double& x : out.fit.angles_rad) x = number();
  for (double& x : out.fit.translation_dm) x = number();
  for (double& x : out.fit.sh_coefficients) x = number();
  out.fit.landmark_error = number();
  if (out.fit.landmark_error < 0) input_error(where, ": the landmark error is negative");
  // The face fills the crop; a landmark far outside of it was not found there.
  const auto reach = static_cast<float>(4 * header.crop_size);
  for (photo::Point& p : out.landmarks) {
    const auto x = field.next<float>();
    const auto y = field.next<float>();
    if (!(std::abs(x) <= reach && std::abs(y) <= reach))
      input_error(where, ": a landmark lies far outside of the crop");
    p = {x, y};
  }
  for (std::int32_t& v : out.fit.landmark_vertices) {
    v = field.next<std::int32_t>();
    if (v < 0 || v >= header.face.vertices)
      input_error(where, ": a landmark's vertex is ", v, ", the face model has ",
                  header.face.vertices);
  }
  out.crop = Image8(header.crop_size, header.crop_size, 4);
  const std::size_t at = coefficients(header) * 8 + photo::kLandmarks * 12;
  std::memcpy(out.crop.pixels.data(), bytes.data() + at, out.crop.pixels.size());
  return out;
}

}  // namespace fgcn::train
