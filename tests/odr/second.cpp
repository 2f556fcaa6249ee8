#include <vector>

namespace fgcn::seeded {

struct Source {
  std::vector<double> weights;
};

std::size_t first_size();

std::size_t second_size() {
  const std::vector<Source> sources(2);
  return sources.size();
}

}  // namespace fgcn::seeded

int main() { return fgcn::seeded::first_size() > fgcn::seeded::second_size() ? 0 : 1; }
