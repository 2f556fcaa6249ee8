// Functions that the instrumented code calls.
#pragma once

#include <cstddef>

#include "kernels/simt/access/request.h"

namespace fgcn::simt {

/// Is told what the running thread does.
class AccessSink {
 public:
  AccessSink() = default;
  AccessSink(const AccessSink&) = delete;
  AccessSink& operator=(const AccessSink&) = delete;
  virtual ~AccessSink() = default;

  virtual void access(const void* address, std::size_t bytes, Access access, const void* code) = 0;
  virtual void basic_block(const void* /*code*/) {}
};

/// Where this system thread's accesses go from now on; null for nowhere.
void record_to(AccessSink* sink);

}  // namespace fgcn::simt
