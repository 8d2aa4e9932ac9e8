# The outputs of a run.
set(smoke $<TARGET_FILE:smmu-vp> run smoke)
system_test(NAME "smoke boots the driver and copies by DMA" STATUS 0 MATCH "OK" COMMAND ${smoke} --out ${work}/smoke)
system_test(NAME "lists have a text form and a JSON form" STATUS 0 MATCH "\"name\": \"smoke\""
  COMMAND $<TARGET_FILE:smmu-vp> list scenarios --json)
system_test(NAME "a key can be explained" STATUS 0 MATCH "1..256" COMMAND $<TARGET_FILE:smmu-vp> explain cpu.count)
# Positions from the manual: STE 5.2, CD 5.4, CR0 6.3.9.
foreach(topic "S1DSS;STE.S1DSS .*bits 65:64; section 5.2" "EPD0;CD.EPD0 .*bit 14; section 5.4"
    "CR0.SMMUEN;CR0.SMMUEN .*bit 0; section 6.3.9" "S1ContextPtr;bits 55:6; section 5.2"
    "ep3.atc.hits;ATC" "atc+sync;part of mm_release" "mm_release;latencies" "smmu.tlb.merged;counters"
    "unmap;tables" "unmap.tlbi;column of table unmap" "memory.latency_ns;source +uncalibrated")
  list(GET topic 0 name)
  list(GET topic 1 match)
  system_test(NAME "explain knows ${name}" STATUS 0 MATCH "${match}" COMMAND $<TARGET_FILE:smmu-vp> explain "${name}")
endforeach()
system_test(NAME "list config --scenario marks what the scenario sets" STATUS 0 MATCH "smmu.tbu.tlb.impl [^(]*lockstep[^(]*[(]set by unmap_race"
  COMMAND $<TARGET_FILE:smmu-vp> list config --scenario unmap_race)
add_test(NAME "system: explain knows every counter and every latency of a run, and long runs show progress on a terminal only"
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/terminal_test.py $<TARGET_FILE:smmu-vp> ${work}/terminal)
set_tests_properties("system: explain knows every counter and every latency of a run, and long runs show progress on a terminal only"
  PROPERTIES LABELS system TIMEOUT 300)
system_test(NAME "every fact of events.jsonl is listed with its fields" STATUS 0 MATCH "transaction \\(number\\)"
  COMMAND $<TARGET_FILE:smmu-vp> list facts)
foreach(record "none;account.txt summary.json" "events;account.txt events.jsonl summary.json"
    "timeline,latency;account.txt summary.json timeline.json" "waves;account.txt summary.json waves.fst waves.gtkw"
    "report;account.txt report.html summary.json")
  list(GET record 0 list)
  list(GET record 1 files)
  string(MAKE_C_IDENTIFIER "${list}" folder)
  system_test(NAME "a run with --record ${list} writes that, the summary and the account" STATUS 0 MATCH "^${files} *$"
    COMMAND sh -c "rm -rf ${work}/${folder} && $<TARGET_FILE:smmu-vp> run smoke --quiet --record ${list} --out ${work}/${folder} && ls ${work}/${folder} | sort | tr '\n' ' '")
endforeach()
# A scenario that is cut short leaves open device files and pending faults.
foreach(scenario sva_lifecycle flr_under_load pri_storm)
  system_test(NAME "${scenario} ends in order at its time limit" STATUS 1 MATCH "did not end within time_limit_ns"
    COMMAND $<TARGET_FILE:smmu-vp> run ${scenario} --waves off --set time_limit_ns=100000 --out ${work}/${scenario}_cut)
endforeach()
system_test(NAME "unmap_race also races in untimed mode" STATUS 0 MATCH "OK"
  COMMAND $<TARGET_FILE:smmu-vp> run unmap_race --waves off --set timing.mode=untimed --set scenario.rounds=10
    --out ${work}/untimed)

function(script_test script sentence)
  add_test(NAME "system: ${sentence}" COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:smmu-vp>
    -DOUT=${work}/${script} -P ${CMAKE_CURRENT_SOURCE_DIR}/${script}.cmake)
  set_tests_properties("system: ${sentence}" PROPERTIES LABELS system TIMEOUT 300)
endfunction()
script_test(deterministic "the same seed gives the same history, and no observer changes it")
script_test(interrupted "an interrupted run exits with 130 and its outputs are complete up to then")
script_test(readable "other programs read the outputs, which have the documented contents")

add_test(NAME "system: files and folders of others are never damaged" COMMAND ${Python3_EXECUTABLE}
  ${CMAKE_CURRENT_SOURCE_DIR}/files_test.py $<TARGET_FILE:smmu-vp>)
set_tests_properties("system: files and folders of others are never damaged" PROPERTIES LABELS system TIMEOUT 600)

add_test(NAME "system: event logs are compressed, filtered, limited and read back" COMMAND ${Python3_EXECUTABLE} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/events_test.py $<TARGET_FILE:smmu-vp> ${PROJECT_SOURCE_DIR}/testbench/api/python ${work}/events_test)
set_tests_properties("system: event logs are compressed, filtered, limited and read back" PROPERTIES LABELS system TIMEOUT 120)
