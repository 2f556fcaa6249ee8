// Where the results of a photo go: names that no two photos share and that no other file has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "io/file.h"

namespace fgcn::recon {

/// The name of a photo's results: its file's without the extension, as io::one_word writes it, and
/// no longer than a file's name may be.
std::string result_name(const std::filesystem::path& photo);

/// What follows it for a face that is not the clearest: "_face2", "_face3" ...; else nothing.
std::string face_suffix(std::int64_t face);

/// The files that a set of this name may have, without their folder; NAME.json is the last.
std::vector<std::string> result_files(const std::string& name);

/// The photo that `json` in `folder` says it is the result of; empty when it is no result's.
std::string input_of_result(const std::filesystem::path& json);

/// The files of that result, itself included; none when it is no result's.
std::vector<std::string> files_of_result(const std::filesystem::path& json);

/// Whether all files that NAME.json lists are there with the sizes that it says.
bool is_whole(const std::filesystem::path& folder, const std::string& name);

/// As is_whole, also for the further faces that NAME.json counts.
bool is_whole_with_faces(const std::filesystem::path& folder, const std::string& name);

struct ResultName {
  std::string name;
  Existing existing = Existing::kRefuse;  // kReplace: the photo's own earlier results have it
  bool done = false;                      // and they are whole
};

/// Names of the sets of one run.
///
/// A name is free when none of its files is in the folder, is an input of the run or is another
/// set's; names are compared without case. Results of the same photo may be replaced: those whose
/// NAME.json says that they are its. A name that is not free gets a number: NAME-2, NAME-3 ...
class ResultNames {
 public:
  ///   inputs  every file that the run reads
  ResultNames(std::filesystem::path folder, const std::vector<std::filesystem::path>& inputs);

  /// Takes names for all photos: those of a name of their own first, so that a number never takes
  /// the name of another photo. In the photos' order.
  ///   face  number of the face that each set is of
  std::vector<ResultName> reserve(const std::vector<std::filesystem::path>& photos,
                                  std::int64_t face);
  /// Takes a name for one more set of `photo`, `wanted` or that with a number.
  ResultName reserve(const std::string& wanted, const std::filesystem::path& photo);

 private:
  enum class State { kTaken, kFree, kOwn };
  State state(const std::string& name, const std::filesystem::path& photo);
  void take(const std::string& name);

  std::filesystem::path folder_;
  std::set<std::string> taken_;                // files, without case
  std::map<std::string, std::int64_t> first_;  // number of a name below which the run has all
  std::map<std::string, std::string> inputs_;  // of the sets that are there, by name
};

}  // namespace fgcn::recon
