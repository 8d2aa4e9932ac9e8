// Adds our signals to a Verilated model's FST file, through the callbacks that generated code uses.
#include "testbench/observe/trace_sinks/wave_file.h"

#include <verilated_fst_c.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "testbench/machine/rtl_adapter/fst_stdio.h"
#include "testbench/observe/output/output_place.h"

namespace smmu_vp::tb {

struct WaveFile::Impl {
  VerilatedFstC file;

  static void declare(void* self, VerilatedFst* file, u32 code) {
    static_cast<WaveFile*>(self)->declare(*file, code);
  }
  static void full(void* self, VerilatedFst::Buffer* buffer) {
    for (const Declared& s : static_cast<WaveFile*>(self)->signals_) {
      u32* old = buffer->oldp(static_cast<u32>(s.code));
      if (s.bits > 32) {
        buffer->fullQData(old, s.value, static_cast<int>(s.bits));
      } else {
        buffer->fullIData(old, static_cast<u32>(s.value), static_cast<int>(s.bits));
      }
    }
  }
  static void changes(void* self, VerilatedFst::Buffer* buffer) {
    auto& file = *static_cast<WaveFile*>(self);
    for (const std::size_t changed : file.changed_) {
      Declared& s = file.signals_[changed];
      s.changed = false;
      u32* old = buffer->oldp(static_cast<u32>(s.code));
      if (s.bits > 32) {
        buffer->chgQData(old, s.value, static_cast<int>(s.bits));
      } else {
        buffer->chgIData(old, static_cast<u32>(s.value), static_cast<int>(s.bits));
      }
    }
    file.changed_.clear();
  }
};

WaveFile::WaveFile(Window window) : window_(window), impl_(std::make_unique<Impl>()) {
  Verilated::traceEverOn(true);
  impl_->file.set_time_unit("1ps");
  impl_->file.set_time_resolution("1ps");
  impl_->file.spTrace()->addInitCb(Impl::declare, this);
  impl_->file.spTrace()->addFullCb(Impl::full, this);
  impl_->file.spTrace()->addChgCb(Impl::changes, this);
}

WaveFile::~WaveFile() = default;

WaveFile::Signal WaveFile::add(std::string scope, std::string name, unsigned bits, const WaveNames* names) {
  signals_.push_back({std::move(scope), std::move(name), bits, names});
  return static_cast<Signal>(signals_.size() - 1);
}

std::vector<WaveFile::Description> WaveFile::signals() const {
  std::vector<Description> all;
  for (const Declared& s : signals_) all.push_back({s.scope, s.name, s.bits, s.names != nullptr, s.value});
  return all;
}

VerilatedFstC& WaveFile::models() {
  return impl_->file;
}

void WaveFile::declare(VerilatedFst& file, u32 code) {
  std::vector<const WaveNames*> declared;
  // A scope must not be left and entered again: the signals of a scope are declared together.
  std::vector<std::size_t> order(signals_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return signals_[a].scope < signals_[b].scope; });
  for (const std::size_t i : order) {
    Declared& s = signals_[i];
    int type = -1;
    if (s.names) {
      const auto known = std::find(declared.begin(), declared.end(), s.names);
      type = static_cast<int>(known - declared.begin()) + 1;
      if (known == declared.end()) {
        declared.push_back(s.names);
        std::vector<const char*> names, values;
        std::vector<std::string> bits;
        for (const u64 v : s.names->values) {
          std::string& text = bits.emplace_back();
          for (unsigned b = s.bits; b-- > 0;) text.push_back((v >> b & 1) != 0 ? '1' : '0');
        }
        for (const std::string& v : bits) values.push_back(v.c_str());
        for (const std::string& n : s.names->names) names.push_back(n.c_str());
        file.declDTypeEnum(type, s.names->type.c_str(), static_cast<u32>(names.size()), s.bits, names.data(),
                           values.data());
      }
    }
    std::string scope = s.scope + ' ';
    std::replace(scope.begin(), scope.end(), '.', ' ');
    file.pushNamePrefix(scope);
    s.code = code;
    const int msb = static_cast<int>(s.bits) - 1;
    if (s.bits == 1) {
      file.declBit(code, s.name.c_str(), type, FST_VD_IMPLICIT, FST_VT_VCD_WIRE, false, -1);
    } else if (s.bits > 32) {
      file.declQuad(code, s.name.c_str(), type, FST_VD_IMPLICIT, FST_VT_VCD_WIRE, false, -1, msb, 0);
    } else {
      file.declBus(code, s.name.c_str(), type, FST_VD_IMPLICIT, FST_VT_VCD_WIRE, false, -1, msb, 0);
    }
    file.popNamePrefix();
    code += s.bits > 32 ? 2 : 1;
  }
}

