# The scenarios of the PCIe side, a few seeds each.
foreach(scenario ats_basic pri_storm multi_endpoint flr_under_load)
  system_test(NAME "${scenario} is clean" STATUS 0 MATCH "OK"
    COMMAND $<TARGET_FILE:smmu-vp> run ${scenario} --waves off --seed 7 --out ${work}/${scenario})
endforeach()
foreach(seed RANGE 1 6)
  system_test(NAME "hostile_device is contained with seed ${seed}" STATUS 0 MATCH "OK"
    COMMAND $<TARGET_FILE:smmu-vp> run hostile_device --waves off --seed ${seed} --out ${work}/hostile_${seed})
endforeach()
system_test(NAME "ats_basic's closed forms hold with multi-page requests and few credits" STATUS 0 MATCH "OK"
  COMMAND $<TARGET_FILE:smmu-vp> run ats_basic --waves off --set endpoint.0.ats.translations=3 --set endpoint.0.ats.paths=2
    --set link.posted_headers=1 --set link.posted_data=4 --set link.non_posted_headers=1 --out ${work}/several)
system_test(NAME "groups larger than the page request queue are queued eventually" STATUS 0 MATCH "OK"
  COMMAND $<TARGET_FILE:smmu-vp> run pri_storm --waves off --set endpoint.0.pri.pages_per_group=32 --out ${work}/groups)
system_test(NAME "a device that may exceed its allocation does" STATUS 0 MATCH "[1-9][0-9]* +misbehaviour +exceed_allocation"
  COMMAND $<TARGET_FILE:smmu-vp> run hostile_device --waves off --set endpoint.0.misbehave.exceed_allocation=true
    --out ${work}/exceed)
system_test(NAME "a flood of page requests leaves no fault group of a freed PASID" STATUS 0 MATCH "OK"
  COMMAND $<TARGET_FILE:smmu-vp> run hostile_device --waves off --seed 35 --set endpoint.0.misbehave.page_request_flood=true
    --set endpoint.0.misbehave.exceed_allocation=true --out ${work}/flood)
system_test(NAME "an ignored invalidation ends in CERROR_ATC_INV_SYNC and the stream is blocked" STATUS 0 MATCH "is blocked"
  COMMAND $<TARGET_FILE:smmu-vp> run hostile_device --waves off --set endpoint.0.misbehave.ignore_invalidations=true
    --out ${work}/ignore)
system_test(NAME "accesses that the manual trusts a device with are named in the report" STATUS 0 MATCH "by trust in the device"
  COMMAND $<TARGET_FILE:smmu-vp> run hostile_device --waves off --set endpoint.0.misbehave.forge_translated=true
    --out ${work}/forge)
system_test(NAME "the misbehaviours are listed with what contains them" STATUS 0 MATCH "\"contained by\""
  COMMAND $<TARGET_FILE:smmu-vp> list misbehaviours --json)
refused("credits beyond what the field holds are refused" "link.posted_headers = 2048" run smoke
  --set link.posted_headers=2048)
file(WRITE ${work}/endpoints.toml "[[endpoint]]\nstream_id = 0x100\n[[endpoint]]\nkind = \"pcie\"\nstream_id = 0x200\nmisbehave.wrong_tga = true\n")
refused("an unknown switch of an endpoint in a file is refused with its line and the nearest one"
  "endpoints.toml:6: unknown key 'endpoint.1.misbehave.wrong_tga'; did you mean 'endpoint.N.misbehave.wrong_tag'"
  run hostile_device --config ${work}/endpoints.toml)
refused("two endpoints with one StreamID are refused" "endpoint.1.stream_id = 256" run smoke
  --set endpoint.1.kind=pcie --set endpoint.1.stream_id=0x100)
