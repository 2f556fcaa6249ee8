// How every program refuses its command line.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "io/terminal.h"

namespace fgcn {

namespace detail {

/// The first of the words that nobody could place; empty when there is none. Options come first.
inline std::string misplaced(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining(true);
  const auto option = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word.size() > 1 && word.front() == '-';
  });
  if (option != words.end()) return *option;
  return words.empty() ? std::string() : words.front();
}

inline std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const std::string word = misplaced(app);
  // Before anything that is missing: the word may be what was meant by it.
  if (word.size() > 1 && word.front() == '-') return word + ": is not an option";
  std::string out = error.what();
  if (!word.empty() && out == "A subcommand is required") return word + ": is not a command";
  if (!word.empty()) return word + ": is one word too many";
  if (out == "A subcommand is required") return "give a command";
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ValidationError)) return out;
  // "--a requires --b" as other sentences begin: "--a: requires --b".
  for (const std::string verb : {" is required", " requires ", " excludes "})
    if (out.find(verb) != std::string::npos && out.find(verb) == out.find(' '))
      return out.insert(out.find(' '), ":");
  return out;
}

}  // namespace detail

/// An option that may be given again and again, with one word each time: it takes none of those
/// behind it, which are photos or files.
template <class T>
CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<T>& values,
                      const std::string& help) {
  return app.add_option(name, values, help)->allow_extra_args(false);
}

/// Prints the help that was asked for, or one line on stderr: the program, the option, what is
/// wrong. The exit code: 0 or 2.
inline int refuse_command_line(const char* program, const CLI::App& app,
                               const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::string said = detail::complaint(app, error);
  std::replace(said.begin(), said.end(), '\n', ' ');
  std::string command = program;
  for (const CLI::App* sub : app.get_subcommands()) command += " " + sub->get_name();
  io::print_message("%s: %s; %s --help lists the options\n", program, said.c_str(),
                    command.c_str());
  return 2;
}

}  // namespace fgcn
