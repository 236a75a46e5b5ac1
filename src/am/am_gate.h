/*
 * The gate between statements that modify rows and the seal.
 */
#ifndef SYDRA_AM_GATE_H
#define SYDRA_AM_GATE_H

extern void sydra_am_gate_init(void);

#endif
