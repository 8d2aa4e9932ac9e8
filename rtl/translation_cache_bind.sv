// Binds the assertions to the modules that they check. The modules themselves contain none.
bind page_bank bank_asserts #(.Ways(Ways)) u_asserts (
  .clk_i, .rst_ni, .lookup_match_i(lookup_match),
  .fill_en_i, .fill_way_i(Ways'(1) << fill_way_o), .fill_overlap_i(fill_overlap), .fill_valid_d_i(fill_valid_d),
  .inv_en_i(walk_en_i), .inv_covered_i(walk_covered), .inv_valid_d_i(walk_valid_d)
);

bind block_bank bank_asserts #(.Ways(Entries)) u_asserts (
  .clk_i, .rst_ni, .lookup_match_i(lookup_match),
  .fill_en_i, .fill_way_i(Entries'(1) << fill_idx_o), .fill_overlap_i(fill_overlap),
  .fill_valid_d_i(fill_valid_d), .inv_en_i, .inv_covered_i(inv_covered), .inv_valid_d_i(inv_valid_d)
);

bind mshr_file mshr_asserts #(.Mshrs(Mshrs)) u_asserts (
  .clk_i, .rst_ni, .pending_i(pending_q), .poisoned_i(poisoned_q),
  .miss_commit_i, .miss_match_i(miss_match), .miss_status_i(miss_status_o), .miss_mshr_i(miss_mshr_o),
  .fill_accept_i, .fill_mshr_i, .fill_drop_i(fill_drop_o)
);

bind translation_cache stale_asserts #(
  .Sets(Sets), .Ways(Ways), .BlockEntries(BlockEntries), .Mshrs(Mshrs)
) u_stale_asserts (
  .clk_i, .rst_ni,
  .alloc_i(match_fire && miss && miss_status == StatusMiss), .alloc_mshr_i(MshrW'(miss_mshr)),
  .fill_i(fill_fire && !fill_drop), .fill_mshr_i, .fill_block_i(!fill_is_page), .fill_set_i(SetW'(fill_set)),
  .fill_way_i(fill_is_page ? WayW'(fill_way) : WayW'(fill_idx)), .fill_key_i(fill_key), .fill_va_i, .fill_attr_i,
  .hit_i(match_fire && (page_hit || block_hit)), .hit_block_i(!page_hit), .hit_set_i(SetW'(page_hit_set)),
  .hit_way_i(page_hit ? WayW'(page_hit_way) : WayW'(block_hit_idx)),
  .hit_key_i(page_hit ? page_hit_key : block_hit_key), .hit_va_i(page_hit ? page_hit_va : block_hit_va),
  .hit_attr_i(page_hit ? page_hit_attr : block_hit_attr),
  .inv_accept_i(inv_valid_i && inv_ready_o), .inv_i, .inv_first_i, .inv_last_i
);

bind translation_cache channel_asserts #(.Sets(Sets)) u_channel_asserts (
  .clk_i, .rst_ni,
  .lookup_valid_i, .lookup_ready_i(lookup_ready_o), .lookup_commit_i(lookup_commit_o),
  .lookup_rsp_valid_i(lookup_rsp_valid_o), .lookup_rsp_ready_i,
  .fill_valid_i, .fill_ready_i(fill_ready_o), .fill_pending_i(fill_pending),
  .fill_rsp_valid_i(fill_rsp_valid_o), .fill_rsp_ready_i,
  .inv_accept_i(inv_valid_i && inv_ready_o), .inv_walking_i(inv_walking),
  .inv_done_valid_i(inv_done_valid_o), .inv_done_ready_i
);
