#include "kernels/simt/access/recorder.h"

#include <link.h>

#include <algorithm>

#include "kernels/core/error.h"
#include "kernels/simt/access/runtime.h"

namespace fgcn::simt {
namespace {

/// Where the program's file was loaded.
std::uintptr_t load_address() {
  std::uintptr_t out = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* to) {
        *static_cast<std::uintptr_t*>(to) = info->dlpi_addr;
        return 1;  // the first is the program
      },
      &out);
  return out;
}

std::uintptr_t in_file(std::uintptr_t code) { return code - load_address(); }

RecordingRuntime& recording(const Context& ctx) {
  auto* runtime = dynamic_cast<RecordingRuntime*>(&ctx.runtime());
  FGCN_CHECK(runtime != nullptr, "recorder: the context is not on the recorded emulator");
  return *runtime;
}

bool within(const Range& range, const void* address) {
  return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(range.begin) <
         range.bytes;
}

}  // namespace

std::uintptr_t in_file(const void* code) { return in_file(reinterpret_cast<std::uintptr_t>(code)); }

RequestCount& RequestCount::operator+=(const RequestCount& other) {
  requests += other.requests;
  lanes += other.lanes;
  asked += other.asked;
  sectors += other.sectors;
  passes += other.passes;
  turns += other.turns;
  return *this;
}

RequestCount RequestCount::scaled(double factor) const {
  return {requests * factor, lanes * factor,  asked * factor,
          sectors * factor,  passes * factor, turns * factor};
}

RequestCount KernelTraffic::total(Space space) const {
  RequestCount out;
  for (const SiteCount& site : sites) {
    if (site.space == space) out += site.count;
  }
  return out;
}

Recorder::Recorder(const Context& ctx, std::uint64_t traced_blocks)
    : runtime_(recording(ctx)), arena_(runtime_.arena()), most_traced_(traced_blocks) {
  FGCN_CHECK(traced_blocks > 0, "recorder: no block to trace");
  runtime_.tell(this);
  set_watcher(this);
}

Recorder::~Recorder() {
  set_watcher(nullptr);
  runtime_.tell(nullptr);
}

std::vector<KernelTraffic> Recorder::traffic() const {
  std::vector<KernelTraffic> out;
  for (const Kernel& k : kernels_) {
    out.push_back(k.traffic);
    for (const auto& [code, site] : k.sites) out.back().sites.push_back(site);
  }
  return out;
}

Recorder::Kernel& Recorder::kernel(const std::string& name, const void* code) {
  const std::uintptr_t place =
      code == nullptr ? 0 : in_file(reinterpret_cast<std::uintptr_t>(code));
  for (Kernel& k : kernels_) {
    if (k.traffic.name == name && k.traffic.code == place) return k;
  }
  kernels_.emplace_back();
  kernels_.back().traffic.name = name;
  kernels_.back().traffic.code = place;
  return kernels_.back();
}

void Recorder::transfer(const char* name, std::size_t read, std::size_t written) {
  KernelTraffic& to = kernel(name, nullptr).traffic;
  ++to.launches;
  to.block_bytes += static_cast<double>(read + written);
  to.grid_bytes += static_cast<double>(read + written);
}

void Recorder::begin_grid(const Launched& grid) {
  running_ = &kernel(grid.kernel, grid.code);
  grid_ = grid;
  const std::uint64_t blocks = grid.grid.count();
  stride_ = blocks / most_traced_ + (blocks % most_traced_ != 0 ? 1 : 0);
  block_ = traced_ = grid_sectors_ = traced_sectors_ = 0;
  sites_.clear();
  traces_.resize(grid.block.count());
  arena_.clear_marks();
  record_to(this);
}

void Recorder::begin_block() {
  tracing_ = block_ % stride_ == stride_ / 2;
  for (Trace& trace : traces_) trace.clear();
}

void Recorder::run_thread(int index) { trace_ = &traces_[static_cast<std::size_t>(index)]; }

void Recorder::basic_block(const void* code) {
  if (tracing_)
    trace_->push_back({reinterpret_cast<std::uintptr_t>(code), 0, 0, Space::kNone, Access::kRead});
}

