// Calls the library with buffers of the sizes that it recommends.
#include "testbench/observe/output/compression.h"

#include <zstd.h>

#include <new>

namespace smmu_vp::tb {

namespace {

// Of the log's text, level 1 leaves a twentieth at the cost of a memory copy; higher levels gain little.
constexpr int kLevel = 1;

template <typename Context>
Context* made(Context* context) {
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

}  // namespace

Compressor::Compressor(OutputFile& to)
    : to_(to), context_(made(ZSTD_createCCtx()), ZSTD_freeCCtx), out_(ZSTD_CStreamOutSize(), '\0') {
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

Compressor::~Compressor() = default;

void Compressor::write(std::string_view bytes) {
  step(bytes, false);
}

void Compressor::end() {
  step({}, true);
}

void Compressor::step(std::string_view bytes, bool last) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (;;) {
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    const std::size_t left =
        ZSTD_compressStream2(context_.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left) != 0) throw WriteError(std::string("zstd: ") + ZSTD_getErrorName(left));
    to_.write({out_.data(), out.pos});
    if (last ? left == 0 : in.pos == in.size) return;
  }
}

Expander::Expander() : context_(made(ZSTD_createDCtx()), ZSTD_freeDCtx) {}

Expander::~Expander() = default;

bool Expander::is_compressed(std::string_view beginning) {
  std::string magic;
  for (unsigned i = 0; i < 4; ++i) magic += static_cast<char>(ZSTD_MAGICNUMBER >> (8 * i));
  return beginning.starts_with(magic);
}

bool Expander::expand(std::string_view bytes, std::string& to) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string piece(ZSTD_DStreamOutSize(), '\0');
  ZSTD_outBuffer out{};
  do {
    out = {piece.data(), piece.size(), 0};
    const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left) != 0) return false;
    complete_ = left == 0;
    to.append(piece.data(), out.pos);
  } while (in.pos < in.size || (out.pos == out.size && !complete_));
  return true;
}

}  // namespace smmu_vp::tb
