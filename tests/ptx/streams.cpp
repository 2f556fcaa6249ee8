#include "tests/ptx/streams.h"

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "kernels/core/error.h"
#include "tests/ptx/device.h"
#include "tests/ptx/library_device.h"
#include "tests/ptx/runtime.h"

namespace fgcn::ptx {
namespace {

/// More kept work than this is done at once, oldest first: it holds copies of host memory.
constexpr std::size_t kMostKept = 1024;

}  // namespace

bool Streams::is_stream(const void* handle) {
  return handle == nullptr || handle == cudaStreamLegacy || handle == cudaStreamPerThread ||
         streams.find(handle) != nullptr;
}

Stream* Streams::captured(const void* handle) {
  Stream* stream = streams.find(handle);
  return stream != nullptr && stream->capture ? stream : nullptr;
}

void Streams::submit(const void* stream, Work work) {
  if (!is_stream(stream)) {
    library_finding("invalid handle", "work for a stream that was destroyed or never made");
    set_fault(cudaErrorInvalidResourceHandle);
    return;
  }
  if (Stream* recording = captured(stream); recording != nullptr) {
    recording->capture->work.push_back(std::move(work));
    return;
  }
  submit_uncaptured(std::move(work));
}

void Streams::submit_uncaptured(Work work) {
  ++given_;
  if (options().lazy) {
    kept_.push_back(std::move(work));
    if (kept_.size() > kMostKept) finish(done_ + 1);
  } else {
    run(work);
    done_ = given_;
  }
}

void Streams::finish(u64 position) {
  while (done_ < position && !kept_.empty()) {
    const Work work = std::move(kept_.front());
    kept_.pop_front();
    run(work);
    ++done_;
  }
  if (kept_.empty()) done_ = given_;
}

void Streams::run(const Work& work) {
  if (fault_ != 0) return;
  try {
    work();
    return;
  } catch (const Fault& fault) {
    fault_ = fault.status();
    remember_detail(fault_, fault.what());
  } catch (const std::exception& error) {
    fault_ = cudaErrorUnknown;
    library_finding("failure of the simulator", error.what());
    remember_detail(fault_, error.what());
  }
  if (options().abort_at_fault) std::abort();
}

int Streams::take_fault() {
  const int status = fault_;
  if (!options().sticky) fault_ = 0;
  return status;
}

}  // namespace fgcn::ptx
