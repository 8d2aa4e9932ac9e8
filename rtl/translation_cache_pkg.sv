// Types of the translation cache's channels, and the rules by which entries match lookups and invalidations.
//
// Every width and encoding is defined here and nowhere else. Verilator hands what is marked public to
// testbench/machine/rtl_adapter/encoding.h, where the compiler checks it against the C++ types.
package translation_cache_pkg;

  // Widths of the index ports. They are those of the largest configuration, so that every configuration has the same
  // interface.
  parameter int unsigned SetW  /*verilator public*/ = 10;  // set of the page bank: up to 1,024
  parameter int unsigned WayW  /*verilator public*/ = 6;   // way of a set, or entry of the block bank: up to 64
  parameter int unsigned MshrW /*verilator public*/ = 6;   // MSHR: up to 64

  // Replacement policies (replacement.sv).
  parameter int unsigned ReplaceTreePlru /*verilator public*/ = 0;  // tree pseudo-LRU
  parameter int unsigned ReplaceNru      /*verilator public*/ = 1;  // not recently used

  typedef logic [63:0]                      addr_t;        // VA or PA
  typedef logic [$clog2($bits(addr_t))-1:0] log2_t;        // log2 of a size in bytes
  typedef logic [15:0]                      vmid_t;        // VMID
  typedef logic [20:0]                      ctx_t;         // ASID; in an ATC the PASID, or just the top bit for none
  typedef logic [WayW:0]                    way_count_t;   // entries of a set or of the block bank: 0 to 2**WayW
  typedef logic [MshrW:0]                   mshr_count_t;  // MSHRs: 0 to 2**MshrW
  typedef logic [31:0]                      inv_count_t;   // entries dropped or MSHRs poisoned by one invalidation

  // world_e: the StreamWorld of a translation, or that it is an ATC's. granule_e: the page size of its context.
  // status_e: the answer to a lookup. scope_e: what an invalidation compares, beside the world.
  typedef enum logic [1:0] {WorldNsEl1, WorldNsEl2, WorldNsEl2E2h, WorldAtc} world_e /*verilator public*/;
  typedef enum logic [1:0] {Granule4K, Granule16K, Granule64K} granule_e /*verilator public*/;
  typedef enum logic [1:0] {StatusHit, StatusMiss, StatusMerged, StatusFull} status_e /*verilator public*/;
  typedef enum logic [1:0] {ScopeAll, ScopeVmid, ScopeContext, ScopeVa} scope_e /*verilator public*/;

  // Context that a translation belongs to.
  typedef struct packed {
    world_e   world;
    granule_e granule;
    vmid_t    vmid;
    ctx_t     ctx;
  } key_t;

  // Attributes of a translation, beside its VA and PA.
  typedef struct packed {
    logic       is_global;          // matches every context of its world and VMID (nG = 0)
    logic [5:0] rights;             // from bit 0: user r, w, x, privileged r, w, x
    logic [7:0] memory_attributes;  // the MAIR byte
    logic [1:0] shareability;       // SH
    log2_t      log2_size;          // size cached
    log2_t      leaf_log2_size;     // size of the stage-1 leaf that it was cut from, at least log2_size
  } attr_t;

  // An invalidation; its range of VAs is on ports of its own. The scope decides which fields are compared.
  typedef struct packed {
    scope_e scope;
    world_e world;
    logic   any_world;  // every world matches
    vmid_t  vmid;
    ctx_t   ctx;
    logic   any_ctx;    // every context matches
  } inv_t;

  // Answer to a lookup.
  typedef struct packed {
    status_e          status;
    logic [MshrW-1:0] mshr;  // StatusMiss: allocated; StatusMerged: to wait for
  } lookup_rsp_t;

  // Answer to a fill.
  typedef struct packed {
    logic            dropped;     // nothing was cached
    logic            overtaken;   // an invalidation overtook the walk: the translation must not be used any more
    logic            block_bank;  // cached in the block bank, else in the page bank
    logic [SetW-1:0] set_idx;     // set of the page bank
    logic [WayW-1:0] way;         // way of the set, or entry of the block bank
  } fill_rsp_t;

  // Masks of the structs' fields, by which C++ packs and unpacks them: ones in the field, zeros elsewhere.
  localparam world_e   WorldMask   = world_e'({$bits(world_e){1'b1}});
  localparam granule_e GranuleMask = granule_e'({$bits(granule_e){1'b1}});
  localparam status_e  StatusMask  = status_e'({$bits(status_e){1'b1}});
  localparam scope_e   ScopeMask   = scope_e'({$bits(scope_e){1'b1}});

  parameter key_t KeyWorld   /*verilator public*/ = '{world: WorldMask, granule: Granule4K, default: '0};
  parameter key_t KeyGranule /*verilator public*/ = '{world: WorldNsEl1, granule: GranuleMask, default: '0};
  parameter key_t KeyVmid    /*verilator public*/ = '{world: WorldNsEl1, granule: Granule4K, vmid: '1, default: '0};
  parameter key_t KeyCtx     /*verilator public*/ = '{world: WorldNsEl1, granule: Granule4K, ctx: '1, default: '0};

  parameter attr_t AttrGlobal       /*verilator public*/ = '{is_global: '1, default: '0};
  parameter attr_t AttrRights       /*verilator public*/ = '{rights: '1, default: '0};
  parameter attr_t AttrMemory       /*verilator public*/ = '{memory_attributes: '1, default: '0};
  parameter attr_t AttrShareability /*verilator public*/ = '{shareability: '1, default: '0};
  parameter attr_t AttrSize         /*verilator public*/ = '{log2_size: '1, default: '0};
  parameter attr_t AttrLeafSize     /*verilator public*/ = '{leaf_log2_size: '1, default: '0};

  parameter inv_t InvScope    /*verilator public*/ = '{scope: ScopeMask, world: WorldNsEl1, default: '0};
  parameter inv_t InvWorld    /*verilator public*/ = '{scope: ScopeAll, world: WorldMask, default: '0};
  parameter inv_t InvAnyWorld /*verilator public*/ = '{scope: ScopeAll, world: WorldNsEl1, any_world: '1, default: '0};
  parameter inv_t InvVmid     /*verilator public*/ = '{scope: ScopeAll, world: WorldNsEl1, vmid: '1, default: '0};
  parameter inv_t InvCtx      /*verilator public*/ = '{scope: ScopeAll, world: WorldNsEl1, ctx: '1, default: '0};
  parameter inv_t InvAnyCtx   /*verilator public*/ = '{scope: ScopeAll, world: WorldNsEl1, any_ctx: '1, default: '0};

  parameter lookup_rsp_t LookupStatus /*verilator public*/ = '{status: StatusMask, default: '0};
  parameter lookup_rsp_t LookupMshr   /*verilator public*/ = '{status: StatusHit, mshr: '1};

  parameter fill_rsp_t FillDropped   /*verilator public*/ = '{dropped: '1, default: '0};
  parameter fill_rsp_t FillOvertaken /*verilator public*/ = '{overtaken: '1, default: '0};
  parameter fill_rsp_t FillBlockBank /*verilator public*/ = '{block_bank: '1, default: '0};
  parameter fill_rsp_t FillSet       /*verilator public*/ = '{set_idx: '1, default: '0};
  parameter fill_rsp_t FillWay       /*verilator public*/ = '{way: '1, default: '0};

  // Width of an index of so many entries: at least 1, so that a single entry has an index too. It is called at
  // elaboration only, which coverage does not see.
  /*verilator coverage_off*/
  function automatic int unsigned idx_width(int unsigned entries);
    return entries > 1 ? $clog2(entries) : 1;
  endfunction
  /*verilator coverage_on*/

  // Pages of 4 KB, 16 KB and 64 KB: each granule has four times the size of the one before.
  parameter log2_t PageLog2Of4K = 12;
  function automatic log2_t page_log2(granule_e granule);
    return PageLog2Of4K + (log2_t'(granule) << 1);
  endfunction

  // The offset bits of an address in a naturally aligned region of this size.
  function automatic addr_t span(log2_t log2_size);
    return (addr_t'(1) << log2_size) - addr_t'(1);
  endfunction

  // The set that holds a page of this granule: its page number, folded once over the width of the index.
  function automatic logic [SetW-1:0] set_index(granule_e granule, addr_t va, int unsigned log2_sets);
    addr_t vpn;
    vpn = va >> page_log2(granule);
    return SetW'((vpn ^ (vpn >> log2_sets)) & span(log2_t'(log2_sets)));
  endfunction

  // Whether two addresses lie in the same naturally aligned region of this size.
  function automatic logic same_region(addr_t a, addr_t b, log2_t log2_size);
    return ((a ^ b) >> log2_size) == '0;
  endfunction

  // Whether the naturally aligned region of this size around va has a byte in [first, last].
  function automatic logic overlaps(addr_t va, log2_t log2_size, addr_t first, addr_t last);
    return (va & ~span(log2_size)) <= last && (va | span(log2_size)) >= first;
  endfunction

  // Whether two keys belong to one context; when either translation is global, ctx is not compared.
  function automatic logic same_context(key_t a, key_t b, logic is_global);
    return a.world == b.world && a.granule == b.granule && a.vmid == b.vmid && (is_global || a.ctx == b.ctx);
  endfunction

  // Whether the invalidation reaches the key's world and VMID; one by ASID leaves out global entries (4.4.2.2).
  function automatic logic inv_regime(inv_t inv, key_t key, logic is_global);
    return (inv.any_world || inv.world == key.world)
        && (inv.scope == ScopeAll || inv.vmid == key.vmid)
        && !(inv.scope == ScopeContext && is_global);
  endfunction

  // Whether the invalidation reaches the key's ctx.
  function automatic logic inv_context(inv_t inv, key_t key);
    return inv.any_ctx || inv.scope == ScopeAll || inv.scope == ScopeVmid || inv.ctx == key.ctx;
  endfunction

  // Whether the invalidation covers an entry. By VA it takes every entry that was cut from the stage-1 leaf around the
  // address, and global entries whatever their context (4.4.2.4).
  function automatic logic covers(inv_t inv, addr_t first, addr_t last, key_t key, addr_t va, attr_t attr);
    logic by_va;
    by_va = inv.scope == ScopeVa;
    return inv_regime(inv, key, attr.is_global)
        && (inv_context(inv, key) || (by_va && attr.is_global))
        && (!by_va || overlaps(va, attr.leaf_log2_size, first, last));
  endfunction

endpackage
