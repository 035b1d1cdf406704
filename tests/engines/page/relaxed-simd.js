/** The bytes of the smallest module with an instruction of relaxed SIMD: `i8x16.relaxed_swizzle` of two constants, dropped. */
export const RELAXED_SIMD = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 16, 1, 14, 0],
  ...[65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 26, 11],
];
