/**
 * True in the test build only, which `npm run build` makes beside the release without asc's `--noAssert`. The compiler
 * drops `if (CHECKED) ...` from the release, loads and all; a bare `assert` would leave its loads behind.
 */
export const CHECKED: bool = !ASC_NO_ASSERT;
