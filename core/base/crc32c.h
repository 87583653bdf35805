#ifndef CORE_BASE_CRC32C_H
#define CORE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32C (Castagnoli, RFC 3720 §12.1): goes on from `crc`, which is 0 to begin
 * with. crc32c(0, "123456789", 9) is 0xe3069283.
 */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);

/* The same, as it is computed where the processor cannot. */
uint32_t crc32c_by_tables(uint32_t crc, const void *bytes, size_t n);

#endif
