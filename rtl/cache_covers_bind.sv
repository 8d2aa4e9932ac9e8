// Binds the cover points to translation_cache. Only the model that measures coverage includes this file, so that the
// others are not slowed down.
bind translation_cache cache_covers u_covers (
  .clk_i, .rst_ni,
  .lookup_valid_i, .lookup_ready_i(lookup_ready_o), .commit_i(match_fire), .page_hit_i(page_hit),
  .block_hit_i(block_hit),
  .miss_status_i(miss_status), .key_i(match_key_q), .page_attr_i(page_hit_attr), .page_key_i(page_hit_key),
  .rsp_valid_i(rsp_valid_q), .rsp_ready_i(lookup_rsp_ready_i), .any_pending_i(|u_mshr_file.pending_q),
  .page_match_i(|u_page_bank.lookup_match), .block_match_i(|u_block_bank.lookup_match),
  .fill_valid_i, .fill_fire_i(fill_fire), .fill_present_i,
  .fill_poisoned_i(u_mshr_file.poisoned_q[MshrIdxW'(fill_mshr_i)]),
  .fill_foreign_i(u_mshr_file.foreign_q[MshrIdxW'(fill_mshr_i)]), .fill_drop_i(fill_drop),
  .fill_is_page_i(fill_is_page),
  .fill_replaces_i(fill_is_page ? |u_page_bank.fill_overlap : |u_block_bank.fill_overlap),
  .fill_evicts_i(fill_is_page ? &u_page_bank.valid_q[fill_set] : &u_block_bank.valid_q),
  .fill_same_set_i(fill_set == page_hit_set), .fill_attr_i, .fill_rsp_held_i(fill_rsp_valid_q && !fill_rsp_ready_i),
  .inv_valid_i, .inv_accept_i(inv_valid_i && inv_ready_o), .inv_i, .walking_i(inv_walking), .start_i(inv_start),
  .probe_i(u_invalidate_engine.probe_q), .walk_same_set_i(walk_set == page_hit_set),
  .walk_drops_i(page_dropped != '0), .block_drops_i(block_dropped != '0), .poisons_i(poisoned != '0),
  .done_held_i(inv_done_valid_o && !inv_done_ready_i)
);
