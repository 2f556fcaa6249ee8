// The log that a resumed run goes on with.
#include "train/run/run_log.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"

namespace fgcn::train {
namespace {

const std::vector<LogColumn> columns{{"total", CurveColors{}}};

TEST_CASE("a resumed log keeps entries in the order of their steps, and nothing that is none") {
  const TemporaryFolder folder;
  write_file(folder / "log.jsonl",
             std::string_view("{\"step\":0.75,\"total\":0.5}\n"  // of no step
                              "{\"step\":2,\"total\":0.5}\n"
                              "not an entry\n"
                              "{\"step\":900000,\"total\":0.25}\n"
                              "{\"step\":3,\"total\":0.125}\n"        // behind a later one
                              "{\"step\":900000,\"total\":0.125}\n"   // once more
                              "{\"step\":1000001,\"total\":0.125}\n"  // after the step resumed from
                              "{\"step\":950000,\"total\":null}\n"
                              "{\"step\":1000000,\"to"));
  const RunLog log(folder.path(), "log", columns, 1'000'000);
  REQUIRE(log.entries().size() == 3);
  CHECK(log.entries()[0].step == 2);
  CHECK(log.entries()[1].step == 900'000);
  CHECK(log.entries()[1].values[0] == 0.25);
  CHECK(log.entries()[2].step == 950'000);
  CHECK(std::isnan(log.entries()[2].values[0]));
  const Bytes kept = read_file(folder / "log.jsonl");
  CHECK(std::string(kept.begin(), kept.end()) ==
        "{\"step\":2,\"total\":0.5}\n{\"step\":900000,\"total\":0.25}\n"
        "{\"step\":950000,\"total\":null}\n");
  log.write_curves();
  CHECK(read_file(folder / "loss.png").size() > 1000);
}

}  // namespace
}  // namespace fgcn::train
