# ./vp rtl try: a cache out of the tree, judged, and used as a plug-in.
set(try ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/rtl/workbench/try_cache.py --build ${CMAKE_BINARY_DIR})
set(plain ${PROJECT_SOURCE_DIR}/examples/rtl/plain_tlb_cache.sv)
set(out ${CMAKE_CURRENT_BINARY_DIR}/try)
set(plugin ${out}/plain/plain_tlb_cache.so)

# workbench_test(sentence STATUS n [MATCH regex] [LINES n] COMMAND …)
function(workbench_test sentence)
  cmake_parse_arguments(ARG "" "STATUS;MATCH;LINES;NEEDS;GIVES" "COMMAND" ${ARGN})
  set(options -DSTATUS=${ARG_STATUS} "-DMATCH=${ARG_MATCH}")
  if(ARG_LINES)
    list(APPEND options -DSTDERR_LINES=${ARG_LINES})
  endif()
  add_test(NAME "rtl: ${sentence}" COMMAND ${CMAKE_COMMAND} ${options} -P ${PROJECT_SOURCE_DIR}/tests/system/expect.cmake
    -- ${ARG_COMMAND})
  set_tests_properties("rtl: ${sentence}" PROPERTIES LABELS rtl TIMEOUT 900 FIXTURES_SETUP "${ARG_GIVES}"
    FIXTURES_REQUIRED "${ARG_NEEDS}")
endfunction()

# What the documentation types, with less traffic.
workbench_test("the plain TLB of the examples keeps the contract behind the adapter, in traffic and in a scenario" STATUS 0
  MATCH "contract     ok.*unmap_race   ok.*verdict: keeps the contract" GIVES plain_tlb
  COMMAND ${try} ${plain} --param Entries=100 --operations 40000 --scenario unmap_race --out ${out}/plain)
workbench_test("a cache of this tree can be tried too, in lockstep with the reference of its organisation" STATUS 0
  MATCH "lockstep     ok.*verdict: keeps the contract"
  COMMAND ${try} ${PROJECT_SOURCE_DIR}/rtl/simple_cache/simple_cache.sv --param Sets=16 --lockstep 16x1x1x1 --operations 16000
    --scenario none --out ${out}/simple)
workbench_test("a design of this build can be used as a plug-in over the C ABI" STATUS 0 NEEDS plain_tlb
  COMMAND $<TARGET_FILE:bring_up> smmu.tbu.tlb.impl=rtl smmu.tbu.tlb.rtl=plugin:${plugin})
workbench_test("a plug-in for the ATC has its signals in the run's waves" STATUS 0 NEEDS plain_tlb MATCH "ep0_atc"
  COMMAND sh -c "$<TARGET_FILE:smmu-vp> run smoke --set endpoint.0.atc.impl=rtl \
    --set endpoint.0.atc.rtl=plugin:${plugin} --waves vcd --out ${out}/smoke --quiet && grep -m1 ep0_atc ${out}/smoke/waves.vcd")

# A cache that forgets that an invalidation overtook the walk in progress.
file(READ ${plain} text)
string(REPLACE "fill_present_i && overtaken_q;" "1'b0;" text "${text}")
string(REPLACE "fill_present_i && !overtaken_q;" "fill_present_i;" text "${text}")
file(CONFIGURE OUTPUT forgetful/plain_tlb_cache.sv CONTENT "${text}" @ONLY)
workbench_test("a cache that keeps an overtaken fill is named, with the shortest list of operations and waves" STATUS 1
  MATCH "overtaken_fill_kept.*first: .*overtook its walk.*waves: gtkwave .*verdict: FAILED"
  COMMAND ${try} ${CMAKE_CURRENT_BINARY_DIR}/forgetful/plain_tlb_cache.sv -I ${PROJECT_SOURCE_DIR}/examples/rtl
    --operations 8000 --scenario none --out ${out}/forgetful)

# The simple cache with its poisoning removed, and its assertions bound: the race happens in the platform, and each judge names
# it alone.
set(simple ${PROJECT_SOURCE_DIR}/rtl/simple_cache)
file(READ ${simple}/simple_cache.sv text)
string(REPLACE "assign fill_overtaken = fill_present_i" "assign fill_overtaken = 1'b0" text "${text}")
file(CONFIGURE OUTPUT unpoisoned/simple_cache.sv CONTENT "${text}" @ONLY)
workbench_test("a cache of this tree with a fault and its assertions is built out of the tree" STATUS 0 GIVES unpoisoned
  MATCH "simple_cache.so"
  COMMAND ${try} ${CMAKE_CURRENT_BINARY_DIR}/unpoisoned/simple_cache.sv ${PROJECT_SOURCE_DIR}/rtl/stale_asserts.sv
    ${simple}/simple_cache_bind.sv --build-only --out ${out}/unpoisoned)
