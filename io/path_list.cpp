#include "io/path_list.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string_view>
#include <system_error>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

/// A device gives bytes for ever.
std::string content_of(std::istream& in, const std::string& option, const std::string& name) {
  constexpr std::size_t kMost = std::size_t{256} << 20, kPiece = std::size_t{1} << 16;
  std::string out;
  while (in) {
    const std::size_t before = out.size();
    out.resize(before + kPiece);
    in.read(out.data() + before, static_cast<std::streamsize>(kPiece));
    out.resize(before + static_cast<std::size_t>(in.gcount()));
    if (out.size() > kMost)
      input_error(option, " ", name, ": is more than 256 MiB; give a list of paths");
  }
  if (in.bad()) input_error(option, " ", name, ": cannot be read to its end; check the disk");
  return out;
}

}  // namespace

std::vector<std::string> listed_paths(const std::string& content) {
  const bool nul = content.find('\0') != std::string::npos;
  std::istringstream in(content);
  in.exceptions(std::ios::badbit);  // or a lack of memory is the end of the list
  std::vector<std::string> out;
  bool first = true;
  for (std::string path; std::getline(in, path, nul ? '\0' : '\n'); first = false) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (!nul && first && path.starts_with(kByteOrderMark)) path.erase(0, kByteOrderMark.size());
    if (!nul && path.ends_with('\r')) path.pop_back();
    if (!path.empty()) out.push_back(path);
  }
  return out;
}

std::vector<std::string> read_path_list(const std::string& option, const std::string& name) {
  if (name == "-") return listed_paths(content_of(std::cin, option, "-"));
  std::error_code unknown;
  if (std::filesystem::is_directory(name, unknown))
    input_error(option, " ", name, ": is a folder; give a file");
  std::ifstream file(name, std::ios::binary);
  if (!file)
    input_error(option, " ", name, ": cannot be opened (", std::strerror(errno),
                "); check the path");
  return listed_paths(content_of(file, option, name));
}

}  // namespace fgcn
