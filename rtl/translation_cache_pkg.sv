// Types of the translation cache's channels, and the rules by which entries match lookups and invalidations. It is the one
// source of widths and encodings: what is marked public reaches testbench/rtl_adapter/encoding.h through Verilator, and
// the compiler checks it there against the C++ types.
package translation_cache_pkg;

  // Index ports are as wide as the largest configuration, so that every configuration has the same interface.
  parameter int unsigned SetW  /*verilator public*/ = 10;
  parameter int unsigned WayW  /*verilator public*/ = 6;
  parameter int unsigned MshrW /*verilator public*/ = 6;

  // Replacement policies (replacement.sv).
  parameter int unsigned ReplaceTreePlru /*verilator public*/ = 0;
  parameter int unsigned ReplaceNru      /*verilator public*/ = 1;

  typedef logic [63:0] addr_t;

  typedef enum logic [1:0] {WorldNsEl1, WorldNsEl2, WorldNsEl2E2h, WorldAtc} world_e /*verilator public*/;
  typedef enum logic [1:0] {Granule4K, Granule16K, Granule64K} granule_e /*verilator public*/;
  typedef enum logic [1:0] {StatusHit, StatusMiss, StatusMerged, StatusFull} status_e /*verilator public*/;
  typedef enum logic [1:0] {ScopeAll, ScopeVmid, ScopeContext, ScopeVa} scope_e /*verilator public*/;

  // Whose translation: `ctx` is an ASID, or in an ATC a PASID (bit 20: no PASID).
  typedef struct packed {
    world_e      world;
    granule_e    granule;
    logic [15:0] vmid;
    logic [20:0] ctx;
  } key_t;

  typedef struct packed {
    logic       is_global;
    logic [5:0] rights;  // user r, w, x, then privileged r, w, x; bit 0 first
    logic [7:0] memory_attributes;
    logic [1:0] shareability;
    logic [5:0] log2_size;
    logic [5:0] leaf_log2_size;
  } attr_t;

  typedef struct packed {
    scope_e      scope;
    world_e      world;
    logic        any_world;
    logic [15:0] vmid;
    logic [20:0] ctx;
    logic        any_ctx;
  } inv_t;

  typedef struct packed {
    status_e          status;
    logic [MshrW-1:0] mshr;
  } lookup_rsp_t;

  typedef struct packed {
    logic            dropped;
    logic            block_bank;
    logic [SetW-1:0] set_idx;
    logic [WayW-1:0] way;
  } fill_rsp_t;

  // Where each field lies in its struct: all ones there, nothing elsewhere.
  parameter key_t KeyWorld   /*verilator public*/ = '{world: world_e'(2'b11), granule: Granule4K, default: '0};
  parameter key_t KeyGranule /*verilator public*/ = '{world: WorldNsEl1, granule: granule_e'(2'b11), default: '0};
  parameter key_t KeyVmid    /*verilator public*/ = '{world: WorldNsEl1, granule: Granule4K, vmid: '1, default: '0};
  parameter key_t KeyCtx     /*verilator public*/ = '{world: WorldNsEl1, granule: Granule4K, ctx: '1, default: '0};

  parameter attr_t AttrGlobal       /*verilator public*/ = '{is_global: '1, default: '0};
  parameter attr_t AttrRights       /*verilator public*/ = '{rights: '1, default: '0};
  parameter attr_t AttrMemory       /*verilator public*/ = '{memory_attributes: '1, default: '0};
  parameter attr_t AttrShareability /*verilator public*/ = '{shareability: '1, default: '0};
  parameter attr_t AttrSize         /*verilator public*/ = '{log2_size: '1, default: '0};
  parameter attr_t AttrLeafSize     /*verilator public*/ = '{leaf_log2_size: '1, default: '0};

  parameter inv_t InvScope    /*verilator public*/ = '{scope: scope_e'(2'b11), world: WorldNsEl1, default: '0};
  parameter inv_t InvWorld    /*verilator public*/ = '{scope: ScopeAll, world: world_e'(2'b11), default: '0};
  parameter inv_t InvAnyWorld /*verilator public*/ = '{scope: ScopeAll, world: WorldNsEl1, any_world: '1, default: '0};
  parameter inv_t InvVmid     /*verilator public*/ = '{scope: ScopeAll, world: WorldNsEl1, vmid: '1, default: '0};
  parameter inv_t InvCtx      /*verilator public*/ = '{scope: ScopeAll, world: WorldNsEl1, ctx: '1, default: '0};
  parameter inv_t InvAnyCtx   /*verilator public*/ = '{scope: ScopeAll, world: WorldNsEl1, any_ctx: '1, default: '0};

  parameter lookup_rsp_t LookupStatus /*verilator public*/ = '{status: status_e'(2'b11), default: '0};
  parameter lookup_rsp_t LookupMshr   /*verilator public*/ = '{status: StatusHit, mshr: '1};

  parameter fill_rsp_t FillDropped   /*verilator public*/ = '{dropped: '1, default: '0};
  parameter fill_rsp_t FillBlockBank /*verilator public*/ = '{block_bank: '1, default: '0};
  parameter fill_rsp_t FillSet       /*verilator public*/ = '{set_idx: '1, default: '0};
  parameter fill_rsp_t FillWay       /*verilator public*/ = '{way: '1, default: '0};

  function automatic logic [5:0] page_log2(granule_e granule);
    return 6'd12 + {3'b0, granule, 1'b0};
  endfunction

  function automatic addr_t span(logic [5:0] log2_size);
    return (64'd1 << log2_size) - 64'd1;
  endfunction

  // Where a page of this granule lives: the page number folded once over the index width.
  function automatic logic [SetW-1:0] set_index(granule_e granule, addr_t va, int unsigned log2_sets);
    addr_t vpn;
    vpn = va >> page_log2(granule);
    return SetW'((vpn ^ (vpn >> log2_sets)) & span(6'(log2_sets)));
  endfunction

  function automatic logic same_region(addr_t a, addr_t b, logic [5:0] log2_size);
    return ((a ^ b) >> log2_size) == '0;
  endfunction

  function automatic logic overlaps(addr_t va, logic [5:0] log2_size, addr_t first, addr_t last);
    return (va & ~span(log2_size)) <= last && (va | span(log2_size)) >= first;
  endfunction

  // One of the two may be global: then contexts do not matter.
  function automatic logic same_context(key_t a, key_t b, logic is_global);
    return a.world == b.world && a.granule == b.granule && a.vmid == b.vmid && (is_global || a.ctx == b.ctx);
  endfunction

  function automatic logic inv_regime(inv_t inv, key_t key, logic is_global);
    return (inv.any_world || inv.world == key.world)
        && (inv.scope == ScopeAll || inv.vmid == key.vmid)
        && !(inv.scope == ScopeContext && is_global);
  endfunction

  function automatic logic inv_context(inv_t inv, key_t key);
    return inv.any_ctx || inv.scope == ScopeAll || inv.scope == ScopeVmid || inv.ctx == key.ctx;
  endfunction

  // Does the invalidation cover this entry? By address it reaches the whole stage-1 leaf the entry was cut from.
  function automatic logic covers(inv_t inv, addr_t first, addr_t last, key_t key, addr_t va, attr_t attr);
    logic by_va;
    by_va = inv.scope == ScopeVa;
    return inv_regime(inv, key, attr.is_global)
        && (inv_context(inv, key) || (by_va && attr.is_global))
        && (!by_va || overlaps(va, attr.leaf_log2_size, first, last));
  endfunction

endpackage
