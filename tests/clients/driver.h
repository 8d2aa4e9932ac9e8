/* A driver of a few hundred lines for stage 1 contexts with PASIDs, ATS, PRI and stalls, and its mistakes. */
#ifndef TESTS_CLIENTS_DRIVER_H
#define TESTS_CLIENTS_DRIVER_H

#include <stdint.h>

enum mistake {
  NO_MISTAKE,
#define MISTAKE(name, monitors, text) MISTAKE_##name,
#include "mistakes.def"
  MISTAKES
};
extern enum mistake mistake; /* the one that is made, each at one point of the driver */

struct device {
  uint32_t endpoint, sid;
  int pcie;     /* has an ATC and asks for pages; the other kind stalls */
  uint64_t cds; /* 16 CDs */
};
struct space {
  uint64_t root;
  uint32_t asid;
};

void bring_up(struct device* devices, unsigned count);
void shut_down(void);

/* Address spaces: 48 bits, 4 KB. The process of unmapping ends with every invalidation synchronised, but for what
 * `mistake` says. */
struct space new_space(uint32_t asid);
void map(const struct space* space, uint64_t va, uint64_t pa);
/* `pages` pages from va on, mapped on the PCIe and the other device with this PASID. Their memory is released. */
void unmap(const struct space* space, uint64_t va, unsigned pages, uint32_t pasid);
/* The page at va is replaced by another one. */
void replace(const struct space* space, uint64_t va, uint64_t pa, uint32_t pasid);
/* The table that holds the leaves round va, all unmapped, is released. */
void free_table(const struct space* space, uint64_t va, uint32_t pasid);

void bind(const struct device* device, uint32_t pasid, const struct space* space);
void unbind(uint32_t pasid, const struct space* space); /* on every device */
/* Moves S1ContextPtr of the device's STE to another table of CDs with the same contents. */
void move_context_table(struct device* device);

/* Maps what the queues ask for and answers; returns how many answers there were. */
unsigned serve_page_requests(const struct space* space, uint32_t pasid);
unsigned serve_events(const struct space* space);

#endif
