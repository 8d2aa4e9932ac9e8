"""The required results of accesses and Translation Requests of a stream, through both stages (IHI 0070)."""
from dataclasses import dataclass

from vmsa import CLASS_CD, CLASS_IN, F_ADDR_SIZE, F_PERMISSION, F_WALK_EABT, Access, Fault

USE_INCOMING, DATA, INSTRUCTION = 0, 2, 3  # STE.INSTCFG (5.2)
UNPRIVILEGED, PRIVILEGED = 2, 3  # STE.PRIVCFG


class Unknown(Exception):
    """A table address in a device's registers: the outcome does not depend on translation."""


class Memory:
    """RAM as a walk sees it: with the updates that the walk itself made, and a trace of the reads."""

    def __init__(self, machine):
        self.machine, self.updates, self.trace = machine, {}, []

    def load(self, pa, fault):
        if self.machine.is_device(pa):
            raise Unknown
        if not self.machine.is_ram(pa):
            self.trace.append((pa, None))
            raise fault(F_WALK_EABT, pa)
        word = self.updates.get(pa, self.machine.load(pa))
        self.trace.append((pa, word))
        return word

    def store(self, pa, new, old):
        if new != old:
            self.updates[pa] = new


@dataclass
class Request:
    """A Translation Request; privileged and execute come with a PASID only (13.7)."""
    no_write: bool
    privileged: bool = False
    execute: bool = False


@dataclass
class Completion:
    read: bool = False
    write: bool = False
    execute: bool = False
    address: int | None = None
    span: int = 12  # log2 of the largest translation that may be answered
    aborted: bool = False  # Completer Abort
    unasked: int | None = None  # an IPA that stage 2 must not translate


@dataclass
class Stream:
    stage1: object
    stage2: object
    oas: int
    cd: int | None  # its address, an IPA with stage 2
    privcfg: int = USE_INCOMING
    instcfg: int = USE_INCOMING
    cd_is_cached: bool = False

    def privileged(self, incoming):
        return {USE_INCOMING: incoming, UNPRIVILEGED: False, PRIVILEGED: True}[self.privcfg]

    def instruction(self, incoming):
        return {USE_INCOMING: incoming, DATA: False, INSTRUCTION: True}[self.instcfg]

    def attributes(self, write, privileged, execute):
        """Attributes as checked and recorded: a write is never an instruction access (13.1.2)."""
        return Access(write, self.privileged(privileged), not write and self.instruction(execute))

    def fetch_cd(self, memory):
        """Reads the CD through stage 2, once: from then on it is cached, until CMD_CFGI_* (4.3)."""
        if self.stage1 and self.stage2 and not self.cd_is_cached:
            self.stage2.translate(memory, self.cd, CLASS_CD, Access())
        self.cd_is_cached = True

    def without_stage1(self, address):
        if address >> self.oas:  # stage 1 bypassed: its output is the input (3.4)
            raise Fault(F_ADDR_SIZE, 1, CLASS_IN)
        return address

    def translate(self, memory, va, access):
        """The PA of an ordinary transaction, or a Fault."""
        self.fetch_cd(memory)
        ipa = self.translate_stage1(memory, va, access) if self.stage1 else self.without_stage1(va)
        return self.stage2.translate(memory, ipa, CLASS_IN, access) if self.stage2 else ipa

    def translate_stage1(self, memory, va, access):
        fault = self.stage1.fault()
        leaf = self.stage1.leaf(memory, va, access.privileged, self.stage2)
        new = self.stage1.accessed(leaf.descriptor, fault)
        rights = self.stage1.rights(leaf, self.stage1.table_of(va), access.privileged)
        if not rights.allow(access):
            raise fault(F_PERMISSION)
        self.stage1.update(memory, leaf, new, access.write and rights.clean, self.stage2)
        return leaf.output

    def complete(self, memory, va, request):
        """The answer to a Translation Request: faults grant nothing, an aborted walk is a Completer Abort (3.9.1.2)."""
        try:
            self.fetch_cd(memory)
            return self.grant(memory, va, request)
        except Fault as fault:
            return Completion(aborted=fault.event == F_WALK_EABT)

    def grant(self, memory, va, request):
        privileged, ipa, answers = self.privileged(request.privileged), va, []
        may_dirty = not request.no_write
        if self.stage1:
            leaf = self.stage1.leaf(memory, va, privileged, self.stage2)
            new = self.stage1.accessed(leaf.descriptor, self.stage1.fault())
            rights = self.stage1.rights(leaf, self.stage1.table_of(va), privileged)
            answer = self.granted(rights, may_dirty, request, min(leaf.span, self.stage1.output_bits))
            if not answer.read and not answer.write:  # execute alone is no access (3.9.1): stage 2 is not consulted (3.9.1.2)
                return Completion(unasked=leaf.output)
            self.stage1.update(memory, leaf, new, may_dirty and rights.clean and answer.write, self.stage2)
            answers.append(answer)
            ipa, may_dirty = leaf.output, may_dirty and answer.write  # otherwise stage 2 stays clean as well (3.13.7.1)
        else:
            self.without_stage1(va)
        if self.stage2:
            fault = self.stage2.fault(ipa, CLASS_IN)
            leaf = self.stage2.leaf(memory, ipa, fault)
            new = self.stage2.accessed(leaf.descriptor, fault)
            rights = self.stage2.rights(leaf, privileged)
            answers.append(self.granted(rights, may_dirty, request, min(leaf.span, self.stage2.output_bits)))
            self.stage2.update(memory, leaf, new, may_dirty and rights.clean)
        return Completion(all(a.read for a in answers), all(a.write for a in answers), all(a.execute for a in answers),
                          leaf.output, min(a.span for a in answers))

    def granted(self, rights, may_dirty, request, span):
        """13.7.1, for one stage. Write is granted to NW = 1 too where the page is dirty already (a choice, 13.7)."""
        write = rights.write and (may_dirty or not rights.clean)
        if self.instcfg == INSTRUCTION:
            read, execute = rights.execute, rights.execute
        else:
            read, execute = rights.read, rights.read and (rights.execute or self.instcfg == DATA)
        return Completion(read, write, request.execute and execute, span=span)
