// Making a data set out of folders of photos.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kernels/core/context.h"
#include "mesh/face/face_model.h"
#include "train/dataset/left_out.h"
#include "train/dataset/photo_journal.h"
#include "train/dataset/photo_record.h"
#include "train/run/progress.h"

namespace fgcn::train {

/// Treatment of photos in the data set that no folder holds any more.
enum class Missing { kRefuse, kDrop };
/// Treatment of photos that may show no face, or only a part of one (recon/photo_notes.h).
enum class Doubtful { kLeaveOut, kKeep };

struct PrepareOptions {
  std::vector<std::filesystem::path> folders;
  std::filesystem::path out;
  std::filesystem::path predictor;  // empty: the system's
  std::filesystem::path parser;     // face parsing network that makes the skin masks; empty: colors
  std::filesystem::path regressor;  // R-Net, where crops are cut and fits start; empty: landmarks
  SplitRule rule;
  DeviceChoice device;
  int threads = 0;  // photos at a time; 0: one per core
  Missing missing = Missing::kRefuse;
  Doubtful doubtful = Doubtful::kLeaveOut;
  /// Making anew replaces damaged files of earlier runs, but never one that is none of theirs.
  Earlier earlier = Earlier::kTakeOver;
  /// How far apart crops may be that show one picture (similar_photos.h); 0: all are kept.
  double same_picture = 4;
  /// Weights of the identity network, which then says what photos are of one person, up to
  /// `rule.same_person` apart (same_person.h); empty: the rule's keys alone. Its hash goes into the
  /// rule.
  std::filesystem::path identity;
  ProgressBar::Visible progress = ProgressBar::Visible::kYes;
};

/// Effect of the identity network on splits.
struct PersonReport {
  std::int64_t groups = 0;   // of photos of several keys that it takes for one person
  std::int64_t photos = 0;   // in them
  std::int64_t largest = 0;  // photos in one of them
  std::int64_t moved = 0;    // that are in another split than their own key's
};

struct PrepareReport : LeftOutPhotos {
  std::int64_t found = 0;               // photos in the folders
  std::int64_t ignored = 0;             // other files
  std::int64_t made = 0;                // fitted by this run
  std::int64_t kept = 0;                // from the older data set, or an interrupted run
  std::int64_t dropped = 0;             // of the older data set, in no folder any more
  std::int64_t total = 0;               // in the data set
  std::int64_t bytes = 0;               // of its file
  std::int64_t starved = 0;             // of the skipped ones, for want of memory
  std::int64_t doubtful = 0;            // of the skipped ones, left out by their notes
  std::optional<PersonReport> persons;  // with an identity network
  bool finished = false;                // false: stopped; what was done is kept for the next run
};

/// Writes the data set (docs/formats/data-set.md) and, where photos were left out or have notes,
/// OUT.skipped.txt.
///
/// Finished photos are kept in OUT.part until the data set is whole: after any interruption the
/// next run goes on from there. An older data set under the name gives what it has, by the photos'
/// content, so that only new photos are fitted.
///
/// Errors   InputError: no photos, none with a face, nothing writable, another face model's file
///          under the name, a parser or regressor that is another network or speaks of another
///          face model. One bad photo, or one that the memory does not suffice for, is reported
///          and does not stop the rest.
/// Repeat   the file is the same bits for the same photos, model, predictor and kind of device, for
///          any threads and interruptions, and whether it grew or was made at once.
PrepareReport prepare_photos(const mesh::FaceModel& model, const PrepareOptions& options,
                             const std::atomic<bool>& stop);

}  // namespace fgcn::train
