#include <charconv>
#include <cmath>
#include <set>

#include "kernels/core/error.h"
#include "mesh/face/makehuman/wheel.h"

namespace fgcn::mesh::makehuman {
namespace {

constexpr double kMostMove = 20;  // dm: a whole figure is 17 high

/// Words of one line, one after another.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) { skip(); }

  bool empty() const { return rest_.empty(); }
  std::string_view next() {
    const std::size_t end = std::min(rest_.find_first_of(kSpaces), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    skip();
    return word;
  }

 private:
  static constexpr const char* kSpaces = " \t\r";
  void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpaces), rest_.size())); }

  std::string_view rest_;
};

template <class Number>
bool read(Words& words, Number& value) {
  if (words.empty()) return false;
  const std::string_view word = words.next();
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  return error == std::errc() && stop == end;
}

/// Calls read_line(words, number) for each line that is neither empty nor a comment.
template <class ReadLine>
void each_line(std::string_view text, const ReadLine& read_line) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Words words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (words.empty()) continue;
    read_line(words, number);
  }
}

}  // namespace

Target parse_target(std::string_view text, std::int64_t vertices, const std::string& where) {
  Target out;
  std::set<std::int32_t> seen;
  each_line(text, [&](Words words, std::size_t line) {
    Words first = words;
    if (first.next().front() == '#') return;
    std::int32_t vertex = 0;
    Vec3 move{};
    const bool whole = read(words, vertex) && read(words, move[0]) && read(words, move[1]) &&
                       read(words, move[2]) && words.empty();
    if (!whole)
      input_error(where, ": line ", line, " is not 'vertex dx dy dz'; fetch the wheel again");
    if (vertex < 0 || vertex >= vertices)
      input_error(where, ": line ", line, " names vertex ", vertex, " of ", vertices,
                  "; fetch the wheel again");
    if (!seen.insert(vertex).second)
      input_error(where, ": line ", line, " moves vertex ", vertex,
                  " a second time; fetch the wheel again");
    for (const double x : move)
      if (!(std::abs(x) <= kMostMove))
        input_error(where, ": line ", line, " moves a vertex by ", x, " dm, expected at most ",
                    kMostMove, "; fetch the wheel again");
    out.vertex.push_back(vertex);
    out.move.push_back(move);
  });
  return out;
}

std::vector<std::int32_t> parse_mirror(std::string_view text, std::int64_t vertices,
                                       const std::string& where) {
  std::vector<std::int32_t> mirror(static_cast<std::size_t>(vertices), -1);
  each_line(text, [&](Words words, std::size_t line) {
    std::int32_t vertex = 0, across = 0;
    const bool whole = read(words, vertex) && read(words, across);
    const std::string_view side = whole && !words.empty() ? words.next() : "";
    if ((side != "l" && side != "r" && side != "m") || !words.empty())
      input_error(where, ": line ", line, " is not 'vertex mirrored l|r|m'; fetch the wheel again");
    if (vertex < 0 || vertex >= vertices || across < 0 || across >= vertices)
      input_error(where, ": line ", line, " pairs the vertices ", vertex, " and ", across, " of ",
                  vertices, "; fetch the wheel again");
    mirror[static_cast<std::size_t>(vertex)] = across;
  });
  for (std::size_t v = 0; v < mirror.size(); ++v)
    if (mirror[v] < 0 ||
        mirror[static_cast<std::size_t>(mirror[v])] != static_cast<std::int32_t>(v))
      input_error(where, ": does not pair vertex ", v, " both ways; fetch the wheel again");
  return mirror;
}

}  // namespace fgcn::mesh::makehuman
