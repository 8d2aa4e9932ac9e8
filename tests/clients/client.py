"""The Python laboratory as a driver with one mistake: client.py BINDING LABORATORY MISTAKE. Its monitors have to name the
mistake; without one ("none") nothing is found. Exit status 0: that is so."""
import sys
from pathlib import Path

binding, laboratory, chosen = sys.argv[1:4]
sys.path[:0] = [binding, str(Path(laboratory).parent)]
from smmu_lab import ASID, PASID, VA, Lab  # noqa: E402
from smmu_vp import UNTRANSLATED, VIA_ATC, Dma, Platform  # noqa: E402

# Which monitors name it, one at least.
MISTAKES = {
    "none": set(),
    "no_invalidation": {"stale_entry"},
    "no_tlbi": {"stale_entry"},
    "no_atc_inv": {"stale_entry", "atc_order"},
    "atc_before_tlbi": {"atc_order"},
    "other_asid": {"stale_entry"},
    "remap_without_break": {"break_before_make"},
    "no_response": {"fault_answers", "prg_answered"},
}


class Client(Lab):
    def tlbi(self, va):
        asid = ASID + (chosen == "other_asid")
        if chosen not in ("no_invalidation", "no_tlbi"):
            self.command(self.commands.CMD_TLBI_NH_VA(ASID=asid, Address=va, Leaf=1))

    def atc_inv(self, va):
        if chosen not in ("no_invalidation", "no_atc_inv"):
            self.command(self.commands.CMD_ATC_INV(SSV=1, SubstreamID=PASID, StreamID=self.sid, Address=va))

    def unmap(self, va):
        self.map(va, 0)
        if chosen == "atc_before_tlbi":
            self.atc_inv(va)
        self.tlbi(va)
        self.sync()
        if chosen != "atc_before_tlbi":
            self.atc_inv(va)
        self.sync()

    def use(self, va):
        for kind in (UNTRANSLATED, VIA_ATC):
            assert self.dma(kind, va, data=b"\x2a" * 8).status == 0

    def work(self):
        self.bring_up()
        self.map(VA, self.pages())
        self.use(VA)
        self.unmap(VA)
        self.map(VA + 0x1000, self.pages())
        self.use(VA + 0x1000)
        if chosen != "remap_without_break":
            self.unmap(VA + 0x1000)
        self.map(VA + 0x1000, self.pages())
        self.use(VA + 0x1000)
        self.vp.dma_start(Dma(VIA_ATC, VA + 0x7000, b"\x2c" * 8, pasid=PASID, endpoint=self.index))
        page = self.page_request()
        self.map(VA + 0x7000, self.pages())
        if chosen != "no_response":
            self.command(self.commands.CMD_PRI_RESP(SSV=1, SubstreamID=PASID, StreamID=self.sid, PRGIndex=page.PRGIndex,
                                                    Resp=2))
        self.sync()
        self.vp.advance(5 * 10**9)
        self.vp.finish()


vp = Platform()
Client(vp).work()
found = vp.findings()
vp.close()
print(*found, sep="\n")
named = {finding.monitor for finding in found}
sys.exit(named != set() if chosen == "none" else not named & MISTAKES[chosen])
