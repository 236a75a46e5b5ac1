/*
 * SYDRA_WIDE marks functions with loops over values that are worth a second compilation for wider
 * registers, chosen when the library is loaded.  Both give the same bytes: nothing is contracted or
 * reordered.  Sanitizers do not bear the resolver.
 */
#ifndef SYDRA_WIDE_H
#define SYDRA_WIDE_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
	defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#define SYDRA_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define SYDRA_WIDE
#endif

#endif
