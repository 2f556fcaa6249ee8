#include "train/dataset/folder_walk.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "kernels/core/error.h"
#include "photo/is_photo.h"

namespace fgcn::train {

namespace fs = std::filesystem;

void FolderWalk::add(const fs::path& folder, const std::string& name) {
  std::error_code failed;
  const fs::directory_iterator readable(folder, failed);
  if (failed)
    input_error(folder.string(), ": cannot be read (", failed.message(),
                "); check its permissions, or give another folder");
  // Of its own: a folder that is given twice, above and below, keeps both of its names.
  std::set<FolderId> seen;
  walk(folder, name, seen);
  seen_.merge(seen);
}

void FolderWalk::follow_links() {
  while (!links_.empty()) {
    const auto link = links_.extract(links_.begin());
    walk(link.mapped(), link.key(), seen_);
  }
}

void FolderWalk::walk(const fs::path& folder, const std::string& name, std::set<FolderId>& seen) {
  std::vector<File> folders{{name, folder}};
  while (!folders.empty()) {
    const File here = std::move(folders.back());
    folders.pop_back();
    struct stat info {};
    std::error_code failed;
    if (::stat(here.path.c_str(), &info) != 0) {
      failed.assign(errno, std::generic_category());
    } else if (!seen.emplace(info.st_dev, info.st_ino).second) {
      continue;
    }
    fs::directory_iterator at;
    if (!failed) at = fs::directory_iterator(here.path, failed);
    for (const fs::directory_iterator end; !failed && at != end; at.increment(failed))
      look_at(*at, here.name + "/" + at->path().filename().string(), folders);
    if (failed)
      left_out.push_back({here.name + "/", text("this folder cannot be read (", failed.message(),
                                                "); its photos are left out")});
  }
}

void FolderWalk::look_at(const fs::directory_entry& entry, const std::string& name,
                         std::vector<File>& folders) {
  if (entry.path().filename().string().front() == '.') return;
  std::error_code unknown;
  const bool link = entry.is_symlink(unknown);
  if (entry.is_directory(unknown)) {
    if (link) {
      links_.emplace(name, entry.path());
    } else {
      folders.push_back({name, entry.path()});
    }
    return;
  }
  if (entry.is_regular_file(unknown)) {
    files.push_back({name, entry.path()});
    return;
  }
  const bool photo = photo::has_photo_ending(entry.path());
  const fs::file_type type = fs::status(entry.path(), unknown).type();
  // A link to nothing may have been left by an editor; one that may not be followed hides photos.
  if (link && (type == fs::file_type::none || (type == fs::file_type::not_found && photo))) {
    left_out.push_back({name, text("is a link that leads nowhere (", unknown.message(), ")")});
  } else if (photo) {
    left_out.push_back({name, "is not a regular file"});
  } else {
    ++other_files;
  }
}

}  // namespace fgcn::train
