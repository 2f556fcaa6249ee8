// Device memory by way of libcudart's calls, for the simulator's own tests.
#pragma once

#include <cuda_runtime_api.h>
#include <doctest/doctest.h>

#include <vector>

#include "tests/ptx/device.h"

namespace fgcn::ptx {

template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<T>& values) : count_(values.size()) {
    REQUIRE(cudaMalloc(&data_, count_ * sizeof(T)) == cudaSuccess);
    REQUIRE(cudaMemcpy(data_, values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice) ==
            cudaSuccess);
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { cudaFree(data_); }

  T* data() const { return static_cast<T*>(data_); }
  std::vector<T> values() const {
    std::vector<T> values(count_);
    REQUIRE(cudaMemcpy(values.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost) ==
            cudaSuccess);
    return values;
  }

 private:
  void* data_ = nullptr;
  std::size_t count_;
};

/// Settings that a test changes, and findings that it makes, end with it.
class RestoredSettings {
 public:
  RestoredSettings() : before_(options()) {}
  RestoredSettings(const RestoredSettings&) = delete;
  RestoredSettings& operator=(const RestoredSettings&) = delete;
  ~RestoredSettings() {
    options() = before_;
    device().findings.clear();
  }

 private:
  Options before_;
};

}  // namespace fgcn::ptx
