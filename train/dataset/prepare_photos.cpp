#include "train/dataset/prepare_photos.h"

#include <omp.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <utility>

#include "io/arrays/read_weights.h"
#include "io/file.h"
#include "io/hash.h"
#include "kernels/core/error.h"
#include "layers/identity_network.h"
#include "recon/photo_notes.h"
#include "recon/photo_sampler.h"
#include "recon/refine/identity.h"
#include "train/dataset/older_photos.h"
#include "train/dataset/photo_data_writer.h"
#include "train/dataset/photo_list.h"
#include "train/dataset/prepare_threads.h"
#include "train/dataset/same_person.h"
#include "train/dataset/similar_photos.h"

namespace fgcn::train {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kCropSide = 224;

/// A photo's place in the run.
struct Candidate {
  ListedPhoto source;
  std::uint64_t content = 0;
  std::string failure;  // why it gives no sample; empty: it does, or is not known yet
};

constexpr const char* kNoMemory =
    "there is not enough memory for it; prepare again with fewer --threads, or a higher limit";

fs::path beside(const fs::path& out, const char* ending) { return out.string() + ending; }

/// Without the mask.
Image8 rgb_of(const Image8& crop) {
  Image8 out(crop.height, crop.width, 3);
  for (std::int64_t y = 0; y < crop.height; ++y)
    for (std::int64_t x = 0; x < crop.width; ++x) std::copy_n(crop.at(y, x), 3, out.at(y, x));
  return out;
}

class Preparation {
 public:
  Preparation(const mesh::FaceModel& model, const PrepareOptions& options,
              const std::atomic<bool>& stop)
      : model_(model), options_(options), stop_(stop) {
    threads_ = options.threads > 0 ? options.threads : omp_get_max_threads();
  }

  PrepareReport run();

 private:
  void check_name() const;
  void describe();
  struct SamplerNetworks {
    std::shared_ptr<const recon::FaceParser> parser;
    std::shared_ptr<const recon::FaceRegressor> regressor;
  };
  SamplerNetworks networks_on(const Context& ctx) const;
  bool take_hashes();
  void leave_out_duplicates();
  void look_for_missing();
  void read_networks();
  bool fit_new();
  void fit_one(const recon::PhotoSampler& sampler, Candidate& photo);
  std::vector<std::string> notes_of(std::uint64_t content) const;
  void leave_out_doubtful();
  Bytes record(std::uint64_t content) const;
  std::vector<PhotoDataEntry> entries();
  bool group_persons(std::vector<PhotoDataEntry>& kept);
  void write(const std::vector<PhotoDataEntry>& kept);
  void write_skipped() const;

