export function fixPage(source: string): string;
