// NumPy's array files (.npy), archives of them (.npz), and scipy.sparse matrices in those.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/archive/zip.h"
#include "io/file.h"
#include "kernels/core/csr.h"

namespace fgcn::io {

/// kText is numpy's S (bytes) when read or written, and U (UTF-32) when read. kUnread is a member
/// of an archive that is no array of these types: whoever asks for its values is told why.
enum class NpyType { kF32, kF64, kI32, kI64, kU8, kBool, kText, kUnread };

/// One array. Halves are read as kF32, other integers as the next wider type. Numbers are row-major
/// (an array stored by columns is turned over when read) and little-endian in `data`; a text is
/// held in `texts`.
struct NpyArray {
  NpyType type = NpyType::kF64;
  std::vector<std::int64_t> shape;
  Bytes data;
  std::vector<std::string> texts;  // of kUnread: the sentence that says why

  std::int64_t size() const;
  /// From any numeric type. InputError when it is a text.
  std::vector<double> doubles() const;
  /// From an integer type or bool. InputError on another type or beyond 64 (or 32) bits.
  std::vector<std::int64_t> longs() const;
  std::vector<std::int32_t> ints() const;
  /// The only text of the array. InputError when it holds something else.
  std::string only_text() const;

  static NpyArray of(std::vector<std::int64_t> shape, std::span<const float> values);
  static NpyArray of(std::vector<std::int64_t> shape, std::span<const double> values);
  static NpyArray of(std::vector<std::int64_t> shape, std::span<const std::int32_t> values);
  static NpyArray of(std::vector<std::int64_t> shape, std::span<const std::int64_t> values);
  static NpyArray of(std::vector<std::int64_t> shape, std::span<const std::uint8_t> values);
  static NpyArray of(const std::string& text);
};

/// Members by name, without the ".npy" that arrays' end in.
using Npz = std::map<std::string, NpyArray>;

/// `where` names the file in messages. InputError on anything malformed or of another type
/// (objects, structures, complex, big-endian); a member of an archive that is so refuses only
/// itself, when it is asked for (kUnread). A damaged archive is refused as a whole.
/// Source: NumPy's format specification, versions 1.0 to 3.0.
NpyArray parse_npy(std::span<const std::uint8_t> bytes, const std::string& where);
Bytes encode_npy(const NpyArray& array);
Npz parse_npz(std::span<const std::uint8_t> bytes, const std::string& where);
Bytes encode_npz(const Npz& arrays, ZipMethod method = ZipMethod::kDeflated);
Npz read_npz(const std::filesystem::path& path);
void write_npz(const std::filesystem::path& path, const Npz& arrays,
               ZipMethod method = ZipMethod::kDeflated);

/// InputError naming `where` when there is no such array, or one that cannot be read.
const NpyArray& at(const Npz& arrays, const std::string& name, const std::string& where);

enum class NpzPrecision { kF32, kF64 };

/// Reads csr, csc and coo matrices of scipy.sparse.save_npz, as CSR. Repeats are summed,
/// stored zeros are kept. InputError on other kinds, bad indices, or more than 2^24 rows or
/// columns.
Csr sparse_from_npz(const Npz& arrays, const std::string& where);
Csr read_sparse_npz(const std::filesystem::path& path);
/// Arrays that scipy.sparse.load_npz reads as a csr matrix.
Npz npz_from_sparse(const Csr& matrix, NpzPrecision precision);
void write_sparse_npz(const std::filesystem::path& path, const Csr& matrix, NpzPrecision precision);

}  // namespace fgcn::io
