// The emulated device of a program that records.
#pragma once

#include "kernels/core/context.h"
#include "kernels/simt/access/arena.h"

namespace fgcn::simt {

class Recorder;

/// Stands in for the emulator's own (simt/runtime.cpp): memory comes from an arena, and fills and
/// copies are recorded.
class RecordingRuntime final : public Runtime {
 public:
  void* allocate(std::size_t bytes) override;
  void release(void* data, std::size_t bytes) noexcept override;
  void upload(void* device, const void* host, std::size_t bytes) override;
  void download(void* host, const void* device, std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void zero(void* data, std::size_t bytes) override;
  void fill(void* data, std::uint32_t word, std::size_t words) override;
  void synchronize() override {}

  /// Calls of NVIDIA's libraries have no source to record; whoever stands in for one may tell what
  /// its operands are. Whether that is wanted: not at first.
  void count_products(bool wanted) { counts_products_ = wanted; }
  bool counts_products() const { return counts_products_; }
  void count_call(const char* name, std::size_t read, std::size_t written);

  Arena& arena() { return arena_; }
  void tell(Recorder* recorder) { recorder_ = recorder; }

 private:
  Arena arena_;
  Recorder* recorder_ = nullptr;  // while one lives
  bool counts_products_ = false;
};

}  // namespace fgcn::simt
