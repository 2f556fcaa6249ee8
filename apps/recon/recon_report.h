// What fgcn_recon says of its results on stdout.
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/recon/recon_options.h"
#include "io/terminal.h"

namespace fgcn {

/// One JSON array at the end, or a line of JSON for each result as soon as it is there. Bytes of
/// names that are not UTF-8 become U+FFFD.
class ReconReport {
 public:
  using Json = nlohmann::ordered_json;

  explicit ReconReport(Report kind) : kind_(kind) {}

  void add(Json result) {
    if (kind_ == Report::kJson) {
      all_.push_back(std::move(result));
      return;
    }
    if (kind_ == Report::kNone) return;
    io::print_json(result.dump(-1, ' ', false, Json::error_handler_t::replace));
    std::fflush(stdout);  // run_app looks whether it failed
  }
  void add_text(const std::string& json) {
    if (kind_ != Report::kNone) add(Json::parse(json));
  }
  void finish() const {
    if (kind_ == Report::kJson)
      io::print_json(all_.dump(2, ' ', false, Json::error_handler_t::replace));
  }

 private:
  Report kind_;
  Json all_ = Json::array();
};

}  // namespace fgcn
