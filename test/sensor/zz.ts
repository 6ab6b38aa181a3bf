import { Command } from 'commander';
import { register } from '../../host/cli/sensor.js';
import { UserError } from '../../host/errors.js';
const program = new Command('blockwatch').version('0.1.0').exitOverride();
register(program);
for (const c of program.commands) c.exitOverride();
try { await program.parseAsync(process.argv); } catch (e) { console.error('ERR', e instanceof UserError ? e.exitCode : '', (e as Error).message); process.exitCode = (e as UserError).exitCode ?? 1; }
