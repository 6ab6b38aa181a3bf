export function folderInMemory(): string | undefined;
