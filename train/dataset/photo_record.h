// The bytes of a data set of photos: its header and one photo's record (docs/formats/data-set.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "io/file.h"
#include "io/image.h"
#include "mesh/face/face_fingerprint.h"
#include "photo/landmarks.h"
#include "recon/fit/fit_result.h"

namespace fgcn::train {

enum class Split { kTrain, kValidation, kTest };
const char* name(Split split);

/// Which photos belong together (of one person), and how many of them are held out. A photo's split
/// depends on its key and the fractions alone: more photos move none.
struct SplitRule {
  /// A photo's key, from its name:
  ///   "stem"         the file's name without folder and extension
  ///   "folder"       the folders it lies in
  ///   "before:TEXT"  the stem up to the last TEXT in it, all of it without one
  std::string by = "stem";
  double validation = 0.05;
  double test = 0.05;
  /// Above 0: photos whose identity embeddings are no farther apart are of one person too, whatever
  /// their keys; and the hash of the weights that say so. The file then holds, for each photo, the
  /// hash that decides its split (same_person.h).
  double same_person = 0;
  std::uint64_t identity = 0;

  /// InputError naming the option when there is no such rule, it is longer than the file's field,
  /// the fractions are not in [0, 1] or more than 1 together, or the distance is not 0 to 10.
  void check() const;
  std::string key(const std::string& photo) const;
  /// Split of a photo that stands alone, and of one whose hash is known.
  Split split(const std::string& photo) const;
  Split split(std::uint64_t key_hash) const;
};

/// Facts that all photos of a data set have in common.
struct PhotoDataHeader {
  std::int64_t count = 0;
  std::int64_t crop_size = 224;
  mesh::FaceFingerprint face;
  std::string face_name;        // for messages; cut to what the file holds
  std::uint64_t predictor = 0;  // hash of the landmark model's file, and of parser and regressor
  SplitRule rule;

  /// Bytes of one record. A multiple of 8.
  std::uint64_t record_bytes() const;
  /// True when a record of one can stand in the other's file as it is.
  bool same_kind(const PhotoDataHeader& other) const;
};

/// Where the parts of a file lie, from its header.
struct PhotoDataLayout {
  std::uint64_t index = 0, names = 0, names_bytes = 0, records = 0, end = 0;
};

constexpr std::uint64_t kPhotoHeaderBytes = 256;
constexpr std::uint64_t kPhotoIndexBytes = 24;  // content hash, name's offset, name's bytes
/// Bytes of an entry of the index: those, and 8 for the hash of the split, where the rule has it.
std::uint64_t index_bytes(const PhotoDataHeader& header);

/// Error when the sizes go beyond 64 bits.
PhotoDataLayout layout(const PhotoDataHeader& header, std::uint64_t names_bytes);

/// `index_hash`: of index and names together.
Bytes encode_header(const PhotoDataHeader& header, std::uint64_t names_bytes,
                    std::uint64_t index_hash);

/// Whether the file is a data set of photos, be it damaged or of another version.
bool begins_as_photo_data(std::span<const std::uint8_t> bytes);

struct ParsedHeader {
  PhotoDataHeader header;
  PhotoDataLayout layout;
  std::uint64_t index_hash = 0;
};
/// `file_bytes` is what the whole file has. InputError naming `where`: no data set, another
/// version, damage, or sizes that do not make up the file.
ParsedHeader parse_header(std::span<const std::uint8_t> bytes, std::uint64_t file_bytes,
                          const std::string& where);

/// One photo: its crop, where its face is, and the fit's coefficients (no per-vertex arrays).
struct PhotoRecord {
  Image8 crop;                 // [S, S, 4] RGB and skin mask
  photo::Landmarks landmarks;  // pixels of the crop
  recon::FitResult fit;
};

/// Error when a size does not fit the header. Landmarks are kept in single precision, coefficients
/// in double.
Bytes encode_record(const PhotoDataHeader& header, const PhotoRecord& record);
/// InputError naming `where` when the record is damaged or a value cannot be.
PhotoRecord decode_record(const PhotoDataHeader& header, std::span<const std::uint8_t> bytes,
                          const std::string& where);

}  // namespace fgcn::train
