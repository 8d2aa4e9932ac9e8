// Streams of Zstandard (RFC 8878), one way and the other. No SystemC.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "testbench/observe/output/output_file.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace smmu_vp::tb {

// Compresses what it is given into a file, as one frame.
class Compressor {
 public:
  explicit Compressor(OutputFile& to);
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  ~Compressor();

  void write(std::string_view bytes);
  // Completes the frame; nothing can be written after it.
  void end();

 private:
  void step(std::string_view bytes, bool last);

  OutputFile& to_;
  std::unique_ptr<ZSTD_CCtx_s, std::size_t (*)(ZSTD_CCtx_s*)> context_;
  std::string out_;
};

// Expands frames, piece by piece.
class Expander {
 public:
  Expander();
  Expander(const Expander&) = delete;
  Expander& operator=(const Expander&) = delete;
  ~Expander();

  static bool is_compressed(std::string_view beginning);
  // Appends what `bytes` expand to; false if they are no such stream.
  bool expand(std::string_view bytes, std::string& to);
  // Whether the last frame is complete.
  bool complete() const { return complete_; }

 private:
  std::unique_ptr<ZSTD_DCtx_s, std::size_t (*)(ZSTD_DCtx_s*)> context_;
  bool complete_ = true;
};

}  // namespace smmu_vp::tb
