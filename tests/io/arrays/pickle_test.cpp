#include "io/arrays/pickle.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "io/arrays/npz.h"
#include "io/arrays/pickle_arrays.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "tests/support/shared_data.h"

namespace fgcn::io {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kGlobals[] = {"collections OrderedDict", "_codecs encode",
                                         "numpy dtype"};

Bytes bytes_of(const std::string& pickle) { return Bytes(pickle.begin(), pickle.end()); }

Pickle parse(const Bytes& bytes, Persistent persistent = Persistent::kRefuse) {
  return parse_pickle(bytes, "a.pkl", {kGlobals, persistent});
}
void refused(const std::string& pickle, const char* sentence) {
  const Bytes bytes = bytes_of(pickle);
  CHECK_THROWS_WITH_AS(parse(bytes), doctest::Contains(sentence), InputError);
}
/// As pickle.dumps wrote {name: array}, with the description's parts replaced.
std::string array_pickle(const std::string& shape, const std::string& type,
                         const std::string& order, const std::string& by_columns,
                         const std::string& values) {
  return "\x80\x02}(X\x01\0\0\0acnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85"
         "U\x01"
         "b\x87R(K\x01"s +
         shape + "cnumpy\ndtype\nU\x02" + type + "K\0K\x01\x87R(K\x03U\x01"s + order +
         "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"s + by_columns + "U" +
         static_cast<char>(values.size()) + values + "tbu.";
}
NpyArray only_array(const std::string& pickle) {
  return parse_pickle_arrays(bytes_of(pickle), "a.pkl").at("a");
}

TEST_CASE("pickle: values of every kind are data") {
  const Bytes bytes = bytes_of(
      "\x80\x02]q\0(N\x88\x89J\xfe\xff\xff\xffK\x07M\x01\x02\x8a\x02\xff\xfe"
      "G\x3f\xf8\0\0\0\0\0\0U\x02"
      "abX\x02\0\0\0\xc3\xa4)\x8f(K\x01K\x02t}(X\x01\0\0\0kK\x05X\x01\0\0\0kK\x06uh\0"
      "ccollections\nOrderedDict\n)R}(X\x01\0\0\0mK\x09ubX\x01\0\0\0nK\x08s"
      "c_codecs\nencode\nX\x04\0\0\0\xc3\xbf\x01\x02X\x06\0\0\0latin1\x86Re."s);
  const Pickle pickle = parse(bytes);
  CHECK(pickle.bytes() == bytes.size());
  const PickleValue& list = pickle.root();
  REQUIRE(list.kind == PickleKind::kList);
  REQUIRE(list.items.size() == 17);
  const auto at = [&](std::size_t i) -> const PickleValue& { return pickle[list.items[i]]; };
  CHECK(at(0).kind == PickleKind::kNone);
  CHECK(at(1).integer == 1);
  CHECK(at(2).integer == 0);
  CHECK(at(3).integer == -2);
  CHECK(at(4).integer == 7);
  CHECK(at(5).integer == 513);
  CHECK(at(6).integer == -257);
  CHECK(at(7).real == 1.5);
  CHECK(at(8).kind == PickleKind::kBytes);
  CHECK(at(8).text == "ab"sv);
  CHECK(at(9).kind == PickleKind::kText);
  CHECK(at(9).text == "\xc3\xa4"sv);
  CHECK(at(10).items.empty());
  CHECK(at(11).kind == PickleKind::kSet);
  CHECK(pickle[at(12).items[1]].integer == 2);
  CHECK(pickle.find(at(13), "k")->integer == 6);  // the last one counts
  CHECK(pickle.find(at(13), "m") == nullptr);
  CHECK(at(14).kind == PickleKind::kList);  // the list within itself
  CHECK(pickle.find(at(15), "n")->integer == 8);
  CHECK(pickle.find(at(15), "m") == nullptr);  // its state is not an entry
  CHECK(at(16).text == "\xff\x01\x02"sv);
}

TEST_CASE("pickle: protocol 4 names globals on the stack") {
  const Bytes bytes = bytes_of(
      "\x80\x04\x95\x05\0\0\0\0\0\0\0\x8c\x0b"
      "collections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94\x8c\x01k\x94"
      "C\x02xyh\x03\x86s."s);
  const Pickle pickle = parse(bytes);
  const PickleValue* pair = pickle.find(pickle.root(), "k");
  REQUIRE(pair != nullptr);
  REQUIRE(pair->kind == PickleKind::kTuple);
  CHECK(pickle[pair->items[0]].text == "xy"sv);
  CHECK(&pickle[pair->items[1]] == &pickle.root());
}

TEST_CASE("pickle: what is no data is refused by its name") {
  refused(
      "\x80\x02"
      "cposix\nsystem\nX\x02\0\0\0ls\x85R."s,
      "names \"posix.system\"");
  refused("\x80\x04\x8c\x05posix\x8c\x06system\x93."s, "names \"posix.system\"");
  refused(
      "\x80\x02"
      "cbuiltins\neval\n."s,
      "\"builtins.eval\"");
  refused(
      "\x80\x02"
      "ccollections\nOrderedDict\x01\n."s,
      "\"collections.OrderedDict?\"");
  refused("\x80\x02(iposix\nsystem\n."s, "uses the pickle opcode 0x69 at byte 3");
  refused(
      "\x80\x02"
      "K\x01P1\n."s,
      "0x50");
  refused("\x80\x02\x82\x01."s, "0x82");  // a code of the extension registry
  refused("\x80\x02K\x01Q."s, "points to values outside");
  refused("\x80\x06N."s, "protocol 6");
  refused("(dp0\n."s, "is not a pickle of protocol 2");
  refused("\x80\x02K\x01)R."s, "calls something that is not a known global");
  refused(
      "\x80\x02"
      "cnumpy\ndtype\nK\x01R."s,
      "without a tuple");
}

TEST_CASE("pickle: a damaged one is refused where it breaks") {
  refused("\x80\x02."s, "takes a value that is not there");
  refused("\x80\x02N(s."s, "takes a value that is not there");  // a mark guards what lies below
  refused("\x80\x02t."s, "takes a mark");
  refused("\x80\x02NN."s, "ends before it is complete");
  refused("\x80\x02h\x05."s, "did not remember");
  refused(
      "\x80\x02K\x01K\x02"
      "a."s,
      "cannot hold it");
  refused("\x80\x02}(K\x01u."s, "cannot hold it");
  refused("\x80\x02K\x01}b."s, "has none");
  refused("\x80\x02Nr\xff\xff\xff\xff."s, "remembers a value under number 4294967295");
  refused("\x80\x02" + std::string(257, '('), "nests deeper");
  refused("\x80\x02" + std::string((1 << 20) + 1, 'N'), "holds more than 1048576 values");
  refused(
      "\x80\x02"
      "c_codecs\nencode\nX\x02\0\0\0\xc4\x80X\x06\0\0\0latin1\x86R."s,
      "beyond 255");
  for (const std::string& cut : {"\x80"s, "\x80\x02"s,
                                 "\x80\x02U\x05"
                                 "ab"s,
                                 "\x80\x02K"s, "\x80\x02X\xff\xff\xff\xff"s,
                                 "\x80\x02"
                                 "ccollections\nOrd"s,
                                 "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
    const Bytes bytes = bytes_of(cut);
    CHECK_THROWS_AS(parse(bytes), PickleCutOff);
  }
}

TEST_CASE("pickle: one list may not be copied into dictionaries without end") {
  std::string pickle = "\x80\x02](]q\x01(NNe"s;
  for (int i = 0; i < 1000; ++i) pickle += "h\x01"s;
  pickle +=
      "eq\x02"
      "0ccollections\nOrderedDict\nq\x03"
      "0("s;
  for (int i = 0; i < 5000; ++i) pickle += "h\x03h\x02\x85R"s;
  refused(pickle + "t.", "repeats its dictionaries");
}

TEST_CASE("pickled arrays: types, orders of bytes and axes") {
  const NpyArray columns = only_array(
      array_pickle("K\x02K\x03\x86", "i2", ">", "\x88", "\0\1\0\2\0\3\0\4\0\5\xff\xfa"s));
  CHECK(columns.type == NpyType::kI32);
  CHECK(columns.shape == std::vector<std::int64_t>{2, 3});
  CHECK(columns.ints() == std::vector<std::int32_t>{1, 3, 5, 2, 4, -6});
  CHECK(only_array(array_pickle("K\x02\x85", "u4", "<", "\x89", "\xff\xff\xff\xff\1\0\0\0"s))
            .longs() == std::vector<std::int64_t>{4294967295, 1});
  CHECK(only_array(array_pickle("K\x01\x85", "f2", "<", "\x89", "\0\xb8"s)).doubles() ==
        std::vector<double>{-0.5});
  CHECK(only_array(array_pickle("K\x02\x85", "b1", "|", "\x89", "\1\0"s)).type == NpyType::kBool);
  CHECK(only_array(array_pickle("K\x01\x85", "c8", "<", "\x89", "12345678"s)).type ==
        NpyType::kUnread);
}

TEST_CASE("pickled arrays: a shape must fit its bytes") {
  const auto refused_array = [](const std::string& pickle, const char* sentence) {
    CHECK_THROWS_WITH_AS(only_array(pickle), doctest::Contains(sentence), InputError);
  };
  refused_array(array_pickle("K\x03\x85", "f4", "<", "\x89", "12345678"s),
                "a.pkl: a: holds an array of 8 bytes whose shape needs 12");
  refused_array(array_pickle("J\xff\xff\xff\xff\x85", "f4", "<", "\x89", ""s), "not a size");
  refused_array(array_pickle("J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87", "f8", "<",
                             "\x89", ""s),
                "whose shape needs");
  refused_array(array_pickle("K\x01\x85", "u8", "<", "\x89", "\xff\xff\xff\xff\xff\xff\xff\xff"s),
                "beyond 63 bits");
  refused_array("\x80\x02]."s, "holds no dictionary");
}

TEST_CASE("pickled arrays: one array may not be repeated without end") {
  std::string pickle = array_pickle("K\x7f\x85", "i1", "|", "\x89", std::string(127, 'x'));
  pickle.resize(pickle.size() - 2);
  pickle += "q\x09"s;
  for (int i = 0; i < 200000; ++i) {
    const std::string name = std::to_string(100000 + i);
    pickle += "U\x06" + name + "h\x09";
  }
  pickle += "u."s;
  CHECK_THROWS_WITH_AS(parse_pickle_arrays(bytes_of(pickle), "a.pkl"),
                       doctest::Contains("repeats its arrays"), InputError);
}

TEST_CASE("pickled arrays: a sparse matrix's parts must fit together") {
  const auto array = [](const std::string& name, const std::string& type, const std::string& count,
                        const std::string& values) {
    std::string one = array_pickle("K" + count + "\x85", type, "<", "\x89", values);
    one = one.substr(10, one.size() - 12);  // without the dictionary around it
    return "U" + std::string(1, static_cast<char>(name.size())) + name + one;
  };
  const auto matrix = [&](const std::string& indices, const std::string& begins) {
    return "\x80\x02}(U\x01"
           "acscipy.sparse.csc\ncsc_matrix\n)\x81}("s +
           array("data", "f4", "\x02", "\0\0\x80\x3f\0\0\0\x40"s) +
           array("indices", "i1", "\x02", indices) + array("indptr", "i1", "\x04", begins) +
           "U\x06_shapeK\x02K\x03\x86ubu.";
  };
  const NpyArray dense = only_array(matrix("\1\0"s, "\0\1\1\2"s));
  CHECK(dense.shape == std::vector<std::int64_t>{2, 3});
  CHECK(dense.doubles() == std::vector<double>{0, 0, 2, 1, 0, 0});
  const auto refused_matrix = [&](const std::string& indices, const std::string& begins,
                                  const char* sentence) {
    CHECK_THROWS_WITH_AS(only_array(matrix(indices, begins)), doctest::Contains(sentence),
                         InputError);
  };
  refused_matrix("\2\0"s, "\0\1\1\2"s, "an index beyond it");
  refused_matrix("\xff\0"s, "\0\1\1\2"s, "an index beyond it");
  refused_matrix("\1\0"s, "\0\2\1\2"s, "overlap");
  refused_matrix("\1\0"s, "\0\x7f\1\2"s, "overlap");
  refused_matrix("\1\0"s, "\1\1\1\2"s, "do not fit together");
}

TEST_CASE("pickled arrays: a dictionary that np.save wrote") {
  const TemporaryFolder folder;
  const std::string dictionary = array_pickle("K\x02\x85", "i1", "|", "\x89", "\1\2").substr(2);
  const std::string held =
      "\x80\x03"
      "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85"
      "C\x01"
      "b\x87R(K\x01)cnumpy\n"
      "dtype\nX\x02\0\0\0O8K\0K\x01\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]"s +
      dictionary.substr(0, dictionary.size() - 1) + "atb.";
  const std::string header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }\n";
  const std::string file =
      "\x93NUMPY\x01\0"s + static_cast<char>(header.size()) + "\0"s + header + held;
  write_file(folder / "a.npy", bytes_of(file));
  CHECK(read_pickle_arrays(folder / "a.npy").at("a").ints() == std::vector<std::int32_t>{1, 2});
  for (std::size_t n = 1; n < file.size(); n += 17) {
    write_file(folder / "a.npy", bytes_of(file.substr(0, n)));
    REQUIRE_THROWS_AS(read_pickle_arrays(folder / "a.npy"), InputError);
  }
}

TEST_CASE("pickled arrays: face models as Python 2 wrote them, with and without chumpy") {
  const auto golden = test::shared_data("golden/bfm_standin/flame_small.npz");
  if (!golden) return;
  const Npz expected = read_npz(*golden);
  REQUIRE(expected.size() == 9);
  for (const char* name : {"flame_small.pkl", "flame_small_chumpy.pkl"}) {
    CAPTURE(name);
    const Npz read = read_pickle_arrays(golden->parent_path() / name);
    CHECK(read.size() == expected.size());
    for (const auto& [key, array] : expected) {
      CAPTURE(key);
      const NpyArray& other = at(read, key, name);
      CHECK(other.type == array.type);
      CHECK(other.shape == array.shape);
      CHECK(other.data == array.data);
      CHECK(other.texts == array.texts);
    }
  }
}

}  // namespace
}  // namespace fgcn::io
