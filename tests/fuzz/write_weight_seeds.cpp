// Weights as torch and TensorFlow write them, and a face model's pickle.
#include <string>
#include <utility>

#include "tests/fuzz/seeds.h"
#include "tests/io/arrays/tensorflow_files.h"
#include "tests/io/arrays/torch_files.h"

namespace fgcn::fuzz {
namespace {

Bytes after(std::uint8_t first, const Bytes& rest) {
  Bytes out{first};
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

void write_torch_seeds(const Seeds& seeds) {
  using test::TorchContainer;
  const test::TorchViews views{{"module.a.weight", {"FloatStorage", "0", 24, 0, {4, 6}, {6, 1}}},
                               {"module.a.bias", {"FloatStorage", "0", 24, 1, {3, 2}, {1, 6}}}};
  const test::TorchStorages storages{{"0", Bytes(96, 1)}};
  const test::TorchViews types{{"half", {"HalfStorage", "1", 48, 0, {48}, {1}}},
                               {"bfloat", {"BFloat16Storage", "2", 48, 4, {2}, {0}}},
                               {"long", {"LongStorage", "3", 12, 0, {}, {}}},
                               {"char", {"CharStorage", "4", 96, 0, {0, 2}, {2, 1}}}};
  const Bytes pickle = test::torch_pickle(views, TorchContainer::kZip);
  seeds.add("pth_fuzz", "archive", after(0, test::torch_zip(pickle, storages)));
  seeds.add("pth_fuzz", "pickle", after(1, pickle));
  seeds.add("pth_fuzz", "types", after(1, test::torch_pickle(types, TorchContainer::kZip)));
  test::PickleWriter parameter;  // the tensor of a parameter, and what its dictionary carries
  parameter.raw("}").word("state_dict").raw("ccollections\nOrderedDict\n)Rq\x01(").word("p");
  parameter.raw("ctorch._utils\n_rebuild_parameter\n(ctorch._utils\n_rebuild_tensor_v2\n((");
  parameter.word("storage").raw("ctorch\nFloatStorage\n").word("0").word("cpu").raw("K\x18tQ");
  parameter.raw("K").raw(std::string(1, '\0')).raw("K\x18\x85K\x01\x85\x89}tR\x88}tRu}");
  parameter.word("_metadata").raw("h\x01sbs");
  seeds.add("pth_fuzz", "parameter", after(1, parameter.end()));
  seeds.add("pth_legacy_fuzz", "two",
            test::torch_legacy(test::torch_pickle(views, TorchContainer::kLegacy), storages, 4));
}

void write_tensorflow_seeds(const Seeds& seeds) {
  using test::ProtoWriter;
  const auto tensor = [](std::uint64_t type, const std::vector<std::int64_t>& shape) {
    return ProtoWriter().number(1, type).message(2, test::proto_shape(shape));
  };
  seeds.add("frozen_graph_fuzz", "content",
            test::graph_of("a/weights", tensor(1, {2}).bytes(4, Bytes(8, 1))));
  seeds.add("frozen_graph_fuzz", "floats", test::graph_of("b", tensor(1, {3}).fixed(5, 7)));
  seeds.add("frozen_graph_fuzz", "packed", test::graph_of("c", tensor(1, {3}).bytes(5, Bytes(8))));
  seeds.add("frozen_graph_fuzz", "ints", test::graph_of("d", tensor(3, {3}).number(7, 7)));
  seeds.add("frozen_graph_fuzz", "longs", test::graph_of("e", tensor(9, {3}).bytes(10, {1, 2})));
  seeds.add("frozen_graph_fuzz", "halves", test::graph_of("f", tensor(19, {3}).number(13, 7)));
  seeds.add("frozen_graph_fuzz", "bools", test::graph_of("g", tensor(10, {3}).number(11, 1)));

  const Bytes entry = ProtoWriter()
                          .number(1, 1)
                          .message(2, test::proto_shape({2, 3}))
                          .number(4, 8)
                          .number(5, 24)
                          .fixed(6, 1)
                          .end();
  const Bytes block = test::block_of({{"", ProtoWriter().number(1, 1).end()},
                                      {"encoder/conv1/weights", entry},
                                      {"encoder/conv1/weights/Momentum", entry}});
  seeds.add("checkpoint_index_fuzz", "table", after(0, test::index_of(block)));
  seeds.add("checkpoint_index_fuzz", "block", after(1, block));
}

void write_pickle_seeds(const Seeds& seeds) {
  const auto zero = std::string(1, '\0');
  const auto array = [&](test::PickleWriter& out, const std::string& type, const std::string& shape,
                         const std::string& values) {
    out.raw("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK" + zero + "\x85U\x01" +
            "b\x87R(K\x01" + shape + "cnumpy\ndtype\nU\x02" + type + "K" + zero +
            "K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK" + zero + "tb\x89U");
    out.raw(std::string(1, static_cast<char>(values.size())) + values + "tb");
  };
  test::PickleWriter model;
  model.raw("}(").word("v_template");
  array(model, "f4", "K\x01K\x03\x86", std::string(12, '\x3f'));
  model.word("f");
  array(model, "u4", "K\x01K\x03\x86", std::string(12, '\x01'));
  model.word("J_regressor").raw("cscipy.sparse.csc\ncsc_matrix\n)\x81}(").word("data");
  array(model, "f8", "K\x01\x85", std::string(8, '\x3f'));
  model.word("indices");
  array(model, "i1", "K\x01\x85", "\x01");
  model.word("indptr");
  array(model, "i1", "K\x03\x85", zero + "\x01\x01");
  model.word("_shape").raw("K\x02K\x02\x86ub").word("ch").raw("cchumpy.ch\nCh\n)\x81}").word("x");
  array(model, "i2", "K\x02\x85", "abcd");
  model.raw("sb").word("bs_style").raw("U\x03lbsu");
  seeds.add("pickle_fuzz", "model", model.end());
}

}  // namespace

void write_weight_seeds(const Seeds& seeds) {
  write_torch_seeds(seeds);
  write_tensorflow_seeds(seeds);
  write_pickle_seeds(seeds);
}

}  // namespace fgcn::fuzz