void WaveFile::open(const std::string& path, Limit limit) {
  // A writer that once failed to open cannot be used again, so the place is checked first.
  auto file = std::make_unique<WholeFile>(path);
  if (const std::unique_ptr<std::FILE, int (*)(std::FILE*)> scratch(std::tmpfile(), std::fclose); !scratch)
    output_failed(P_tmpdir, errno);
  take_fst_error();
  impl_->file.open(file->part().c_str());
  if (!impl_->file.isOpen()) output_failed(path, EIO);
  file_ = std::move(file);
  limit_ = std::move(limit);
  dumps_ = 0;
  full_ = false;
}

void WaveFile::set(Signal signal, u64 value, u64 t_ps) {
  Declared& s = signals_[static_cast<std::size_t>(signal)];
  if (s.value == value) return;
  before_change(t_ps);
  s.value = value;
  if (!std::exchange(s.changed, true)) changed_.push_back(static_cast<std::size_t>(signal));
}

void WaveFile::before_change(u64 t_ps) {
  while (!later_.empty() && later_.begin()->first <= t_ps) {
    move_to(later_.begin()->first);
    later_.begin()->second();
    later_.erase(later_.begin());
  }
  move_to(t_ps);
}

void WaveFile::move_to(u64 t_ps) {
  if (t_ps == pending_ps_) return;
  dump();
  pending_ps_ = t_ps;
}

void WaveFile::dump() {
  if (!is_open() || pending_ps_ < window_.start_ps || pending_ps_ > window_.end_ps) return;
  if (pending_ps_ < next_dump_ps_) return;
  if (!has_room()) return;
  impl_->file.dump(pending_ps_);
  next_dump_ps_ = pending_ps_ + 1;
}

bool WaveFile::has_room() {
  constexpr u64 kLookEvery = 1 << 16;  // the file grows by whole blocks of many dumps
  if (full_ || ++dumps_ % kLookEvery != 0) return !full_;
  std::error_code none;
  const auto size = std::filesystem::file_size(file_->part(), none);
  full_ = !none && size > limit_.most_bytes;
  if (full_ && limit_.on_full) limit_.on_full(pending_ps_);
  return !full_;
}

void WaveFile::close(u64 t_ps) {
  if (!is_open()) return;
  before_change(t_ps);
  dump();
  impl_->file.close();
  const std::unique_ptr<WholeFile> file = std::move(file_);
  if (const int error = take_fst_error(); error != 0) write_failed(file->path(), error);
  file->finish();
}

void convert_to_vcd(const WavePaths& paths) {
  const std::unique_ptr<void, void (*)(void*)> reader(fstReaderOpen(paths.fst.c_str()), fstReaderClose);
  if (!reader) throw OutputError(paths.fst + ": cannot be read back");
  WholeFile file(paths.vcd);
  std::FILE* const out = std::fopen(file.part().c_str(), "w");
  if (out == nullptr) output_failed(paths.vcd, errno);
  fstReaderProcessHier(reader.get(), out);
  fstReaderSetFacProcessMaskAll(reader.get());
  fstReaderIterBlocks(reader.get(), nullptr, nullptr, out);
  const bool complete = std::ferror(out) == 0;
  if (std::fclose(out) != 0 || !complete) write_failed(paths.vcd, complete ? errno : ENOSPC);
  file.finish();
}

}  // namespace smmu_vp::tb