function(unpoisoned sentence impl match)
  string(MAKE_C_IDENTIFIER "${sentence}" folder)
  workbench_test("${sentence}" STATUS 1 NEEDS unpoisoned MATCH "${match}" COMMAND $<TARGET_FILE:smmu-vp> run unmap_race
    --waves off --out ${out}/${folder} --set smmu.tbu.tlb.impl=${impl} --set smmu.tbu.tlb.ways=1 --set smmu.tbu.tlb.block_entries=1
    --set smmu.tbu.tlb.mshrs=1 --set smmu.tbu.tlb.rtl=plugin:${out}/unpoisoned/simple_cache.so ${ARGN})
endfunction()
unpoisoned("unmap_race without poisoning breaks the contract" rtl "the contract is broken: overtaken_fill_kept")
unpoisoned("unmap_race without poisoning differs from the reference" lockstep "dropped as overtaken in the reference")
unpoisoned("unmap_race without poisoning fails an assertion" rtl "RTL assertion failed: NoStaleFill")
unpoisoned("unmap_race without poisoning uses a stale translation, which a monitor finds alone" rtl
  "stale_translation +[0-9]+ checks +[0-9]+ violation")

# What does not fit is one line.
function(refused sentence match)
  workbench_test("${sentence}" STATUS 2 LINES 1 MATCH "${match}" COMMAND ${ARGN})
endfunction()
function(refused_trial sentence match)
  string(MAKE_C_IDENTIFIER "${sentence}" folder)
  refused("${sentence}" "${match}" ${try} --scenario none --out ${out}/${folder} ${ARGN})
endfunction()
refused_trial("a missing source is refused in one line" "vp rtl try: nothing.sv: no such file" nothing.sv)
refused_trial("a parameter out of range is refused in one line" "Entries is out of range: 1 to 4,096" ${plain} --param Entries=5000)
refused_trial("an unknown parameter is refused in one line" "not found in the design: Entriez" ${plain} --param Entriez=5)
refused_trial("a missing top is refused in one line" "'nothing' was not found" ${plain} --top nothing)
refused_trial("a module that is no cache is refused with the first port it lacks" "plain_tlb has no port lookup_valid_i: expected input, 1 bits" ${PROJECT_SOURCE_DIR}/examples/rtl/plain_tlb.sv)
file(READ ${plain} text)
string(REPLACE "input  addr_t            fill_pa_i" "input  logic [47:0]      fill_pa_i" text "${text}")
string(REPLACE "fill_pa_i[63:12]" "vpn_t'(fill_pa_i[47:12])" text "${text}")
file(CONFIGURE OUTPUT narrow/plain_tlb_cache.sv CONTENT "${text}" @ONLY)
refused_trial("a port of another width is refused with both widths" "fill_pa_i of plain_tlb_cache is input, 48 bits: expected input, 64 bits" ${CMAKE_CURRENT_BINARY_DIR}/narrow/plain_tlb_cache.sv -I ${PROJECT_SOURCE_DIR}/examples/rtl)
set(run $<TARGET_FILE:smmu-vp> run smoke --quiet --out ${out}/smoke --set smmu.tbu.tlb.impl=rtl --set)
refused("a file that is no plug-in is refused in one line" "smmu.tbu.tlb.rtl = .plugin:.*LICENSE.: not a plug-in"
  ${run} smmu.tbu.tlb.rtl=plugin:${PROJECT_SOURCE_DIR}/LICENSE)
refused("a shared library that is no plug-in is refused in one line" "not a plug-in: it does not export smmu_vp_cache_plugin"
  ${run} smmu.tbu.tlb.rtl=plugin:$<TARGET_FILE:smmu_vp_capi>)
refused("a design that does not exist is refused with those that do" "expected translation_cache.simple_cache.stale_cache.plugin:FILE"
  ${run} smmu.tbu.tlb.rtl=other_cache)
workbench_test("a plug-in of another version is refused in one line" STATUS 2 LINES 1 NEEDS plain_tlb MATCH "built for another version"
  COMMAND sh -c "sed s/${SMMU_VP_CACHE_ABI}/000000000000/ ${plugin} >${out}/old.so && \
    $<TARGET_FILE:smmu-vp> run smoke --quiet --out ${out}/smoke --set smmu.tbu.tlb.impl=rtl --set smmu.tbu.tlb.rtl=plugin:${out}/old.so")

# What it costs: a small size, and a cache of one's own.
add_test(NAME "rtl: synth prints a row of entry bits, flip-flops, gates and depth for each design" COMMAND ${CMAKE_COMMAND} -DSTATUS=0
  "-DMATCH=plain_tlb_cache Entries=2 . [0-9,]+ . [0-9,]+ . [0-9,]+ . [0-9]+ " -P ${PROJECT_SOURCE_DIR}/tests/system/expect.cmake --
  ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/rtl/workbench/synth.py ${plain} --param Entries=2)
set_tests_properties("rtl: synth prints a row of entry bits, flip-flops, gates and depth for each design" PROPERTIES LABELS rtl
  TIMEOUT 900)
refused("synth refuses what is no size" "vp rtl synth: --size 3: expected like 64x4x16x16" ${Python3_EXECUTABLE} -B
  ${PROJECT_SOURCE_DIR}/rtl/workbench/synth.py --size 3)
