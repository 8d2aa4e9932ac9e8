// Encodes accesses and events in blocks of one kind each.
#include "testbench/runs/workload/encoder.h"

#include <bit>
#include <cassert>
#include <utility>

namespace smmu_vp::tb {

namespace {

u8 code_of(const Rights& r) {
  return static_cast<u8>((r.read ? format::kRead : 0) | (r.write ? format::kWrite : 0) |
                         (r.execute ? format::kExecute : 0));
}

}  // namespace

WorkloadEncoder::WorkloadEncoder(std::string command, std::vector<Vma> vmas)
    : command_(std::move(command)), map_(std::move(vmas)), state_({}) {
  vmas_ = map_.areas();
}

void WorkloadEncoder::add(const Step& step) {
  const bool is_event = std::holds_alternative<MapEvent>(step);
  if (in_block_ != 0 && (is_event != of_events_ || block_.size() >= format::kBlockTarget)) close_block();
  if (in_block_ == 0) {
    of_events_ = is_event;
    if (!is_event) state_ = format::AccessState(map_.areas());
  }
  ++in_block_;
  if (is_event)
    event(std::get<MapEvent>(step));
  else
    access(std::get<Access>(step));
}

void WorkloadEncoder::access(const Access& a) {
  const Vma* vma = map_.find(a.va, a.bytes);
  assert(vma != nullptr && (a.write ? vma->rights.write : vma->rights.read));
  const auto index = static_cast<std::size_t>(vma - map_.areas().data());
  const unsigned rank = state_.rank_of(index);
  const bool short_size = std::has_single_bit(a.bytes) && a.bytes <= 64;
  const unsigned size = short_size ? static_cast<unsigned>(std::countr_zero(a.bytes)) : format::kSizeFollows;
  block_.u8_(static_cast<u8>((a.write ? format::kStore : 0) | size << format::kSizeShift |
                             rank << format::kRankShift));
  if (!short_size) block_.varint(a.bytes);
  if (rank == format::kIndexFollows) block_.varint(index);
  block_.zigzag(a.va - state_.last(index));
  state_.last(index) = a.va;
  state_.use(index);
  ++(a.write ? stores_ : loads_);
}

void WorkloadEncoder::event(const MapEvent& e) {
  [[maybe_unused]] const auto wrong = map_.apply(e);
  assert(!wrong);
  block_.u8_(static_cast<u8>(e.kind));
  block_.varint(e.area.start / kWorkloadPage);
  block_.varint((e.area.end - e.area.start) / kWorkloadPage);
  if (e.kind != MapEvent::Kind::kUnmap) block_.u8_(code_of(e.area.rights));
  if (e.kind == MapEvent::Kind::kMap) block_.text(e.area.name);
  ++events_;
}

// A block starts with its count, which is known only now.
void WorkloadEncoder::close_block() {
  ByteWriter w;
  w.varint(std::exchange(in_block_, 0));
  std::vector<u8> bytes = w.bytes();
  bytes.insert(bytes.end(), block_.bytes().begin(), block_.bytes().end());
  block_.clear();
  blocks_.push_back({of_events_ ? format::kEvents : format::kAccesses, std::move(bytes)});
}

std::vector<format::Section> WorkloadEncoder::finish(u64 made) {
  if (in_block_ != 0) close_block();
  std::vector<format::Section> sections;
  ByteWriter info, vmas, end;
  info.text(command_);
  info.varint(made);
  info.varint(loads_ + stores_);
  sections.push_back({format::kInfo, info.bytes()});
  vmas.varint(vmas_.size());
  u64 previous_end = 0;
  for (const Vma& vma : vmas_) {
    vmas.varint((vma.start - previous_end) / kWorkloadPage);
    vmas.varint((vma.end - vma.start) / kWorkloadPage);
    vmas.u8_(code_of(vma.rights));
    vmas.text(vma.name);
    previous_end = vma.end;
  }
  sections.push_back({format::kVmas, vmas.bytes()});
  sections.insert(sections.end(), std::make_move_iterator(blocks_.begin()),
                  std::make_move_iterator(blocks_.end()));
  blocks_.clear();
  end.varint(loads_);
  end.varint(stores_);
  end.varint(events_);
  sections.push_back({format::kEnd, end.bytes()});
  return sections;
}

}  // namespace smmu_vp::tb
