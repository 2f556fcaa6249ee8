// Curves and pictures of a run as TensorBoard reads them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "io/file.h"
#include "io/image.h"

namespace fgcn::train {

/// A number of a curve.
struct Scalar {
  std::string tag;  // such as "loss/total": what stands before the stroke groups
  double value = 0;
};

/// A file of events, `FOLDER/events.out.tfevents.SECONDS.HOST.PROCESS`, begun anew by every start
/// of a run; TensorBoard reads all of a folder in the order of their names, and the seconds of a
/// new one are later than those of all that are there.
///
/// A run that goes on from a step says so in its first event. TensorBoard then leaves out what
/// earlier files hold of that step's successors, so that nothing of them has to be rewritten, and
/// nothing is lost when that is interrupted. A record is given to the system whole: what a killed
/// run leaves cut is its last record, where readers stop.
///
/// Errors   InputError when the file cannot be made or written.
/// Source   TFRecord framing (length, its checksum, data, its checksum) and the messages Event,
///          Summary and SessionLog of TensorFlow's event.proto and summary.proto, encoded by hand.
class EventFile {
 public:
  /// `first_step`: of the first events that follow; 1 for a new run.
  EventFile(const std::filesystem::path& folder, std::int64_t first_step);
  EventFile(EventFile&&) noexcept;
  EventFile& operator=(EventFile&&) noexcept;
  ~EventFile();

  void add(std::int64_t step, std::span<const Scalar> scalars);
  void add(std::int64_t step, const std::string& tag, const Image8& picture);

  const std::filesystem::path& path() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One record of a file: the data with its length and both checksums.
Bytes event_record(std::span<const std::uint8_t> data);
/// The messages, for record(); `wall_time` in seconds since 1970.
Bytes version_event(double wall_time);
Bytes start_event(double wall_time, std::int64_t first_step);
Bytes scalars_event(double wall_time, std::int64_t step, std::span<const Scalar> scalars);
/// Errors   as encode_png().
Bytes picture_event(double wall_time, std::int64_t step, const std::string& tag,
                    const Image8& picture);

}  // namespace fgcn::train
