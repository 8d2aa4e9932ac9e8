# The CPU's broadcast TLB maintenance instead of TLBI commands, used by the bundled driver, with all monitors.
set(broadcasting --set smmu.features.btm=true --set driver.btm=true)
foreach(scenario sva_lifecycle unmap_race)
  foreach(seed 1 2 3)
    system_test(NAME "${scenario} with broadcasts is clean with seed ${seed}" STATUS 0 MATCH "OK"
      COMMAND $<TARGET_FILE:smmu-vp> run ${scenario} ${broadcasting} --waves off --seed ${seed}
        --out ${work}/btm_${scenario}_${seed})
  endforeach()
endforeach()
system_test(NAME "sva_lifecycle with broadcasts from EL2 Host mode and single pages is clean" STATUS 0 MATCH "OK"
  COMMAND $<TARGET_FILE:smmu-vp> run sva_lifecycle ${broadcasting} --set smmu.features.s2=true --set smmu.features.hyp=true
    --set driver.ril=false
    --waves off --out ${work}/btm_el2)
system_test(NAME "invalidation_cost compares broadcasts with commands" STATUS 0 MATCH "without range broadcasts of the CPU"
  COMMAND $<TARGET_FILE:smmu-vp> run invalidation_cost ${broadcasting} --set scenario.largest_mb=1 --waves off
    --out ${work}/btm_cost)
foreach(bug no_tlbi atc_before_tlbi)
  system_test(NAME "sva_lifecycle with broadcasts and ${bug} is caught" STATUS 1 MATCH "invalidation_order"
    COMMAND $<TARGET_FILE:smmu-vp> run sva_lifecycle ${broadcasting} --set driver.bug=${bug} --waves off
      --out ${work}/btm_${bug})
endforeach()

# events.jsonl has broadcasts with their syncs between the notifier's begin and end, and no TLBI command.
add_test(NAME "system: broadcasts and their syncs replace the TLBI commands of every invalidation"
  COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:smmu-vp> -DOUT=${work}/broadcasts -P ${CMAKE_CURRENT_SOURCE_DIR}/broadcasts.cmake)
set_tests_properties("system: broadcasts and their syncs replace the TLBI commands of every invalidation"
  PROPERTIES LABELS system TIMEOUT 300)
