# The RTL in the platform: configurable designs, and the fault that the stale_translation monitor must detect.
set(race $<TARGET_FILE:smmu-vp> run unmap_race --waves off --out ${work}/unmap_race)
set(small --set smmu.tbu.tlb.sets=8 --set smmu.tbu.tlb.block_entries=4 --set smmu.tbu.tlb.mshrs=4)
set(stale ${small} --set smmu.tbu.tlb.rtl=stale_cache)
set(simple --set smmu.tbu.tlb.rtl=simple_cache --set smmu.tbu.tlb.ways=1 --set smmu.tbu.tlb.block_entries=1
  --set smmu.tbu.tlb.mshrs=1)

system_test(NAME "no translation outlives its invalidation in a race of unmaps and DMA" STATUS 0
  MATCH "stale_translation" COMMAND ${race})
system_test(NAME "the stale_translation monitor detects an RTL entry that survives an invalidation racing its traffic" STATUS 1
  MATCH "stale_translation +[0-9]+ checks +[0-9]+ violations" COMMAND ${race}_stale ${stale} --set smmu.tbu.tlb.impl=rtl)
system_test(NAME "another RTL design works behind the same adapter and is compared with the reference" STATUS 0
  COMMAND ${race}_simple ${simple})
system_test(NAME "a size that an RTL design was not built with is refused in one line" STATUS 2 STDERR_LINES 1
  MATCH "simple_cache was not built with sets=64 ways=4" COMMAND ${race} --set smmu.tbu.tlb.rtl=simple_cache)
