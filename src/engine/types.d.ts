// AssemblyScript's word for an unsigned 32-bit integer, for the files that TypeScript reads too (codes.ts, memory.ts).
declare type u32 = number;
