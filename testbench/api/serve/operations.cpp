// One case for each operation of which a driver is made: decode the fields, make the call, encode the results.
#include "testbench/api/serve/operations.h"

#include "testbench/api/capi/refusal.h"
#include "testbench/api/capi/tlbi.h"
#include "testbench/observe/output/output_file.h"
#include "testbench/observe/report/version.h"

namespace smmu_vp::tb::serve {

namespace {

void put_result(Writer& out, const smmu_vp_dma_result& r) {
  out.put32(r.status).put64(r.latency_ps).put64(r.translated_address).put64(r.translated_size);
  for (const int flag : {r.r, r.w, r.u, r.exe, r.priv, r.global, r.responded})
    out.put32(static_cast<u32>(flag));
  out.put32(r.prg_response_code);
}

// Whether a history begins with it at the latest: the others only ask what machine this is, or prepare it.
bool drives(Op op) {
  return op != Op::kHello && op != Op::kInfo && op != Op::kEndpoint && op != Op::kReset &&
         op != Op::kRecord && op != Op::kIrqSubscribe && op != Op::kFunctions && op != Op::kTellPages &&
         op != Op::kWaveWindow && op != Op::kRepeat && op != Op::kNextActivity;
}

bool reads(const smmu_vp_dma_request& r) {
  return r.write == 0 &&
         (r.kind == SMMU_VP_UNTRANSLATED || r.kind == SMMU_VP_TRANSLATED || r.kind == SMMU_VP_VIA_ATC);
}

Bytes replied(Op op, smmu_vp_status status, const Bytes& body) {
  return framed(static_cast<u16>(op), static_cast<u16>(status), body);
}

Bytes refused(Op op, smmu_vp_status status, std::string_view why) {
  return replied(op, status, Writer().put(why).take());
}

}  // namespace

Operations::Operations(Machine& machine, ClientFolders folders)
    : machine_(machine),
      session_(machine.session()),
      resets_(machine.resets()),
      folders_(std::move(folders)) {}

Operations::~Operations() {
  notice_reset();
  for (const auto& [handle, started] : background_) session_.dma_drop(handle);
}

// Any client may have reset the machine, which drops the DMA that this client had started.
void Operations::notice_reset() {
  if (resets_ == machine_.resets()) return;
  resets_ = machine_.resets();
  background_.clear();
  folders_.reset();
  if (hears_pages_) session_.tell_pages_read();
}

Bytes Operations::answer(const Header& header, std::span<const u8> body) {
  if (header.operation > static_cast<u16>(Op::kNextActivity))
    throw Malformed("operation " + std::to_string(header.operation) + " is unknown");
  if (header.status != 0) throw Malformed("a request with a non-zero status");
  const auto op = static_cast<Op>(header.operation);
  if (!greeted_ && op != Op::kHello) throw Malformed("the first frame is not HELLO");
  Reader in(body);
  notice_reset();
  if (drives(op)) folders_.open_once(session_);
  try {
    return replied(op, SMMU_VP_OK, perform(op, in));
  } catch (const Refusal& e) {
    return refused(op, e.status(), e.what());
  } catch (const OutputError& e) {
    return refused(op, SMMU_VP_EINVAL, e.what());
  }
}

Bytes Operations::perform(Op op, Reader& in) {
  // Every case reads all fields and checks that the body is consumed before it acts.
  Writer out;
  switch (op) {
    case Op::kHello:
      return hello(in);
    case Op::kInfo:
      in.end();
      return info();
    case Op::kEndpoint: {
      const u32 index = in.get32();
      in.end();
      const smmu_vp_endpoint e = session_.endpoint(index);
      out.put32(static_cast<u32>(e.pcie)).put32(e.stream_id).put64(e.registers).put32(e.irq);
      break;
    }
    case Op::kMmioRead: {
      const u64 pa = in.get64();
      const u32 size = in.get32();
      in.end();
      out.put64(session_.mmio_read(pa, size));
      break;
    }
    case Op::kMmioWrite: {
      const u64 pa = in.get64();
      const u32 size = in.get32();
      const u64 value = in.get64();
      in.end();
      session_.mmio_write(pa, size, value);
      break;
    }
    case Op::kMemRead: {
      const u64 pa = in.get64();
      const u32 bytes = in.get32();
      in.end();
      if (bytes > DmaJobs::kMaxBytes)
        throw Refusal(SMMU_VP_EINVAL,
                      "memory: at most " + std::to_string(DmaJobs::kMaxBytes) + " bytes at a time");
      Bytes data(bytes);
      if (bytes != 0) session_.mem_read(pa, data.data(), data.size());
      return data;
    }
    case Op::kMemWrite: {
      const u64 pa = in.get64();
      const auto data = in.all();
      if (!data.empty()) session_.mem_write(pa, data.data(), data.size());
      break;
    }
    case Op::kNow:
      in.end();
      out.put64(session_.now());
      break;
    case Op::kNextActivity:
      in.end();
      out.put64(session_.next_activity());
      break;
    case Op::kAdvance: {
      const u64 ps = in.get64();
      in.end();
      session_.advance(ps);
      break;
    }
    case Op::kAdvanceTo: {
      const u64 t_ps = in.get64();
      in.end();
      session_.advance_to(t_ps);
      break;
    }
    case Op::kSettle: {
      const u64 ps = in.get64();
      in.end();
      session_.settle(ps);
      break;
    }
    case Op::kIrqLevel: {
      const u32 irq = in.get32();
      in.end();
      out.put32(session_.irq_pending(irq) ? 1 : 0);
      break;
    }
    case Op::kIrqWait: {
      const u64 mask = in.get64(), timeout = in.get64();
      in.end();
      out.put64(session_.irq_wait(mask, timeout));
      break;
    }
    case Op::kIrqSubscribe:
      subscribe(in);
      break;
    case Op::kDma:
      return dma(in, false);
    case Op::kDmaStart:
      return dma(in, true);
    case Op::kDmaPoll:
      return dma_poll(in);
    case Op::kTlbiBroadcast: {
      const u32 operation = in.get32();
      smmu_vp_tlbi t{};
      t.vmid = in.get32();
      t.asid = in.get32();
      t.address = in.get64();
      t.bytes = in.get64();
      t.last_level = in.get32() != 0;
      t.e2h = in.get32() != 0;
      in.end();
      t.op = tlbi_op(operation);
      session_.tlbi_broadcast(t);
      break;
    }
    case Op::kTlbiSync:
      in.end();
      session_.tlbi_sync();
      break;
    case Op::kReset:
      in.end();
      machine_.reset();
      break;
    case Op::kCounter:
    case Op::kViolations:
    case Op::kWaves:
    case Op::kMonitors:
    case Op::kCounters:
    case Op::kViolation:
    case Op::kFinish:
    case Op::kExplain:
    case Op::kDump:
    case Op::kRecords:
    case Op::kRecord:
    case Op::kNote:
    case Op::kPhase:
    case Op::kKernelLog:
    case Op::kExpect:
    case Op::kFunctions:
    case Op::kStore:
    case Op::kTellPages:
    case Op::kWaveWindow:
    case Op::kRepeat:
      observe(op, in, out);
      break;
  }
  return out.take();
}

Bytes Operations::hello(Reader& in) {
  const auto magic = in.bytes(kMagic.size());
  if (!std::equal(magic.begin(), magic.end(), kMagic.begin()))
    throw Malformed("HELLO without the magic word");
  const u16 version = in.get16();
  in.end();
  if (version != kVersion) {
    throw Refusal(SMMU_VP_EINVAL, "framing version " + std::to_string(version) + ": this side speaks " +
                                      std::to_string(kVersion));
  }
  greeted_ = true;
  return Writer().put16(kVersion).put(tb::kVersion).take();
}

Bytes Operations::info() const {
  const smmu_vp_info i = session_.info();
  const smmu_vp_layout l = session_.layout();
  Writer out;
  for (const u64 v : {i.smmu_base, i.smmu_size, i.ram_base, i.ram_size, i.ecam_base, i.ecam_size})
    out.put64(v);
  for (const u32 v : {i.endpoint_count, i.irq_event, i.irq_pri, i.irq_gerror, i.irq_cmd_sync}) out.put32(v);
  return out.put64(l.msi_doorbell)
      .put32(l.irq_lines)
      .put64(l.pcie_window_base)
      .put64(l.pcie_window_size)
      .take();
}

void Operations::subscribe(Reader& in) {
  std::set<u32> lines;
  for (u32 left = in.get32(); left != 0; --left) lines.insert(in.get32());
  in.end();
  for (const u32 line : lines) session_.check_line(line);
  subscribed_ = std::move(lines);
}

Bytes Operations::dma(Reader& in, bool in_background) {
  smmu_vp_dma_request r{};
  r.endpoint = in.get32();
  const u32 kind = in.get32();
  r.has_pasid = in.get32() != 0;
  r.pasid = in.get32();
  r.address = in.get64();
  r.length = in.get32();
  r.write = in.get32() != 0;
  r.privileged = in.get32() != 0;
  r.execute = in.get32() != 0;
  r.no_write = in.get32() != 0;
  r.prg_index = in.get32();
  r.last = in.get32() != 0;
  const auto sent = in.all();
  r.kind = dma_kind(kind);
  Bytes data(sent.begin(), sent.end());
  if (reads(r)) {
    if (!data.empty()) throw Malformed("a DMA read with data");
    if (r.length <= DmaJobs::kMaxBytes) data.resize(r.length);
  } else if (data.size() != r.length) {
    throw Malformed("a DMA of " + std::to_string(r.length) + " bytes with " + std::to_string(data.size()));
  }
  r.data = data.data();
  Writer out;
  if (in_background) {
    const u64 handle = session_.dma_start(r);
    background_[handle] = {std::move(data), reads(r)};  // moving the vector does not move its bytes
    return out.put64(handle).take();
  }
  const smmu_vp_dma_result result = session_.dma(r);
  put_result(out, result);
  if (reads(r) && result.status == SMMU_VP_DMA_OK) out.put(data);
  return out.take();
}

Bytes Operations::dma_poll(Reader& in) {
  const u64 handle = in.get64();
  in.end();
  const auto started = background_.find(handle);
  if (started == background_.end())
    throw Refusal(SMMU_VP_EINVAL, "dma_poll: this client has no handle " + std::to_string(handle));
  smmu_vp_dma_result result{};
  const bool done = session_.dma_poll(handle, result);
  Writer out;
  put_result(out.put32(done ? 1 : 0), result);
  if (!done) return out.take();
  if (started->second.read && result.status == SMMU_VP_DMA_OK) out.put(started->second.data);
  background_.erase(started);
  return out.take();
}

}  // namespace smmu_vp::tb::serve
