// An address space: VMAs, page tables, demand paging, notifiers, and the two reference counts that decide
// when it is torn down (users: pages and tables; count: the top-level table and the PASID).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sw_driver/mm/notifier.h"
#include "sw_driver/mm/page_tables.h"

namespace smmu_vp::sw {

struct Prot {
  bool read = false, write = false, exec = false;
  bool operator==(const Prot&) const = default;
};
inline constexpr Prot kProtRead{true, false, false}, kProtReadWrite{true, true, false},
    kProtReadExec{true, false, true}, kProtNone{};

enum class Access : u8 { kRead, kWrite, kExec };
enum class VmFault : u8 { kOk, kNoVma, kNoRight, kOom };

// Fills a page of a VMA when it is first touched; it gets the page zeroed.
using PageSource = std::function<void(u64 va, std::span<u8> page)>;

class Mm {
 public:
  struct VmaKind {
    int leaf_level = 3;         // of the translation table: below 3 it consists of blocks (hugetlbfs)
    bool private_file = false;  // a page that was only read is the file's: the first write copies it
  };
  struct Vma {
    u64 end;
    Prot prot;
    VmaKind kind;
  };
  // The iommu layer's data of an address space.
  struct IommuData {
    virtual ~IommuData() = default;
    virtual void dropped() = 0;  // the last reference to the address space was dropped
  };

  // Starts with one user and one count. Returns null when memory is exhausted.
  static std::shared_ptr<Mm> create(Env& env, u64 id, std::string name, PageSource source);

  u64 id() const { return id_; }
  const std::string& name() const { return name_; }
  u64 pgd() const { return tables_.pgd(); }
  u64 page_bytes() const { return tables_.page_bytes(); }

  // Ranges must be aligned to pages, or to the blocks that a VMA consists of. mmap refuses an overlap; the others act on
  // all VMAs in the range.
  bool mmap(u64 start, u64 bytes, Prot prot) { return mmap(start, bytes, prot, {}); }
  bool mmap(u64 start, u64 bytes, Prot prot, VmaKind kind);
  bool munmap(u64 start, u64 bytes);
  bool mprotect(u64 start, u64 bytes, Prot prot);
  // Pages are freed, and come again when they are touched.
  bool madvise_dontneed(u64 start, u64 bytes);
  // Pages move to other memory, with their contents; false if memory for one was not there.
  bool migrate(u64 start, u64 bytes);

  // Serves a page fault at `va` if a VMA permits the access.
  VmFault handle_fault(u64 va, Access access);
  // CPU accesses that fault pages in. They return false where no VMA permits the access, and after exit.
  bool read(u64 va, void* data, u64 bytes);
  bool write(u64 va, const void* data, u64 bytes);

  // Users keep pages and tables. The last mmput() runs exit_mmap() in the caller's thread.
  bool mmget_not_zero();
  void mmput();
  // Counts keep the top-level table and the IOMMU data.
  void mmgrab() { ++count_; }
  void mmdrop();

  // Whether the next mmput() tears the address space down: no page fault in progress holds a user.
  bool last_user() const { return users_ == 1; }
  // Returns false once the mm has no users.
  bool notifier_register(const std::shared_ptr<MmuNotifier>& notifier);
  // Unregisters; calls freed() as soon as no call into the notifier is running.
  void notifier_put(const std::shared_ptr<MmuNotifier>& notifier);

  std::unique_ptr<IommuData> iommu;

 private:
  class NotifierReader;

  Mm(Env& env, u64 id, std::string name, PageSource source);
  bool aligned(u64 start, u64 bytes) const;
  bool splits_block(u64 va) const;
  void split_at(u64 va);
  const Vma* find_vma(u64 va) const;
  VmFault fault_locked(u64 va, Access access);
  VmFault page_in(const Vma& vma, u64 page, bool write);
  // The descriptor of a page, or of a block.
  struct Frame {
    u64 pa;
    int level;
  };
  u64 leaf(const Frame& frame, Prot prot, bool dirty) const;
  bool move_to_new_frame(const Leaf& old, Prot prot, bool dirty);
  void take_away(const Leaf& old);
  void free_frame(const Leaf& old);
  static bool dirty(const Leaf& leaf);
  u64 bytes_of(const Leaf& leaf) const { return tables_.leaf_bytes(leaf.level); }
  void notify_invalidate(u64 start, u64 end);
  void notify_pages(const std::vector<Leaf>& leaves);
  void notify_tables(const std::vector<UnlinkedTable>& tables);
  void unmap_pages(u64 start, u64 end, bool invalidate);
  void exit_mmap();
  void drop_iommu_data();
  bool copy(const AddressRange& range, Access access,
            const std::function<void(u64 pa, u64 offset, u64 n)>& part);

  Env& env_;
  u64 id_;
  std::string name_;
  PageSource source_;
  PageTables tables_;
  std::unique_ptr<Mutex> mmap_lock_;
  std::map<u64, Vma> vmas_;  // by start
  unsigned users_ = 1, count_ = 1;

  std::vector<std::weak_ptr<MmuNotifier>> notifiers_;  // owned by whoever registered them
  std::vector<std::shared_ptr<MmuNotifier>> put_;      // to be freed when the readers have left
  unsigned readers_ = 0;
  std::unique_ptr<WaitQueue> readers_left_;
};

}  // namespace smmu_vp::sw
