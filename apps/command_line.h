// How every program refuses its command line.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace fgcn {

namespace detail {

/// The words that `app` or the sub-command in use could not place.
inline std::string misplaced(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining(true);
  const auto option = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word.size() > 1 && word.front() == '-';
  });
  if (option != words.end()) return *option + ": is not an option";
  return words.empty() ? "a word too many" : words.front() + ": is one word too many";
}

inline std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_name() == "ExtrasError") return misplaced(app);
  std::string out = error.what();
  for (const std::string verb : {" is required", " requires ", " excludes "}) {
    const std::size_t at = out.find(verb);
    if (error.get_name() != "ValidationError" && at != std::string::npos &&
        out.find(' ') == at)  // one word before it: the option
      return out.insert(at, ":");
  }
  return out;
}

}  // namespace detail

/// Prints the help that was asked for, or one line on stderr: the program, the option, what is
/// wrong. The exit code: 0 or 2.
inline int refuse_command_line(const char* program, const CLI::App& app,
                               const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::string said = detail::complaint(app, error);
  std::replace(said.begin(), said.end(), '\n', ' ');
  std::string command = program;
  for (const CLI::App* sub : app.get_subcommands()) command += " " + sub->get_name();
  std::fprintf(stderr, "%s: %s; %s --help lists the options\n", program, said.c_str(),
               command.c_str());
  return 2;
}

}  // namespace fgcn
