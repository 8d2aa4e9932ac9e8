// Every observable fact of the platform, named once.
#pragma once

#include <variant>

#include "tlm/trace/facts_cache.h"
#include "tlm/trace/facts_detail.h"
#include "tlm/trace/facts_device.h"
#include "tlm/trace/facts_os.h"
#include "tlm/trace/facts_smmu.h"

namespace smmu_vp::trace {

using AnyFact =
    std::variant<RegisterWrite, QueueState, Command, CommandError, SyncBegin, SyncEnd, BroadcastSyncBegin,
                 BroadcastSyncEnd, TlbInvalidated, ConfigInvalidated, EventRecord, Interrupt, Msi,
                 GlobalError, TransactionBegin, Translated, TransactionEnd, WalkBegin, WalkRead, WalkEnd,
                 ConfigRead, Stalled, StallUnrecorded, Resumed, AtcInvalidateSent, AtcInvalidateDone,
                 PageRequestReceived, PrgResponseSent, CacheLookup, CacheFill, CacheInvalidate, CacheMismatch,
                 AtsRequest, AtsCompletion, AtsFollowing, FunctionControls, PageRequestIssued,
                 PrgResponseReceived, AtcInvalidateReceived, AtcInvalidateCompleted, DeviceAccess, DeviceJob,
                 Misbehaves, PageAllocated, PageFreed, StructureStore, MmCreated, PageMapped, PageUnmapped,
                 InvalidateBegin, InvalidateEnd, ReleaseBegin, ReleaseEnd, PageTablesFreed, PasidAllocated,
                 PasidFreed, StreamBlocked, PasidPhase, FaultGroupBegin, FaultGroupEnd, Operation, KernelLog,
                 Note, DriverPhase, Violation>;
// Facts only for monitors.
using DetailFact =
    std::variant<RegisterRead, RegisterRefused, ConfigFetched, Walked, AtsGranted, AtcFlushed, PasidUse>;

}  // namespace smmu_vp::trace
