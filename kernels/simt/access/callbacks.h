// What the instrumented code calls.
#pragma once

namespace fgcn::simt {

class Recorder;

/// Where this system thread's accesses go from now on; null for nowhere.
void record_to(Recorder* recorder);

}  // namespace fgcn::simt
