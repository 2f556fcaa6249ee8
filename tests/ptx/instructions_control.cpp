// Branches, barriers and exchanges between lanes.
#include "tests/ptx/kernel_compiler.h"
#include "tests/ptx/options.h"

namespace fgcn::ptx {

bool KernelCompiler::control(const Statement& s, Instruction& in) {
  const bool barrier = s.name == "bar" || s.name == "barrier";
  if (s.name == "bra") {
    s.allow({"uni"});
    in.flow = Flow::kBranch;
    jumps_.emplace_back(kernel_.code.size(), s.argument(0));
  } else if (s.name == "ret" || s.name == "exit") {
    in.flow = Flow::kExit;
  } else if (s.name == "trap") {
    in.flow = Flow::kTrap;
  } else if (barrier && !s.has("warp")) {
    s.allow({"cta", "sync", "aligned"});
    if (!s.has("sync") || s.arguments.size() != 1 || s.arguments[0] != "0") s.refuse();
    in.flow = Flow::kBarrier;
    if (barriers_++ == options().drop_barrier) {
      in.flow = Flow::kNext;
      in.operation = nothing();
      kernel_.barrier_dropped = true;
    }
  } else if (s.name == "activemask") {
    in.d = register_of(s.argument(0));
    in.operation = active_mask();
  } else if (s.name == "membar" || s.name == "fence" || s.name == "nanosleep" ||
             s.name == "prefetch" || s.name == "discard") {
    // Memory is in order here, and nobody waits.
    in.operation = nothing();
  } else {
    return false;
  }
  return true;
}

namespace {

u8 reduction_of(const Statement& s) {
  const bool is_signed = s.type == "s32";
  Reduction reduction = Reduction::kXor;
  if (s.has("add")) reduction = Reduction::kAdd;
  if (s.has("min")) reduction = is_signed ? Reduction::kMinSigned : Reduction::kMin;
  if (s.has("max")) reduction = is_signed ? Reduction::kMaxSigned : Reduction::kMax;
  if (s.has("and")) reduction = Reduction::kAnd;
  if (s.has("or")) reduction = Reduction::kOr;
  return static_cast<u8>(reduction);
}

u8 shuffle_of(const Statement& s) {
  Shuffle shuffle = Shuffle::kDown;
  if (s.has("bfly")) shuffle = Shuffle::kButterfly;
  if (s.has("idx")) shuffle = Shuffle::kIndex;
  if (s.has("up")) shuffle = Shuffle::kUp;
  return static_cast<u8>(shuffle);
}

Exchange vote_of(const Statement& s) {
  if (s.has("ballot")) return Exchange::kBallot;
  if (s.has("any")) return Exchange::kAny;
  if (s.has("all")) return Exchange::kAll;
  return Exchange::kUniform;
}

}  // namespace

bool KernelCompiler::exchange(const Statement& s, Instruction& in) {
  // "%r1|%p1": a result and whether it is one.
  const auto destinations = [&](const std::string& text) {
    const std::size_t bar = text.find('|');
    in.d = register_of(trimmed(text.substr(0, bar)));
    if (bar != std::string::npos) in.predicate = register_of(trimmed(text.substr(bar + 1)));
  };
  const bool warp_barrier = (s.name == "bar" || s.name == "barrier") && s.has("warp");
  if (warp_barrier) {
    s.allow({"warp", "sync"});
    in.exchange = Exchange::kSync;
    in.c = source(s.argument(0), 4);
  } else if (s.name == "shfl") {
    s.allow({"sync", "bfly", "idx", "up", "down"});
    if (!s.has("sync")) s.refuse();
    in.exchange = Exchange::kShuffle;
    in.variant = shuffle_of(s);
    destinations(s.argument(0));
    in.a = source(s.argument(1), 4);
    in.b = source(s.argument(2), 4);
    in.e = source(s.argument(3), 4);
    in.c = source(s.argument(4), 4);
  } else if (s.name == "vote") {
    s.allow({"sync", "ballot", "any", "all", "uni"});
    if (!s.has("sync")) s.refuse();
    in.exchange = vote_of(s);
    in.d = register_of(s.argument(0));
    in.a = predicate(s.argument(1), in.source_negated);
    in.c = source(s.argument(2), 4);
  } else if (s.name == "redux") {
    s.allow({"sync", "add", "min", "max", "and", "or", "xor"});
    if (is_float_type(s.type)) s.refuse();
    in.exchange = Exchange::kReduce;
    in.variant = reduction_of(s);
    in.d = register_of(s.argument(0));
    in.a = source(s.argument(1), 4);
    in.c = source(s.argument(2), 4);
  } else if (s.name == "match") {
    s.allow({"sync", "any", "all"});
    in.exchange = s.has("all") ? Exchange::kMatchAll : Exchange::kMatchAny;
    in.variant = static_cast<u8>(type_bytes(s.type));
    destinations(s.argument(0));
    in.a = source(s.argument(1), in.variant);
    in.c = source(s.argument(2), 4);
  } else {
    return false;
  }
  in.flow = Flow::kExchange;
  return true;
}

}  // namespace fgcn::ptx
