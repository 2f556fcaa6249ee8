// Runs one of the built programs and keeps what it said.
#pragma once

#include <filesystem>
#include <string>

namespace fgcn::test {

struct Outcome {
  int exit_code = -1;  // 128 + signal when killed
  std::string out;     // stdout
  std::string err;     // stderr
};

/// Runs `shell_prefix` PROGRAM arguments through /bin/sh; PROGRAM is looked up in the build tree.
Outcome run_program(const std::string& program, const std::string& arguments,
                    const std::string& shell_prefix = {});

/// A folder that goes when the test does.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace fgcn::test
