/** `npm run signatures`: whether every installed package is what its registry signed. Exit 1 where one is not. */
import { spawnSync } from 'node:child_process';
import { projectRoot } from '../host/common/paths.js';
import { judge } from './signatures/judge.js';

const { status, stdout, stderr } = spawnSync('npm', ['audit', 'signatures', '--json', '--fetch-retries=0'], {
  cwd: projectRoot,
  encoding: 'utf8',
});
const { sentence, good } = judge(status, stdout ?? '', stderr ?? '');
console.log(sentence);
process.exitCode = good ? 0 : 1;
