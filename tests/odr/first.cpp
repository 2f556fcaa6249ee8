// With second.cpp the fault that scripts/check_odr.sh is there for: two types of one name.
#include <string>
#include <vector>

namespace fgcn::seeded {

struct Source {
  std::string name;
  std::vector<int> photos;
};

std::size_t first_size() {
  const std::vector<Source> sources(3);
  return sources.size();
}

}  // namespace fgcn::seeded
