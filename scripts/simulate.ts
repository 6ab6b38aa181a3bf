import { benignTable, measureBenign } from './simulate/benign.js';
const a = process.argv.slice(2).map(Number);
const t = Date.now();
const rows = await measureBenign(a[0] ?? 7, a[1] ?? 1, a[2] ?? 3, a[3] ?? 1);
console.log(benignTable(rows), Date.now() - t);
