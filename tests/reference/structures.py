"""The words of the STE and CD (IHI 0070, 5.2 and 5.4) of a Stream of stream.py."""

TG0 = {12: 0, 16: 1, 14: 2}  # CD.TG0, STE.S2TG
TG1 = {14: 1, 12: 2, 16: 3}
SL0 = {12: {2: 0, 1: 1, 0: 2, 3: 3}, 14: {3: 0, 2: 1, 1: 2}, 16: {3: 0, 2: 1, 1: 2}}  # of each start level (D8.2)
SIZES = (32, 36, 40, 42, 44, 48, 52)  # CD.IPS, STE.S2PS, IDR5.OAS
STRW_EL2 = 2


def cd(stage1, asid, mair):
    low, high = stage1.ranges
    word0 = (64 - low.input_bits) | TG0[low.page] << 6 | low.epd << 14
    word0 |= (64 - high.input_bits) << 16 | TG1[high.page] << 22 | high.epd << 30
    word0 |= 1 << 31 | stage1.ips << 32 | stage1.affd << 35 | stage1.wxn << 36  # V
    word0 |= low.tbi << 38 | high.tbi << 39 | stage1.pan << 40 | 1 << 41 | stage1.hd << 42 | stage1.ha << 43  # AA64
    word0 |= 1 << 45 | 1 << 46 | asid << 48  # R and A: faults are recorded and abort
    return [word0, *(r.base | r.had << 1 | r.e0pd << 2 for r in stage1.ranges), mair, 0, 0, 0, 0]


def ste(stream, vmid, el2, substreams, ats):
    """With SUBSTREAMS, CDs 0 and 1 exist, and accesses without a PASID use CD 0."""
    stage1, stage2 = stream.stage1, stream.stage2
    word0 = 1 | (4 | bool(stage1) | bool(stage2) << 1) << 1  # V, Config
    word1 = stream.privcfg << 48 | stream.instcfg << 50 | ats << 28
    word2, word3 = vmid, 0
    if stage1:
        word0 |= stream.cd | substreams << 59  # S1CDMax
        word1 |= (STRW_EL2 << 30 if el2 else 0) | (2 if substreams else 0)  # S1DSS
    if stage2:
        word1 |= stage2.fwb << 25
        word2 |= (64 - stage2.input_bits) << 32 | SL0[stage2.page][stage2.start] << 38 | TG0[stage2.page] << 46
        word2 |= stage2.s2ps << 48 | 1 << 51 | stage2.affd << 53 | stage2.ptw << 54  # S2AA64
        word2 |= stage2.hd << 55 | stage2.ha << 56 | 1 << 58  # S2R
        word3 = stage2.base
    return [word0, word1, word2, word3, 0, 0, 0, 0]
