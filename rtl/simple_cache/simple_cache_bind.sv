// Binds the assertions against stale translations to simple_cache; they are those of translation_cache.
bind simple_cache stale_asserts #(.Sets(Sets), .Ways(1), .BlockEntries(1), .Mshrs(1)) u_stale_asserts (
  .clk_i, .rst_ni,
  .alloc_i(allocate), .alloc_mshr_i('0),
  .fill_i(fill_fire && !fill_drop), .fill_mshr_i, .fill_block_i(!fill_is_page), .fill_set_i(SetW'(fill_slot)),
  .fill_way_i('0), .fill_key_i(miss_key_q), .fill_va_i, .fill_attr_i,
  .hit_i(lookup_commit_o && (page_hit || block_hit)), .hit_block_i(!page_hit), .hit_set_i(SetW'(page_slot)),
  .hit_way_i('0), .hit_key_i(key_q[hit_slot]), .hit_va_i(va_q[hit_slot]), .hit_attr_i(attr_q[hit_slot]),
  .inv_accept_i(inv_fire), .inv_i, .inv_first_i, .inv_last_i
);