bool Recorder::in_shared(const void* address) const {
  return within(grid_.static_shared, address) || within(grid_.dynamic_shared, address);
}

void Recorder::mark(std::uintptr_t offset, std::size_t bytes, Access access) {
  unsigned grid = 0;
  if (access != Access::kWrite) grid |= kGridRead;
  if (access != Access::kRead) grid |= kGridWritten;
  const unsigned block = tracing_ ? grid * (kBlockRead / kGridRead) : 0u;
  const std::uintptr_t last = (offset + bytes - 1) / kSectorBytes;
  for (std::uintptr_t sector = offset / kSectorBytes; sector <= last; ++sector) {
    std::uint8_t& marks = arena_.marks(sector);
    const unsigned added = (grid | block) & ~unsigned{marks};
    if (added == 0) continue;
    grid_sectors_ += (added & kGridRead) != 0 ? 1 : 0;
    grid_sectors_ += (added & kGridWritten) != 0 ? 1 : 0;
    if ((added & kBlockRead) != 0) block_sectors_.push_back(sector);
    if ((added & kBlockWritten) != 0) block_sectors_.push_back(sector);
    marks = static_cast<std::uint8_t>(marks | added);
  }
}

void Recorder::access(const void* address, std::size_t bytes, Access access, const void* code) {
  const std::uintptr_t offset = arena_.offset(address);
  const bool global = Arena::holds(offset);
  if (global) mark(offset, bytes, access);
  // Other addresses are the thread's own stack, or the kernel's arguments.
  if (!tracing_ || (!global && !in_shared(address))) return;
  trace_->push_back({reinterpret_cast<std::uintptr_t>(code),
                     reinterpret_cast<std::uintptr_t>(address), static_cast<std::uint16_t>(bytes),
                     global ? Space::kGlobal : Space::kShared, access});
}

void Recorder::count(const Request& request) {
  const LaneAccess& first = *request.at[0];
  SiteCount& site = sites_[first.code];
  site.space = first.space;
  site.access = first.access;
  site.bytes = first.bytes;
  RequestCount& c = site.count;
  c.requests += 1;
  c.lanes += request.lanes;
  c.asked += static_cast<double>(bytes_asked(request));
  if (first.space == Space::kShared) {
    const BankCost cost = bank_cost(request);
    c.passes += static_cast<double>(cost.passes);
    c.turns += static_cast<double>(cost.turns);
  } else {
    c.sectors += static_cast<double>(sectors(request));
  }
}

void Recorder::end_block() {
  ++block_;
  if (!tracing_) return;
  ++traced_;
  const std::span<const Trace> all = traces_;
  for (std::size_t first = 0; first < all.size(); first += kWarp)
    replay_.run(all.subspan(first, std::min<std::size_t>(kWarp, all.size() - first)),
                [this](const Request& request) { count(request); });
  traced_sectors_ += block_sectors_.size();
  for (const std::uintptr_t sector : block_sectors_)
    arena_.marks(sector) &= kGridRead | kGridWritten;
  block_sectors_.clear();
}

void Recorder::end_grid() {
  record_to(nullptr);
  KernelTraffic& to = running_->traffic;
  const double scale =
      traced_ == 0 ? 0 : static_cast<double>(block_) / static_cast<double>(traced_);
  for (const auto& [code, site] : sites_) {
    const std::uintptr_t place = in_file(code);
    SiteCount& sum = running_->sites[place];
    const RequestCount before = sum.count;
    sum = site;
    sum.code = place;
    sum.count = before;
    sum.count += site.count.scaled(scale);
  }
  to.block_bytes += static_cast<double>(traced_sectors_ * kSectorBytes) * scale;
  to.grid_bytes += static_cast<double>(grid_sectors_ * kSectorBytes);
  if (block_ >= running_->largest) {
    running_->largest = block_;
    to.threads = static_cast<unsigned>(grid_.block.count());
    to.dynamic_shared = grid_.dynamic_shared.bytes;
  }
  ++to.launches;
  to.blocks += block_;
  to.traced_blocks += traced_;
}

}  // namespace fgcn::simt
