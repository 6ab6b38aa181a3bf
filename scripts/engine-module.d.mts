export function compilerArguments(tablesAt: number, output: string, checked?: boolean): string[];
