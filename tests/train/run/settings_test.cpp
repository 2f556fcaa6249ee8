#include "train/run/settings.h"

#include <nlohmann/json.hpp>

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

enum class Color { kRed, kGreen };

struct Variables {
  std::int64_t batch = 4;
  double learning_rate = 1e-4;
  bool augment = true;
  std::string network = "normal";
  Color color = Color::kGreen;
  std::int64_t every = 500;
};

std::vector<Setting> settings_of(Variables& v) {
  return {whole_number("batch", v.batch, 1, 256, "photos a step"),
          number("learning_rate", v.learning_rate, 0, 1, "learning rate"),
          flag("augment", v.augment, "whether photos are varied"),
          word("network", v.network, {"normal", "resnet"}, "which"),
          choice<Color>("color", v.color, {{"red", Color::kRed}, {"green", Color::kGreen}}, ""),
          whole_number("checkpoint_every", v.every, 1, 1000, "steps", OnResume::kFree)};
}

TEST_CASE("a setting takes what is in its range and refuses the rest in one sentence") {
  Variables v;
  const auto settings = settings_of(v);
  for (const char* good : {"batch=256", "learning_rate=2.5e-3", "augment=off", "network=resnet",
                           "color=red", "checkpoint_every=1"})
    apply_setting(settings, good);
  CHECK(v.batch == 256);
  CHECK(v.learning_rate == 2.5e-3);
  CHECK(!v.augment);
  CHECK(v.network == "resnet");
  CHECK(v.color == Color::kRed);
  CHECK(v.every == 1);
  for (const char* bad : {"batch=0", "batch=257", "batch=", "batch=4x", "batch= 4", "batch=1e2",
                          "batch=99999999999999999999", "learning_rate=-1e-9", "learning_rate=nan",
                          "learning_rate=inf", "learning_rate=1.0001", "augment=yes",
                          "network=wide", "color=", "color=Red"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH_AS(apply_setting(settings, bad), doctest::Contains("' is not "), InputError);
  }
  CHECK(v.batch == 256);
  CHECK(v.learning_rate == 2.5e-3);
  CHECK_THROWS_WITH_AS(apply_setting(settings, "batch=0"),
                       "--set batch=0: '0' is not 1 to 256; it is now 256", InputError);
  CHECK_THROWS_WITH_AS(apply_setting(settings, "network=wide"),
                       doctest::Contains("normal or resnet"), InputError);
  CHECK_THROWS_WITH_AS(apply_setting(settings, "bath=3"),
                       doctest::Contains("no setting 'bath'; the nearest is 'batch'"), InputError);
  CHECK_THROWS_WITH_AS(apply_setting(settings, "checkpoint_evry=3"),
                       doctest::Contains("'checkpoint_every'"), InputError);
  CHECK_THROWS_WITH_AS(apply_setting(settings, "batch"), doctest::Contains("expected key=value"),
                       InputError);
}

TEST_CASE("settings that were kept say which of them differs") {
  Variables begun;
  begun.learning_rate = 0.1 + 0.2;  // which no short text holds
  const std::string json = settings_json(settings_of(begun));
  CHECK(nlohmann::json::parse(json)["batch"] == "4");
  Variables same = begun;
  CHECK_NOTHROW(check_same_settings(settings_of(same), json, "x"));
  same.every = 7;
  CHECK_NOTHROW(check_same_settings(settings_of(same), json, "x"));
  Variables other = begun;
  other.learning_rate = 0.3;
  CHECK_THROWS_WITH_AS(
      check_same_settings(settings_of(other), json, "x"),
      doctest::Contains(
          "x: was begun with learning_rate=0.30000000000000004, not 0.3; resume with --set"),
      InputError);
  other = begun;
  other.color = Color::kRed;
  CHECK_THROWS_WITH_AS(check_same_settings(settings_of(other), json, "x"),
                       doctest::Contains("color=green, not red"), InputError);
  CHECK_THROWS_WITH_AS(check_same_settings(settings_of(begun), "{}", "x"),
                       doctest::Contains("says nothing of the setting 'batch'"), InputError);
  for (const char* damaged : {"", "[]", "{", "{\"batch\": 4}"})
    CHECK_THROWS_AS(check_same_settings(settings_of(begun), damaged, "x"), InputError);
}

TEST_CASE("a run takes the settings that were kept, and refuses others that were asked for") {
  Variables begun;
  begun.learning_rate = 0.1 + 0.2;
  begun.color = Color::kRed;
  begun.every = 7;
  const std::string json = settings_json(settings_of(begun));
  Variables now;
  take_settings(settings_of(now), json, {}, "x");
  CHECK(settings_json(settings_of(now)) == json);
  Variables other;
  other.color = Color::kGreen;
  CHECK_THROWS_WITH_AS(take_settings(settings_of(other), json, {"color"}, "x"),
                       doctest::Contains("color=red, not green"), InputError);
  Variables freer;
  freer.every = 9;
  take_settings(settings_of(freer), json, {"checkpoint_every"}, "x");
  CHECK(freer.every == 9);
  CHECK(freer.learning_rate == begun.learning_rate);
  CHECK_THROWS_WITH_AS(take_settings(settings_of(now), R"({"batch": "none"})", {}, "x"),
                       doctest::Contains("x: has the setting batch=none, which is not 1 to 256"),
                       InputError);
  for (const char* damaged : {"", "[]", "{", "{}", "{\"batch\": 4}"})
    CHECK_THROWS_AS(take_settings(settings_of(now), damaged, {}, "x"), InputError);
}

TEST_CASE("the nearest name is the one with the fewest changes") {
  CHECK(nearest_name("abc", {"xyz", "abd", "abcdef"}) == "abd");
  CHECK(nearest_name("", {"abc", "b"}) == "b");
  CHECK(nearest_name("kitten", {"sitten_", "sitting", "mitten"}) == "mitten");
}

TEST_CASE("the list shows every setting with value and range") {
  Variables v;
  const std::string list = settings_text(settings_of(v));
  CHECK(list.find("learning_rate=1e-04") != std::string::npos);
  CHECK(list.find("photos a step [1 to 256]\n") != std::string::npos);
  CHECK(list.find("steps [1 to 1000] *\n") != std::string::npos);
}

}  // namespace
}  // namespace fgcn::train