  const mesh::FaceModel& model_;
  const PrepareOptions& options_;
  const std::atomic<bool>& stop_;
  int threads_ = 1;
  PhotoDataHeader header_;
  std::optional<IdentityWeights> identity_;
  io::Safetensors parser_, regressor_;  // weights; empty without one
  OlderPhotos older_;
  std::optional<PhotoJournal> journal_;
  std::vector<Candidate> photos_;
  std::atomic<std::int64_t> starved_{0};
  PrepareReport report_;
};

PrepareReport Preparation::run() {
  options_.rule.check();
  check_name();
  PhotoList list = list_photos(options_.folders, options_.out);
  report_.ignored = list.ignored;
  report_.skipped = std::move(list.unusable);
  report_.found = static_cast<std::int64_t>(list.photos.size());
  for (ListedPhoto& source : list.photos) photos_.push_back({std::move(source), 0, {}});
  describe();
  older_ = OlderPhotos(options_.out, header_, options_.earlier);
  journal_.emplace(beside(options_.out, ".part"), header_, options_.earlier);
  if (!take_hashes()) return report_;
  leave_out_duplicates();
  look_for_missing();
  if (!fit_new()) return report_;
  leave_out_doubtful();
  std::vector<PhotoDataEntry> kept = entries();
  if (kept.empty())
    input_error(options_.out.string(), ": is not written, none of the ", report_.found,
                " photos can be used; the first, ", report_.skipped[0].name, ": ",
                report_.skipped[0].reason);
  if (identity_ && !group_persons(kept)) return report_;
  write(kept);
  return report_;
}

/// The names beside it are longer, and needed when all is done.
void Preparation::check_name() const {
  constexpr std::size_t kLongest = 200;
  const std::string name = options_.out.filename().string();
  if (name.empty() || fs::is_directory(options_.out))
    input_error("--output ", options_.out.string(), ": is a folder; give the name of a file");
  if (name.size() > kLongest)
    input_error("--output ", options_.out.string(), ": its name has ", name.size(),
                " bytes; give one of at most ", kLongest);
}

void Preparation::describe() {
  header_.crop_size = kCropSide;
  header_.face = mesh::fingerprint(model_);
  header_.face_name = model_.name;
  header_.predictor = hash64(read_file(photo::predictor_file(options_.predictor)));
  header_.rule = options_.rule;
  read_networks();
  if (options_.identity.empty()) {
    header_.rule.same_person = 0;
    return;
  }
  identity_ = read_identity_weights(options_.identity);
  if (identity_->is_facenet())
    input_error(options_.identity.string(),
                ": are FaceNet's weights, whose distances do not tell one person from two; give "
                "dlib's network or face-api's");
  header_.rule.identity = fingerprint(*identity_);
}

/// Photos that other networks saw are of another kind: their hashes go into the header.
void Preparation::read_networks() {
  if (!options_.regressor.empty())
    recon::FaceRegressor::check_face(model_, options_.regressor.string());
  Hash64 kind;
  kind.add(header_.predictor);
  const auto read = [&](const fs::path& path, const char* which, io::Safetensors& into) {
    if (path.empty()) return;
    into = io::read_weights(path);
    header_.predictor = kind.add(std::string_view(which)).add(fingerprint(into)).value();
  };
  read(options_.parser, "parser", parser_);
  read(options_.regressor, "regressor", regressor_);
}

Preparation::SamplerNetworks Preparation::networks_on(const Context& ctx) const {
  SamplerNetworks out;
  if (!options_.parser.empty())
    out.parser = std::make_shared<const recon::FaceParser>(ctx, parser_, options_.parser.string());
  if (!options_.regressor.empty())
    out.regressor = std::make_shared<const recon::FaceRegressor>(
        ctx, regressor_, options_.regressor.string(), model_);
  return out;
}

bool Preparation::take_hashes() {
  SharedProgress progress("Reading", report_.found, options_.progress);
  return in_parallel(threads_, report_.found, stop_, [&] {
    return [&](std::int64_t i) {
      Candidate& photo = photos_[static_cast<std::size_t>(i)];
      try {
        photo.content = hash64(std::span<const std::uint8_t>(read_listed(photo.source)));
      } catch (const InputError& error) {
        photo.failure = error.what();
      } catch (const std::bad_alloc&) {
        photo.failure = kNoMemory;
        ++starved_;
      }
      progress.one_more({});
    };
  });
}

void Preparation::leave_out_duplicates() {
  std::map<std::uint64_t, std::string> first;
  std::vector<Candidate> unique;
  for (Candidate& photo : photos_) {
    if (photo.failure.empty()) {
      const auto [same, added] = first.emplace(photo.content, photo.source.name);
      if (!added) {
        report_.duplicates.push_back({photo.source.name, same->second});
        continue;
      }
    }
    unique.push_back(std::move(photo));
  }
  photos_ = std::move(unique);
}

void Preparation::look_for_missing() {
  std::set<std::uint64_t> here;
  for (const Candidate& photo : photos_) here.insert(photo.content);
  const OlderPhotos::Missing missing = older_.not_in(here);
  report_.dropped = missing.photos;
  if (report_.dropped > 0 && options_.missing == Missing::kRefuse)
    input_error(options_.out.string(), ": holds ", report_.dropped,
                " photos that are in none of the folders (such as ", missing.example,
                "); give their folders too, or --drop-missing to leave them out");
}

bool Preparation::fit_new() {
  std::vector<Candidate*> todo;
  for (Candidate& photo : photos_) {
    if (!photo.failure.empty()) continue;
    const auto skip = journal_->skips().find(photo.content);
    if (older_.take(photo.content) || journal_->has_record(photo.content)) {
      ++report_.kept;
    } else if (skip != journal_->skips().end()) {
      photo.failure = skip->second;
    } else {
      todo.push_back(&photo);
    }
  }
  if (todo.empty()) return !stop_;
  const auto finder = std::make_shared<const photo::FaceFinder>(options_.predictor);
  // The host's threads share the networks; on a device each thread has its own.
  const bool shared = options_.device.device == Device::kCpu;
  const SamplerNetworks of_all =
      shared ? networks_on(Context(options_.device, 1)) : SamplerNetworks();
  if (shared) parser_ = regressor_ = {};
  SharedProgress progress("Fitting", static_cast<std::int64_t>(todo.size()), options_.progress);
  std::mutex first_contact;
  const bool whole = in_parallel(threads_, static_cast<std::int64_t>(todo.size()), stop_, [&] {
    const std::lock_guard one_at_a_time(first_contact);
    const Context ctx(options_.device, 1);
    const SamplerNetworks of_thread = shared ? of_all : networks_on(ctx);
    const auto sampler = std::make_shared<const recon::PhotoSampler>(
        ctx, model_, finder, kCropSide, of_thread.parser, of_thread.regressor);
    return [&, sampler](std::int64_t i) {
      Candidate& photo = *todo[static_cast<std::size_t>(i)];
      fit_one(*sampler, photo);
      progress.one_more(photo.source.name);
    };
  });
  for (const Candidate* photo : todo)
    if (journal_->has_record(photo->content)) ++report_.made;
  return whole;
}

void Preparation::fit_one(const recon::PhotoSampler& sampler, Candidate& photo) {
  const auto read = [&]() -> std::optional<Bytes> {
    try {
      Bytes file = read_listed(photo.source);
      if (hash64(std::span<const std::uint8_t>(file)) == photo.content) return file;
      photo.failure = "changed while it was read; run prepare again";
    } catch (const InputError& error) {  // it was there before, and may be again
      photo.failure = error.what();
    }
    return std::nullopt;
  };
  Bytes record;
  std::vector<std::string> notes;
  bool of_the_photo = true;  // the failure: it would be the same another time
  try {
    const std::optional<Bytes> file = read();
    if (!file) return;
    const recon::PhotoSample sample = sampler.sample(decode_listed(photo.source, *file), {}, notes);
    record = encode_record(header_, {to_bytes(sample.crop), sample.landmarks, sample.fit});
  } catch (const InputError& error) {
    photo.failure = error.what();
  } catch (const std::bad_alloc&) {
    photo.failure = kNoMemory;
    ++starved_;
    of_the_photo = false;
  } catch (const std::exception& error) {
    // On the CPU it is this photo that the code cannot take; a device may have failed for all.
    if (options_.device.device != Device::kCpu) throw;
    photo.failure = text("failed: ", error.what());
    of_the_photo = false;  // a mended program shall try it again
  }
  if (photo.failure.empty()) {
    journal_->add_record(photo.content, record, notes);
  } else if (of_the_photo) {
    journal_->add_skip(photo.content, photo.failure);
  }
}

std::vector<std::string> Preparation::notes_of(std::uint64_t content) const {
  return older_.has(content) ? older_.notes(content) : journal_->notes(content);
}

void Preparation::leave_out_doubtful() {
  if (options_.doubtful == Doubtful::kKeep) return;
  for (Candidate& photo : photos_) {
    if (!photo.failure.empty()) continue;
    const std::vector<std::string> notes = notes_of(photo.content);
    if (const std::string* doubt = recon::doubt(notes)) {
      photo.failure = text("left out (--keep-doubtful keeps it): ", *doubt);
      ++report_.doubtful;
    }
  }
}

Bytes Preparation::record(std::uint64_t content) const {
  return older_.has(content) ? older_.record(content) : journal_->record(content);
}

/// Entries of all photos that can be used and whose picture is not there under another key.
std::vector<PhotoDataEntry> Preparation::entries() {
  std::vector<PhotoDataEntry> usable;  // splits are group_persons' to say
  std::vector<PictureSignature> signatures;
  std::vector<std::string> keys;
  for (const Candidate& photo : photos_) {
    if (!photo.failure.empty()) {
      report_.skipped.push_back({photo.source.name, photo.failure});
      continue;
    }
    usable.push_back({photo.source.name, photo.content});
    if (!(options_.same_picture > 0)) continue;
    signatures.push_back(
        picture_signature(decode_record(header_, record(photo.content), photo.source.name).crop));
    keys.push_back(header_.rule.key(photo.source.name));
  }
  std::sort(report_.skipped.begin(), report_.skipped.end(),
            [](const LeftOut& a, const LeftOut& b) { return a.name < b.name; });
  if (!(options_.same_picture > 0)) return usable;
  const std::vector<std::int64_t> same = same_pictures(signatures, keys, options_.same_picture);
  std::vector<PhotoDataEntry> out;
  for (std::size_t i = 0; i < usable.size(); ++i) {
    if (same[i] < 0) {
      out.push_back(usable[i]);
    } else {
      report_.similar.push_back({usable[i].name, usable[static_cast<std::size_t>(same[i])].name});
    }
  }
  return out;
}

/// Whose face each photo shows, and what split follows from that. Returns false when stopped.
bool Preparation::group_persons(std::vector<PhotoDataEntry>& kept) {
  std::vector<const PhotoDataEntry*> todo;
  for (const PhotoDataEntry& photo : kept)
    if (journal_->embeddings().count(photo.content) == 0) todo.push_back(&photo);
  SharedProgress progress("Identity", static_cast<std::int64_t>(todo.size()), options_.progress);
  const bool whole = in_parallel(threads_, static_cast<std::int64_t>(todo.size()), stop_, [&] {
    const Context ctx(options_.device, 1);
    const auto network = std::make_shared<const IdentityNetwork>(ctx, *identity_);
    return [&, ctx, network](std::int64_t i) {
      const PhotoDataEntry& photo = *todo[static_cast<std::size_t>(i)];
      const PhotoRecord one = decode_record(header_, record(photo.content), photo.name);
      journal_->add_embedding(
          photo.content, recon::identity_embedding(ctx, *network, rgb_of(one.crop), one.landmarks));
      progress.one_more(photo.name);
    };
  });
  if (!whole) return false;
  std::vector<std::vector<real>> embeddings;
  std::vector<std::string> keys;
  for (const PhotoDataEntry& photo : kept) {
    embeddings.push_back(journal_->embeddings().at(photo.content));
    keys.push_back(header_.rule.key(photo.name));
  }
  const auto persons = person_keys(embeddings, keys, header_.rule.same_person);
  std::map<std::uint64_t, std::set<std::string>> keys_of;
  std::map<std::uint64_t, std::int64_t> photos_of;
  PersonReport out;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    kept[i].split = persons[i];
    keys_of[persons[i]].insert(keys[i]);
    ++photos_of[persons[i]];
    out.moved += header_.rule.split(persons[i]) != header_.rule.split(kept[i].name) ? 1 : 0;
  }
  for (const auto& [person, names] : keys_of) {
    if (names.size() < 2) continue;
    ++out.groups;
    out.photos += photos_of[person];
    out.largest = std::max(out.largest, photos_of[person]);
  }
  report_.persons = out;
  return true;
}

void Preparation::write(const std::vector<PhotoDataEntry>& kept) {
  PhotoDataWriter file(options_.out, header_, kept);
  for (const PhotoDataEntry& entry : kept) file.add(record(entry.content));
  for (const PhotoDataEntry& entry : kept)
    if (std::vector<std::string> notes = notes_of(entry.content); !notes.empty())
      report_.notes.push_back({entry.name, std::move(notes)});
  write_skipped();
  file.commit();
  journal_->remove();
  report_.total = static_cast<std::int64_t>(kept.size());
  report_.bytes = static_cast<std::int64_t>(fs::file_size(options_.out));
  report_.starved = starved_;
  report_.finished = true;
}

void Preparation::write_skipped() const {
  const fs::path path = beside(options_.out, ".skipped.txt");
  const std::string lines = left_out_text(report_);
  std::error_code not_there;
  if (lines.empty()) {
    fs::remove(path, not_there);
  } else {
    write_file(path, lines);
  }
}

}  // namespace

PrepareReport prepare_photos(const mesh::FaceModel& model, const PrepareOptions& options,
                             const std::atomic<bool>& stop) {
  return Preparation(model, options, stop).run();
}

}  // namespace fgcn::train
