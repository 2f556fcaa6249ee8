#include "io/utf8.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "io/one_word.h"

namespace fgcn::io {
namespace {

TEST_CASE("bytes that are not UTF-8 become U+FFFD, one each, and code points come back") {
  const std::string valid = "aé€😀\x7f";
  CHECK(valid_utf8(valid) == valid);
  CHECK(code_points(valid) == 5);
  CHECK(valid_utf8("caf\xe9.jpg") == "caf\ufffd.jpg");
  CHECK(valid_utf8("\xe9") == "\ufffd");                                // cut at the end
  CHECK(valid_utf8("\xc0\xaf") == "\ufffd\ufffd");                      // overlong
  CHECK(valid_utf8("\xe0\x80\xaf") == "\ufffd\ufffd\ufffd");            // overlong
  CHECK(valid_utf8("\xed\xa0\x80") == "\ufffd\ufffd\ufffd");            // a surrogate
  CHECK(valid_utf8("\xf4\x90\x80\x80") == "\ufffd\ufffd\ufffd\ufffd");  // above U+10FFFF
  CHECK(valid_utf8("\x80x") == "\ufffdx");
  CHECK(valid_utf8(std::string_view("\0a", 2)) == std::string_view("\0a", 2));
}

TEST_CASE("texts are cut between code points") {
  CHECK(first_code_points("naïve", 3) == "naï");
  CHECK(first_code_points("naïve", 9) == "naïve");
  CHECK(last_code_points("naïve", 3) == "ïve");
  CHECK(last_code_points("naïve", 0).empty());
  CHECK(last_code_points("é", 5) == "é");
}

TEST_CASE("case is folded in every script") {
  CHECK(folded_case("Foto.JPG") == "foto.jpg");
  CHECK(folded_case("ÄPFEL ΩΔ ЖЩ") == "äpfel ωδ жщ");
  CHECK(folded_case("A\xe9") == "a\ufffd");
}

TEST_CASE("a name is one word that mesh readers and file systems can follow") {
  CHECK(one_word("plain-1_2.x") == "plain-1_2.x");
  CHECK(one_word("x y\tz") == "x_y_z");
  CHECK(one_word("quo\"te 'n' `t`") == "quo_te__n___t_");
  CHECK(one_word("C:\\fotos\\ich") == "C__fotos_ich");
  CHECK(one_word("x\ry\n\x01\x7f") == "x_y___");
  CHECK(one_word("a/b?c*d|e<f>g#h") == "a_b_c_d_e_f_g_h");
  CHECK(one_word("3.45\u202fPM") == "3.45_PM");  // as screenshots are called
  CHECK(one_word("a\u00a0b\u3000c\u2028d\u0085e") == "a_b_c_d_e");
  CHECK(one_word("Grüße-写真") == "Grüße-写真");
  CHECK(one_word("caf\xe9") == "caf\ufffd");
}

}  // namespace
}  // namespace fgcn::io
