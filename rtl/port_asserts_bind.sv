// Binds the assertions on the ports to the cache that CACHE_TOP names.
bind `CACHE_TOP port_asserts u_port_asserts (
  .clk_i, .rst_ni,
  .lookup_rsp_valid_i(lookup_rsp_valid_o), .lookup_rsp_ready_i, .lookup_rsp_i(lookup_rsp_o),
  .lookup_rsp_va_i(lookup_rsp_va_o), .lookup_rsp_pa_i(lookup_rsp_pa_o), .lookup_rsp_attr_i(lookup_rsp_attr_o),
  .fill_rsp_valid_i(fill_rsp_valid_o), .fill_rsp_ready_i, .fill_rsp_i(fill_rsp_o),
  .inv_done_valid_i(inv_done_valid_o), .inv_done_ready_i, .inv_done_entries_i(inv_done_entries_o),
  .inv_done_poisoned_i(inv_done_poisoned_o)
);
