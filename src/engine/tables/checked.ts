/**
 * True only in the test build, which `npm run build` makes without asc's `--noAssert`. The compiler removes
 * `if (CHECKED) ...` from the release completely; a bare `assert` would leave its loads behind.
 */
export const CHECKED: bool = !ASC_NO_ASSERT;
