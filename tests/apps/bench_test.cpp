// fgcn_bench knows every operator.
#include <doctest/doctest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "tests/support/emulated_libraries.h"
#include "tests/support/program.h"

namespace fgcn {
namespace {

/// The items of a list with commas.
std::set<std::string> items(const std::string& list) {
  std::set<std::string> out;
  std::istringstream in(list);
  for (std::string item; std::getline(in, item, ',');) out.insert(item);
  return out;
}

nlohmann::json figures(const TemporaryFolder& folder, const std::string& arguments,
                       const std::string& program = "fgcn_bench") {
  const auto path = folder / "figures.json";
  const test::Outcome outcome =
      test::run_program(program, "--tiny --repeats 1 --json '" + path.string() + "' " + arguments);
  CAPTURE(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Bytes bytes = read_file(path);
  return nlohmann::json::parse(bytes.begin(), bytes.end());
}

bool has_pass(const nlohmann::json& rows, const std::string& subject, const std::string& pass) {
  for (const auto& row : rows) {
    if (row["subject"] == subject && row["pass"] == pass) return true;
  }
  return false;
}

TEST_CASE("every operator has a benchmark, forward and backward") {
  const std::set<std::string> ops = items(FGCN_OPS);
  const std::set<std::string> untaped = items(FGCN_OPS_UNTAPED);
  REQUIRE(ops.size() > 10);
  const TemporaryFolder folder;
  std::string only;
  for (const std::string& op : ops) only += " --only " + op;
  const nlohmann::json rows = figures(folder, only);
  for (const std::string& op : ops) {
    CAPTURE(op);
    if (untaped.count(op) > 0) {
      CHECK(has_pass(rows, op, "step"));
    } else {
      CHECK(has_pass(rows, op, "forward"));
      CHECK(has_pass(rows, op, "backward"));
    }
  }
  for (const auto& row : rows) {
    CAPTURE(row.dump());
    CHECK(ops.count(row["subject"].get<std::string>()) == 1);
    CHECK(row["wall_ms"].get<double>() > 0);
    CHECK(row["wall_ms"].get<double>() >= row["best_ms"].get<double>());
    // Every forward pass reads or writes something.
    if (row["pass"] != "backward") CHECK(row["bytes"].get<double>() > 0);
  }
}

using Passes = std::set<std::array<std::string, 3>>;

/// Subject, variant and pass of each row.
Passes passes(const nlohmann::json& rows) {
  Passes out;
  for (const auto& row : rows) {
    const auto text_of = [&](const char* key) { return row[key].get<std::string>(); };
    CAPTURE(row.dump());
    CHECK(out.insert(std::array{text_of("subject"), text_of("variant"), text_of("pass")}).second);
  }
  return out;
}

// A case that a device cannot run would end the program, and with it a whole run on a GPU. The
// stages of a reconstruction take too long to emulate; tests/device has them.
TEST_CASE("every case of the benchmark runs on a device, in memory that the host cannot touch") {
  for (const char* library : {"cublas", "cusparse"})
    if (!test::emulated_library(library)) return;
  const TemporaryFolder folder;
  const Passes on_cpu = passes(figures(folder, "--skip recon"));
  Passes on_device =
      passes(figures(folder, "--skip recon --device emulated", "fgcn_bench_emulated"));
  // The device's yardsticks are its own: cuSPARSE, and, where there is cuDNN, the kernels beside
  // it.
  const auto erased = [&](const char* variant) {
    return std::erase_if(
        on_device, [&](const auto& row) { return row[1].find(variant) != std::string::npos; });
  };
  CHECK(erased("cuSPARSE") == 4);
  CHECK(erased("own kernels") == (test::emulated_library("cudnn") ? 8 : 0));
  CHECK(on_cpu.size() > 100);
  CHECK(on_device == on_cpu);
}

TEST_CASE("the identity network is timed forward, and forward and backward") {
  const TemporaryFolder folder;
  const nlohmann::json rows = figures(folder, "--only identity");
  CHECK(rows.size() == 2);
  for (const std::string pass : {"forward", "forward and backward"}) {
    CHECK(has_pass(rows, "identity", pass));
  }
}

TEST_CASE("the residual generator and the critic are timed with their derivatives") {
  const TemporaryFolder folder;
  const nlohmann::json rows = figures(folder, "--only resnet --only critic");
  CHECK(rows.size() == 4);
  for (const std::string subject : {"resnet", "critic"}) CHECK(has_pass(rows, subject, "forward"));
  CHECK(has_pass(rows, "resnet", "forward and backward"));
  CHECK(has_pass(rows, "critic", "loss, penalty and backward"));
}

TEST_CASE("the stages of a reconstruction are timed on a picture of its own") {
  const TemporaryFolder folder;
  const nlohmann::json rows = figures(folder, "--only recon");
  for (const std::string stage :
       {"decode", "detect", "fit", "refine", "render", "write", "all stages"}) {
    CAPTURE(stage);
    CHECK(has_pass(rows, "recon", stage));
  }
  CHECK(rows.size() == 7);
  double sum = 0;
  for (const auto& row : rows) {
    if (row["pass"] != "all stages") sum += row["wall_ms"].get<double>();
  }
  CHECK(sum <= 1.01 * rows.back()["wall_ms"].get<double>());
}

TEST_CASE("an unknown name is refused, and help shows examples") {
  const test::Outcome outcome = test::run_program("fgcn_bench", "--only spnm");
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("spnm") != std::string::npos);
  const test::Outcome help = test::run_program("fgcn_bench", "--help");
  CHECK(help.exit_code == 0);
  CHECK(help.out.find("Examples") != std::string::npos);
}

}  // namespace
}  // namespace fgcn
