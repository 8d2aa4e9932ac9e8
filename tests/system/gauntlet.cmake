# The gauntlet on a few bugs of driver and hardware, and the platform where invalidations remove the least or more.
set(some_bugs no_atc_inv group_answered_twice sync_does_not_wait)
set(chosen "")
foreach(bug ${some_bugs})
  list(APPEND chosen --bug ${bug})
endforeach()
system_test(NAME "the gauntlet catches bugs of driver and hardware" STATUS 0 MATCH "OK: 3 rows"
  COMMAND $<TARGET_FILE:smmu-vp> run gauntlet ${chosen} --seeds 2 --out ${work}/gauntlet)
system_test(NAME "the gauntlet's page names bug and monitor" STATUS 0 MATCH "\\| no_atc_inv \\| .*stale_translation"
  COMMAND $<TARGET_FILE:smmu-vp> run gauntlet --bug no_atc_inv --seeds 2 --markdown --out ${work}/gauntlet_page)
add_test(NAME "system: the gauntlet's rows say what caught each bug, and that the correct driver is silent"
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/gauntlet.py $<TARGET_FILE:smmu-vp> ${work}/gauntlet_rows)
set_tests_properties("system: the gauntlet's rows say what caught each bug, and that the correct driver is silent"
  PROPERTIES LABELS system TIMEOUT 600)

foreach(mode minimal generous)
  foreach(scenario sva_lifecycle unmap_race)
    system_test(NAME "${scenario} is clean with ${mode} invalidations" STATUS 0 MATCH "OK"
      COMMAND $<TARGET_FILE:smmu-vp> run ${scenario} --set smmu.invalidate=${mode} --set smmu.tbu.tlb.impl=reference
        --waves off --out ${work}/${mode}_${scenario})
  endforeach()
endforeach()
system_test(NAME "sva_lifecycle is clean with generous invalidations of RTL caches" STATUS 0 MATCH "OK"
  COMMAND $<TARGET_FILE:smmu-vp> run sva_lifecycle --set smmu.invalidate=generous --set smmu.tbu.tlb.impl=lockstep
    --waves off --out ${work}/generous_lockstep)
