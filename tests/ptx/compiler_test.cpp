// From PTX text to instructions: what is refused, contracted, left out; lines of inlined functions.
#include <doctest/doctest.h>

#include "tests/ptx/device_array.h"

namespace fgcn::ptx {
namespace {

/// A module whose one kernel, k, has these statements.
std::unique_ptr<Module> module_of(const std::string& statements) {
  auto module = std::make_unique<Module>();
  module->text =
      ".version 9.0\n.target sm_75\n.visible .entry k()\n{\n.reg .b32 %r<3>;\n"
      ".reg .f32 %f<5>;\n" +
      statements + "\nret;\n}\n.file 1 \"a/b.cu\"\n.file 2 \"a/../c.h\"\n";
  module->architecture = 75;
  return module;
}

TEST_CASE("PTX that the simulator does not know is refused by name") {
  const auto refused = [](const std::string& statement) {
    const std::unique_ptr<Module> module = module_of(statement);
    std::string message = "accepted";
    try {
      kernel_of(*module, "k");
    } catch (const Unsupported& failure) {
      message = failure.what();
    }
    return message;
  };
  CHECK(refused("add.s32 %r1, %r1, 1;") == "accepted");
  const std::string begin = "the simulator does not know this PTX: ";
  for (const char* statement : {"add.ftz.f32 %r1, %r1, %r2", "add.sat.s32 %r1, %r1, %r2",
                                "bar.sync 1", "cp.async.ca.shared.global [%r1], [%r2], 16",
                                "wgmma.fence.sync.aligned", "min.xorsign.abs.f32 %r1, %r1, %r2",
                                "add.cc.u32 %r1, %r1, %r2", "ld.shared::cluster.u32 %r1, [%r2]",
                                "ld.global.v8.b32 {%r1, %r1, %r1, %r1, %r1, %r1, %r1, %r1}, [%r2]"})
    CHECK(refused(std::string(statement) + ';') == begin + statement);
}

TEST_CASE("a product that is only added becomes an fma, unless its rounding is named") {
  const RestoredSettings settings;
  const auto contracted = [](const std::string& product, const std::string& after) {
    const std::unique_ptr<Module> module = module_of(product + " %f1, %f2, %f3;\n" + after + ";\n");
    return kernel_of(*module, "k").contracted;
  };
  CHECK(contracted("mul.f32", "add.f32 %f4, %f1, %f2") == 0);
  options().contract = true;
  CHECK(contracted("mul.f32", "add.f32 %f4, %f1, %f2") == 1);
  CHECK(contracted("mul.f32", "sub.f32 %f4, %f2, %f1") == 1);
  CHECK(contracted("mul.rn.f32", "add.f32 %f4, %f1, %f2") == 0);
  CHECK(contracted("mul.f32", "add.rn.f32 %f4, %f1, %f2") == 0);
  CHECK(contracted("mul.f32", "add.f32 %f4, %f1, %f1") == 0);
  CHECK(contracted("mul.f32", "mov.f32 %f2, %f3; add.f32 %f4, %f1, %f2") == 0);
  CHECK(contracted("mul.f32", "$L1: add.f32 %f4, %f1, %f2") == 0);
}

TEST_CASE("a barrier can be left out") {
  const RestoredSettings settings;
  options().drop_barrier = 1;
  const std::unique_ptr<Module> module = module_of("bar.sync 0; bar.sync 0; bar.sync 0;");
  const Kernel& kernel = kernel_of(*module, "k");
  CHECK(kernel.barrier_dropped);
  CHECK(kernel.code[0].flow == Flow::kBarrier);
  CHECK(kernel.code[1].flow == Flow::kNext);
  CHECK(kernel.code[2].flow == Flow::kBarrier);
}

TEST_CASE("an instruction knows its line and those of the calls that were inlined") {
  const std::unique_ptr<Module> module = module_of(
      ".loc 1 10 3\nmov.u32 %r1, 1;\n"
      ".loc 1 12 3, function_name $L0, inlined_at 1 10 3\nmov.u32 %r1, 2;\n"
      ".loc\t2 5 1, function_name $L1, inlined_at 1 12 3\nmov.u32 %r1, 3;\n"
      ".loc 1 0 0\nmov.u32 %r1, 4;\n");
  const Kernel& kernel = kernel_of(*module, "k");
  CHECK(source_of(kernel, kernel.code[0]) == "a/b.cu:10");
  CHECK(source_of(kernel, kernel.code[1]) == "a/b.cu:12, inlined at a/b.cu:10");
  CHECK(source_of(kernel, kernel.code[2]) == "c.h:5, inlined at a/b.cu:12, inlined at a/b.cu:10");
  CHECK(source_of(kernel, kernel.code[3]).empty());
}

}  // namespace
}  // namespace fgcn::ptx
